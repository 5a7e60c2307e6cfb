import HectorCore
import HectorProto
import Logging
import NIOPosix
import Testing

@testable import HectorMembership
@testable import HectorRPC

/// How a replica is asked for its health.
@Suite(.timeLimit(.minutes(1))) struct ReplicaConnectionTests {
    private static let plugin = PluginKey(.llm, "model")

    /// It has no method at all: whoever asks it anything gets UNIMPLEMENTED.
    private func connected(_ body: (ClientConnection) async throws -> Void) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let server = try RPCServer(
            .unix(path: "/tmp/hector-replica-\(UInt32.random(in: 0 ... .max)).sock"), security: .plaintext, services: RPCServices(),
            on: loop, random: { _ in 1 }, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
            tasks.addTask { try await server.run { listening.yield($0) } }
            var iterator = bound.makeAsyncIterator()
            try await body(.connect(to: #require(await iterator.next()), security: .plaintext, on: loop))
            server.shutDown(grace: .zero)
            try await tasks.waitForAll()
        }
    }

    @Test func `A replica that has no Health is well while it is connected`() async throws {
        try await connected { client in
            func isHealthy(_ methods: Set<String>?) async -> Bool {
                await ReplicaConnection.remote(client, Self.plugin, replica: "model-1", methods: methods).isHealthy(within: .seconds(20))
            }
            #expect(await isHealthy(["Generate"]))
            #expect(await !isHealthy(["Generate", "Health"]))
            #expect(await !isHealthy(nil))
            await client.close()
            #expect(await !isHealthy(["Generate"]))
        }
    }
}
