internal import Synchronization

/// The tasks of one connection that run handlers off the loop. A task that has run one waits for the next call: making a task for each
/// would cost more than a short handler.
final class HandlerTasks: Sendable {
    private struct State {
        /// Tasks without a call.
        var idle: [UnsafeContinuation<HandlerStart?, Never>] = []
        /// Tasks that were asked for and have not begun.
        var coming = 0
        /// Calls that no task has taken. For each there is a task idle, coming, or about to take it.
        var calls = 0
        /// Those among them that found no idle task.
        var handed: [HandlerStart] = []
        var isOver = false

        mutating func takeHanded() -> HandlerStart? {
            guard !handed.isEmpty else { return nil }
            calls -= 1
            return handed.removeFirst()
        }
    }

    private let state = Mutex(State())
    /// Tasks that are kept for later calls: a burst leaves no more behind.
    private static let mostIdle = 64

    /// A call has come that a task is to take.
    ///
    /// - Returns: Whether a task must be made for it.
    func add() -> Bool {
        state.withLock { state in
            state.calls += 1
            guard state.calls > state.idle.count + state.coming else { return false }
            state.coming += 1
            return true
        }
    }

    /// Gives the call to an idle task, or to the first one that looks for a call.
    func hand(_ start: HandlerStart) {
        let task = state.withLock { state -> UnsafeContinuation<HandlerStart?, Never>? in
            guard let task = state.idle.popLast() else {
                state.handed.append(start)
                return nil
            }
            state.calls -= 1
            return task
        }
        task?.resume(returning: start)
    }

    /// No more calls come: tasks end when those there are have been taken.
    func end() {
        state.withLock { $0.isOver = true }
        releaseIfOver()
    }

    /// Lets idle tasks end. The task that ran the last call comes by here, too.
    private func releaseIfOver() {
        let idle = state.withLock { state -> [UnsafeContinuation<HandlerStart?, Never>] in
            guard state.isOver, state.calls == 0 else { return [] }
            defer { state.idle = [] }
            return state.idle
        }
        for task in idle { task.resume(returning: nil) }
    }

    /// What a task does: one call after the other.
    func run(_ connection: ServerConnection, on executor: HandlerExecutor) async {
        state.withLock { $0.coming -= 1 }
        // A task that was cancelled for the sake of its call stays so: it is not for another one.
        while let start = await next(connection, executor) {
            await start.run()
            connection.handlerEnded()
            if Task.isCancelled { break }
        }
        releaseIfOver()
    }

    private func next(_ connection: ServerConnection, _ executor: HandlerExecutor) async -> HandlerStart? {
        if let start = take(connection, executor) { return start }
        return await withUnsafeContinuation { continuation in
            let (isWaiting, start) = state.withLock { state -> (Bool, HandlerStart?) in
                if let start = state.takeHanded() { return (false, start) }
                let isNeeded = state.calls > state.idle.count + state.coming
                let isKept = state.idle.count < Self.mostIdle && !(state.isOver && state.calls == 0)
                guard isNeeded || isKept else { return (false, nil) }
                state.idle.append(continuation)
                return (true, nil)
            }
            if !isWaiting { continuation.resume(returning: start) }
        }
    }

    private func take(_ connection: ServerConnection, _ executor: HandlerExecutor) -> HandlerStart? {
        if let start = state.withLock({ $0.takeHanded() }) { return start }
        guard let start = executor.takeCall(of: connection) else { return nil }
        state.withLock { $0.calls -= 1 }
        return start
    }
}
