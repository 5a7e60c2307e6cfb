internal import HectorCore

/// The time that one start of a plugin may take: the handshake line, the connection, the health check and `Initialize` share it.
struct StartBudget: Sendable {
    let total: Duration
    /// For the handshake line, which does not depend on a model and usually comes at once.
    let forLine: Duration
    private let timing: Timing
    private let end: Duration

    /// Begins now.
    ///
    /// - Parameter configured: `start_timeout`; nil: not set.
    init(_ configured: Duration?, limits: PluginLimits, timing: Timing) {
        total = configured ?? limits.startTime
        // A configured limit applies to the whole start.
        forLine = configured ?? min(limits.lineTime, limits.startTime)
        self.timing = timing
        end = timing.elapsed() + total
    }

    /// Never less than what a call needs to be refused in order.
    var remaining: Duration { max(.milliseconds(1), end - timing.elapsed()) }

    /// With some room: the peer counts the same time by a clock of its own. Of a short time it is a tenth: what fails at once
    /// is not late.
    var isSpent: Bool { timing.elapsed() >= end - min(.milliseconds(100), total / 10) }
}
