import HectorCore
import HectorProgram
import HectorProto
import Logging
import NIOCore
import NIOPosix
import SwiftProtobuf
import Synchronization
import Testing

@testable import HectorRPC

/// A client that keeps a connection.
@Suite(.timeLimit(.minutes(1)))
struct RPCClientTests {
    private let start = Instant(.seconds(1_000))
    private let refused = ConnectionError(.unreachable, "nobody there")

    // MARK: the decisions

    @Test func `An attempt begins at once, then ever later, up to two minutes`() {
        let delays = (1...15).map { Backoff.connecting.delay(afterFailures: $0) { _ in 1 } }
        #expect(delays[0] == .seconds(1))
        #expect(abs(delays[1] / .seconds(1) - 1.6) < 1e-9)
        #expect(abs(delays[2] / .seconds(1) - 2.56) < 1e-9)
        #expect(delays[14] == .seconds(120))
        #expect(Backoff.connecting.jitter == 0.8...1.2)
    }

    @Test func attemptsAndTheirWaits() {
        var state = ClientConnectivity(.connecting, keepalive: nil)
        #expect(state.wait(now: start) == .zero)
        state.attemptBegins(now: start) { _ in 1 }
        guard case .wait = state.decide(waitForReady: false) else { return #expect(Bool(false), "the first attempt is waited for") }
        // The wait counts from the beginning of the attempt.
        state.attemptFailed(refused)
        #expect(state.wait(now: start + .milliseconds(300)) == .milliseconds(700))
        #expect(state.wait(now: start + .seconds(5)) == .zero)
        state.attemptBegins(now: start + .seconds(1)) { _ in 1 }
        // Known to be out of reach until an attempt succeeds.
        guard case .fail = state.decide(waitForReady: false), case .wait = state.decide(waitForReady: true) else {
            return #expect(Bool(false), "fails fast, unless it is to wait")
        }
        state.attemptFailed(refused)
        #expect(state.wait(now: start + .seconds(1)) == .milliseconds(1600))
        state.attemptBegins(now: start + .seconds(3)) { _ in 1 }
        state.connected()
        guard case .use = state.decide(waitForReady: false) else { return #expect(Bool(false), "connected") }
        // Lost at once: not again before its time. After a success the waits begin anew.
        state.lost(ConnectionError(.closedByPeer, "closed"))
        #expect(state.wait(now: start + .seconds(10)) == .zero)
        state.attemptBegins(now: start + .seconds(10)) { _ in 1 }
        #expect(state.wait(now: start + .seconds(10)) == .seconds(1))
        state.ended()
        guard case .fail = state.decide(waitForReady: true) else { return #expect(Bool(false), "stopped") }
    }

    @Test func aServerThatFindsPingsTooManyIsPingedHalfAsOften() {
        var state = ClientConnectivity(.connecting, keepalive: KeepaliveConfiguration(interval: .seconds(10), timeout: .seconds(1)))
        state.lost(ConnectionError(.closedByPeer, "closed"))
        #expect(state.keepalive?.interval == .seconds(10))
        state.lost(ConnectionError(.tooManyPings, "too many"))
        state.attemptFailed(ConnectionError(.tooManyPings, "too many"))
        #expect(state.keepalive?.interval == .seconds(40))
    }

    // MARK: with a server

    private let hasty = Backoff(first: .milliseconds(20), longest: .milliseconds(50))

    private func withClient<T: Sendable>(
        _ endpoint: Endpoint, keepalive: KeepaliveConfiguration? = nil, _ body: @Sendable (RPCClient) async throws -> T
    ) async throws -> T {
        let connector = try ClientConnector(.plaintext, on: MultiThreadedEventLoopGroup.singleton, keepalive: keepalive)
        let client = RPCClient(endpoint, connector, backoff: hasty, timing: .system())
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await client.run() }
            let result = try await body(client)
            group.cancelAll()
            try await group.waitForAll()
            let error = await #expect(throws: RPCError.self) { try await client.unary(Echo.unary, Text(""), options: CallOptions(waitForReady: true)) }
            #expect(error?.code == .unavailable)
            return result
        }
    }

    private var socket: Endpoint { .unix(path: "/tmp/hector-rpc-\(UInt32.random(in: 0 ... .max)).sock") }

    @Test func callsGoOnAfterTheServerCameBack() async throws {
        let endpoint = socket
        try await withClient(endpoint) { client in
            // Nobody there yet: fail fast, or wait.
            while true {
                do {
                    _ = try await client.unary(Echo.unary, Text(""))
                    Issue.record("nobody could answer")
                } catch let error as RPCError {
                    #expect(error.code == .unavailable)
                    #expect(error.progress == .notProcessed)
                    break
                }
            }
            let late = await #expect(throws: RPCError.self) {
                try await client.unary(Echo.unary, Text(""), options: CallOptions(timeout: .milliseconds(60), waitForReady: true))
            }
            #expect(late?.code == .deadlineExceeded)
            for round in 0..<3 {
                let (answered, answer) = AsyncStream.makeStream(of: String.self)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        let options = CallOptions(timeout: .seconds(20), waitForReady: true)
                        try await answer.yield(client.unary(Echo.unary, Text("round \(round)"), options: options).value)
                    }
                    group.addTask {
                        try await withServer(at: endpoint) { _, _ in
                            var answers = answered.makeAsyncIterator()
                            let first = await answers.next()
                            #expect(first == "round \(round)")
                            try await #expect(client.unary(Echo.unary, Text("more")).value == "more")
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func aWaitingCallIsCancelled() async throws {
        try await withClient(socket) { client in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: RPCError.self) {
                        try await client.unary(Echo.unary, Text(""), options: CallOptions(waitForReady: true))
                    }
                    #expect(error?.code == .cancelled)
                }
                group.cancelAll()
            }
        }
    }

    /// A server that ends connections all the time loses no call: those that it did not begin are sent once more.
    @Test func aServerThatLikesNewConnections() async throws {
        var policy = ServerConnectionPolicy()
        policy.maximumAge = .milliseconds(200)
        try await withServer(policy: policy) { _, endpoint in
            try await withClient(endpoint) { client in
                var connections: Set<ObjectIdentifier> = []
                var kept: [ClientConnection] = []
                while connections.count < 4 {
                    let answer = try await client.unary(Echo.unary, Text("a"), options: CallOptions(waitForReady: true))
                    #expect(answer.value == "a")
                    let connection = try await client.withConnection(CallOptions(waitForReady: true)) { connection, _ in connection }
                    if connections.insert(ObjectIdentifier(connection)).inserted { kept.append(connection) }
                }
            }
        }
    }

    /// 40 ms are too often, 80 are not: sooner or later a connection stays while many pings go by.
    @Test func tooManyPingsAreHalved() async throws {
        var policy = ServerConnectionPolicy()
        (policy.minimumPingInterval, policy.permitsPingsWithoutCalls) = (.milliseconds(60), true)
        try await withServer(policy: policy) { _, endpoint in
            try await withClient(endpoint, keepalive: KeepaliveConfiguration(interval: .milliseconds(40), timeout: .seconds(20))) { client in
                var stays = false
                while !stays {
                    let connection = try await client.withConnection(CallOptions(waitForReady: true)) { connection, _ in connection }
                    let end = await withTaskGroup(of: ConnectionError?.self) { group in
                        group.addTask { await connection.waitUntilClosed() }
                        group.addTask {
                            try? await Task.sleep(for: .milliseconds(800))
                            return nil
                        }
                        defer { group.cancelAll() }
                        return await group.next() ?? nil
                    }
                    if let end { #expect(end.code == .tooManyPings) } else { stays = true }
                }
            }
        }
    }

    /// A stream's body runs once.
    @Test func streams() async throws {
        let endpoint = socket
        try await withServer(at: endpoint) { _, _ in
            try await withClient(endpoint) { client in
                let runs = Mutex(0)
                let error = await #expect(throws: RPCError.self) {
                    try await client.serverStreaming(Echo.stream, Text("3")) { responses in
                        runs.withLock { $0 += 1 }
                        for try await _ in responses {}
                    }
                }
                #expect(error?.code == .unimplemented)
                #expect(runs.withLock { $0 } == 1)
            }
        }
    }
}
