package import HectorCore
import HectorProviders
import Synchronization

/// What the agents of this host that act did in their latest turns, for those who ask afterwards or follow a turn. Runs at work are never
/// forgotten: the calls that the host takes at once bound them.
package final class RunLog: Sendable {
    private let runs = Mutex(OwnedStore<String, RunRecord>())
    private let limits: AgentLimits

    package init(limits: AgentLimits = AgentLimits()) { self.limits = limits }

    /// - Parameters:
    ///   - owner: The name of the client that it belongs to.
    ///   - began: Milliseconds since 1970.
    func begin(_ id: String, agent: String, owner: String, began: Int64) -> RunRecord {
        let record = RunRecord(RunSummary(id: id, agent: agent, owner: owner, trace: TraceContext.current, began: began), limits: limits)
        runs.withLock {
            forget(&$0, at: began)
            $0.put(record, for: id, of: owner, bytes: record.bytes)
            makeRoom(&$0)
        }
        return record
    }

    /// Called once.
    func end(_ record: RunRecord, _ state: RunSummary.State, failure: RunSummary.Failure? = nil, spent: TurnSpending = TurnSpending(), at now: Int64) {
        let ended = record.end(state, failure, spent, at: now)
        runs.withLock {
            $0.put(record, for: ended.id, of: ended.owner, bytes: record.bytes)
            makeRoom(&$0)
        }
    }

    /// - Parameter now: Milliseconds since 1970.
    package func run(_ id: String, at now: Int64) -> RunRecord? {
        runs.withLock {
            forget(&$0, at: now)
            return $0[id]?.value
        }
    }

    /// The newest first.
    ///
    /// - Parameter now: Milliseconds since 1970.
    package func all(at now: Int64) -> [RunSummary] {
        runs.withLock {
            forget(&$0, at: now)
            return $0.newestFirst.map(\.value.summary)
        }
    }

    private func makeRoom(_ runs: inout OwnedStore<String, RunRecord>) {
        runs.makeRoom(count: limits.runs, bytes: limits.runsBytes) { $0.summary.ended != nil }
    }

    private func forget(_ runs: inout OwnedStore<String, RunRecord>, at now: Int64) {
        let age = limits.runAge.wholeNanoseconds / 1_000_000
        while let oldest = runs.oldest, let ended = oldest.value.summary.ended, now - ended > age { runs.remove(oldest.key) }
    }
}

/// What is known of a run as a whole.
package struct RunSummary: Sendable, Equatable {
    package enum State: String, Sendable {
        case working, completed, failed, cancelled
    }

    /// Why it failed.
    package struct Failure: Sendable, Equatable {
        /// Of the `AgentError` or `ProviderError`.
        package var code: String
        package var message: String
    }

    package let id: String
    package let agent: String
    /// The name of the client that it belongs to.
    package let owner: String
    /// Of the request that began it.
    package let trace: TraceContext?
    /// Milliseconds since 1970, as all times here.
    package let began: Int64
    package var ended: Int64?
    package var state = State.working
    package var failure: Failure?
    /// Text of the answer that was handed to the client as it came.
    package var deliveredPieces = 0
    package var deliveredBytes = 0
    package var spent = TurnSpending()
    /// Events that were kept.
    package var events = 0
    /// Events that did not fit.
    package var leftOut = 0

    init(id: String, agent: String, owner: String, trace: TraceContext?, began: Int64) {
        self.id = id
        self.agent = agent
        self.owner = owner
        self.trace = trace
        self.began = began
    }
}

