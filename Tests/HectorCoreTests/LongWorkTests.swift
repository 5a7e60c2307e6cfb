import Dispatch
import Testing

@testable import HectorCore

@Suite(.timeLimit(.minutes(1))) struct LongWorkTests {
    /// Work that goes on until the test lets it, but not for ever where that fails.
    private final class Latch: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)

        func wait() { _ = semaphore.wait(timeout: .now() + 10) }
        func open() { semaphore.signal() }
    }

    /// Keeps a thread until the latch opens.
    private func occupy(_ threads: LongWork, _ latch: Latch) async throws {
        try await threads.run(bytes: 0) { () -> Void in latch.wait() }
    }

    @Test func aTaskThatIsCancelledLeavesAtOnce() async throws {
        let threads = LongWork(threads: 1, waitingBytes: 1 << 20)
        let latch = Latch()
        // The first one's work has begun, and goes on for nobody; the second waits; the third comes when it is cancelled already.
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await occupy(threads, latch) }
                while !threads.isBusy { await Task.yield() }
                group.addTask { try await threads.run(bytes: 0) { () -> Void in Issue.record("it was begun") } }
                while threads.waitingBytes == 0 { await Task.yield() }
                group.cancelAll()
                group.addTask { try await threads.run(bytes: 0) { () -> Void in Issue.record("it was begun") } }
                for _ in 1...3 {
                    let result = await group.nextResult()
                    #expect(throws: CancellationError.self) { try result?.get() }
                }
                throw CancellationError()
            }
        }
        #expect(threads.waitingBytes == 0)
        latch.open()
        try await threads.run(bytes: 0) {}
    }

    @Test func whatWaitsIsBoundedInBytes() async throws {
        let threads = LongWork(threads: 1, waitingBytes: 1 << 20)
        let latch = Latch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await occupy(threads, latch) }
            while !threads.isBusy { await Task.yield() }
            // What waits alone may be as large as it is.
            group.addTask { try await threads.run(bytes: 2 << 20) { () -> Void in } }
            while threads.waitingBytes == 0 { await Task.yield() }
            await #expect(throws: LongWork.Overload.self) { try await threads.run(bytes: 1) {} }
            latch.open()
            try await group.waitForAll()
        }
        #expect(threads.waitingBytes == 0)
        try await threads.run(bytes: 1) {}
    }

    /// Much large work does not hold up a small one, and is not held up by much small work.
    @Test func theOldestAndTheSmallestTakeTurns() async throws {
        let threads = LongWork(threads: 1, waitingBytes: 100 << 20)
        let latch = Latch()
        let (order, done) = AsyncStream<Int>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await occupy(threads, latch) }
            while !threads.isBusy { await Task.yield() }
            var all = 0
            for size in [9, 8, 7, 1, 2, 3] {
                group.addTask { try await threads.run(bytes: size << 20) { () -> Void in done.yield(size) } }
                all += size << 20
                while threads.waitingBytes < all { await Task.yield() }
            }
            latch.open()
            try await group.waitForAll()
        }
        done.finish()
        let sizes = await order.reduce(into: []) { $0.append($1) }
        #expect(sizes == [1, 9, 2, 8, 3, 7])
    }

    @Test func moreThanOneMayRunAtATime() async throws {
        let threads = LongWork(threads: 2, waitingBytes: 1 << 20)
        let latch = Latch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await occupy(threads, latch) }
            // Only beside the first does it let that go on.
            group.addTask { try await threads.run(bytes: 0) { () -> Void in latch.open() } }
            try await group.waitForAll()
        }
    }
}
