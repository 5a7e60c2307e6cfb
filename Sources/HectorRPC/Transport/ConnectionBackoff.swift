/// How long to wait between attempts to connect (gRPC's doc/connection-backoff.md).
package struct ConnectionBackoff: Sendable {
    /// From the beginning of the first attempt to that of the second.
    package var initial: Duration = .seconds(1)
    package var multiplier = 1.6
    package var maximum: Duration = .seconds(120)
    /// The part by which a wait is longer or shorter, so that many clients do not come back at once.
    package var jitter = 0.2

    package init() {}

    /// The time from the beginning of an attempt to that of the next one.
    ///
    /// - Parameter failures: Attempts that failed in a row before this one.
    func delay(afterFailures failures: Int, random: (ClosedRange<Double>) -> Double) -> Duration {
        var delay = initial
        // Past a few dozen the maximum is reached whatever the multiplier.
        for _ in 0..<min(failures, 64) where delay < maximum { delay = delay * multiplier }
        return min(delay, maximum) * random(1 - jitter...1 + jitter)
    }
}
