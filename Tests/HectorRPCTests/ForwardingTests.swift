import HectorProto
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// Calls that a server passes on to another as HTTP/2 streams.
@Suite(.timeLimit(.minutes(1)))
struct ForwardingTests {
    private struct ToOne: StreamForwarder {
        var connection: ClientConnection

        func route(_ request: ForwardedRequest) -> ForwardingDecision {
            request.path.hasPrefix("/echo.Echo/") ? .to(ForwardingTarget(connection) {}) : .refuse(RPCError(.permissionDenied, "not that"))
        }
    }

    /// A connection to a server that forwards to an echo server; all on one loop, as forwarding wants it.
    private func withForwarder(
        limits: RPCLimits = RPCLimits(), _ forwarder: @escaping @Sendable (ClientConnection) -> any StreamForwarder = { ToOne(connection: $0) },
        _ body: @escaping @Sendable (ClientConnection) async throws -> Void
    ) async throws {
        try await withEcho(tls: false, limits: limits) { backend, _ in
            let loop = try backend.liveHandler().eventLoop
            try await withServer(forwarder(backend), limits: limits, on: loop) { endpoint in
                let client = try await ClientConnection.connect(to: endpoint, security: .plaintext, on: loop, limits: limits)
                try await body(client)
                await client.close()
            }
        }
    }

