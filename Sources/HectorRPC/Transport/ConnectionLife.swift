internal import NIOCore

/// How far a connection has come: made, open, draining, ending, closed. A value: each method is one thing that happened, and returns
/// what is to be done about it.
///
/// What is dropped says why: it cannot happen (our bug, asserted), or it is an expected race (a comment). The peer's faults
/// come in as `failed`.
struct ConnectionLife {
    /// Which side has sent GOAWAY, while calls in progress may still finish.
    enum Goodbye: Equatable {
        /// The peer only. It is the one that closes.
        case heard
        /// We announced it: calls that are on their way are still taken, until the peer answers the ping behind it.
        case announced
        /// We said which call was the last one.
        case said
    }

    /// An end that is decided. What waits to be sent goes out before it.
    struct Ending {
        let error: ConnectionError
        /// Whether the peer has our last GOAWAY.
        fileprivate(set) var hasSaidGoodbye: Bool
        /// Whether all calls have ended, as a server has them: then the peer gets the last of their answers, however slowly it
        /// reads.
        fileprivate(set) var isInOrder: Bool
    }

    private enum Phase {
        /// TLS and HTTP/2 come about, once the channel is there.
        case greeting(hasStarted: Bool)
        case open
        case draining(Goodbye)
        case ending(Ending)
        /// The last bytes are on their way to the peer, which closes when it has them.
        case leaving(Ending)
        case closed
    }

    private var phase = Phase.greeting(hasStarted: false)
    private let isServer: Bool
    /// When we close although calls are under way, once we drain.
    private var drainsUntil: NIODeadline?
    /// What the peer gave as its reason to go.
    private var peersReason: String?
    /// Whether the peer goes away because we ping too often for it (gRFC A8).
    private(set) var hasPingedTooOften = false

    static let closedByUs = ConnectionError(.closed, "the connection was closed")

    init(isServer: Bool) { self.isServer = isServer }

    // MARK: what it allows

    /// Whether calls may begin here.
    var isOpen: Bool { if case .open = phase { true } else { false } }

    /// Whether HTTP/2 stands, calls under way go on, and the peer must show that it lives.
    var isUp: Bool {
        switch phase {
        case .open, .draining: true
        case .greeting, .ending, .leaving, .closed: false
        }
    }

    /// Whether calls that the peer begins are taken.
    var takesStreams: Bool {
        switch phase {
        case .open, .draining(.heard), .draining(.announced): true
        // Said too late for the peer to know it: it was told which call was the last one, and that this one was not begun.
        case .draining(.said), .ending, .leaving: false
        case .greeting, .closed: false
        }
    }

    /// Whether bytes of the peer are still looked at.
    var reads: Bool {
        switch phase {
        case .greeting, .open, .draining: true
        case .ending, .leaving, .closed: false
        }
    }

    /// Whether there may be something to send.
    var writes: Bool {
        switch phase {
        case .greeting, .open, .draining, .ending: true
        case .leaving, .closed: false
        }
    }

    var isClosed: Bool { if case .closed = phase { true } else { false } }

    var ending: Ending? { if case .ending(let ending) = phase { ending } else { nil } }

    // MARK: what happens

    /// - Returns: Whether to begin with TLS and HTTP/2.
    mutating func channelBecameActive() -> Bool {
        // It may have been active already when the handler came, and it may be given up before: expected races.
        guard case .greeting(hasStarted: false) = phase else { return false }
        phase = .greeting(hasStarted: true)
        return true
    }

    /// - Returns: Whether the connection is open now.
    mutating func settingsReceived() -> Bool {
        switch phase {
        case .greeting:
            phase = .open
            return true
        case .open, .draining:
            assertionFailure("the session tells of the peer's first SETTINGS once")
            return false
        // It was given up in the midst of this read.
        case .ending, .leaving, .closed: return false
        }
    }

    mutating func greetingTimedOut(_ error: ConnectionError) {
        // The timer is cancelled when the greeting ends, but may be due already.
        guard case .greeting = phase else { return }
        end(error)
    }

    enum DrainAction: Equatable {
        case none
        /// Close now.
        case close
        /// Announce the end, ask with a ping for what is on its way, and close at that time in any case.
        case announce(closeAt: NIODeadline)
        /// Say which call was the last one, and close at that time in any case.
        case sayGoodbye(closeAt: NIODeadline)
        /// Close at that time rather than later.
        case closeEarlier(at: NIODeadline)

        var time: NIODeadline? {
            switch self {
            case .none, .close: nil
            case .announce(let time), .sayGoodbye(let time), .closeEarlier(let time): time
            }
        }
    }

