/// When a plugin that failed is started again, and when no more.
package struct RestartPolicy: Sendable, Equatable {
    package struct Settings: Sendable, Equatable {
        /// Before the first restart; doubled for each further failure in a row.
        package var firstDelay: Duration = .seconds(1)
        package var longestDelay: Duration = .seconds(30)
        /// Which part of a delay is left to chance, so that replicas do not come back in step.
        package var jitter = 0.3
        /// So many restarts within `window`; the next failure is the last.
        package var restarts = 5
        /// Longer than so many start-up limits.
        package var window: Duration = .seconds(600)
        /// A plugin that served so long has recovered: its next failure is a first one again.
        package var stableAfter: Duration = .seconds(60)

        package init() {}
    }

    package enum Decision: Sendable, Equatable {
        case restart(after: Duration)
        /// It failed so often within the window.
        case giveUp(failures: Int)
    }

    private let settings: Settings
    private var failures: [Duration] = []
    private var failuresInARow = 0
    /// Time that it hung, in all.
    private var hungSoFar: Duration = .zero

    package init(_ settings: Settings = Settings()) {
        self.settings = settings
    }

    /// The plugin failed.
    ///
    /// - Parameters:
    ///   - now: Time since any fixed moment.
    ///   - served: How long it had been ready; nil: it never was.
    ///   - hung: How much of that it hung. It takes long to notice a hang, and that time must not make the failures look
    ///     rare, or the plugin stable: it is held not to have passed.
    ///   - chance: From 0 up to 1, random.
    package mutating func failed(
        at now: Duration, afterServing served: Duration?, hung: Duration = .zero, chance: Double
    ) -> Decision {
        hungSoFar += hung
        let now = now - hungSoFar
        failures = failures.filter { now - $0 < settings.window } + [now]
        guard failures.count <= settings.restarts else { return .giveUp(failures: failures.count) }
        failuresInARow = served.map { $0 - hung >= settings.stableAfter } ?? false ? 1 : failuresInARow + 1
        // Past 2^20 the longest delay has been reached long ago.
        let doubled = settings.firstDelay * (1 << min(failuresInARow - 1, 20))
        return .restart(after: min(doubled, settings.longestDelay) * (1 - settings.jitter * chance))
    }
}