    private func withServer(
        _ forwarder: any StreamForwarder, limits: RPCLimits = RPCLimits(), on loop: any EventLoop,
        _ body: @Sendable (Endpoint) async throws -> Void
    ) async throws {
        var services = RPCServices()
        services.forwarder = forwarder
        let path = "/tmp/hector-rpc-\(UInt32.random(in: 0 ... .max)).sock"
        let server = try RPCServer(
            .unix(path: path), security: .plaintext, services: services, on: loop, limits: limits,
            random: { _ in 1 }, log: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
            tasks.addTask { try await server.run { listening.yield($0) } }
            var iterator = bound.makeAsyncIterator()
            try await body(#require(await iterator.next()))
            server.shutDown(grace: .zero)
            try await tasks.waitForAll()
        }
    }

    @Test func callsPassThrough() async throws {
        try await withForwarder(limits: RPCLimits()) { client in
            let response = try await client.unaryResponse(Echo.unary, Text("m"), options: CallOptions(metadata: ["x-echo": "value"]))
            #expect(response.message == Text("m"))
            #expect(response.headers["x-echo"] == "value")
            #expect(response.trailers.bytes("x-trail-bin") == [0, 1, 255])
            let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unary, Text("fail:über 100 %")) }
            #expect(error?.code == .failedPrecondition)
            #expect(error?.message == "über 100 %")
            let count = try await client.serverStreaming(Echo.stream, Text("5000")) { try await $0.reduce(0) { count, _ in count + 1 } }
            #expect(count == 5000)
            let other = Method<Text, Text>("other.Service", "Call", .idempotent)
            let refused = await #expect(throws: RPCError.self) { try await client.unary(other, Text("")) }
            #expect(refused?.code == .permissionDenied)
        }
    }

    /// A caller with stock limits still gets the status, and what fits of the text.
    @Test func aStatusTextThatIsTooLongIsCutOnItsWay() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let path = "/tmp/hector-rpc-\(UInt32.random(in: 0 ... .max)).sock"
        let (peers, arrived) = AsyncStream.makeStream(of: RawPeer.self)
        let listener = try await RawPeer.listen(at: path, on: loop) { arrived.yield($0) }
        defer { listener.close(promise: nil) }
        let head = Raw.field(":status", "200") + Raw.field("content-type", "application/grpc")
        let block = head + Raw.field("grpc-status", "13") + Raw.field("grpc-message", String(repeating: "%C3%A9", count: 4000))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                for await peer in peers {
                    await peer.send(Raw.settings)
                    _ = await peer.has { $0.frames.contains { $0.kind == Raw.Kind.data.rawValue } }
                    await peer.send(
                        Raw.frame(.headers, flags: 1, stream: 1, Array(block.prefix(16_000)))
                            + Raw.frame(.continuation, flags: 4, stream: 1, Array(block.dropFirst(16_000))))
                    return
                }
            }
            let backend = try await ClientConnection.connect(to: .unix(path: path), security: .plaintext, on: loop)
            try await withServer(ToOne(connection: backend), on: loop) { endpoint in
                var limits = RPCLimits()
                limits.maximumHeaderListSize = 8192
                let client = try await ClientConnection.connect(to: endpoint, security: .plaintext, on: loop, limits: limits)
                let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unary, Text("")) }
                #expect(error?.code == .internalError && error?.origin == .peer)
                #expect(error?.message == String(repeating: "é", count: 4096 / 6))
                await client.close()
            }
            await backend.close()
            try await tasks.waitForAll()
        }
    }

    /// Callers who leave, or send what is refused, must not use up the connection to the plugin, nor theirs.
    @Test func callsGivenUpDoNotUseUpTheConnections() async throws {
        var limits = RPCLimits()
        limits.streamWindow = 65_535
        limits.connectionWindow = 200_000
        try await withForwarder(limits: limits) { client in
            for _ in 0..<20 {
                try await client.serverStreaming(Echo.stream, Text("20000")) { for try await _ in $0 { break } }
                let large = Text(String(repeating: "x", count: 200_000))
                _ = try? await client.unary(Echo.unary, large, options: CallOptions(timeout: .milliseconds(1)))
            }
            let large = Text(String(repeating: "x", count: 1_000_000))
            try await #expect(client.unary(Echo.unary, large, options: CallOptions(timeout: .seconds(10))) == large)
        }
    }

    /// Notes whether the calls that it passed on are still held.
    private struct Noting: StreamForwarder {
        final class Mark: Sendable {}

        final class Marks: Sendable {
            private struct Held { weak var mark: Mark? }
            private let all = Mutex<[Held]>([])

            func make() -> Mark {
                let mark = Mark()
                all.withLock { $0.append(Held(mark: mark)) }
                return mark
            }
            var made: Int { all.withLock { $0.count } }
            var held: Int { all.withLock { $0.count { $0.mark != nil } } }
        }

        let marks: Marks
        let connection: ClientConnection

        func route(_ request: ForwardedRequest) -> ForwardingDecision {
            let mark = marks.make()
            return .to(ForwardingTarget(connection) { withExtendedLifetime(mark) {} })
        }
    }

    /// The two legs of a call know each other: they must let go when it is over, however it ends.
    @Test func nothingIsHeldOfCallsThatAreOver() async throws {
        let marks = Noting.Marks()
        try await withForwarder { Noting(marks: marks, connection: $0) } _: { client in
            _ = try await client.unary(Echo.unary, Text("m"))
            _ = try? await client.unary(Echo.unary, Text("fail:no"))
            _ = try? await client.unary(Echo.hang, Text(""), options: CallOptions(timeout: .milliseconds(50)))
            try await client.serverStreaming(Echo.stream, Text("20000")) { for try await _ in $0 { break } }
            for _ in 0..<1000 where marks.held > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(marks.made == 4)
            #expect(marks.held == 0)
        }
    }

    /// A plugin may send its headers long before its first message: they are passed on as they come.
    @Test func headersPassBeforeMessages() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let path = "/tmp/hector-rpc-\(UInt32.random(in: 0 ... .max)).sock"
        let (peers, arrived) = AsyncStream.makeStream(of: RawPeer.self)
        let listener = try await RawPeer.listen(at: path, on: loop) { arrived.yield($0) }
        defer { listener.close(promise: nil) }
        async let connecting = ClientConnection.connect(to: .unix(path: path), security: .plaintext, on: loop)
        var iterator = peers.makeAsyncIterator()
        let plugin = try #require(await iterator.next())
        await plugin.send(Raw.settings)
        let backend = try await connecting
        try await withServer(ToOne(connection: backend), on: loop) { endpoint in
            guard case .unix(let path) = endpoint else { return }
            let caller = try await RawPeer.connect(to: path, on: loop)
            await caller.send(Raw.greeting + Raw.request(1, "/echo.Echo/Unary"))
            #expect(await plugin.has { $0.frames.contains { $0.kind == Raw.Kind.data.rawValue } })
            await plugin.send(Raw.frame(
                .headers, flags: Raw.endHeaders, stream: 1, Raw.field(":status", "200") + Raw.field("content-type", "application/grpc")))
            #expect(await caller.has { $0.frames.contains { $0.kind == Raw.Kind.headers.rawValue } })
            await caller.close()
        }
        await backend.close()
    }

    /// Virtual hosts: one server, and a server behind it for each `:authority`.
    private struct ByAuthority: StreamForwarder {
        var hosts: [String: ClientConnection]

        func route(_ request: ForwardedRequest) -> ForwardingDecision {
            guard let connection = hosts[request.authority] else {
                return .refuse(RPCError(.unimplemented, "no host '\(request.authority)' here"))
            }
            return .to(ForwardingTarget(connection) {})
        }
    }

    @Test func twoVirtualHosts() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        @Sendable func server(_ name: String, at endpoint: Endpoint, _ security: ConnectionSecurity, forwarder: (any StreamForwarder)? = nil) throws -> RPCServer {
            var services = RPCServices()
            if let forwarder { services.forwarder = forwarder } else { services.unary(Echo.unary) { _, _ in Text(name) } }
            return try RPCServer(
                endpoint, security: security, services: services, on: group, random: { _ in 1 }, log: Logger(label: "test"))
        }
        @Sendable func run(_ server: RPCServer, _ body: @Sendable (Endpoint) async throws -> Void) async throws {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
                tasks.addTask { try await server.run { listening.yield($0) } }
                var iterator = bound.makeAsyncIterator()
                try await body(try #require(await iterator.next()))
                server.shutDown(grace: .zero)
                try await tasks.waitForAll()
            }
        }
        let identity = try TLSIdentity.selfSigned(now: 1_780_000_000)
        let trust = try TLSTrust.exactly(der: identity.leafDER())
        let (a, b) = (Endpoint.unix(path: "/tmp/hector-rpc-\(UInt32.random(in: 0 ... .max)).sock"), Endpoint.unix(path: "/tmp/hector-rpc-\(UInt32.random(in: 0 ... .max)).sock"))
        try await run(server("one", at: a, .plaintext)) { a in
            try await run(server("two", at: b, .plaintext)) { b in
                let one = try await ClientConnection.connect(to: a, security: .plaintext, on: group)
                let two = try await ClientConnection.connect(to: b, security: .plaintext, on: group)
                let front = try server(
                    "front", at: .tcp(host: "127.0.0.1", port: 0), .mutualTLS(TLSConfiguration(identity: identity, trust: trust)),
                    forwarder: ByAuthority(hosts: ["one.example": one, "two.example": two]))
                try await run(front) { endpoint in
                    for (name, answer) in [("one.example", "one"), ("two.example", "two"), ("three.example", nil)] {
                        let security = ConnectionSecurity.mutualTLS(TLSConfiguration(identity: identity, trust: trust, serverName: name))
                        let client = try await ClientConnection.connect(to: endpoint, security: security, on: group)
                        if let answer {
                            try await #expect(client.unary(Echo.unary, Text("who?")).value == answer)
                        } else {
                            let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unary, Text("who?")) }
                            #expect(error?.code == .unimplemented)
                        }
                        await client.close()
                    }
                }
                await one.close()
                await two.close()
            }
        }
        try await group.shutdownGracefully()
    }
}
