import HectorCore
import HectorAgents
import Synchronization

/// The tasks that clients may still ask for, bounded in number and bytes: the oldest finished ones of the owner that holds the most make
/// room.
/// Tasks at work are never forgotten; the front's bound on calls bounds them.
final class TaskStore: Sendable {
    fileprivate struct Entry {
        var task: A2ATask
        let log = TaskLog()
        /// Cancels the turn; nil when the turn is over.
        var cancel: Signal<Void>?
        /// What a person answers; nil where nobody is asked.
        var agreement: Signal<Bool>?
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

    /// A person is asked whether calls may be made.
    ///
    /// - Returns: Whether they may.
    /// - Throws: `CancellationError` when nobody waits for an answer any more.
    func ask(_ calls: [AskedCall], in task: A2ATask, at now: @Sendable () -> Int64) async throws -> Bool {
        let signal = Signal<Bool>()
        // Agents that work side by side ask one after the other: each question is answered by itself.
        while let earlier = begin(signal, calls, in: task, at: now) { _ = try await earlier.wait() }
        defer {
            change(task) { entry in
                if entry.agreement === signal { entry.goOn(at: now()) }
            }
            signal.set(false)
        }
        return try await signal.wait()
    }

    /// - Returns: The question that is to be answered first; nil where this one is asked now.
    private func begin(_ signal: Signal<Bool>, _ calls: [AskedCall], in task: A2ATask, at now: @Sendable () -> Int64) -> Signal<Bool>? {
        var earlier: Signal<Bool>?
        change(task) { entry in
            earlier = entry.agreement
            guard earlier == nil else { return }
            entry.task.state = .inputRequired
            entry.task.asked = calls
            entry.task.changed = now()
            entry.agreement = signal
        }
        return earlier
    }

    /// Its log pauses for as long as a person is asked. That is told under the same lock: another question may follow at once.
    ///
    /// - Returns: What the task says; nil where it has ended.
    @discardableResult
    private func change(_ task: A2ATask, _ change: (inout Entry) -> Void) -> TaskLog? {
        state.withLock { state in
            guard var entry = state.entries[task.id]?.value, !entry.task.state.isTerminal else { return nil }
            change(&entry)
            state.put(entry)
            entry.log.pause(entry.agreement != nil)
            return entry.log
        }
    }

    /// A person has answered.
    ///
    /// - Returns: The task, which is at work again, what it says, and where that goes on.
    /// - Throws: `RPCFailure` where there is no such task that the caller sees, or nobody is asked.
    func answer(
        _ id: String, with message: A2AMessage, of agent: String, for caller: Caller, at now: Int64
    ) throws(RPCFailure) -> (task: A2ATask, log: TaskLog, position: TaskLog.Position) {
        let task = try task(id, of: agent, for: caller)
        guard task.state == .inputRequired else {
            throw RPCFailure(
                .unsupportedOperation, "A task accepts no further messages: send this one with the contextId and without the taskId.")
        }
        guard let isGiven = message.agreement else {
            throw RPCFailure(.invalidParams, #"The task asks for agreement: send the text "yes" or "no", or a part of data {"approve": true} or {"approve": false}."#)
        }
        var signal: Signal<Bool>?
        var position: TaskLog.Position?
        let log = change(task) { entry in
            signal = entry.agreement
            // Before anybody goes on.
            position = entry.log.position
            if signal != nil { entry.goOn(at: now) }
        }
        guard let signal, let log, let position else { throw RPCFailure(.unsupportedOperation, "Somebody has answered already.") }
        signal.set(isGiven)
        return (latest(task), log, position)
    }

    /// Ends a task. One that has ended already, because it was cancelled, stays as it is.
    /// - Returns: The task as it is now.
    @discardableResult
    func end(
        _ task: A2ATask, _ outcome: A2ATask.State, text: String, citations: String = "", spent: TurnSpending = TurnSpending(), at now: Int64
    ) -> A2ATask {
        let (ended, log) = state.withLock { state -> (A2ATask, TaskLog?) in
            guard var entry = state.entries[task.id]?.value, !entry.task.state.isTerminal else {
                return (state.entries[task.id]?.value.task ?? task, nil)
            }
            entry.task.state = outcome
            entry.task.asked = []
            entry.agreement = nil
            entry.task.text = text
            entry.task.citations = citations
            entry.task.spent = spent
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

extension TaskStore.Entry {
    /// A person has answered, or is no longer asked.
    fileprivate mutating func goOn(at now: Int64) {
        task.state = .working
        task.asked = []
        task.changed = now
        agreement = nil
    }
}
