@testable import HectorPlugins
import HectorCore
import HectorProgram
import Testing

@Suite struct OneShotTests {
    @Test func theFirstValueReachesAllWhoWait() async throws {
        let shot = OneShot<Int>()
        try await withThrowingTaskGroup(of: Int.self) { tasks in
            for _ in 0..<50 { tasks.addTask { try await shot.value() } }
            await Task.yield()
            shot.fulfil(1)
            shot.fulfil(2)
            for try await value in tasks { #expect(value == 1) }
        }
        #expect(shot.now == 1)
    }

    @Test func cancellationEndsTheWait() async throws {
        for delay in 0..<20 {
            let shot = OneShot<Int>()
            await withTaskGroup(of: Bool.self) { tasks in
                tasks.addTask { (try? await shot.value()) == nil }
                for _ in 0..<delay { await Task.yield() }
                tasks.cancelAll()
                for await wasCancelled in tasks { #expect(wasCancelled) }
            }
            #expect(shot.now == nil)
        }
    }

    @Test func limitCutsShort() async throws {
        let timing = Timing.system()
        let shot = OneShot<Int>()
        #expect(try await timing.limit(.milliseconds(5)) { try await shot.value() } == nil)
        shot.fulfil(3)
        #expect(try await timing.limit(.seconds(5)) { try await shot.value() } == 3)
    }
}
