internal import HectorCore

/// A figure smoothed exponentially, and when it was last measured.
struct Smoothed: Sendable {
    /// nil before the first measurement.
    private(set) var value: Double?
    private(set) var measured = Instant()
    /// When a call was sent to measure it again.
    private var trial = Instant()

    /// - Parameter prior: What the figure usually is. The first measurement counts no more than any
    ///   other against it: first calls run on cold caches.
    ///   - forgetting: Seconds over which a bad value fades. The next sample decides whether it was rightly forgotten: it comes back by as much as
    ///     the sample is nearer to it than to what it had faded to.
    /// - Returns: Whether the sample confirmed a bad value that had faded.
    @discardableResult
    mutating func measure(_ sample: Double, weight: Double, prior: Double?, forgetting: Double, now: Instant) -> Bool {
        var old = estimate(usual: prior, age: now.nanoseconds - measured.nanoseconds, forgetting: forgetting) ?? sample
        var isConfirmed = false
        if let value, value > old, sample > old {
            // By how much: wholly from half of the way to the old value on, both as ratios.
            old = min(value, sample * sample / old)
            isConfirmed = old == value
        }
        value = old + (sample - old) * weight
        measured = now
        return isConfirmed
    }

    /// The value counts as measured now.
    mutating func remember(now: Instant) { measured = now }

    /// A call is on its way that tells whether a bad value still holds. Until then that has not faded: one call tries a replica, and
    /// those that come meanwhile do not.
    mutating func trialBegan(now: Instant) { trial = now }

    /// The figure now: a value worse (larger) than usual fades to the usual one, a better one stays,
    /// because it will soon be measured again. It fades late, so that a slow replica gets one call in that time, and not several.
    func estimate(usual: Double?, forgetting: Double, now: Instant) -> Double? {
        estimate(usual: usual, age: now.nanoseconds - max(measured.nanoseconds, trial.nanoseconds), forgetting: forgetting)
    }

    private func estimate(usual: Double?, age: Int64, forgetting: Double) -> Double? {
        guard let value else { return usual }
        guard let usual, value > usual else { return value }
        let faded = min(1, max(0, Double(age) / (forgetting * 1e9)))
        return value + (usual - value) * faded * faded
    }
}

/// The median of the most recent samples.
struct RecentMedian: Sendable {
    /// Odd, so that the median is a sample.
    private static let capacity = 31
    private var recent: [Double] = []
    private var sorted: [Double] = []
    private var oldest = 0

    /// nil before the first sample.
    var value: Double? { sorted.isEmpty ? nil : sorted[sorted.count / 2] }

    mutating func add(_ sample: Double) {
        if recent.count < Self.capacity {
            recent.append(sample)
        } else {
            sorted.remove(at: rank(of: recent[oldest]))
            recent[oldest] = sample
            oldest = (oldest + 1) % Self.capacity
        }
        sorted.insert(sample, at: rank(of: sample))
    }

    /// The first place in `sorted` that is not below `sample`.
    private func rank(of sample: Double) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < sample { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
