import HectorProto
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// A connection whose peer says nothing for a while, and what that does to the calls on it.
@Suite(.timeLimit(.minutes(1)))
struct PeerSilenceTests {
    private static let loop = MultiThreadedEventLoopGroup.singleton

    /// A connection to a peer that speaks only when the test has it speak.
    private func withPeer(
        _ keepalive: KeepaliveConfiguration, on loop: any EventLoopGroup = Self.loop,
        _ body: @escaping @Sendable (ClientConnection, RawPeer) async throws -> Void
    ) async throws {
        let path = "/tmp/hector-silence-\(UInt32.random(in: 0 ... .max)).sock"
        let (peers, arrived) = AsyncStream.makeStream(of: RawPeer.self)
        let listener = try await RawPeer.listen(at: path, on: loop) { peer in
            peer.channel.writeAndFlush(ByteBuffer(bytes: Raw.settings), promise: nil)
            arrived.yield(peer)
        }
        defer { listener.close(promise: nil) }
        let client = try await ClientConnection.connect(to: .unix(path: path), security: .plaintext, on: loop, keepalive: keepalive)
        for await peer in peers {
            try await body(client, peer)
            break
        }
        await client.close()
    }

    // Long enough for a busy machine to say in time what the peer is to say before it falls silent.
    private static func keepalive(closeAfter: Duration) -> KeepaliveConfiguration {
        KeepaliveConfiguration(interval: .seconds(1), timeout: .seconds(1), consequence: .fail(closeAfter: closeAfter))
    }

    private static func head(_ stream: UInt32) -> [UInt8] {
        Raw.frame(.headers, flags: Raw.endHeaders, stream: stream, Raw.field(":status", "200") + Raw.field("content-type", "application/grpc"))
    }

    private static func message(_ stream: UInt32, _ text: String) -> [UInt8] { Raw.frame(.data, stream: stream, Raw.message(text)) }

    private static func end(_ stream: UInt32) -> [UInt8] {
        Raw.frame(.headers, flags: Raw.endHeaders | Raw.endStream, stream: stream, Raw.field("grpc-status", "0"))
    }

    private static func hasRequest(_ stream: UInt32) -> @Sendable (RawPeer) -> Bool {
        { $0.frames.contains { $0.kind == Raw.Kind.headers.rawValue && $0.stream == stream } }
    }

    private static func failure(_ body: () async throws -> some Sendable) async -> RPCError? {
        await #expect(throws: RPCError.self) { try await body() }
    }

    /// A stream whose first message has come; yields each text.
    private static func begin(
        _ client: ClientConnection, _ peer: RawPeer, in tasks: inout ThrowingTaskGroup<Void, any Error>
    ) async -> AsyncThrowingStream<String, any Error> {
        let (texts, text) = AsyncThrowingStream.makeStream(of: String.self)
        tasks.addTask {
            do {
                try await client.serverStreaming(Echo.stream, Text("")) { for try await message in $0 { text.yield(message.value) } }
                text.finish()
            } catch {
                text.finish(throwing: error)
            }
        }
        #expect(await peer.has(Self.hasRequest(1)))
        await peer.send(Self.head(1) + Self.message(1, "one"))
        return texts
    }

