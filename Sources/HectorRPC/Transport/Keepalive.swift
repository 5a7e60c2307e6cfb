internal import HectorCore
internal import NIOCore

/// When to ask a silent peer for a sign of life, and what follows when it gives none.
package struct KeepaliveConfiguration: Sendable, Equatable {
    /// What the peer is asked with. Its HTTP/2 library answers, whatever its calls do.
    package enum Question: Sendable {
        case ping
        /// An empty SETTINGS frame. gRPC servers count pings and close the connection after a few (gRFC A8); of SETTINGS they count none.
        case settings
    }

    /// What follows when nothing has come within `timeout`.
    package enum Consequence: Sendable, Equatable {
        /// The connection is closed.
        case close
        /// Calls that have no response header fail as on a lost connection, and new ones are refused, until something comes. Where nothing has
        /// come for so long after the question, the connection is closed.
        case fail(closeAfter: Duration)
        /// The connection's owner is told, and decides.
        case tell
    }

    /// Silence after which the peer is asked.
    package var interval: Duration
    /// Time after the question within which something must arrive from the peer.
    package var timeout: Duration
    /// Whether to ask while no call is under way.
    package var permitsWithoutCalls: Bool
    package var question: Question
    package var consequence: Consequence

    package init(
        interval: Duration, timeout: Duration, permitsWithoutCalls: Bool = true, question: Question = .ping, consequence: Consequence = .close
    ) {
        self.interval = interval
        self.timeout = timeout
        self.permitsWithoutCalls = permitsWithoutCalls
        self.question = question
        self.consequence = consequence
    }

    /// Between members of a mesh.
    package static let mesh = mesh(silence: .milliseconds(1_500), streams: .seconds(5))

    /// - Parameters:
    ///   - silence: Time without a sign of life after which calls without a response go elsewhere. More than the half second after
    ///     which the peer is asked.
    ///   - streams: The same for calls whose response has begun, and for the connection.
    package static func mesh(silence: Duration, streams: Duration) -> KeepaliveConfiguration {
        let interval = Duration.milliseconds(500)
        return KeepaliveConfiguration(
            interval: interval, timeout: silence - interval, consequence: .fail(closeAfter: max(silence, streams) - interval))
    }

    /// To a child process: it shares the machine, and its supervisor sees what it does.
    package static let child = KeepaliveConfiguration(
        interval: .milliseconds(250), timeout: .milliseconds(250), permitsWithoutCalls: false, question: .settings, consequence: .tell)

    /// To a server of other people's, which counts pings (gRFC A8). TCP notices a cut cable sooner, but the kernel of a frozen server answers
    /// TCP for it. Nothing else tells that one from a server whose only thread computes, so it gets more time than a node.
    package static let foreign = KeepaliveConfiguration(interval: .seconds(10), timeout: .seconds(10), question: .settings)

    /// What calls fail with that a silent peer has not begun to answer.
    var silence: ConnectionError { ConnectionError(.unresponsive, "no response for \((interval + timeout).inSeconds)") }
}

/// What is known of a peer that may be silent.
package enum PeerSilence: Sendable, Equatable {
    /// It has been heard since it was asked, or has not been asked.
    case heard
    /// It has not answered yet, and its calls go on.
    case quiet
    /// Calls without a response have failed, and new ones are refused. The reason is for people.
    case silent(String)
}

/// The decisions of keepalive, without a clock.
struct KeepaliveState {
    enum Action: Equatable {
        case wait(TimeAmount)
        case ping(thenWait: TimeAmount)
        /// Nothing has come in time; the connection stands.
        case silent(thenWait: TimeAmount)
        case giveUp
        /// There is nothing to watch before the next call.
        case rest
    }

    private let interval: TimeAmount
    private let timeout: TimeAmount
    private let permitsWithoutCalls: Bool
    private let consequence: KeepaliveConfiguration.Consequence
    private var lastHeard: NIODeadline
    private var pingSent: NIODeadline?
    private var isSilent = false
    /// When the next tick is expected.
    private var due: NIODeadline?

    init(_ configuration: KeepaliveConfiguration, now: NIODeadline) {
        interval = TimeAmount(clamping: configuration.interval)
        timeout = TimeAmount(clamping: configuration.timeout)
        permitsWithoutCalls = configuration.permitsWithoutCalls
        consequence = configuration.consequence
        lastHeard = now
    }

    /// Something arrived: whatever it is, the peer lives.
    mutating func heard(now: NIODeadline) {
        lastHeard = now
        pingSent = nil
        isSilent = false
    }

    /// The time that was waited for has come.
    mutating func tick(now: NIODeadline, hasCalls: Bool) -> Action {
        let action = decide(now: now, hasCalls: hasCalls)
        switch action {
        case .wait(let amount), .ping(let amount), .silent(let amount): due = now + amount
        case .giveUp, .rest: due = nil
        }
        return action
    }

    private mutating func decide(now: NIODeadline, hasCalls: Bool) -> Action {
        if let sent = pingSent { return decide(sent: sent, now: now, hasCalls: hasCalls) }
        guard hasCalls || permitsWithoutCalls else { return .rest }
        let left = lastHeard + interval - now
        if left > .zero { return .wait(left) }
        pingSent = now
        return .ping(thenWait: min(interval, timeout))
    }

    private mutating func decide(sent: NIODeadline, now: NIODeadline, hasCalls: Bool) -> Action {
        // Where we were held up ourselves, the peer's silence proves nothing: it gets its time once more.
        if let due, now - due > timeout {
            pingSent = now
            return .wait(min(timeout, interval))
        }
        if isSilent, consequence == .tell { return hasCalls || permitsWithoutCalls ? .wait(interval) : .rest }
        var limit = timeout
        if isSilent, case .fail(let closeAfter) = consequence { limit = TimeAmount(clamping: closeAfter) }
        let left = sent + limit - now
        // The answer may come any moment: then the next ping is due after the interval, however long the timeout.
        guard left <= .zero else { return .wait(min(left, interval)) }
        switch consequence {
        case .fail(let closeAfter) where !isSilent:
            isSilent = true
            return .silent(thenWait: max(.zero, min(interval, sent + TimeAmount(clamping: closeAfter) - now)))
        case .tell:
            isSilent = true
            return .silent(thenWait: interval)
        case .close, .fail: return .giveUp
        }
    }
}
