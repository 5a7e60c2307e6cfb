package import HectorCore
package import Logging

/// What came of reading a configuration again.
package struct ReloadReport: Sendable, Equatable {
    /// What is different now, or will be at the next start.
    package var changes: [StateChange]
    /// Why the configuration cannot be used. Nothing has changed then.
    package var problems: [String]
    /// Upgrades of plugins that were given up.
    package var failures: [String] = []
    /// Whether plugins run as they should: false while some are still on their way.
    package var isSettled = true

    package init(changes: [StateChange] = [], problems: [String] = []) {
        self.changes = changes
        self.problems = problems
    }

    package var isRefused: Bool { !problems.isEmpty }
    /// Whether all of the configuration is in force.
    package var isComplete: Bool { !isRefused && failures.isEmpty && isSettled && !changes.contains { $0.restart != nil } }

    /// What a person should go on to see until the next reload.
    package var conditions: [MeshCondition] {
        let waiting = changes.filter { $0.restart != nil }
        return (isRefused
            ? [MeshCondition(.configurationRefused, "configuration", "the changed configuration cannot be used, and the one of before goes on: \(problems.joined(separator: "; "))")] : [])
            + (waiting.isEmpty ? [] : [MeshCondition(.restartNeeded, "configuration", waiting.map(\.description).joined(separator: "; "))])
    }

    package func log(to log: Logger) {
        for problem in problems { log.error("the new configuration is refused; the one of before goes on", metadata: ["error": "\(problem)"]) }
        for change in changes { log.log(level: change.restart == nil ? .info : .warning, "configuration: \(change)") }
        if !isRefused, changes.isEmpty { log.info("configuration: nothing has changed") }
    }
}
