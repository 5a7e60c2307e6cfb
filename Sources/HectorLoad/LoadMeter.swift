package import HectorCore

/// Measures a process by the calls that it is given: how many it has, how long one takes alone, and how many it works on at once.
///
/// A value without a clock: its owner, which sends calls to the process, reports when each one begins and ends.
package struct LoadMeter: Sendable {
    package enum Work: Sendable {
        case unary
        /// A stream, whose reader says how much of it has come.
        case stream
        /// A quick question, or a stream that nobody reads here: it only takes a place.
        case other
    }

    /// A call under way; ended once.
    package struct Mark: Sendable {
        fileprivate let work: Work
    }

    package enum Ending: Sendable {
        /// It was answered.
        case answered
        /// It failed, or its caller gave it up: that did not end its work.
        case other
    }

    /// Calls that it was given and that have not ended.
    package private(set) var inFlight = 0
    /// Calls that it has from elsewhere, as far as is known.
    package private(set) var others = 0.0
    private var unaryCalls = 0
    private var streamCalls = 0
    private var changed = Instant()
    private var unary = ConcurrencyEstimate()
    private var streams = StreamConcurrencyEstimate()

    package init() {}

    package mutating func began(_ work: Work, now: Instant) -> Mark {
        pass(now)
        inFlight += 1
        count(work, 1)
        return Mark(work: work)
    }

    package mutating func ended(_ mark: Mark, _ ending: Ending, now: Instant) {
        pass(now)
        if mark.work == .unary {
            if ending == .answered { unary.ended(of: Double(inFlight) + others) } else { unary.gaveUp() }
        }
        inFlight -= 1
        count(mark.work, -1)
        assert(inFlight >= 0 && unaryCalls >= 0 && streamCalls >= 0, "a call ends once")
    }

    /// Some of a stream has come.
    ///
    /// - Parameter part: How much of a usual stream that is: more than 0, at most 1. Anything else does not count.
    package mutating func progressed(by part: Double, now: Instant) {
        guard part > 0, part <= 1 else { return }
        pass(now)
        streams.progressed(of: Double(inFlight) + others, part: part)
    }

    private mutating func count(_ work: Work, _ change: Int) {
        switch work {
        case .unary: unaryCalls += change
        case .stream: streamCalls += change
        case .other: break
        }
    }

    /// It has that many calls from elsewhere now.
    package mutating func setOthers(_ count: Double, now: Instant) {
        pass(now)
        others = max(0, count)
    }

    private mutating func pass(_ now: Instant) {
        let seconds = changed.seconds(to: now)
        changed = now
        let all = Double(inFlight) + others
        if unaryCalls > 0 { unary.pass(seconds, mine: Double(unaryCalls), of: all) }
        if streamCalls > 0 { streams.pass(seconds, mine: Double(streamCalls), of: all) }
    }

    /// It is another process now: only the calls in flight stay.
    package mutating func forget() {
        unary = ConcurrencyEstimate()
        streams = StreamConcurrencyEstimate()
        others = 0
    }

    /// Unary calls that it works on at once before each gets slower; nil until known.
    package var concurrency: Double? { unary.concurrency }

    /// The same of streams.
    package var streamConcurrency: Double? { streams.concurrency }

    /// Seconds of a unary call that has it to itself; nil until known.
    package var serviceTime: Double? { unary.serviceTime }

    package var report: LoadReport {
        LoadReport(inFlight: inFlight, slots: concurrency, slotsAreLearned: true, serviceTime: serviceTime)
    }
}
