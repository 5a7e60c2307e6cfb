import Synchronization

/// Whether a client is there, with the tasks that are cancelled when it goes.
final class Presence: Sendable {
    private struct Running {
        let id: Int
        let cancel: @Sendable () -> Void
    }

    private struct State {
        var hasEnded = false
        var running: [Running] = []
        /// Those that wait until all that ran has been cancelled; nil: it has been, or nothing had to be.
        var waiting: [CheckedContinuation<Void, Never>]?
        var next = 0
    }

    private let state = Mutex(State())

    /// The client has gone; every call but the first is without effect.
    func end() {
        let running = state.withLock { state -> [Running] in
            state.hasEnded = true
            guard !state.running.isEmpty else { return [] }
            state.waiting = []
            defer { state.running = [] }
            return state.running
        }
        // Not under the lock: what is called then may look here.
        for running in running { running.cancel() }
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting ?? []
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Runs the operation. When the client goes before its end, the task is cancelled, and stays so: nobody is left to answer.
    ///
    /// - Parameter onEnd: Called then, too, when the operation has been cancelled and may not have ended yet.
    /// - Throws: What the operation throws; `CancellationError` when the client went first.
    @inline(never) func during<Value: Sendable>(onEnd: @escaping @Sendable () -> Void = {}, _ operation: @Sendable () async throws -> Value) async throws -> Value {
        try await withUnsafeCurrentTask { task in
            nonisolated(unsafe) let task = task // Within this closure any thread may cancel it, and `leave` waits until that has been done.
            let id = try enter {
                task?.cancel()
                onEnd()
            }
            let result: Result<Value, any Error>
            do { result = .success(try await operation()) } catch { result = .failure(error) }
            guard await leave(id) else { throw CancellationError() }
            return try result.get()
        }
    }

    @inline(never) private func enter(_ cancel: @escaping @Sendable () -> Void) throws(CancellationError) -> Int {
        let id = state.withLock { state -> Int? in
            guard !state.hasEnded else { return nil }
            state.next += 1
            state.running.append(Running(id: state.next, cancel: cancel))
            return state.next
        }
        guard let id else { throw CancellationError() }
        return id
    }

    /// - Returns: Whether the client is still there.
    @inline(never) private func leave(_ id: Int) async -> Bool {
        if stop(id) { return true }
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                state.waiting?.append(continuation)
                return state.waiting == nil
            }
            if isOver { continuation.resume() }
        }
        return false
    }

    private func stop(_ id: Int) -> Bool {
        state.withLock { state in
            guard let index = state.running.firstIndex(where: { $0.id == id }) else { return false }
            state.running.remove(at: index)
            return true
        }
    }
}
