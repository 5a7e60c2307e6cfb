import HectorCore
import HectorProgram
import HectorProto
import HectorRPC
import Logging
import NIOPosix
import SwiftProtobuf
import Testing

/// The examples of `docs/rpc-client.md` and `docs/rpc-server.md`, run against each other.
@Suite(.timeLimit(.minutes(1)))
struct PageExampleTests {
    private let say = Method<Google_Protobuf_StringValue, Google_Protobuf_StringValue>("demo.Echo", "Say", .idempotent)
    private let chat = Method<Google_Protobuf_StringValue, Google_Protobuf_StringValue>("demo.Echo", "Chat", .notIdempotent)

    private func makeServer(_ identity: TLSIdentity, ca: String) throws -> RPCServer {
        var services = RPCServices()
        services.unary(say) { request, context in
            guard !request.value.isEmpty else { throw RPCError(.invalidArgument, "there is nothing to say") }
            context.setTrailers(["x-length": "\(request.value.utf8.count)"])
            return request
        }
        services.bidirectionalStreaming(chat) { requests, responses, context in
            for try await request in requests { try await responses.write(request) }
        }
        let health = HealthService()
        health.register(in: &services)
        ReflectionService.register(in: &services)

        return try RPCServer(
            .tcp(host: "127.0.0.1", port: 0),
            security: .mutualTLS(TLSConfiguration(identity: identity, trust: .authorities(pem: ca), authorize: { peer in
                guard peer.dnsNames.contains("localhost") else { throw RPCError(.permissionDenied, "a friend's certificate is needed") }
            })),
            services: services, on: MultiThreadedEventLoopGroup.singleton,
            random: { Double.random(in: $0) }, log: Logger(label: "echo"))
    }

    @Test func theyTalk() async throws {
        let identity = try TLSIdentity.selfSigned(now: 1_780_000_000)
        let ca = identity.certificatePEM
        let server = try makeServer(identity, ca: ca)
        let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run { listening.yield($0) } }
            var endpoints = bound.makeAsyncIterator()
            let endpoint = try #require(await endpoints.next())

            let connector = try ClientConnector(
                .mutualTLS(TLSConfiguration(identity: identity, trust: .authorities(pem: ca), serverName: "localhost", verifiesServerName: true)),
                on: MultiThreadedEventLoopGroup.singleton,
                keepalive: KeepaliveConfiguration(interval: .seconds(20), timeout: .seconds(10)))
            let client = try await connector.connect(to: endpoint)
            let answer = try await client.unary(say, "hello", options: CallOptions(timeout: .seconds(20)))
            #expect(answer.value == "hello")
            let received = try await client.bidirectionalStreaming(chat) { requests, responses in
                try await requests.write("one")
                try await requests.write("two")
                requests.finish()
                var received: [String] = []
                for try await response in responses { received.append(response.value) }
                return received
            }
            #expect(received == ["one", "two"])
            let error = await #expect(throws: RPCError.self) { try await client.unary(say, "") }
            #expect(error?.code == .invalidArgument)
            await client.close()
            group.cancelAll()
        }
    }
}
