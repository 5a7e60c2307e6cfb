import HectorCore
import OrderedCollections
import Synchronization

/// The tasks that clients may still ask for, bounded in number and bytes: the oldest finished ones make room.
/// Tasks at work are never forgotten; the front's bound on calls bounds them.
final class TaskStore: Sendable {
    private struct Entry {
        var task: A2ATask
        let log = TaskLog()
        /// Cancels the turn; nil when the turn is over.
        var cancel: Signal<Void>?
    }

    private struct State {
        /// The oldest first.
        var entries: OrderedDictionary<String, Entry> = [:]
        var bytes = 0
        var begun = 0
    }

    private let state = Mutex(State())
    private let maxTasks: Int
    private let maxBytes: Int

    init(maxTasks: Int, maxBytes: Int) {
        self.maxTasks = maxTasks
        self.maxBytes = maxBytes
    }

    /// Takes a task that begins.
    /// - Returns: What it says is to be written there; the signal is set when somebody cancels it.
    func begin(_ task: A2ATask) -> (log: TaskLog, cancelled: Signal<Void>) {
        let cancelled = Signal<Void>()
        let log = state.withLock {
            var task = task
            $0.begun += 1
            task.number = $0.begun
            let entry = Entry(task: task, cancel: cancelled)
            $0.entries[task.id] = entry
            $0.bytes += task.bytes
            makeRoom(&$0)
            return entry.log
        }
        return (log, cancelled)
    }

    /// Ends a task. One that has ended already, because it was cancelled, stays as it is.
    /// - Returns: The task as it is now.
    @discardableResult
    func end(_ task: A2ATask, _ outcome: A2ATask.State, text: String, at now: Int64) -> A2ATask {
        let (ended, log) = state.withLock { state -> (A2ATask, TaskLog?) in
            guard var entry = state.entries[task.id], !entry.task.state.isTerminal else {
                return (state.entries[task.id]?.task ?? task, nil)
            }
            state.bytes -= entry.task.bytes
            entry.task.state = outcome
            entry.task.text = text
            entry.task.changed = now
            entry.cancel = nil
            state.bytes += entry.task.bytes
            state.entries[task.id] = entry
            makeRoom(&state)
            return (entry.task, entry.log)
        }
        // Readers look the task up when they hear of the end.
        log?.end()
        return ended
    }

    /// - Throws: `RPCFailure` where the agent has no such task.
    func task(_ id: String, of agent: String) throws(RPCFailure) -> A2ATask {
        let task = state.withLock { $0.entries[id]?.task }
        guard let task, task.agent == agent else { throw Self.unknown(id) }
        return task
    }

    /// The task, and what it says: from its first byte on where it is at work.
    ///
    /// - Throws: `RPCFailure` where the agent has no such task.
    func following(_ id: String, of agent: String) throws(RPCFailure) -> (task: A2ATask, log: TaskLog) {
        let entry = state.withLock { $0.entries[id] }
        guard let entry, entry.task.agent == agent else { throw Self.unknown(id) }
        return (entry.task, entry.log)
    }

    private static func unknown(_ id: String) -> RPCFailure {
        RPCFailure(.taskNotFound, "The task \(quoted(id)) does not exist, or is no longer stored.")
    }

    /// Cancels a task at work, down to the provider.
    /// - Throws: `RPCFailure` where there is no such task, or it has ended.
    func cancel(_ id: String, of agent: String, at now: Int64) throws(RPCFailure) -> A2ATask {
        let task = try task(id, of: agent)
        let cancel = state.withLock { state -> Signal<Void>? in
            guard let cancel = state.entries[id]?.cancel else { return nil }
            state.entries[id]?.cancel = nil
            return cancel
        }
        guard let cancel else { throw RPCFailure(.taskNotCancelable, "The task has already ended.") }
        let ended = end(task, .canceled, text: "", at: now)
        cancel.set()
        return ended
    }

    /// The agent's tasks, the newest first.
    func all(of agent: String) -> [A2ATask] {
        state.withLock { $0.entries.values.reversed().map(\.task).filter { $0.agent == agent } }
    }

    private func makeRoom(_ state: inout State) {
        while state.entries.count > maxTasks || state.bytes > maxBytes {
            guard let oldest = state.entries.values.firstIndex(where: \.task.state.isTerminal) else { return }
            state.bytes -= state.entries.remove(at: oldest).value.task.bytes
        }
    }
}
