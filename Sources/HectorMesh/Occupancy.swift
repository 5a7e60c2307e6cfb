internal import HectorCore
internal import HectorLoad

/// How full a process is, apart from our own calls: what every pick reads.
struct Occupancy: Sendable {
    /// Unary calls that it works on at once before each gets slower; nil: unknown.
    private(set) var concurrency: Double?
    /// The same of streams, as it was learned here.
    private var streams: Double?
    /// Seconds of a unary call that has the process to itself, as the process measured it; nil where it tells none.
    private(set) var serviceTime: Double?
    /// Whether it measures itself: it sees the calls of all hosts, so that goes before what is measured here.
    private var measuresItself = false
    /// Whether it tells how many calls it works on at once: nobody knows that better.
    private var tellsConcurrency = false
    /// Calls of other hosts, as it reported last, and usually.
    private(set) var others = 0.0
    private var usualOthers = 0.0
    /// When; nil before the first report.
    private(set) var heard: Instant?

    /// Seconds after which a report replaces half of what was usual.
    private static let memory = 1.0

    /// Seconds after which the report says nothing any more: one that was busy once, or reported nonsense, must get another call some time,
    /// which brings another report.
    private var validity = 0.0

    /// - Parameters:
    ///   - own: Our calls in flight there.
    ///   - validity: Seconds after which the report says nothing any more.
    ///   - at: When it came.
    mutating func heard(_ report: LoadReport, own: Int, validity: Double, at: Instant) {
        others = Double(max(0, report.inFlight - own))
        let gap = heard.map { $0.seconds(to: at) } ?? .greatestFiniteMagnitude
        usualOthers += (others - usualOthers) * (gap < self.validity ? gap / (gap + Self.memory) : 1)
        heard = at
        self.validity = validity
        serviceTime = report.serviceTime
        measuresItself = report.slots != nil || report.serviceTime != nil
        tellsConcurrency = report.slots != nil && !report.slotsAreLearned
        if measuresItself { concurrency = report.slots }
    }

    /// It was asked for its load, and did not tell.
    mutating func questionLost(validity: Double) { self.validity = min(self.validity, validity) }

    /// Calls of that kind that it works on at once before each gets slower; nil: unknown. What it tells counts for streams, too.
    func concurrency(isStream: Bool) -> Double? {
        isStream && !tellsConcurrency ? streams ?? concurrency : concurrency
    }

    /// k in a call's cost.
    ///
    /// - Parameter beside: Calls that the process was seen to have at once.
    func concurrency(_ measure: Yardstick, beside: Double) -> Double {
        let known = concurrency(isStream: measure.isStream)
        if tellsConcurrency, let known { return known }
        return measure.concurrency(learned: known, beside: beside)
    }

    mutating func learn(_ meter: LoadMeter) {
        streams = meter.streamConcurrency
        if !measuresItself { concurrency = meter.concurrency }
    }

    /// Calls of other hosts now. A report that is older than a call takes says little of the moment, but still what is usual there. It
    /// does not fade to idle: that would make every replica attractive of which nothing is known.
    func others(_ now: Instant, callTime: Double) -> Double {
        guard let heard else { return 0 }
        // In nanoseconds: that saves a division for each replica of a pick.
        let age = max(0, Double(now.nanoseconds - heard.nanoseconds))
        guard age < validity * 1e9 else { return 0 }
        let callTime = callTime * 1e9
        return usualOthers + (others - usualOthers) * (callTime / (callTime + age))
    }
}
