/// What is measured of a replica, each with a figure of its own.
enum Metric: CaseIterable, Sendable {
    /// Duration of a unary call, in seconds. The road to the replica is in it, as in all of these.
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
    /// Calls sent and not finished: exact, since this router sent them.
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

    /// S: seconds that a call of this class is expected to take here until it succeeds.
    func serviceTime(_ callClass: CallClass, usual: Usual, limits: MeshLimits, now: Instant) -> Double {
        func estimate(_ metric: Metric) -> Double {
            durations[metric].estimate(
                usual: usual.durations[metric].value, forgetting: limits.forgetting.seconds, now: now) ?? 0
        }
        let once =
            switch callClass {
            case .unary: estimate(.unary)
            case .inquiry: estimate(.inquiry)
            // An answer of the plugin's usual length, the same for all: a replica that happened to
            // give long answers is not slower for it.
            case .stream: estimate(.firstMessage) + estimate(.gap) * (usual.messages.value ?? 1)
            }
        let failing = failures.estimate(usual: 0, forgetting: limits.forgetting.seconds, now: now) ?? 0
        return max(once, limits.fastest.seconds) / max(Self.leastSuccess, 1 - failing)
    }

    /// S · max(1, q/k)³ (C3's cubic queue term); the round trip is in S. Here q is our own calls and
    /// k assumed; load reports of the replica and learned concurrency change these two only.
    func cost(_ callClass: CallClass, usual: Usual, limits: MeshLimits, now: Instant) -> Double {
        let queue = max(1, Double(inFlight + 1) / limits.concurrency)
        return serviceTime(callClass, usual: usual, limits: limits, now: now) * queue * queue * queue
    }
}
