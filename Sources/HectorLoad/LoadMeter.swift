package import HectorCore

/// Measures a process by the calls that it is given: how many it has, how long one takes, and how many it works on at once.
///
/// A value without a clock. Whoever passes calls on to a process tells it of each call's beginning and end.
package struct LoadMeter: Sendable {
    /// A call under way; ended once.
    package struct Mark: Sendable {
        fileprivate let began: Instant
    }

    /// What is learned from a call that ended.
    package enum Ending: Sendable {
        /// A unary call that succeeded: its duration counts.
        case answered
        /// A stream, a failure, or a call that its caller gave up.
        case other
    }

    package private(set) var inFlight = 0
    private var serviceTime: Double?

    package init() {}

    package mutating func began(now: Instant) -> Mark {
        inFlight += 1
        return Mark(began: now)
    }

    package mutating func ended(_ mark: Mark, _ ending: Ending, now: Instant) {
        inFlight -= 1
        assert(inFlight >= 0, "a call ends once")
        guard case .answered = ending else { return }
        let duration = mark.began.duration(to: now).seconds
        serviceTime = serviceTime.map { $0 + (duration - $0) * 0.1 } ?? duration
    }

    package var report: LoadReport {
        LoadReport(inFlight: inFlight, serviceTime: serviceTime)
    }
}