/// One run: events that come, and any number of readers that follow them, each from where it is.
package final class RunRecord: Sendable {
    package struct Step: Sendable, Equatable {
        /// Milliseconds since 1970.
        package let at: Int64
        package let event: RunEvent
    }

    private struct State {
        var summary: RunSummary
        var steps: [Step] = []
        var bytes = 0
        /// Set when something comes.
        var changed = Signal<Void>()

        mutating func change() -> Signal<Void> {
            defer { changed = Signal() }
            return changed
        }
    }

    private let state: Mutex<State>
    private let limits: AgentLimits

    fileprivate init(_ summary: RunSummary, limits: AgentLimits) {
        state = Mutex(State(summary: summary))
        self.limits = limits
    }

    package var summary: RunSummary { state.withLock { $0.summary } }

    /// What the log counts: what a run costs beside its events, and these.
    fileprivate var bytes: Int { state.withLock { 1_024 + $0.bytes } }

    /// - Parameter now: Milliseconds since 1970.
    func note(_ event: RunEvent, at now: Int64) {
        let event = event.shortened(to: limits.runText)
        let weight = event.bytes(each: limits.itemBytes)
        let changed = state.withLock { state -> Signal<Void>? in
            guard state.steps.count < limits.runEvents, state.bytes + weight <= limits.runBytes else {
                state.summary.leftOut += 1
                return nil
            }
            state.bytes += weight
            state.steps.append(Step(at: now, event: event))
            state.summary.events += 1
            return state.change()
        }
        changed?.set()
    }

    func delivered(_ events: [TurnEvent]) {
        state.withLock { state in
            for case .text(let text) in events {
                state.summary.deliveredPieces += 1
                state.summary.deliveredBytes += text.utf8.count
            }
        }
    }

    fileprivate func end(_ outcome: RunSummary.State, _ failure: RunSummary.Failure?, _ spent: TurnSpending, at now: Int64) -> RunSummary {
        let (summary, changed) = state.withLock { state in
            state.summary.state = outcome
            state.summary.failure = failure
            state.summary.spent = spent
            state.summary.ended = now
            return (state.summary, state.change())
        }
        changed.set()
        return summary
    }

    /// - Parameter count: Events that the reader has.
    package func steps(after count: Int) -> (steps: ArraySlice<Step>, summary: RunSummary) {
        state.withLock { ($0.steps.dropFirst(count), $0.summary) }
    }

    /// The same, once there is something new, or the run has ended.
    package func news(after count: Int) async throws -> (steps: ArraySlice<Step>, summary: RunSummary) {
        while true {
            let (steps, summary, changed) = state.withLock { ($0.steps.dropFirst(count), $0.summary, $0.changed) }
            if !steps.isEmpty || summary.ended != nil { return (steps, summary) }
            try await changed.wait()
        }
    }
}

extension Agents {
    /// Runs one turn of an agent that acts, and keeps what happens in it.
    func logged(_ id: String, _ asked: Chat, by agent: AgentDefinition, onEvents: TurnEventHandler?) async throws -> Answer {
        let record = runs.begin(id, agent: agent.id, owner: asked.owner, began: today())
        var chat = asked
        let (clock, watch) = (today, asked.watch)
        chat.watch = { event in
            record.note(event, at: clock())
            watch?(event)
        }
        do {
            let answer = try await run(chat, by: agent, onEvents: Self.counting(onEvents, in: record))
            runs.end(record, .completed, spent: answer.spent, at: today())
            return answer
        } catch {
            let isCancelled = error is CancellationError || Task.isCancelled
            let told = record.summary.deliveredBytes > 0 ? Self.saying(record.summary, error) : error
            runs.end(record, isCancelled ? .cancelled : .failed, failure: isCancelled ? nil : RunSummary.Failure(told), at: today())
            throw told
        }
    }

    private static func counting(_ onEvents: TurnEventHandler?, in record: RunRecord) -> TurnEventHandler? {
        guard let onEvents else { return nil }
        return { events in
            try await onEvents(events)
            record.delivered(events)
        }
    }

    /// Who has read a part of the answer learns how much that was.
    private static func saying(_ summary: RunSummary, _ error: any Error) -> any Error {
        guard var error = error as? ProviderError, error.code == .unavailable else { return error }
        error.message += " (after \(summary.deliveredBytes) bytes of the answer in \(summary.deliveredPieces) pieces)"
        return error
    }
}

extension RunSummary.Failure {
    init(_ error: any Error) {
        switch error {
        case let error as AgentError: self.init(code: error.code.rawValue, message: singleLine(error.message, limit: 1_000))
        case let error as ProviderError: self.init(code: error.code.rawValue, message: singleLine(error.message, limit: 1_000))
        default: self.init(code: "failed", message: "The turn failed.")
        }
    }
}
