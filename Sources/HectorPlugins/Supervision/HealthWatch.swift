/// What a ready plugin's health calls say of it, answered or not. Without a clock, and without the plugin.
///
/// A health call that is not answered in time is missed. A plugin that is merely busy misses them too, so a miss counts
/// only when the plugin has given no sign of life since the miss before: no part of an answer to any call, and, while
/// it has calls, no processor time worth the name.
struct HealthWatch {
    /// What is known of a plugin at the moment of a miss.
    struct Signs: Equatable {
        /// Parts of answers that have come so far.
        var answers: UInt64
        /// Calls under way.
        var calls: Int
        /// Processor time used so far, by it and what it started.
        var processorTime: Duration
        /// When that was, on the supervisor's clock.
        var moment: Duration
    }

    enum Verdict: Equatable {
        case healthy
        case unhealthy(reason: String)
        /// It hangs and does not recover.
        case hung(misses: Int, for: Duration)
    }

    private let limits: PluginLimits
    /// What it says of itself; nil: it is well.
    private var complaint: String?
    private var isSilent = false
    private var misses = 0
    private var lastMiss: Signs?
    /// When the first of the misses was.
    private var silentSince: Duration = .zero

    /// - Parameter complaint: What it has said already.
    init(limits: PluginLimits, complaint: String? = nil) {
        self.limits = limits
        self.complaint = complaint
    }

    /// - Returns: Nil where nothing changed; so do the others.
    mutating func answered(isHealthy: Bool, message: String) -> Verdict? {
        let before = complaint
        complaint = isHealthy ? nil : message
        lastMiss = nil
        if let news = alive() { return news }
        return (before == nil) == isHealthy ? nil : own
    }

    /// A health call was not answered in its time.
    mutating func missed(_ signs: Signs) -> Verdict? {
        defer { lastMiss = signs }
        if let lastMiss, hasLived(from: lastMiss, to: signs) { return alive() }
        if misses == 0 { silentSince = signs.moment }
        misses += 1
        // The time limit of the first one is part of it.
        let silence = signs.moment - silentSince + limits.healthTime
        if misses >= limits.missesUntilStopped { return .hung(misses: misses, for: silence) }
        guard misses >= limits.missesUntilUnhealthy, !isSilent else { return nil }
        isSilent = true
        return .unhealthy(reason: "it has not responded for \(silence.inWholeSeconds): \(misses) health checks missed in a row")
    }

    private mutating func alive() -> Verdict? {
        misses = 0
        guard isSilent else { return nil }
        isSilent = false
        return own
    }

    private var own: Verdict { complaint.map { .unhealthy(reason: $0) } ?? .healthy }

    private func hasLived(from before: Signs, to now: Signs) -> Bool {
        if now.answers != before.answers { return true }
        // Without a call there is nothing that it would be busy with.
        guard now.calls > 0 else { return false }
        return now.processorTime - before.processorTime >= (now.moment - before.moment) * limits.busyShare
    }
}

extension Duration {
    /// Rounded, for people: `15 s`.
    var inWholeSeconds: String { "\(components.seconds + (components.attoseconds >= 500_000_000_000_000_000 ? 1 : 0)) s" }
}
