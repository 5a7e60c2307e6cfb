import HectorProto
import HectorRPC
import Logging
import NIOPosix
import SwiftProtobuf
import Testing

@testable import HectorMembership

/// A connection that is not wanted any more lets its calls end, and does not hold up the end of the program.
@Suite(.timeLimit(.minutes(1))) struct RetiringTests {
    private static let wait = Method<Google_Protobuf_StringValue, Google_Protobuf_StringValue>("test.Slow", "Wait", .notIdempotent)

    /// A server that takes its time, or never answers, and a connection with one call under way.
    private func withCall(
        taking time: Duration, _ body: @Sendable (ClientConnection) async throws -> Void
    ) async throws -> Result<String, any Error> {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        var services = RPCServices()
        services.unary(Self.wait) { request, _ in
            begin.yield()
            try await Task.sleep(for: time)
            return request
        }
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try RPCServer(
            .tcp(host: "127.0.0.1", port: 0), security: .plaintext, services: services, on: group, random: { _ in 1 },
            log: Logger(label: "test"))
        let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run { listening.yield($0) } }
            var endpoints = bound.makeAsyncIterator()
            let connection = try await ClientConnection.connect(
                to: try #require(await endpoints.next()), security: .plaintext, on: group)
            async let call = connection.unary(Self.wait, "x")
            for await _ in begun { break }
            try await body(connection)
            let result: Result<String, any Error>
            do { result = .success(try await call.value) } catch { result = .failure(error) }
            server.shutDown(grace: .zero)
            try await tasks.waitForAll()
            return result
        }
    }

    private static let times = RetiringTimes(usual: .seconds(50), whenCancelled: .milliseconds(100))

    private static func retire(_ connection: ClientConnection) async {
        await connection.retire(times) { try await Task.sleep(for: $0) }
    }

    @Test func `Calls under way may end`() async throws {
        let result = try await withCall(taking: .milliseconds(300)) { await Self.retire($0) }
        #expect(try result.get() == "x")
    }

    @Test(arguments: [true, false]) func `A cancelled task does not wait for calls that do not end`(isCancelledBefore: Bool) async throws {
        let start = ContinuousClock.now
        let result = try await withCall(taking: .seconds(100)) { connection in
            await withTaskGroup(of: Void.self) { group in
                if isCancelledBefore { group.cancelAll() }
                group.addTask { await Self.retire(connection) }
                if !isCancelledBefore { try? await Task.sleep(for: .milliseconds(200)) }
                group.cancelAll()
            }
        }
        #expect(throws: RPCError.self) { try result.get() }
        #expect(.now - start < .seconds(20))
    }
}
