internal import Synchronization

/// An event that comes once, with a value, and that any number of tasks may wait for.
package final class Signal<Value: Sendable>: Sendable {
    private enum Waiter {
        case coming
        case waiting(CheckedContinuation<Value?, Never>)
    }

    private struct State {
        var value: Value?
        var waiters: [Int: Waiter] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// Nil until it has come.
    package var value: Value? { state.withLock { $0.value } }

    /// It comes; every call but the first is without effect.
    package func set(_ value: Value) {
        let waiters = state.withLock { state -> [Int: Waiter] in
            guard state.value == nil else { return [:] }
            state.value = value
            defer { state.waiters = [:] }
            return state.waiters
        }
        for case .waiting(let continuation) in waiters.values { continuation.resume(returning: value) }
    }

    /// Waits for it. A cancelled task waits no longer.
    package func wait() async throws(CancellationError) -> Value {
        guard let value = await wait(as: enter()) else { throw CancellationError() }
        return value
    }

    /// A number for a task that is going to wait, by which `leave` ends its waiting.
    private func enter() -> Int {
        state.withLock { state in
            state.next += 1
            state.waiters[state.next] = .coming
            return state.next
        }
    }

    /// Nil where the waiter has left, or its task was cancelled.
    private func wait(as id: Int) async -> Value? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Value?? = state.withLock { state in
                    if let value = state.value { return .some(value) }
                    // What ended the waiting before this line found nobody to wake.
                    guard state.waiters[id] != nil else { return .some(nil) }
                    state.waiters[id] = .waiting(continuation)
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            leave(id)
        }
    }

    private func leave(_ id: Int) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
        if case .waiting(let continuation) = waiter { continuation.resume(returning: nil) }
    }
}

extension Signal<Void> {
    package var isSet: Bool { value != nil }

    package func set() { set(()) }

    /// Runs the operation, and cancels it when the signal comes before its end.
    ///
    /// - Parameter onSet: Called then, when the operation has been cancelled and may not have ended yet.
    /// - Throws: What the operation throws; `CancellationError` when the signal came first.
    package func cancelling<Result: Sendable>(
        onSet: () -> Void = {}, _ operation: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            let id = enter()
            group.addTask {
                defer { self.leave(id) }
                return try await operation()
            }
            if await wait(as: id) != nil {
                group.cancelAll()
                onSet()
                throw CancellationError()
            }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
