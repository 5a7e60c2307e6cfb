package import HectorCore
package import Logging
internal import Synchronization

/// The conditions of a program that runs, from all who know of some.
package final class Conditions: Sendable {
    package typealias Source = @Sendable () -> [MeshCondition]

    private struct State {
        var board = ConditionBoard()
        var sources: [Source] = []
    }

    private let state = Mutex(State())
    private let log: Logger
    private let timing: Timing

    package init(log: Logger, timing: Timing) {
        self.log = log
        self.timing = timing
    }

    /// Asks one more from now on.
    ///
    /// - Parameter source: What is so at the moment; must not block, and must not ask for `shown`.
    package func add(_ source: @escaping Source) { state.withLock { $0.sources.append(source) } }

    /// What is shown at this moment: the worst first.
    package func shown() -> [ShownCondition] { look { $0.shown(now: $1) } }

    /// How many are shown, by their kind.
    package func counts() -> [ConditionKind: Int] { shown().reduce(into: [:]) { $0[$1.condition.kind, default: 0] += 1 } }

    /// Looks every two seconds, so that the log tells of what nobody asks for, until the task is cancelled.
    package func run() async {
        while (try? await timing.sleep(for: .seconds(2))) != nil { look { _, _ in } }
    }

    private func look<Result>(_ read: (ConditionBoard, Instant) -> Result) -> Result {
        let sources = state.withLock { $0.sources }
        let conditions = sources.flatMap { $0() }
        // Logged while it is locked: two looks at the same time tell in the order of what they saw.
        return state.withLock { state in
            let now = timing.now()
            for event in state.board.take(conditions, now: now) { tell(event) }
            return read(state.board, now)
        }
    }

    private func tell(_ event: ConditionBoard.Event) {
        switch event {
        case .began(let condition) where !condition.kind.entry.isLoggedByOwner:
            let level: Logger.Level = switch condition.kind.entry.severity {
            case .note: .notice
            case .warning: .warning
            case .error: .error
            }
            log.log(level: level, "\(condition.text)", metadata: ["condition": "\(condition.kind.rawValue)"])
        case .ended(let condition) where !condition.kind.entry.isLoggedByOwner:
            log.info("no longer so: \(condition.text)", metadata: ["condition": "\(condition.kind.rawValue)"])
        case .began, .ended: break
        }
    }
}
