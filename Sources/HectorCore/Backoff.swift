/// How long to wait before trying again: longer with each failure in a row, and partly left to chance, so that many who failed
/// together do not come back together.
package struct Backoff: Sendable, Equatable {
    /// After one failure.
    package var first: Duration
    /// By which each further failure makes the wait longer; at least 1.
    package var multiplier: Double
    /// Before chance has its part.
    package var longest: Duration
    /// What a wait is multiplied by, chosen anew each time.
    package var jitter: ClosedRange<Double>

    package init(first: Duration, multiplier: Double = 2, longest: Duration, jitter: ClosedRange<Double> = 0.7...1.3) {
        self.first = first
        self.multiplier = multiplier
        self.longest = longest
        self.jitter = jitter
    }

    /// - Parameters:
    ///   - failures: In a row, the last one included; less than 1 counts as 1.
    ///   - random: Any number of the range.
    package func delay(afterFailures failures: Int, random: (ClosedRange<Double>) -> Double) -> Duration {
        var delay = min(first, longest)
        // A wait that does not grow has no end to reach; past a few dozen doublings all have reached theirs.
        for _ in 1..<max(1, min(failures, 64)) where delay < longest { delay = min(delay * multiplier, longest) }
        return delay * random(jitter)
    }
}
