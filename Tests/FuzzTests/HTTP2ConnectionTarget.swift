import HectorProto
import Logging
import NIOCore
import NIOEmbedded
import SwiftProtobuf

@testable import HectorRPC

typealias Text = Google_Protobuf_StringValue

/// A connection with real calls on an event loop that runs when it is told to: one input, one outcome.
enum HTTP2ConnectionTarget {
    static func run(_ input: inout Input) {
        let choices = input.byte()
        let seed = input.byte()
        let isClient = choices & 1 == 1
        let side: any Side = isClient ? ClientSide() : ServerSide()
        let wire = side.wire
        wire.run()
        if choices & 2 == 0 { wire.receive(isClient ? Greeting.server : Greeting.client) }
        for piece in input.pieces(seed) {
            wire.receive(piece)
            side.check()
        }
        // Every timer of a connection that hears nothing more.
        if choices & 4 != 0 { wire.loop.advanceTime(by: .seconds(20)) }
        wire.end()
        side.check()
        precondition(side.isOver, "when a connection is over, so is all that was under way on it")
    }
}

/// What both sides say first (RFC 9113 §3.4).
private enum Greeting {
    static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    static let client = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + settings
    static let server = settings
}

protocol Side {
    var wire: Wire { get }
    /// Traps where a bound does not hold.
    func check()
    /// Whether every call, and every handler, has ended.
    var isOver: Bool { get }
}

/// A channel without a socket, on a loop of its own.
final class Wire {
    let loop = EmbeddedEventLoop()
    let channel: EmbeddedChannel

    init() {
        channel = EmbeddedChannel(loop: loop)
        channel.connect(to: Self.address, promise: nil)
    }

    private static let address = try! SocketAddress(unixDomainSocketPath: "/nowhere")

    func run() { loop.run() }

    func receive(_ bytes: [UInt8]) {
        guard channel.isActive else { return }
        _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
        loop.run()
        _ = output()
    }

    /// What was sent since the last time.
    func output() -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    /// The peer goes away.
    func end() {
        _ = try? channel.finish(acceptAlreadyClosed: true)
        loop.run()
    }
}

/// Counts tasks that run on the loop's thread.
final class TaskCount: @unchecked Sendable { // All tasks run on one thread.
    private(set) var running = 0

    func run(on executor: any TaskExecutor, _ body: @escaping @Sendable () async -> Void) {
        running += 1
        Task(executorPreference: executor) {
            await body()
            self.running -= 1
        }
    }
}

extension RPCLimits {
    /// Small enough for a few kilobytes of input to reach them.
    static let fuzzed = {
        var limits = RPCLimits()
        limits.maximumMessageLength = 4096
        limits.maximumHeaderListSize = 2048
        limits.maximumConcurrentStreams = 8
        limits.streamWindow = 4096
        limits.connectionWindow = 65_535
        limits.writeHighWaterMark = 512
        return limits
    }()
}

enum Echo {
    static let unary = Method<Text, Text>("echo.Echo", "Unary", .idempotent)
    static let stream = Method<Text, Text>("echo.Echo", "Stream", .idempotent)
    static let hang = Method<Text, Text>("echo.Echo", "Hang", .notIdempotent)

    /// All on the loop: nothing depends on other threads.
    static let services = {
        var services = RPCServices()
        services.unary(unary, .onLoop) { request, context in
            if request.value.hasPrefix("fail:") {
                throw RPCError(.failedPrecondition, String(request.value.dropFirst(5)), metadata: ["x-detail": "because"])
            }
            context.setHeaders(context.metadata)
            return request
        }
        services.serverStreaming(stream, .onLoop) { request, writer, _ in
            for index in 0..<min(64, Int(request.value) ?? 0) { try await writer.write(Text("token \(index)")) }
        }
        services.unary(hang, .onLoop) { request, _ in
            await untilCancelled()
            return request
        }
        return services
    }()

    private static func untilCancelled() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            continuation.finish()
        }
    }
}

final class ServerSide: Side {
    let wire = Wire()
    private let server: RPCServer
    private let handler: ConnectionHandler
    private let tasks = TaskCount()

    init() {
        server = try! RPCServer(
            .unix(path: "/nowhere"), security: .plaintext, services: Echo.services, on: wire.loop, limits: .fuzzed,
            random: { _ in 1 }, log: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() })
        let connection = ServerConnection(server, from: nil)
        handler = try! ConnectionHandler(
            role: .server, tls: nil, limits: .fuzzed, keepalive: nil, on: wire.loop, delegate: connection)
        connection.attach(handler)
        try! wire.channel.pipeline.syncOperations.addHandler(handler)
        tasks.run(on: handler.executor) { await connection.run() }
    }

    func check() {
        precondition(handler.session.streams.count <= RPCLimits.fuzzed.maximumConcurrentStreams, "streams are bounded")
    }

    var isOver: Bool { tasks.running == 0 && handler.session.streams.isEmpty }
}

final class ClientSide: Side {
    let wire = Wire()
    private let connection = ClientConnection(endpoint: .unix(path: "/nowhere"), security: .plaintext, limits: .fuzzed)
    private let tasks = TaskCount()

    init() {
        let (connection, channel) = (connection, wire.channel)
        tasks.run(on: EventLoopExecutor.of(wire.loop)) {
            guard (try? await connection.start(over: channel, tls: nil, keepalive: nil)) != nil else { return }
            await Self.calls(connection)
        }
    }

    /// Streams 1, 3 and 5; and another one after each answer.
    static func calls(_ connection: ClientConnection) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for text in ["one", "two"] { _ = try? await connection.unaryResponse(Echo.unary, Text(text)) }
            }
            group.addTask {
                for _ in 0..<2 {
                    try? await connection.serverStreaming(Echo.stream, Text("9")) { for try await _ in $0 {} }
                }
            }
            group.addTask {
                _ = try? await connection.unary(Echo.hang, Text("three"), options: CallOptions(timeout: .seconds(10)))
            }
        }
    }

    func check() {}

    var isOver: Bool { tasks.running == 0 && !connection.isReady }
}
