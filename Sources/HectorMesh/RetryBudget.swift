internal import HectorCore

/// How many retries a plugin may still make: a bucket that calls and time fill, so that retries
/// never multiply the load of a plugin that is failing.
struct RetryBudget: Sendable {
    private(set) var tokens: Double
    private var filled: Instant

    /// Begins full.
    init(limits: MeshLimits, now: Instant) {
        tokens = limits.retryBurst
        filled = now
    }

    mutating func callBegan(limits: MeshLimits, now: Instant) {
        fill(limits: limits, now: now)
        tokens = min(limits.retryBurst, tokens + limits.retryShare)
    }

    /// Takes one retry out; false when there is none.
    ///
    /// - Parameter reserve: Retries that must be left.
    mutating func withdraw(reserve: Double = 0, limits: MeshLimits, now: Instant) -> Bool {
        fill(limits: limits, now: now)
        guard tokens >= 1 + reserve else { return false }
        tokens -= 1
        return true
    }

    private mutating func fill(limits: MeshLimits, now: Instant) {
        guard now > filled else { return }
        tokens = min(limits.retryBurst, tokens + filled.seconds(to: now) * limits.retriesPerSecond)
        filled = now
    }
}
