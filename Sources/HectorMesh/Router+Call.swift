package import HectorCore

extension Router {
    /// Makes a call on the cheapest replica, waiting for one when none is ready.
    ///
    /// `operation` may run several times, each on another replica: only when the one before surely
    /// did nothing, or the call is idempotent and no response headers were reported.
    ///
    /// - Parameters:
    ///   - method: Its name within the service of the plugin's kind: replicas without it are not picked.
    ///   - needs: What a replica must be able to do to be picked.
    ///   - deadline: Checked before an attempt is sent; keeping it during one is the operation's.
    ///   - metered: Whether each attempt costs money; nil: as the replicas' descriptions say.
    ///   - operation: Makes one attempt, tells how far it came, and throws what went wrong.
    /// - Throws: The last attempt's error, unchanged, even if a retry then timed out waiting for a replica. `RouterError` if nothing was attempted, or
    ///   if too many replicas were lost under the call. `CancellationError` if the task was cancelled while it waited.
    package nonisolated(nonsending) func call<Value>(
        _ plugin: PluginKey, _ callClass: CallClass = .unary, method: String? = nil, needs: Abilities = [], idempotent: Bool, deadline: Instant? = nil,
        metered: Bool? = nil,
        operation: nonisolated(nonsending) (any CallTarget, Attempt) async throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        var begun = try begin(
            Call(callClass, method: method, needs: needs, idempotent: idempotent, deadline: deadline, metered: metered), plugin)
        var failure: (any Error)?
        while true {
            let turn = try await turn(begun, plugin, after: failure)
            let attempt = attempt(turn, plugin)
            do {
                let value = try await operation(turn.lease.connection, attempt)
                succeeded(turn, plugin, attempt)
                return value
            } catch {
                begun = try next(after: error, turn, plugin, attempt)
                failure = error
            }
        }
    }

    // What does not wait stays out of line: inlined, its values would lie in the frame of every call for as long as it runs.

    @inline(never) private func attempt(_ turn: Turn, _ plugin: PluginKey) -> Attempt {
        let lease = turn.lease
        let measures = turn.call.callClass == .stream
        return Attempt(
            number: turn.call.tried.count, replica: lease.replica, abilities: lease.abilities, deadline: turn.call.deadline, began: lease.began,
            wait: lease.wait, now: timing.now
        ) { [self] metric in
            guard measures else { return }
            locked { state, now in
                state.inSet(plugin, now: now) { set, _ in set.progressed(lease, metric, now: now) }
            }
        }
    }

    @inline(never) private func succeeded(_ turn: Turn, _ plugin: PluginKey, _ attempt: Attempt) { _ = finish(turn, plugin, .success, attempt) }

    /// How a call goes on behind an attempt that failed.
    ///
    /// - Throws: What the call ends with.
    @inline(never) private func next(after error: any Error, _ turn: Turn, _ plugin: PluginKey, _ attempt: Attempt) throws -> Begun {
        // A cancelled caller learns nothing about the replica, whatever the error looks like.
        let kind = Task.isCancelled || error is CancellationError ? .cancelled : classify(error)
        switch finish(turn, plugin, .failure(kind), attempt) {
        case .end: throw turn.call.refusal ?? error
        case .send(let next):
            turn.lease = next
            return .sent(turn)
        case .wait: return .waits(Begun.Waiting(turn.call))
        }
    }

    private func finish(_ turn: Turn, _ plugin: PluginKey, _ outcome: Outcome, _ attempt: Attempt) -> Sequel {
        attempt.close()
        return locked { $0.finish(turn, plugin, outcome, attempt.progress, now: $1) }
    }

    /// A call that has found a replica, or else what is known of it by now.
    private enum Begun {
        case sent(Turn)
        case waits(Waiting)

        final class Waiting {
            let call: Call

            init(_ call: Call) { self.call = call }
        }
    }

    @inline(never) private func begin(_ call: Call, _ plugin: PluginKey) throws(RouterError) -> Begun {
        var call = call
        switch locked({ $0.admit(&call, plugin, now: $1) }) {
        case .send(let lease): return .sent(Turn(call: call, lease: lease))
        case .refuse(let error): throw error
        case .wait: return .waits(Begun.Waiting(call))
        }
    }

    /// - Parameter failure: What the attempt before ended with.
    @inline(never) private nonisolated(nonsending) func turn(_ begun: Begun, _ plugin: PluginKey, after failure: (any Error)?) async throws -> Turn {
        switch begun {
        case .sent(let turn): return turn
        case .waits(let waiting):
            do {
                return try await waitForTurn(waiting.call, plugin)
            } catch let error as RouterError {
                // None came back in time: what happened to the call says more than that.
                throw failure ?? error
            }
        }
    }

    @inline(never) private nonisolated(nonsending) func waitForTurn(
        _ call: Call, _ plugin: PluginKey
    ) async throws -> Turn {
        let id = locked { state, _ in state.makeWaiterID() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                locked { state, now in
                    state.wait(call, plugin, id, continuation, now: now)
                    // The handler below may have run before there was anything to abandon.
                    if Task.isCancelled { state.abandon(id, now: now) }
                }
            }
        } onCancel: {
            locked { $0.abandon(id, now: $1) }
        }
    }
}
