/// How much of what one source causes is let pass: a bucket that holds `burst`, filled with `perSecond`. What is dropped is
/// counted, and the count is told with what passes next.
package struct RateLimit: Sendable {
    private let burst: Double
    private let perSecond: Double
    private var tokens: Double
    private var filled: Duration?
    private var dropped = 0

    /// Begins full. What one event costs must not exceed `burst`: it is cut to it.
    package init(burst: Int, perSecond: Double) {
        precondition(burst > 0 && perSecond >= 0)
        self.burst = Double(burst)
        self.perSecond = perSecond
        tokens = Double(burst)
    }

    /// One event.
    ///
    /// - Parameters:
    ///   - now: Time since any fixed moment; never goes backwards.
    ///   - cost: 1 for a line, or its bytes.
    /// - Returns: How many were dropped since the last one that passed; nil: this one is dropped.
    package mutating func admit(at now: Duration, cost: Int = 1) -> Int? {
        if let filled, now > filled { tokens = min(burst, tokens + (now - filled) / .seconds(1) * perSecond) }
        filled = max(now, filled ?? now)
        let cost = min(Double(cost), burst)
        guard tokens >= cost else {
            dropped += 1
            return nil
        }
        tokens -= cost
        defer { dropped = 0 }
        return dropped
    }
}
