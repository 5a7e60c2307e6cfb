import HectorCore
import HectorAgents
import Synchronization

/// The tasks that clients may still ask for, bounded in number and bytes: the oldest finished ones of the owner that holds the most make
/// room.
/// Tasks at work are never forgotten; the front's bound on calls bounds them.
final class TaskStore: Sendable {
    private struct Entry {
        var task: A2ATask
        let log = TaskLog()
        /// Cancels the turn; nil when the turn is over.
        var cancel: Signal<Void>?
    }

    private struct State {
        var entries = OwnedStore<String, Entry>()
        var begun = 0

        mutating func put(_ entry: Entry) {
            entries.put(entry, for: entry.task.id, of: entry.task.owner, bytes: entry.task.bytes)
        }
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
            $0.put(entry)
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
            guard var entry = state.entries[task.id]?.value, !entry.task.state.isTerminal else {
                return (state.entries[task.id]?.value.task ?? task, nil)
            }
            entry.task.state = outcome
            entry.task.text = text
            entry.task.changed = now
            entry.cancel = nil
            state.put(entry)
            makeRoom(&state)
            return (entry.task, entry.log)
        }
        // Readers look the task up when they hear of the end.
        log?.end()
        return ended
    }

    /// - Throws: `RPCFailure` where the agent has no such task that the caller sees.
    func task(_ id: String, of agent: String, for caller: Caller) throws(RPCFailure) -> A2ATask {
        try following(id, of: agent, for: caller).task
    }

    /// The task, and what it says: from its first byte on where it is at work.
    ///
    /// - Throws: `RPCFailure` where the agent has no such task that the caller sees.
    func following(_ id: String, of agent: String, for caller: Caller) throws(RPCFailure) -> (task: A2ATask, log: TaskLog) {
        let entry = state.withLock { $0.entries[id]?.value }
        guard let entry, entry.task.agent == agent, caller.sees(entry.task.owner) else { throw Self.unknown(id) }
        return (entry.task, entry.log)
    }

    /// The task as it is now, or as it was where it is no longer stored.
    func latest(_ task: A2ATask) -> A2ATask {
        state.withLock { $0.entries[task.id]?.value.task } ?? task
    }

    private static func unknown(_ id: String) -> RPCFailure {
        RPCFailure(.taskNotFound, "The task \(quoted(id)) does not exist, or is no longer stored.")
    }

    /// Cancels a task at work, down to the provider.
    /// - Throws: `RPCFailure` where there is no such task that the caller sees, or it has ended.
    func cancel(_ id: String, of agent: String, for caller: Caller, at now: Int64) throws(RPCFailure) -> A2ATask {
        let task = try task(id, of: agent, for: caller)
        let cancel = state.withLock { state -> Signal<Void>? in
            guard var entry = state.entries[id]?.value, let cancel = entry.cancel else { return nil }
            entry.cancel = nil
            state.put(entry)
            return cancel
        }
        guard let cancel else { throw RPCFailure(.taskNotCancelable, "The task has already ended.") }
        let ended = end(task, .canceled, text: "", at: now)
        cancel.set()
        return ended
    }

    /// The agent's tasks that the caller sees, the newest first.
    func all(of agent: String, for caller: Caller) -> [A2ATask] {
        state.withLock {
            $0.entries.newestFirst.filter { $0.value.task.agent == agent && caller.sees($0.owner) }.map(\.value.task)
        }
    }

    private func makeRoom(_ state: inout State) {
        state.entries.makeRoom(count: maxTasks, bytes: maxBytes, mayGo: \.task.state.isTerminal)
    }
}
