import HectorCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SignalTests {
    @Test func `The first value reaches all who wait, and those who come later`() async throws {
        let signal = Signal<Int>()
        #expect(signal.value == nil)
        try await withThrowingTaskGroup(of: Int.self) { tasks in
            for _ in 0..<50 { tasks.addTask { try await signal.wait() } }
            await Task.yield()
            signal.set(1)
            signal.set(2)
            for try await value in tasks { #expect(value == 1) }
        }
        #expect(signal.value == 1)
        #expect(try await signal.wait() == 1)
    }

    @Test func `A cancelled task waits no longer`() async throws {
        for delay in 0..<20 {
            let signal = Signal<Void>()
            await withTaskGroup(of: Bool.self) { tasks in
                tasks.addTask { (try? await signal.wait()) == nil }
                for _ in 0..<delay { await Task.yield() }
                tasks.cancelAll()
                for await wasCancelled in tasks { #expect(wasCancelled) }
            }
            #expect(!signal.isSet)
        }
    }

    @Test func `What is under way when the signal comes is cancelled`() async throws {
        let (stop, never) = (Signal<Void>(), Signal<Void>())
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                await #expect(throws: CancellationError.self) {
                    try await stop.cancelling {
                        // Set once this runs: nobody else can know when.
                        stop.set()
                        try await never.wait()
                    }
                }
            }
        }
        await #expect(throws: CancellationError.self) { try await stop.cancelling { try await never.wait() } }
        #expect(try await never.cancelling { 3 } == 3)
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await never.cancelling { throw Failure() } }
    }
}
