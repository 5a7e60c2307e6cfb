import Synchronization
import Testing

@testable import HectorAgents

private final class Count: Sendable {
    private let state = Mutex(0)

    var value: Int { state.withLock { $0 } }
    func add() { state.withLock { $0 += 1 } }
}

@Suite struct TurnGateTests {
    /// Turns that come at once from several threads.
    @Test func `A queue takes no more turns than it has places`() async throws {
        for _ in 0..<50 {
            let gate = TurnGate("a", calls: 1, queue: 2)
            try await gate.enter(mayWait: true)
            let refused = Count()
            let waiting = await withTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        do {
                            try await gate.enter(mayWait: true)
                            gate.leave()
                        } catch {
                            refused.add()
                        }
                    }
                }
                while refused.value < 14, gate.load.waiting <= 2 { await Task.yield() }
                defer { gate.leave() }
                return gate.load.waiting
            }
            #expect(waiting == 2 && refused.value == 14)
            #expect(gate.load == (0, 0))
        }
    }

    @Test func `A turn that is cancelled while it waits gives its place back`() async throws {
        let gate = TurnGate("a", calls: 1, queue: 1)
        try await gate.enter(mayWait: true)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await #expect(throws: CancellationError.self) { try await gate.enter(mayWait: true) } }
            while gate.load.waiting == 0 { await Task.yield() }
            group.cancelAll()
        }
        #expect(gate.load == (1, 0))
        await #expect(throws: AgentError.self) { try await gate.enter(mayWait: false) }
        gate.leave()
        #expect(gate.load == (0, 0))
    }
}
