import HectorProto
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// A server on loopback, for the connections that a test makes to it.
func withServer<T: Sendable>(
    security: ConnectionSecurity = .plaintext, policy: ServerConnectionPolicy = ServerConnectionPolicy(),
    at endpoint: Endpoint = .tcp(host: "127.0.0.1", port: 0), _ body: @Sendable (RPCServer, Endpoint) async throws -> T
) async throws -> T {
    var services = RPCServices()
    services.unary(Echo.unary) { request, _ in request }
    services.unary(Echo.hang) { request, _ in
        try await Task.sleep(for: .seconds(50))
        return request
    }
    let server = try RPCServer(
        endpoint, security: security, services: services, on: MultiThreadedEventLoopGroup.singleton, policy: policy,
        random: { _ in 1 }, log: Logger(label: "test") { _ in CapturedLog() })
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
        let (bound, listening) = AsyncStream.makeStream(of: Endpoint.self)
        tasks.addTask { try await server.run { listening.yield($0) } }
        var endpoints = bound.makeAsyncIterator()
        let result = try await body(server, try #require(await endpoints.next()))
        server.shutDown(grace: .zero)
        try await tasks.waitForAll()
        return result
    }
}

/// What a server expects of its connections, and how long it holds them.
@Suite(.timeLimit(.minutes(1)))
struct ServerPolicyTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private func policy(_ change: (inout ServerConnectionPolicy) -> Void) -> ServerConnectionPolicy {
        var policy = ServerConnectionPolicy()
        change(&policy)
        return policy
    }

    // MARK: pings

    @Test func twoPingsTooSoonAreForgiven() {
        var pings = PingPolicing(ServerConnectionPolicy())
        var answers: [Bool] = []
        for minute in 0..<4 { answers.append(pings.pingReceived(now: start + .minutes(Int64(minute)), hasCalls: true, hasSent: false)) }
        #expect(answers == [false, false, false, true])
    }

    @Test func pingsAtTheAllowedPace() {
        var pings = PingPolicing(ServerConnectionPolicy())
        for ping in 0..<100 { #expect(pings.pingReceived(now: start + .minutes(Int64(5 * ping)), hasCalls: true, hasSent: false) == false) }
    }

    /// Without a call the pace is every two hours, unless the policy permits more.
    @Test(arguments: [false, true])
    func pingsWithoutCalls(permitted: Bool) {
        var pings = PingPolicing(policy { $0.permitsPingsWithoutCalls = permitted })
        var isTooMany = false
        for ping in 0..<10 { isTooMany = pings.pingReceived(now: start + .minutes(Int64(5 * ping)), hasCalls: false, hasSent: false) }
        #expect(isTooMany == !permitted)
    }

    /// Clients measure the way while they receive, with a ping at every step.
    @Test func pingsBetweenResponsesDoNotCount() {
        var pings = PingPolicing(ServerConnectionPolicy())
        for ping in 0..<100 { #expect(pings.pingReceived(now: start + .milliseconds(Int64(ping)), hasCalls: true, hasSent: ping % 3 == 0) == false) }
    }

    @Test func theMeshIsAllowedWhatItDoes() {
        var pings = PingPolicing(.mesh)
        let interval = TimeAmount(clamping: KeepaliveConfiguration.mesh.interval)
        for ping in 0..<1000 { #expect(pings.pingReceived(now: start + interval * ping, hasCalls: false, hasSent: false) == false) }
    }

    @Test func aClientThatPingsTooOftenIsToldWhy() async throws {
        try await withServer { server, endpoint in
            let error: ConnectionError?
            do {
                let connection = try await ClientConnection.connect(
                    to: endpoint, security: .plaintext, on: MultiThreadedEventLoopGroup.singleton,
                    keepalive: KeepaliveConfiguration(interval: .milliseconds(20), timeout: .seconds(5)))
                error = await connection.waitUntilClosed()
            } catch let early as ConnectionError {
                // On a busy machine it is over before we look.
                error = early
            }
            #expect(error?.code == .tooManyPings)
            #expect(error?.message.contains("too_many_pings") == true, "\(String(describing: error))")
            // Others are not concerned.
            let other = try await ClientConnection.connect(to: endpoint, security: .plaintext, on: MultiThreadedEventLoopGroup.singleton)
            try await #expect(other.unary(Echo.unary, Text("a")).value == "a")
            await other.close()
        }
    }

    // MARK: age and idleness

    @Test func ageWithJitter() {
        for (jitter, seconds) in [(0.9, 90), (1.0, 100), (1.1, 110)] {
            var lifetime = ConnectionLifetime(
                policy { ($0.maximumAge, $0.maximumAgeGrace) = (.seconds(100), .seconds(7)) }, jitter: jitter, now: start)
            #expect(lifetime.tick(now: start, openCalls: 1, lastCall: 1) == .wait(.seconds(Int64(seconds))))
            let end = lifetime.tick(now: start + .seconds(Int64(seconds)), openCalls: 1, lastCall: 1)
            #expect(end == .drain(grace: .seconds(7), reason: "it has reached its maximum age"))
        }
    }

    @Test func idleness() {
        var lifetime = ConnectionLifetime(policy { $0.maximumIdle = .seconds(100) }, jitter: 1, now: start)
        #expect(lifetime.tick(now: start, openCalls: 0, lastCall: 0) == .wait(.seconds(25)))
        // A call that began and ended between two looks.
        #expect(lifetime.tick(now: start + .seconds(25), openCalls: 0, lastCall: 1) == .wait(.seconds(25)))
        #expect(lifetime.tick(now: start + .seconds(110), openCalls: 0, lastCall: 1) == .wait(.seconds(15)))
        // One that is under way.
        #expect(lifetime.tick(now: start + .seconds(120), openCalls: 1, lastCall: 3) == .wait(.seconds(25)))
        #expect(lifetime.tick(now: start + .seconds(219), openCalls: 0, lastCall: 3) == .wait(.seconds(1)))
        guard case .drain = lifetime.tick(now: start + .seconds(220), openCalls: 0, lastCall: 3) else {
            Issue.record("still there")
            return
        }
    }

    @Test func nothingToWatch() {
        var lifetime = ConnectionLifetime(ServerConnectionPolicy(), jitter: 1, now: start)
        #expect(lifetime.tick(now: start, openCalls: 0, lastCall: 0) == .rest)
    }

    /// On a busy machine a connection may be over before it is ready, where it lives for a second; the next is as welcome.
    private func connect(to endpoint: Endpoint) async throws -> ClientConnection {
        while true {
            try Task.checkCancellation()
            let connection = try? await ClientConnection.connect(
                to: endpoint, security: .plaintext, on: MultiThreadedEventLoopGroup.singleton)
            if let connection { return connection }
        }
    }

    /// The old connection takes no new calls, its call ends with the grace; a new connection is welcome.
    @Test func anOldConnectionIsDrained() async throws {
        let policy = policy { ($0.maximumAge, $0.maximumAgeGrace) = (.seconds(1), .milliseconds(300)) }
        try await withServer(policy: policy) { server, endpoint in
            let connection = try await connect(to: endpoint)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: RPCError.self) { try await connection.unary(Echo.hang, Text("")) }
                    #expect(error?.code == .unavailable)
                }
                group.addTask {
                    #expect(await connection.waitUntilNotReady()?.code == .closedByPeer)
                    let refused = await #expect(throws: RPCError.self) { try await connection.unary(Echo.unary, Text("")) }
                    #expect(refused?.progress == .notProcessed)
                }
            }
            var answer: String?
            while answer == nil {
                let next = try await connect(to: endpoint)
                answer = try? await next.unary(Echo.unary, Text("a")).value
                await next.close()
            }
            #expect(answer == "a")
        }
    }

    @Test func aConnectionThatNobodyUsesIsClosed() async throws {
        try await withServer(policy: policy { $0.maximumIdle = .seconds(1) }) { server, endpoint in
            let connection = try await connect(to: endpoint)
            #expect(await connection.waitUntilClosed()?.code == .closedByPeer)
        }
    }

    // MARK: certificates

    private func trusting(_ identity: TLSIdentity, as own: TLSIdentity) throws -> TLSConfiguration {
        TLSConfiguration(identity: own, trust: .exactly(der: try identity.leafDER()))
    }

    @Test func aReloadedCertificateIsShownToNewConnections() async throws {
        let (client, first, second) = (
            try TLSIdentity.selfSigned(now: 1_780_000_000), try TLSIdentity.selfSigned(now: 1_780_000_000), try TLSIdentity.selfSigned(now: 1_780_000_000)
        )
        try await withServer(security: .mutualTLS(trusting(client, as: first))) { server, endpoint in
            let connector = try ClientConnector(.mutualTLS(trusting(first, as: client)), on: MultiThreadedEventLoopGroup.singleton)
            let before = try await connector.connect(to: endpoint)
            #expect(!before.isResumed)
            // The ticket follows the handshake; it is there with the first answer.
            _ = try await before.unary(Echo.unary, Text(""))
            let resumed = try await connector.connect(to: endpoint)
            #expect(resumed.isResumed)
            await resumed.close()

            try server.reload(trusting(client, as: second))
            await #expect(throws: ConnectionError.self) { try await connector.connect(to: endpoint) }
            try connector.reload(.mutualTLS(trusting(second, as: client)))
            let after = try await connector.connect(to: endpoint)
            #expect(!after.isResumed)
            #expect(after.peer?.der == (try second.leafDER()))
            // The connection of before goes on.
            #expect(before.peer?.der == (try first.leafDER()))
            try await #expect(before.unary(Echo.unary, Text("still")).value == "still")

            // What is unusable changes nothing.
            let mixed = TLSIdentity(certificatePEM: first.certificatePEM, privateKeyPEM: second.privateKeyPEM)
            let error = #expect(throws: ConnectionError.self) { try server.reload(trusting(client, as: mixed)) }
            #expect(error?.code == .security)
            #expect(throws: ConnectionError.self) { try connector.reload(.mutualTLS(trusting(second, as: mixed))) }
            let last = try await connector.connect(to: endpoint)
            #expect(last.peer?.der == (try second.leafDER()))
            for connection in [before, after, last] { await connection.close() }
        }
    }

    /// A client that trust no longer covers is out, whatever session it has.
    @Test func aReloadedTrustForgetsSessions() async throws {
        let (client, other, own) = (
            try TLSIdentity.selfSigned(now: 1_780_000_000), try TLSIdentity.selfSigned(now: 1_780_000_000), try TLSIdentity.selfSigned(now: 1_780_000_000)
        )
        try await withServer(security: .mutualTLS(trusting(client, as: own))) { server, endpoint in
            let connector = try ClientConnector(.mutualTLS(trusting(own, as: client)), on: MultiThreadedEventLoopGroup.singleton)
            let before = try await connector.connect(to: endpoint)
            _ = try await before.unary(Echo.unary, Text(""))
            await before.close()
            try server.reload(trusting(other, as: own))
            await #expect(throws: ConnectionError.self) { try await connector.connect(to: endpoint) }
        }
    }

    @Test func aPlaintextServerHasNoCertificate() async throws {
        let identity = try TLSIdentity.selfSigned(now: 1_780_000_000)
        try await withServer { server, _ in
            _ = #expect(throws: ConnectionError.self) { try server.reload(trusting(identity, as: identity)) }
        }
    }
}