    /// Gives calls `grace` to finish, then closes. If called again, the shorter time counts.
    mutating func drain(grace: TimeAmount, now: NIODeadline, hasCalls: Bool) -> DrainAction {
        switch phase {
        case .greeting:
            end(Self.closedByUs)
            return .close
        case .open, .draining:
            guard grace > .zero else {
                end(Self.closedByUs)
                return .close
            }
            let until = now + grace
            if let drainsUntil {
                guard until < drainsUntil else { return .none }
                self.drainsUntil = until
                return .closeEarlier(at: until)
            }
            drainsUntil = until
            if isServer {
                phase = .draining(.announced)
                return .announce(closeAt: until)
            }
            phase = .draining(.said)
            if !hasCalls { callsEnded() }
            return .sayGoodbye(closeAt: until)
        case .leaving where grace <= .zero:
            end(Self.closedByUs)
            return .close
        // It ends already.
        case .ending, .leaving, .closed: return .none
        }
    }

    /// The time of `drain` is over.
    mutating func drainTimedOut() {
        end(ConnectionError(.closed, "the connection was closed; its calls did not end in time"))
    }

    /// The peer takes no more calls, and closes after those that it has begun.
    ///
    /// - Returns: Whether that is news: no call may begin from now on.
    mutating func goAwayReceived(_ code: HTTP2ErrorCode, debugData: String) -> Bool {
        if code == .enhanceYourCalm, debugData == "too_many_pings" { hasPingedTooOften = true }
        // Streams that the peer still processes may end well, even so.
        if code != .noError, reads { peersReason = debugData.isEmpty ? "error \(code.rawValue)" : debugData }
        guard case .open = phase else { return false }
        phase = .draining(.heard)
        return true
    }

    /// All that the peer sent before it knew that we go has come.
    ///
    /// - Returns: Whether to say now which call was the last one.
    mutating func drainPingAnswered(hasCalls: Bool) -> Bool {
        // A second answer, or one to a ping that we never sent, or after the end: neither harms.
        guard case .draining(.announced) = phase else { return false }
        phase = .draining(.said)
        if !hasCalls { callsEnded() }
        return true
    }

    /// The last call under way has ended.
    mutating func callsEnded() {
        switch phase {
        case .draining(.said): end(Self.closedByUs, isInOrder: true)
        // More may come; of one that the peer leaves, its session says when it is over.
        case .greeting, .open, .draining(.heard), .draining(.announced): break
        // Calls end with their connection.
        case .ending, .leaving, .closed: break
        }
    }

    /// HTTP/2 has nothing more to read or to write.
    mutating func sessionEnded(violation: String?) {
        // Where we said goodbye ourselves, the end is ours, and decided.
        guard let violation else { return end(ConnectionError(.closedByPeer, "the HTTP/2 connection ended"), isInOrder: true) }
        end(ConnectionError(.protocolViolation, violation))
    }

    /// Something broke, or is given up.
    ///
    /// - Parameter tellingPeer: Whether the peer was told why with a GOAWAY.
    mutating func failed(_ error: ConnectionError, tellingPeer: Bool = false) {
        end(error)
        guard tellingPeer, case .ending(var ending) = phase else { return }
        ending.hasSaidGoodbye = true
        phase = .ending(ending)
    }

    /// The peer has closed the channel.
    ///
    /// - Parameter knowsPeer: Whether the TLS handshake is behind us.
    mutating func closedByPeer(knowsPeer: Bool) {
        let text =
            switch phase {
            // With TLS 1.3 a client learns of its refusal only afterwards, and not every server says why.
            case .greeting where knowsPeer: "the peer closed right after the TLS handshake: it may not accept our certificate"
            case .greeting: "the peer closed before the TLS and HTTP/2 handshakes had finished"
            default: "the peer closed the connection"
            }
        end(ConnectionError(.closedByPeer, text))
    }

    /// All that there was to send has been handed to the channel.
    ///
    /// - Returns: Whether to wait for the peer to close when it has taken it, rather than to close now.
    mutating func handedOver() -> Bool {
        guard case .ending(var ending) = phase, ending.isInOrder else { return false }
        ending.hasSaidGoodbye = true
        phase = .leaving(ending)
        return true
    }

    /// The channel is let go.
    ///
    /// - Returns: Why the connection ended; nil where that was told before.
    mutating func closed() -> ConnectionError? {
        if isClosed { return nil }
        var error = Self.closedByUs
        switch phase {
        case .ending(let ending), .leaving(let ending): error = ending.error
        // It was taken away from us.
        case .greeting, .open, .draining, .closed: break
        }
        phase = .closed
        if hasPingedTooOften { error.code = .tooManyPings }
        if let peersReason { error.message += " (it said: \(peersReason))" }
        return error
    }

    /// The first reason counts: what breaks afterwards breaks because of it.
    private mutating func end(_ error: ConnectionError, isInOrder: Bool = false) {
        switch phase {
        case .greeting, .open, .draining(.heard), .draining(.announced):
            phase = .ending(Ending(error: error, hasSaidGoodbye: false, isInOrder: isInOrder && isServer))
        case .draining(.said): phase = .ending(Ending(error: error, hasSaidGoodbye: true, isInOrder: isInOrder && isServer))
        // Nobody waits any longer, for the reason that it had.
        case .ending(var ending), .leaving(var ending):
            if isInOrder { return }
            ending.isInOrder = false
            phase = .ending(ending)
        case .closed: break
        }
    }
}
