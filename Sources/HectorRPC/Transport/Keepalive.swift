internal import NIOCore

/// When to ping a silent peer, and when to give it up.
package struct KeepaliveConfiguration: Sendable {
    /// Silence after which a ping is sent.
    package var interval: Duration
    /// Time after the ping within which something must arrive from the peer.
    package var timeout: Duration
    /// Whether to ping while no call is under way.
    package var permitsWithoutCalls: Bool

    package init(interval: Duration, timeout: Duration, permitsWithoutCalls: Bool = true) {
        self.interval = interval
        self.timeout = timeout
        self.permitsWithoutCalls = permitsWithoutCalls
    }

    /// Between members of a mesh: a cut cable is noticed within two seconds.
    package static let mesh = KeepaliveConfiguration(interval: .milliseconds(500), timeout: .seconds(1))

    /// To a server that allows gRPC's default, one ping in five minutes (gRFC A8). A cut cable is noticed by TCP (`setKeepalive`).
    package static let foreign = KeepaliveConfiguration(interval: .seconds(360), timeout: .seconds(20))
}

/// The decisions of keepalive, without a clock.
struct KeepaliveState {
    enum Action: Equatable {
        case wait(TimeAmount)
        case ping(thenWait: TimeAmount)
        case giveUp
    }

    private let interval: TimeAmount
    private let timeout: TimeAmount
    private let permitsWithoutCalls: Bool
    private var lastHeard: NIODeadline
    private var pingSent: NIODeadline?
    /// When the next tick is expected.
    private var due: NIODeadline?

    init(_ configuration: KeepaliveConfiguration, now: NIODeadline) {
        interval = TimeAmount(clamping: configuration.interval)
        timeout = TimeAmount(clamping: configuration.timeout)
        permitsWithoutCalls = configuration.permitsWithoutCalls
        lastHeard = now
    }

    /// Something arrived: whatever it is, the peer lives.
    mutating func heard(now: NIODeadline) {
        lastHeard = now
        pingSent = nil
    }

    /// The time that was waited for has come.
    mutating func tick(now: NIODeadline, hasCalls: Bool) -> Action {
        let action = decide(now: now, hasCalls: hasCalls)
        switch action {
        case .wait(let amount), .ping(let amount): due = now + amount
        case .giveUp: break
        }
        return action
    }

    private mutating func decide(now: NIODeadline, hasCalls: Bool) -> Action {
        if let sent = pingSent {
            let left = sent + timeout - now
            // The answer may come any moment: then the next ping is due after the interval, however long the timeout.
            guard left <= .zero else { return .wait(min(left, interval)) }
            // Where we were held up ourselves, the peer's silence proves nothing: it gets its time once more.
            guard let due, now - due > timeout else { return .giveUp }
            pingSent = now
            return .wait(min(timeout, interval))
        }
        let left = lastHeard + interval - now
        if left > .zero { return .wait(left) }
        guard hasCalls || permitsWithoutCalls else { return .wait(interval) }
        pingSent = now
        return .ping(thenWait: min(interval, timeout))
    }
}
