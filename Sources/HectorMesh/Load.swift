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

/// What is usual for a plugin, whichever replica answers: what an unknown replica is taken for.
struct Usual: Sendable {
    var durations = PerMetric(repeating: RecentMedian())
    /// Messages in a stream.
    var messages = RecentMedian()
}

/// How busy, how fast and how reliable a replica is, and what a call there would cost.
struct Load: Sendable {
    /// Calls sent under this name and not finished: exact, because this router sent them. `Capacities` counts those of the process.
    var inFlight = 0
    private var durations = PerMetric(repeating: Smoothed())
    /// 0 ... 1.
    private var failures = Smoothed()

    /// Even a replica that always fails is worth a finite cost: in panic there may be no other.
    private static let leastSuccess = 0.05

    mutating func measure(_ metric: Metric, _ duration: Duration, usual: Usual, limits: MeshLimits, now: Instant) {
        durations[metric].measure(
            duration.seconds, weight: limits.smoothing, prior: usual.durations[metric].value, now: now)
    }

    mutating func finished(success: Bool, limits: MeshLimits, now: Instant) {
        failures.measure(success ? 0 : 1, weight: limits.smoothing, prior: 0, now: now)
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

    /// S: seconds that a call is expected to take here until it succeeds.
    func serviceTime(_ measure: Yardstick) -> Double {
        var once = durations[measure.metric].estimate(usual: measure.usual, measure) ?? 0
        if measure.messages > 0 {
            once += (durations[.gap].estimate(usual: measure.usualGap, measure) ?? 0) * measure.messages
        }
        let failing = failures.estimate(usual: 0, measure) ?? 0
        return max(once, measure.fastest) / max(Self.leastSuccess, 1 - failing)
    }

    /// S · max(1, q/k)³ (C3's cubic queue term); the round trip is in S. Here q is our own calls and
    /// k assumed; load reports of the replica and learned concurrency change these two only.
    ///
    /// - Parameter inFlight: Calls in flight on its process.
    func cost(_ measure: Yardstick, inFlight: Int) -> Double {
        let queue = max(1, Double(inFlight + 1) / measure.concurrency)
        return serviceTime(measure) * queue * queue * queue
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
    let usualGap: Double?
    let forgetting: Double
    let fastest: Double
    let concurrency: Double

    init(_ callClass: CallClass, usual: Usual, limits: MeshLimits, now: Instant) {
        self.now = now
        metric = callClass.metric
        self.usual = usual.durations[metric].value
        messages = callClass == .stream ? usual.messages.value ?? 1 : 0
        usualGap = callClass == .stream ? usual.durations[.gap].value : nil
        forgetting = limits.forgetting.seconds
        fastest = limits.fastest.seconds
        concurrency = limits.concurrency
    }
}

extension Smoothed {
    fileprivate func estimate(usual: Double?, _ measure: Yardstick) -> Double? {
        estimate(usual: usual, forgetting: measure.forgetting, now: measure.now)
    }
}
