import HectorProto
import HectorRPC
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Testing

typealias Text = Google_Protobuf_StringValue

enum Echo {
    static let unary = Method<Text, Text>("echo.Echo", "Unary", .idempotent)
    static let onLoop = Method<Text, Text>("echo.Echo", "OnLoop", .idempotent)
    static let stream = Method<Text, Text>("echo.Echo", "Stream", .idempotent)
    static let hang = Method<Text, Text>("echo.Echo", "Hang", .notIdempotent)
    static let unknown = Method<Text, Text>("echo.Echo", "Unknown", .idempotent)
}

/// A server with an echo service on a unix socket or on loopback TLS, and a connection to it.
func withEcho<T: Sendable>(
    tls: Bool, limits: RPCLimits = RPCLimits(), keepalive: KeepaliveConfiguration? = nil,
    serverMetrics: RPCMetrics? = nil, clientMetrics: RPCMetrics? = nil,
    services extra: (inout RPCServices) -> Void = { _ in },
    _ body: @Sendable (ClientConnection, RPCServer) async throws -> T
) async throws -> T {
    var services = RPCServices()
    services.unary(Echo.unary) { request, context in
        if request.value.hasPrefix("fail:") {
            throw RPCError(.failedPrecondition, String(request.value.dropFirst(5)), metadata: ["x-detail": "because"])
        }
        if let value = context.metadata["x-echo"] {
            context.setHeaders(["x-echo": value])
            var trailers = Metadata()
            trailers.append([0, 1, 255], forBinary: "x-trail")
            context.setTrailers(trailers)
        }
        return request
    }
    services.unary(Echo.onLoop, .onLoop) { request, _ in request }
    services.serverStreaming(Echo.stream) { request, writer, _ in
        for index in 0..<(Int(request.value) ?? 0) { try await writer.write(Text("token \(index)")) }
    }
    extra(&services)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let path = "/tmp/hector-rpc-\(UInt32.random(in: 0 ... .max)).sock"
    let security: ConnectionSecurity
    if tls {
        let identity = try TLSIdentity.selfSigned(now: 1_780_000_000)
        security = .mutualTLS(
            TLSConfiguration(identity: identity, trust: .exactly(der: try identity.leafDER()), serverName: "localhost", verifiesServerName: true))
    } else {
        security = .plaintext
    }
    let server = try RPCServer(
        tls ? .tcp(host: "127.0.0.1", port: 0) : .unix(path: path), security: security, services: services,
        on: group, limits: limits, metrics: serverMetrics, random: { _ in 1 }, log: Logger(label: "test"))
    let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
    let result = try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await server.run { listening.yield($0) } }
        var endpoints = bound.makeAsyncIterator()
        let endpoint = try #require(await endpoints.next())
        let client = try await ClientConnection.connect(to: endpoint, security: security, on: group, limits: limits, keepalive: keepalive, metrics: clientMetrics)
        let result = try await body(client, server)
        await client.close()
        server.shutDown(grace: .zero)
        try await tasks.waitForAll()
        return result
    }
    try await group.shutdownGracefully()
    return result
}

@Suite(.timeLimit(.minutes(1)))
struct CallTests {
    @Test(arguments: [false, true])
    func unary(tls: Bool) async throws {
        try await withEcho(tls: tls) { client, _ in
            for text in ["", "hello", String(repeating: "x", count: 100_000)] {
                try await #expect(client.unary(Echo.unary, Text(text)).value == text)
                try await #expect(client.unary(Echo.onLoop, Text(text)).value == text)
            }
        }
    }

    @Test(arguments: [false, true])
    func manyAtOnce(tls: Bool) async throws {
        try await withEcho(tls: tls) { client, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<64 {
                    group.addTask {
                        for call in 0..<50 {
                            let text = "\(caller)/\(call)"
                            try await #expect(client.unary(Echo.unary, Text(text)).value == text)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: [false, true])
    func streaming(tls: Bool) async throws {
        try await withEcho(tls: tls) { client, _ in
            for count in [0, 1, 50_000] {
                let received = try await client.serverStreaming(Echo.stream, Text("\(count)")) { responses in
                    var received = 0
                    for try await response in responses {
                        #expect(response.value == "token \(received)")
                        received += 1
                    }
                    return received
                }
                #expect(received == count)
            }
        }
    }

    @Test func metadataBothWays() async throws {
        try await withEcho(tls: false) { client, _ in
            let response = try await client.unaryResponse(Echo.unary, Text("m"), options: CallOptions(metadata: ["x-echo": "value"]))
            #expect(response.headers["x-echo"] == "value")
            #expect(response.trailers.bytes("x-trail-bin") == [0, 1, 255])
        }
    }

    @Test func statusTravelsWithItsMessage() async throws {
        try await withEcho(tls: true) { client, _ in
            let error = await #expect(throws: RPCError.self) {
                try await client.unary(Echo.unary, Text("fail:über 100 %"))
            }
            #expect(error?.code == .failedPrecondition)
            #expect(error?.message == "über 100 %")
            #expect(error?.metadata["x-detail"] == "because")
        }
    }

    @Test func unknownMethod() async throws {
        try await withEcho(tls: false) { client, _ in
            let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unknown, Text("")) }
            #expect(error?.code == .unimplemented)
        }
    }

    @Test func tooLargeIsRefusedAndTheConnectionLives() async throws {
        var limits = RPCLimits()
        limits.maximumMessageLength = 1000
        try await withEcho(tls: true, limits: limits) { client, _ in
            let large = Text(String(repeating: "x", count: 2000))
            let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unary, large) }
            #expect(error?.code == .resourceExhausted)
            try await #expect(client.unary(Echo.unary, Text("still here")).value == "still here")
        }
    }

