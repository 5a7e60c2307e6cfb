internal import HectorCore

/// What an `RPCClient` knows of its connection, without a clock (gRPC's doc/connectivity-semantics-and-api.md).
struct ClientConnectivity {
    enum State {
        /// Not run yet.
        case idle
        case connecting
        case ready
        /// The last attempt failed. It stays so while the next ones are under way, until one succeeds.
        case transientFailure(ConnectionError)
        /// It was run, and has ended.
        case shutdown
    }

    private(set) var state = State.idle
    /// Of the next connection; nil: the connector's own.
    private(set) var keepalive: KeepaliveConfiguration?
    private let backoff: Backoff
    private var failures = 0
    private var nextAttempt: Instant?

    init(_ backoff: Backoff, keepalive: KeepaliveConfiguration?) {
        self.backoff = backoff
        self.keepalive = keepalive
    }

    /// How long to wait before the next attempt; also after a connection that was lost at once.
    func wait(now: Instant) -> Duration { nextAttempt.map { max(.zero, $0 - now) } ?? .zero }

    mutating func attemptBegins(now: Instant, random: (ClosedRange<Double>) -> Double) {
        // Should it fail.
        nextAttempt = now + backoff.delay(afterFailures: failures + 1, random: random)
        if case .idle = state { state = .connecting }
    }

    mutating func connected() {
        failures = 0
        state = .ready
    }

    mutating func attemptFailed(_ error: ConnectionError) {
        failures += 1
        state = .transientFailure(error)
        slowDown(error)
    }

    /// The connection takes no more calls.
    mutating func lost(_ error: ConnectionError) {
        state = .connecting
        slowDown(error)
    }

    /// A server that finds our pings too many is pinged half as often (gRFC A8).
    private mutating func slowDown(_ error: ConnectionError) {
        if error.code == .tooManyPings { keepalive?.interval *= 2 }
    }

    mutating func ended() { state = .shutdown }

    enum Decision {
        case use
        case wait
        case fail(ConnectionError)
    }

    /// What a call does now.
    func decide(waitForReady: Bool) -> Decision {
        switch state {
        case .ready: .use
        case .idle, .connecting: .wait
        case .transientFailure(let error): waitForReady ? .wait : .fail(error)
        case .shutdown: .fail(ConnectionError(.closed, "the client was stopped"))
        }
    }
}
