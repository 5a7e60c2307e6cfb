import HectorCore
import OrderedCollections
import Synchronization

/// How much of a server an agent may take.
package struct TurnAllowance: Sendable, Equatable {
    /// Turns at once; nil: as many as the server lets in.
    package var calls: Int?
    /// Turns that wait for one of these to end.
    package var queue: Int
    /// Time of a turn, with the time that it waits for its place, but not for a person; nil: as long as it takes.
    package var timeout: Duration?

    package init(calls: Int? = nil, queue: Int = 0, timeout: Duration? = nil) {
        self.calls = calls
        self.queue = queue
        self.timeout = timeout
    }
}

/// Limits the concurrent turns of one agent, with a bounded first-in-first-out queue.
final class TurnGate: Sendable {
    private struct State {
        var calls: Int
        var queue: Int
        var running = 0
        var waiting: OrderedDictionary<Int, CheckedContinuation<Void, any Error>> = [:]
        var next = 0

        /// Those who may go on now.
        mutating func admit() -> [CheckedContinuation<Void, any Error>] {
            var admitted: [CheckedContinuation<Void, any Error>] = []
            while running < calls, !waiting.isEmpty {
                admitted.append(waiting.removeFirst().value)
                running += 1
            }
            return admitted
        }
    }

    private let agent: String
    private let state: Mutex<State>

    init(_ agent: String, calls: Int, queue: Int) {
        self.agent = agent
        state = Mutex(State(calls: calls, queue: queue))
    }

    /// Turns at work, and those that wait.
    var load: (running: Int, waiting: Int) { state.withLock { ($0.running, $0.waiting.count) } }

    /// Those at work stay, also where there are too many now.
    func apply(calls: Int, queue: Int) {
        let admitted = state.withLock { state in
            state.calls = calls
            state.queue = queue
            return state.admit()
        }
        for one in admitted { one.resume() }
    }

    /// - Throws: `AgentError.busy` where a turn would be refused now.
    func check() throws(AgentError) {
        if state.withLock({ $0.running >= $0.calls && $0.waiting.count >= $0.queue }) { throw refusal }
    }

    /// Takes a place, or waits for one.
    ///
    /// - Parameter mayWait: Whether it may: a turn that another one waits for may not, since both could wait for each other.
    /// - Throws: `AgentError.busy`; `CancellationError`.
    func enter(mayWait: Bool) async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                // Decided and queued under one lock: two that come at once do not both get the last place.
                let entry = state.withLock { state in
                    // Cancellation before this line found nobody to wake.
                    if Task.isCancelled { return Entry.cancelled }
                    if state.running < state.calls {
                        state.running += 1
                        return .admitted
                    }
                    guard mayWait, state.waiting.count < state.queue else { return .refused }
                    state.waiting[number] = continuation
                    return .waits
                }
                switch entry {
                case .admitted: continuation.resume()
                case .waits: break
                case .refused: continuation.resume(throwing: refusal)
                case .cancelled: continuation.resume(throwing: CancellationError())
                }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }

    private enum Entry {
        case admitted, waits, refused, cancelled
    }

    /// Takes a place back that was left for a while, whether there is room or not.
    func enterAgain() { state.withLock { $0.running += 1 } }

    func leave() {
        let admitted = state.withLock { state in
            state.running -= 1
            return state.admit()
        }
        for one in admitted { one.resume() }
    }

    private var refusal: AgentError {
        let (calls, queue) = state.withLock { ($0.calls, $0.queue) }
        let waiting = queue == 0 ? "" : " and \(queue) wait"
        return AgentError(.busy, "The agent \"\(agent)\" works on \(calls) calls at once\(waiting): try again in a moment, or raise its limits.calls or limits.queue.")
    }
}
