import Synchronization

/// What a machine works on at once. Who finds no free slot waits behind those who came before.
final class Slots: Sendable {
    private struct State {
        var free = 1
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Void, any Error>)] = []
        var lastID: UInt64 = 0
        /// Cancelled before they waited.
        var gone: Set<UInt64> = []
    }

    private let state = Mutex(State())

    /// - Parameter count: Set once, before the first call.
    func set(_ count: Int) { state.withLock { $0.free = count } }

    /// Calls that have found no free slot yet.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` in a slot.
    ///
    /// - Throws: What `body` throws, or `CancellationError` where the call was cancelled while it waited.
    func use<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await acquire()
        defer { release() }
        return try await body()
    }

    private func acquire() async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.gone.remove(id) != nil { return .failure(CancellationError()) }
                    guard state.free == 0 else {
                        state.free -= 1
                        return .success(())
                    }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            leave(id)
        }
        // Served already when it was cancelled: the handler found nobody to send away.
        state.withLock { _ = $0.gone.remove(id) }
    }

    private func leave(_ id: UInt64) {
        let leaving = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                state.gone.insert(id)
                return nil
            }
            return state.waiting.remove(at: index).continuation
        }
        leaving?.resume(throwing: CancellationError())
    }

    private func release() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            // The slot changes hands.
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }
}
