package import HectorCore

/// When a plugin that failed is started again: soon, or, when it fails too often, rarely. There is no "never": what is
/// broken on a machine may be mended there at any time.
package struct RestartPolicy: Sendable, Equatable {
    package struct Settings: Sendable, Equatable {
        /// Delay before a restart, doubled for each further consecutive failure; chance, so that replicas do not restart in step.
        package var delays = Backoff(first: .seconds(1), longest: .seconds(30), jitter: 0.7...1)
        /// Restarts within `window`; after the next failure the plugin is restarted only after each `rest`.
        package var restarts = 5
        package var window: Duration = .seconds(600)
        /// Pause before each further restart of such a plugin: rare enough to cost nothing.
        package var rest: Duration = .seconds(300)
        /// A plugin that has served for this long has recovered: its next failure counts as the first one.
        package var stableAfter: Duration = .seconds(60)

        package init() {}
    }

    package enum Decision: Sendable, Equatable {
        case restart(after: Duration)
        /// It failed too often within the window. It is tried once more after each rest, until it is stable again.
        case giveUp(failures: Int, rest: Duration)
    }

    private let settings: Settings
    private var failures: [Duration] = []
    private var failuresInARow = 0
    private var hindrances = 0
    /// How many failures it was given up for.
    private var givenUp: Int?
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
    ///   - hung: The part of that time in which it hung. It is excluded from the restart window and the stability
    ///     check, since a hang takes minutes to detect.
    package mutating func failed(
        at now: Duration, afterServing served: Duration?, hung: Duration = .zero, random: (ClosedRange<Double>) -> Double
    ) -> Decision {
        hungSoFar += hung
        hindrances = 0
        let now = now - hungSoFar
        let wasStable = served.map { $0 - hung >= settings.stableAfter } ?? false
        if wasStable, givenUp != nil {
            givenUp = nil
            failures = []
        }
        failures = failures.filter { now - $0 < settings.window } + [now]
        failuresInARow = wasStable ? 1 : failuresInARow + 1
        if givenUp == nil, failures.count > settings.restarts { givenUp = failures.count }
        if let givenUp { return .giveUp(failures: givenUp, rest: settings.rest) }
        return .restart(after: settings.delays.delay(afterFailures: failuresInARow, random: random))
    }

    /// It could not be started, or reached, for a reason that lies outside it: its file, or what the host lacks. Such
    /// failures are not counted against it.
    ///
    /// - Parameter served: Whether it had been ready.
    /// - Returns: How long to wait.
    package mutating func hindered(afterServing served: Bool, random: (ClosedRange<Double>) -> Double) -> Duration {
        hindrances = served ? 1 : hindrances + 1
        return settings.delays.delay(afterFailures: hindrances, random: random)
    }

    /// Whether the hindrance has lasted for long.
    package var isHindered: Bool {
        hindrances > 0 && settings.delays.delay(afterFailures: hindrances + 1) { _ in 1 } == settings.delays.longest
    }
}