    @Test func `Calls without a response leave a silent peer, and a stream that has begun goes on when it is heard again`() async throws {
        try await withPeer(Self.keepalive(closeAfter: .seconds(50))) { client, peer in
            let events = Mutex<[String]>([])
            client.observeSilence { silence in events.withLock { $0.append("\(silence)") } }
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                var texts = await Self.begin(client, peer, in: &tasks).makeAsyncIterator()
                try await #expect(texts.next() == "one")
                let failure = await Self.failure { try await client.unary(Echo.unary, Text("")) }
                events.withLock { $0.append("failed") }
                #expect(failure?.code == .unavailable && failure?.isConnectionLoss == true && failure?.progress == .unknown)
                #expect(failure?.message == "no response for 2 s")
                #expect(events.withLock { $0 } == [#"silent("no response for 2 s")"#, "failed"], "who sends calls elsewhere knows first")
                #expect(!client.isReady)
                let refused = await Self.failure { try await client.unary(Echo.unary, Text("")) }
                #expect(refused?.isConnectionLoss == true && refused?.progress == .notProcessed)
                #expect(await peer.has { $0.resets(of: 3) == [HTTP2ErrorCode.cancel.rawValue] }, "the peer drops it when it thaws")
                #expect(peer.resets(of: 1).isEmpty)

                await peer.send(Self.message(1, "two"))
                try await #expect(texts.next() == "two")
                #expect(client.isReady)
                #expect(events.withLock { $0.last } == "heard")
                async let answer = client.unary(Echo.unary, Text(""))
                #expect(await peer.has(Self.hasRequest(5)))
                await peer.send(Self.head(5) + Self.message(5, "back") + Self.end(5) + Self.end(1))
                try await #expect(answer == Text("back"))
                try await #expect(texts.next() == nil)
                #expect(peer.goAwayCode() == nil)
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `A stream ends UNAVAILABLE with its connection when the silence goes on`() async throws {
        try await withPeer(Self.keepalive(closeAfter: .seconds(4))) { client, peer in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                var texts = await Self.begin(client, peer, in: &tasks).makeAsyncIterator()
                try await #expect(texts.next() == "one")
                let error = await #expect(throws: RPCError.self) { while try await texts.next() != nil {} }
                #expect(error?.code == .unavailable && error?.progress == .responseStarted)
                #expect(await client.waitUntilClosed()?.code == .unresponsive)
                try await tasks.waitForAll()
            }
        }
    }

    // MARK: children

    private static let child = KeepaliveConfiguration(
        interval: .milliseconds(50), timeout: .milliseconds(50), permitsWithoutCalls: false, question: .settings, consequence: .tell)

    private static func isQuestion(_ frame: RawPeer.Frame) -> Bool {
        frame.kind == Raw.Kind.settings.rawValue && frame.flags == 0 && frame.payload.isEmpty
    }

    @Test func `A child that is quiet keeps its calls until its owner decides`() async throws {
        try await withPeer(Self.child) { client, peer in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                var texts = await Self.begin(client, peer, in: &tasks).makeAsyncIterator()
                try await #expect(texts.next() == "one")
                let ended = Mutex(false)
                tasks.addTask {
                    let failure = await Self.failure { try await client.unary(Echo.unary, Text("")) }
                    ended.withLock { $0 = true }
                    #expect(failure?.isConnectionLoss == true && failure?.message == "frozen")
                }
                #expect(await client.waitUntilQuiet())
                #expect(client.isReady && !ended.withLock { $0 })
                #expect(peer.frames.contains(where: Self.isQuestion))
                #expect(!peer.frames.contains { $0.kind == Raw.Kind.ping.rawValue })

                client.fallSilent("frozen")
                #expect(await peer.has { $0.resets(of: 3) == [HTTP2ErrorCode.cancel.rawValue] })
                #expect(!client.isReady)
                async let health = client.unary(Echo.unary, Text(""), options: CallOptions(outlastsSilence: true))
                #expect(await peer.has(Self.hasRequest(5)), "who asks whether it is there may do so")
                client.endBegunCalls()
                let error = await #expect(throws: RPCError.self) { while try await texts.next() != nil {} }
                #expect(error?.code == .unavailable && error?.progress == .responseStarted)

                await peer.send(Self.head(5) + Self.message(5, "well") + Self.end(5))
                try await #expect(health == Text("well"))
                await client.waitUntilHeard()
                #expect(client.isReady)
                try await tasks.waitForAll()
            }
        }
    }

    @Test func `A child without calls is not asked`() async throws {
        try await withPeer(Self.child) { client, peer in
            for stream: UInt32 in [1, 3] {
                let before = peer.frames.count(where: Self.isQuestion)
                async let answer = client.unary(Echo.unary, Text(""))
                #expect(await peer.has(Self.hasRequest(stream)))
                #expect(await peer.has { $0.frames.count(where: Self.isQuestion) > before }, "asked again with each call")
                await peer.send(Raw.settingsAck + Self.head(stream) + Self.message(stream, "fine") + Self.end(stream))
                _ = try await answer
                let asked = peer.frames.count(where: Self.isQuestion)
                // Ten times the pause between two questions.
                try await Task.sleep(for: .milliseconds(500))
                #expect(peer.frames.count(where: Self.isQuestion) <= asked + 1)
            }
        }
    }

    // MARK: forwarded calls

    private struct ToOne: StreamForwarder {
        var connection: ClientConnection

        func route(_ request: ForwardedRequest) -> ForwardingDecision {
            .to(ForwardingTarget(connection, whenLost: [MeshMetadata.lost: MeshMetadata.Lost.replica]) {})
        }
    }

    /// The host must be able to tell that from what the plugin itself says: then it asks another replica.
    @Test func `A forwarded call leaves a silent child as if that was lost`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        try await withPeer(Self.child, on: loop) { child, peer in
            var services = RPCServices()
            services.forwarder = ToOne(connection: child)
            let path = "/tmp/hector-silence-\(UInt32.random(in: 0 ... .max)).sock"
            let server = try RPCServer(
                .unix(path: path), security: .plaintext, services: services, on: loop, random: { _ in 1 }, log: Logger(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
                tasks.addTask { try await server.run { listening.yield($0) } }
                for await _ in bound { break }
                let client = try await ClientConnection.connect(to: .unix(path: path), security: .plaintext, on: loop)
                var texts = await Self.begin(client, peer, in: &tasks).makeAsyncIterator()
                try await #expect(texts.next() == "one")
                tasks.addTask {
                    _ = await child.waitUntilQuiet()
                    child.fallSilent("frozen")
                }
                let failure = await Self.failure { try await client.unary(Echo.unary, Text("")) }
                #expect(failure?.code == .unavailable && failure?.origin == .peer)
                #expect(failure?.metadata[MeshMetadata.lost] == MeshMetadata.Lost.replica)
                #expect(await peer.has { $0.resets(of: 3) == [HTTP2ErrorCode.cancel.rawValue] })
                let refused = await Self.failure { try await client.unary(Echo.unary, Text("")) }
                #expect(refused?.progress == .notProcessed)
                child.endBegunCalls()
                let error = await #expect(throws: RPCError.self) { while try await texts.next() != nil {} }
                #expect(error?.code == .unavailable && error?.metadata[MeshMetadata.lost] == MeshMetadata.Lost.replica)
                await client.close()
                server.shutDown(grace: .zero)
                try await tasks.waitForAll()
            }
        }
    }
}
