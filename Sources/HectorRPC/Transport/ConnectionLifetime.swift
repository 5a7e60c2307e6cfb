internal import NIOCore

/// Decides when a server ends a connection for its age, or because nobody uses it, without a clock (gRFC A9).
struct ConnectionLifetime {
    enum Action: Equatable {
        case wait(TimeAmount)
        /// Announce the end, and give calls the grace time to finish.
        case drain(grace: TimeAmount, reason: String)
        /// Nothing is to be watched.
        case rest
    }

    private let end: NIODeadline?
    private let grace: TimeAmount
    private let idle: TimeAmount?
    private var idleSince: NIODeadline
    private var lastCall: Int32 = 0

    /// - Parameter jitter: A factor for the maximum age.
    init(_ policy: ServerConnectionPolicy, jitter: Double, now: NIODeadline) {
        end = policy.maximumAge.map { now + TimeAmount(clamping: $0 * jitter) }
        grace = policy.maximumAgeGrace.map { TimeAmount(clamping: $0) } ?? .nanoseconds(TimeAmount.century)
        idle = policy.maximumIdle.map { max(TimeAmount(clamping: $0), .milliseconds(4)) }
        idleSince = now
    }

    /// - Parameters:
    ///   - openCalls: Calls under way.
    ///   - lastCall: The number of the last call: shows those that began and ended since the last look.
    mutating func tick(now: NIODeadline, openCalls: Int, lastCall: Int32) -> Action {
        if openCalls > 0 || lastCall != self.lastCall {
            idleSince = now
            self.lastCall = lastCall
        }
        var next: NIODeadline?
        if let end {
            guard now < end else { return .drain(grace: grace, reason: "it has reached its maximum age") }
            next = end
        }
        if let idle {
            let limit = idleSince + idle
            guard now < limit else { return .drain(grace: grace, reason: "it was idle") }
            // Calls are not reported one by one; a look at every quarter finds them.
            next = min(next ?? limit, min(limit, now + .nanoseconds(idle.nanoseconds / 4)))
        }
        return next.map { .wait($0 - now) } ?? .rest
    }
}
