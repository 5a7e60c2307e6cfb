internal import HectorCore

/// What is measured of a replica. Each has its own figure.
enum Metric: CaseIterable, Sendable {
    /// Duration of a unary call, in seconds. Like all of these, it includes the network.
    case unary
    case inquiry
    case firstMessage
    /// From one message of a stream to the next.
    case gap
}

struct PerMetric<Figure: Sendable>: Sendable {
    private var unary: Figure
    private var inquiry: Figure
    private var firstMessage: Figure
    private var gap: Figure

    init(repeating figure: Figure) {
        (unary, inquiry, firstMessage, gap) = (figure, figure, figure, figure)
    }

    subscript(metric: Metric) -> Figure {
        get {
            switch metric {
            case .unary: unary
            case .inquiry: inquiry
            case .firstMessage: firstMessage
            case .gap: gap
            }
        }
        _modify {
            switch metric {
            case .unary: yield &unary
            case .inquiry: yield &inquiry
            case .firstMessage: yield &firstMessage
            case .gap: yield &gap
            }
        }
    }
}

/// A figure of calls with one answer, and one of streams.
struct PerWork<Figure: Sendable>: Sendable {
    private var unary: Figure
    private var stream: Figure

    init(repeating figure: Figure) { (unary, stream) = (figure, figure) }

    subscript(isStream isStream: Bool) -> Figure {
        get { isStream ? stream : unary }
        _modify { if isStream { yield &stream } else { yield &unary } }
    }
}

/// What is usual for a plugin, whichever replica answers: what an unknown replica is taken for.
struct Usual: Sendable {
    var durations = PerMetric(repeating: RecentMedian())
    /// Calls that a process had when one ended there, that one included.
    var beside = PerWork(repeating: RecentMedian())
    /// Messages in a stream.
    var messages = RecentMedian()
    /// Calls that a process works on at once, where that is known.
    var concurrency = PerWork(repeating: RecentMedian())
    /// Seconds from one answer to the next, whichever replica gives it.
    private var pauses = PerMetric(repeating: 0.0)
    private var answers = PerMetric(repeating: Instant())

    /// Weight of a pause.
    private static let weight = 1.0 / 32

    /// One of the calls that `metric` is about was answered.
    mutating func answered(_ metric: Metric, limits: MeshLimits, now: Instant) {
        let pause = min(answers[metric].seconds(to: now), limits.longestForgetting.seconds / limits.forgettingCalls)
        pauses[metric] += (pause - pauses[metric]) * Self.weight
        answers[metric] = now
    }

    /// Seconds from one answer to the next; infinite before the second.
    func pause(_ metric: Metric) -> Double { pauses[metric] > 0 ? pauses[metric] : .infinity }

    /// Seconds after which a bad figure of a replica is forgotten.
    func forgetting(_ metric: Metric, limits: MeshLimits) -> Double {
        let pause = pauses[metric == .gap ? .firstMessage : metric]
        return min(max(limits.forgetting.seconds, pause * limits.forgettingCalls), limits.longestForgetting.seconds)
    }
}

/// How busy, how fast and how reliable a replica is, and what a call there would cost.
struct Load: Sendable {
    /// Calls sent under this name and not finished: exact, because this router sent them. `Capacities` counts those of the process.
    var inFlight = 0
    /// Of its process, where that serves nothing else.
    var occupancy = Occupancy()
    private var durations = PerMetric(repeating: Smoothed())
    /// Calls that the process had when one ended here, that one included.
    private var beside = PerWork(repeating: Smoothed())
    /// 0 ... 1.
    private var failures = Smoothed()

    /// Even a replica that always fails is worth a finite cost: in panic there may be no other.
    private static let leastSuccess = 0.05

    /// A call was sent there. If the replica is slow in such calls, this one tries it, in whatever else it is slow.
    mutating func began(_ callClass: CallClass, usual: Usual, now: Instant) {
        inFlight += 1
        guard isSlow(callClass.metric, usual) || callClass == .stream && isSlow(.gap, usual) else { return }
        for metric in Metric.allCases { durations[metric].trialBegan(now: now) }
    }

    private func isSlow(_ metric: Metric, _ usual: Usual) -> Bool {
        guard let value = durations[metric].value, let usual = usual.durations[metric].value else { return false }
        return value > usual
    }

    mutating func measure(_ metric: Metric, _ duration: Duration, usual: Usual, limits: MeshLimits, now: Instant) {
        let isConfirmed = durations[metric].measure(
            duration.seconds, weight: limits.smoothing, prior: usual.durations[metric].value,
            forgetting: usual.forgetting(metric, limits: limits), now: now)
        // A machine that is still slow in one respect need not be tried in the others.
        if isConfirmed { for metric in Metric.allCases { durations[metric].remember(now: now) } }
    }

    mutating func measureBeside(_ count: Double, isStream: Bool, usual: Usual, limits: MeshLimits, now: Instant) {
        beside[isStream: isStream].measure(
            count, weight: limits.smoothing, prior: usual.beside[isStream: isStream].value, forgetting: limits.forgetting.seconds, now: now)
    }

    mutating func finished(success: Bool, limits: MeshLimits, now: Instant) {
        failures.measure(success ? 0 : 1, weight: limits.smoothing, prior: 0, forgetting: limits.forgetting.seconds, now: now)
    }

    /// Forgets what was measured, not what is in flight: the replica is another one now.
    mutating func forget() {
        self = Load(inFlight: inFlight)
    }

    init(inFlight: Int = 0) {
        self.inFlight = inFlight
    }

