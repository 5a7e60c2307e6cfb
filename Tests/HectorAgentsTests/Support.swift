import HectorCore
import HectorProviders
import Synchronization

@testable import HectorAgents

extension Timing {
    /// A clock that stands still: nothing is ever too late.
    static let still = Timing(now: { Instant() }, sleepUntil: { _ in try await Task.sleep(for: .seconds(3600)) }, random: { $0.lowerBound })
}

/// A clock that a test sets. Who sleeps is woken when its moment has come.
final class SetClock: Sendable {
    private struct State {
        var now = Instant()
        var sleepers: [Int: (until: Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }

    var timing: Timing { Timing(now: { self.now }, sleepUntil: { try await self.sleep(until: $0) }, random: { $0.lowerBound }) }

    func advance(by time: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: time)
            let due = state.sleepers.filter { $0.value.until <= state.now }
            for key in due.keys { state.sleepers[key] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    /// Lets time pass where that wakes somebody, however long it takes until they sleep.
    func advanceToSleepers(within time: Duration) {
        let isDue = state.withLock { state in state.sleepers.values.contains { $0.until <= state.now.advanced(by: time) } }
        if isDue { advance(by: time) }
    }

    private func sleep(until: Instant) async throws {
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if until <= state.now { return true }
                    state.sleepers[id] = (until, continuation)
                    return nil
                }
                if let isOver { if isOver { continuation.resume() } else { continuation.resume(throwing: CancellationError()) } }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }
}

/// A call of a tool.
func call(_ name: String, _ arguments: String = "{}", id: String = "") -> ToolCall {
    var call = ToolCall()
    call.id = id
    call.name = name
    call.argumentsJson = arguments
    return call
}

func tool(_ name: String, _ schema: String = "{}", idempotent: Bool = false, asks: Bool = false) -> Tool {
    Tool(name: name, description: "Does \(name).", parameters: schema, idempotent: idempotent, asks: asks)
}

func definition(_ name: String) -> ToolDefinition {
    var definition = ToolDefinition()
    definition.name = name
    definition.parametersJson = "{}"
    return definition
}

func user(_ text: String) -> Message { Message(role: "user", content: text) }