    @Test func messagesLargerThanTheWindow() async throws {
        var limits = RPCLimits()
        limits.streamWindow = 65_535
        limits.connectionWindow = 65_535
        try await withEcho(tls: true, limits: limits) { client, _ in
            let text = Text(String(repeating: "y", count: 3_000_000))
            try await #expect(client.unary(Echo.unary, text) == text)
        }
    }

    /// Tells when its handler begins, and how it ended.
    private static func hanging(_ events: AsyncStream<String>.Continuation) -> (inout RPCServices) -> Void {
        { services in
            services.unary(Echo.hang) { request, _ in
                events.yield("began")
                do {
                    try await Task.sleep(for: .seconds(60))
                } catch {
                    events.yield("cancelled")
                    throw error
                }
                return request
            }
        }
    }

    @Test func deadlineEndsBothSides() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: String.self)
        try await withEcho(tls: false, services: Self.hanging(continuation)) { client, _ in
            let error = await #expect(throws: RPCError.self) {
                try await client.unary(Echo.hang, Text(""), options: CallOptions(timeout: .milliseconds(100)))
            }
            #expect(error?.code == .deadlineExceeded)
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "began")
            #expect(await iterator.next() == "cancelled")
        }
    }

    @Test func cancellingTheTaskCancelsTheHandler() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: String.self)
        try await withEcho(tls: true, services: Self.hanging(continuation)) { client, _ in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.hang, Text("")) }
                    #expect(error?.code == .cancelled)
                }
                var iterator = events.makeAsyncIterator()
                #expect(await iterator.next() == "began")
                group.cancelAll()
                #expect(await iterator.next() == "cancelled")
            }
        }
    }

    @Test func aTaskThatIsAlreadyCancelledGetsItsAnswer() async throws {
        try await withEcho(tls: false) { client, _ in
            await withTaskGroup(of: Void.self) { group in
                group.cancelAll()
                group.addTask {
                    let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unary, Text("")) }
                    #expect(error?.code == .cancelled)
                }
            }
        }
    }

    @Test func leavingAStreamEarlyCancelsTheHandler() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: String.self)
        let endless: (inout RPCServices) -> Void = { services in
            services.serverStreaming(Echo.hang) { _, writer, _ in
                defer { continuation.yield("ended") }
                while true { try await writer.write(Text(String(repeating: "z", count: 10_000))) }
            }
        }
        try await withEcho(tls: true, services: endless) { client, _ in
            try await client.serverStreaming(Echo.hang, Text("")) { responses in
                for try await _ in responses.prefix(3) {}
            }
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "ended")
        }
    }

    @Test func aSlowReaderHoldsTheWriter() async throws {
        var limits = RPCLimits()
        limits.streamWindow = 100_000
        limits.writeHighWaterMark = 100_000
        let (written, continuation) = AsyncStream.makeStream(of: Int.self)
        let endless: (inout RPCServices) -> Void = { services in
            services.serverStreaming(Echo.hang) { _, writer, _ in
                for index in 0..<1000 {
                    try await writer.write(Text(String(repeating: "z", count: 10_000)))
                    continuation.yield(index)
                }
                continuation.finish()
            }
        }
        try await withEcho(tls: false, limits: limits, services: endless) { client, _ in
            try await client.serverStreaming(Echo.hang, Text("")) { responses in
                var iterator = responses.makeAsyncIterator()
                _ = try await iterator.next()
                // The writer must come to rest at window + high-water mark, far before its end.
                try await Task.sleep(for: .milliseconds(300))
                continuation.yield(-1)
                var before = 0
                for await index in written {
                    if index == -1 { break }
                    before = index
                }
                #expect(before < 60)
                var rest = 1
                while try await iterator.next() != nil { rest += 1 }
                #expect(rest == 1000)
            }
        }
    }

    @Test func drainLetsCallsFinish() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Void.self)
        let slow: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { request, _ in
                continuation.yield()
                try await Task.sleep(for: .milliseconds(200))
                return request
            }
        }
        try await withEcho(tls: true, services: slow) { client, server in
            async let answer = client.unary(Echo.hang, Text("finish me"))
            var iterator = events.makeAsyncIterator()
            await iterator.next()
            server.shutDown(grace: .seconds(5))
            try await #expect(answer.value == "finish me")
            #expect(await client.waitUntilClosed() != nil)
            let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unary, Text("late")) }
            #expect(error?.progress == .notProcessed)
        }
    }
}
