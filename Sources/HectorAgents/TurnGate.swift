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

/// The places of one agent's turns: so many at once, and so many that wait, in the order in which they came.
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
        let (isIn, place): (Bool, Int?) = state.withLock { state in
            if state.running < state.calls {
                state.running += 1
                return (true, nil)
            }
            guard mayWait, state.waiting.count < state.queue else { return (false, nil) }
            state.next += 1
            return (false, state.next)
        }
        if isIn { return }
        guard let number = place else { throw refusal }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let admitted = state.withLock { state in
                    state.waiting[number] = continuation
                    return state.admit()
                }
                for one in admitted { one.resume() }
                // Cancelled before it waited.
                if Task.isCancelled { giveUp(number) }
            }
        } onCancel: {
            giveUp(number)
        }
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

    private func giveUp(_ number: Int) {
        state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(throwing: CancellationError())
    }

    private var refusal: AgentError {
        let (calls, queue) = state.withLock { ($0.calls, $0.queue) }
        let waiting = queue == 0 ? "" : " and \(queue) wait"
        return AgentError(.busy, "The agent \"\(agent)\" works on \(calls) calls at once\(waiting): try again in a moment, or raise its limits.calls or limits.queue.")
    }
}
