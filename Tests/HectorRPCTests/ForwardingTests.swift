import HectorProto
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
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
    private func withForwarder(limits: RPCLimits, _ body: @Sendable (ClientConnection) async throws -> Void) async throws {
        try await withEcho(tls: false, limits: limits) { backend, _ in
            let loop = try backend.liveHandler().eventLoop
            var services = RPCServices()
            services.forwarder = ToOne(connection: backend)
            let path = "/tmp/hector-rpc-\(UInt32.random(in: 0 ... .max)).sock"
            let server = try RPCServer(
                .unix(path: path), security: .plaintext, services: services, on: loop, limits: limits,
                random: { _ in 1 }, log: Logger(label: "test"))
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
                tasks.addTask { try await server.run { listening.yield($0) } }
                var iterator = bound.makeAsyncIterator()
                let endpoint = try #require(await iterator.next())
                let client = try await ClientConnection.connect(to: endpoint, security: .plaintext, on: loop, limits: limits)
                try await body(client)
                await client.close()
                server.shutDown(grace: .zero)
                try await tasks.waitForAll()
            }
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