    /// Seconds that this takes here, or usually, whichever is longer; nil while neither is known.
    func expected(_ metric: Metric, usual: Usual) -> Double? {
        guard let usual = usual.durations[metric].value else { return durations[metric].value }
        return max(usual, durations[metric].value ?? usual)
    }

    /// Seconds that a call was seen to take here, with what the process had to do then, until it succeeds.
    func serviceTime(_ measure: Yardstick) -> Double {
        var once = durations[measure.metric].estimate(usual: measure.usual, measure) ?? 0
        if measure.messages > 0 {
            once += (durations[.gap].estimate(usual: measure.usualGap, measure) ?? 0) * measure.messages
        }
        let seconds = max(once, measure.fastest)
        let failing = failures.estimate(usual: 0, measure) ?? 0
        return failing > 0 ? seconds / max(Self.leastSuccess, 1 - failing) : seconds
    }

    /// Where its process serves nothing else.
    func cost(_ measure: Yardstick, hosts: Double) -> Double { cost(measure, inFlight: inFlight, hosts: hosts, occupancy) }

    /// What a call here costs, compared with other replicas. T is the time that a call was seen to take, q the calls that the process
    /// has, and k the calls that it works on at once:
    ///
    /// - unary calls: S · (1 + 2 · (q/k)³), where S is T without contention: over n/k, if it was seen beside n > k. Up to k calls, an emptier
    ///   process wins only among those of about the same speed; beyond, the cost grows so fast that errors of S hardly move calls
    ///   (C3's cubic queue term).
    /// - streams: T · (1 + q/k). Their pace, which is measured often, has the contention in it.
    ///
    /// Written so that few divisions wait for one another: they are what a pick among many replicas waits for.
    ///
    /// - Parameters:
    ///   - inFlight: Our calls in flight on its process.
    ///   - hosts: Those that can call it, this one among them.
    ///   - occupancy: Of its process.
    func cost(_ measure: Yardstick, inFlight: Int, hosts: Double, _ occupancy: Occupancy) -> Double {
        let seconds = serviceTime(measure)
        let ahead = Double(inFlight) * min(measure.hosts, hosts) + occupancy.others(measure.now, callTime: seconds)
        let beside = beside[isStream: measure.isStream].value ?? measure.usualBeside
        let concurrency = occupancy.concurrency(measure, beside: beside)
        let fullness = ahead * (1 / concurrency)
        guard !measure.isStream else { return seconds * (1 + fullness) }
        return seconds * min(1, concurrency / beside) * (1 + 2 * fullness * fullness * fullness)
    }
}

/// What all replicas are measured by in one pick, worked out once.
struct Yardstick {
    let now: Instant
    let metric: Metric
    /// The plugin's usual duration in that metric.
    let usual: Double?
    /// An answer of the plugin's usual length, the same for all: a replica that happened to give long
    /// answers is not slower for it. 0 for calls with one answer.
    let messages: Double
    let isStream: Bool
    let usualGap: Double?
    let usualBeside: Double
    let forgetting: Double
    let fastest: Double
    /// k of most processes, and 1/k.
    private let concurrency: Double
    private let perConcurrency: Double
    /// 1/(d − 1), where the k of a process counts in full that is d times as large or small as that of most.
    private let perDifference: Double
    /// Hosts that call the same replicas as much as this one: each of our calls stands for one of theirs, too, where they can call it.
    let hosts: Double

    init(_ callClass: CallClass, usual: Usual, hosts: Double, limits: MeshLimits, now: Instant) {
        self.now = now
        metric = callClass.metric
        self.usual = usual.durations[metric].value
        isStream = callClass == .stream
        messages = isStream ? usual.messages.value ?? 1 : 0
        usualGap = isStream ? usual.durations[.gap].value : nil
        usualBeside = usual.beside[isStream: isStream].value ?? 1
        forgetting = usual.forgetting(metric, limits: limits)
        fastest = limits.fastest.seconds
        concurrency = usual.concurrency[isStream: isStream].value ?? usual.concurrency[isStream: false].value ?? 1
        perConcurrency = 1 / concurrency
        perDifference = 1 / ((isStream ? Self.streamsDiffer : Self.callsDiffer) - 1)
        self.hosts = hosts
    }
}

extension Yardstick {
    private static let mostOfUsual = 8.0
    private static let callsDiffer = 2.0
    /// The messages of a stream come evenly, so that there is less to learn from.
    private static let streamsDiffer = 3.0

    /// k of a process that does not tell it. What was learned of one counts in full where it is half or double that of most, or with streams a third or three times. It
    /// counts the less the nearer it is to that of most: small differences are likely errors, and would give equal machines unequal shares. It
    /// counts as eight times that of most at most: one that is learned far too large lets every host believe that there is room, and calls pile
    /// up until their deadlines.
    ///
    /// - Parameter beside: Calls that it was seen to have at once. While it never had more than the k that was learned, that is only the
    ///   least it can be.
    func concurrency(learned known: Double?, beside: Double) -> Double {
        guard let known, known > concurrency || 1.5 * known < beside else { return concurrency }
        let factor = known > concurrency ? known * perConcurrency : concurrency / known
        let part = min(1, (factor - 1) * perDifference)
        return min(concurrency + (known - concurrency) * part * part, Self.mostOfUsual * concurrency)
    }
}

extension Smoothed {
    fileprivate func estimate(usual: Double?, _ measure: Yardstick) -> Double? {
        estimate(usual: usual, forgetting: measure.forgetting, now: measure.now)
    }
}
