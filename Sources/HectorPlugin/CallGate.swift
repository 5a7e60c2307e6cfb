internal import HectorCore
internal import HectorProto
internal import HectorRPC
internal import Synchronization

/// Counts the calls that providers work on, and lets in no more of them once the plugin stops.
final class CallGate: Sendable {
    private struct State {
        var running = 0
        var isClosed = false

        var isOver: Bool { isClosed && running == 0 }
    }

    private let state = Mutex(State())
    private let over = Signal<Void>()

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// - Returns: False once the gate is closed; otherwise `leave` is to follow.
    func enter() -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.running += 1
            return true
        }
    }

    func leave() { change { $0.running -= 1 } }

    /// Lets in no more calls.
    ///
    /// - Returns: False where it was closed before.
    func close() -> Bool {
        change { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
    }

    /// Does the work of a call.
    ///
    /// - Throws: UNAVAILABLE once the gate is closed, in the words by which hosts know that the call never began.
    func pass<Result>(_ body: () async throws -> Result) async throws -> Result {
        guard enter() else {
            throw RPCError(
                .unavailable, "the plugin is stopping and takes no new calls: ask another replica",
                metadata: [MeshMetadata.lost: MeshMetadata.Lost.plugin])
        }
        defer { leave() }
        return try await body()
    }

    /// Returns when the gate is closed and the last call has left it, or the task is cancelled.
    func waitUntilOver() async { try? await over.wait() }

    private func change<Result>(_ body: (inout State) -> Result) -> Result {
        let (result, isOver) = state.withLock { state in (body(&state), state.isOver) }
        if isOver { over.set() }
        return result
    }
}
