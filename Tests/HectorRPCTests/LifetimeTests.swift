import HectorProto
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// Watches objects without holding them.
final class Watch: Sendable {
    private struct Item: @unchecked Sendable { // Only looked at for nil.
        weak var object: AnyObject?
    }

    private let items = Mutex<[Item]>([])

    func add(_ object: AnyObject?) {
        let item = Item(object: object)
        items.withLock { $0.append(item) }
    }

    var count: Int { items.withLock { $0.count } }
    var alive: Int { items.withLock { items in items.count { $0.object != nil } } }
}

/// Connections and calls are freed when they are over: nothing holds itself, and nothing is held by a timer.
@Suite(.timeLimit(.minutes(1)))
struct LifetimeTests {
    /// Objects are let go on the event loops, a moment after the call that ends them.
    private func expectFreed(_ watch: Watch, _ count: Int) async throws {
        #expect(watch.count >= count)
        for _ in 0..<300 where watch.alive > 0 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(watch.alive == 0)
    }

    @Test(arguments: [false, true])
    func connectionsAndCalls(tls: Bool) async throws {
        let watch = Watch()
        let watching: (inout RPCServices) -> Void = { services in
            services.unary(Echo.hang) { request, context in
                watch.add(context.call)
                watch.add(context.call.server)
                watch.add(context.call.connection)
                watch.add(context.call.connection.session)
                try await Task.sleep(for: .seconds(request.value == "hang" ? 50 : 0))
                return request
            }
        }
        let keepalive = KeepaliveConfiguration(interval: .seconds(30), timeout: .seconds(30))
        try await withEcho(tls: tls, keepalive: keepalive, services: watching) { client, server in
            watch.add(client)
            let handler = try client.liveHandler()
            watch.add(handler)
            watch.add(handler.session)
            _ = try await client.unary(Echo.hang, Text("ends well"), options: CallOptions(timeout: .seconds(40)))
            // Ended by its deadline, by its task, by leaving early, and by the connection.
            _ = try? await client.unary(Echo.hang, Text("hang"), options: CallOptions(timeout: .milliseconds(30)))
            try await client.serverStreaming(Echo.stream, Text("100000")) { responses in
                watch.add(responses.call)
                watch.add(responses.inbound)
                for try await _ in responses { break }
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await client.unary(Echo.hang, Text("hang")) }
                try? await Task.sleep(for: .milliseconds(30))
                group.cancelAll()
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await client.unary(Echo.hang, Text("hang")) }
                try? await Task.sleep(for: .milliseconds(30))
                await client.close()
            }
        }
        try await expectFreed(watch, 10)
    }

    /// A connection over the limit is turned away, said so in the log, and leaves nothing behind.
    @Test func refusedConnections() async throws {
        let watch = Watch()
        let log = CapturedLog()
        try await refuseConnections(watch, log)
        #expect(log.messages.contains { $0.contains("too many connections") })
        try await expectFreed(watch, 1)
    }

    private func refuseConnections(_ watch: Watch, _ log: CapturedLog) async throws {
        /// Held by the server's TLS, and by every connection's.
        final class Token: Sendable {}
        let token = Token()
        watch.add(token)
        var limits = RPCLimits()
        limits.maximumConnections = 1
        let group = MultiThreadedEventLoopGroup.singleton
        let identity = try TLSIdentity.selfSigned(now: 1_780_000_000)
        let trust = try TLSTrust.exactly(der: identity.leafDER())
        let server = try RPCServer(
            .tcp(host: "127.0.0.1", port: 0),
            security: .mutualTLS(TLSConfiguration(identity: identity, trust: trust) { _ in withExtendedLifetime(token) {} }),
            services: RPCServices(), on: group, limits: limits, random: { _ in 1 }, log: Logger(label: "test") { _ in log })
        let security = ConnectionSecurity.mutualTLS(TLSConfiguration(identity: identity, trust: trust))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
            tasks.addTask { try await server.run { listening.yield($0) } }
            var iterator = bound.makeAsyncIterator()
            let endpoint = try #require(await iterator.next())
            let first = try await ClientConnection.connect(to: endpoint, security: security, on: group)
            for _ in 0..<5 {
                await #expect(throws: ConnectionError.self) {
                    try await ClientConnection.connect(to: endpoint, security: security, on: group)
                }
            }
            #expect(first.isReady)
            await first.close()
            server.shutDown(grace: .zero)
            try await tasks.waitForAll()
        }
    }
}

/// Keeps what is logged, as text.
final class CapturedLog: LogHandler, Sendable {
    private let stored = Mutex<[String]>([])

    var messages: [String] { stored.withLock { $0 } }

    func log(event: LogEvent) {
        let text = "\(event.message) \(event.metadata ?? [:])"
        stored.withLock { $0.append(text) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
}
