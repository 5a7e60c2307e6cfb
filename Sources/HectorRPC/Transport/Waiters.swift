internal import Synchronization

/// Tasks that wait for a change of the state that they are a part of. Who changes it wakes them all.
struct Waiters {
    private var continuations: [UInt64: UnsafeContinuation<Void, Never>] = [:]
    private var next: UInt64 = 0

    fileprivate mutating func reserve() -> UInt64 {
        next += 1
        return next
    }

    fileprivate mutating func add(_ continuation: UnsafeContinuation<Void, Never>, _ id: UInt64) { continuations[id] = continuation }

    /// Of a task that goes on waiting when it is cancelled.
    mutating func add(_ continuation: UnsafeContinuation<Void, Never>) { add(continuation, reserve()) }

    fileprivate mutating func remove(_ id: UInt64) -> UnsafeContinuation<Void, Never>? { continuations.removeValue(forKey: id) }

    /// Those that waited; to be resumed outside of the lock.
    mutating func removeAll() -> [UnsafeContinuation<Void, Never>] {
        defer { continuations = [:] }
        return Array(continuations.values)
    }
}

extension Mutex {
    /// Returns when the waiters are woken, at once where there is nothing to wait for, or when the task is cancelled.
    func wait(
        in waiters: any WritableKeyPath<Value, Waiters> & Sendable, unless isOver: @Sendable (borrowing Value) -> Bool
    ) async where Value: Sendable {
        let id = withLock { $0[keyPath: waiters].reserve() }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let mustWait = withLock { state in
                    guard !isOver(state), !Task.isCancelled else { return false }
                    state[keyPath: waiters].add(continuation, id)
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            withLock { $0[keyPath: waiters].remove(id) }?.resume()
        }
    }
}
