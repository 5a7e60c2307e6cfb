import Foundation
@testable import HectorBuiltins
import HectorCore
import HectorProviders
import Synchronization
import Testing

/// Whose thread does a write, by a clock that only the test moves, and that notes who asks it.
@Suite struct RecordWriterTests {
    private final class Clock: Sendable {
        private let state = Mutex((now: ContinuousClock.now, step: Duration.zero, threads: [pthread_t]()))

        func advance(by time: Duration) { state.withLock { $0.now += time } }

        /// - Parameter step: What passes between two questions.
        func steps(by step: Duration) { state.withLock { $0.step = step } }

        func now() -> ContinuousClock.Instant {
            state.withLock { state in
                state.threads.append(pthread_self())
                state.now += state.step
                return state.now
            }
        }

        var asked: Int { state.withLock { $0.threads.count } }

        func takeThreads() -> Set<pthread_t> {
            state.withLock { state in
                defer { state.threads = [] }
                return Set(state.threads)
            }
        }
    }

    private func withWriter(_ body: (RecordWriter, Clock, String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("writer-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = try StoreFile(StoreFile.Settings(path: folder + "/notes.db", size: 64 << 20, patience: 0))
        let clock = Clock()
        let writer = RecordWriter(file, Catalog([:]), limits: VectorLimits(), memory: 1 << 20, now: clock.now)
        try await writer.perform(.create("c", size: 1))
        try await body(writer, clock, folder + "/notes.db")
        await writer.close()
        file.release()
    }

    /// - Returns: Whether the thread that asked for the write also did it.
    private func staysHere(_ writer: RecordWriter, _ clock: Clock, _ work: RecordWriter.Work? = nil) async throws -> Bool {
        while !writer.isIdle { await Task.yield() }
        _ = clock.takeThreads()
        try await writer.perform(work ?? .upsert("c", [record("a", [1])]), bytes: 64, isAlone: true)
        return clock.takeThreads().count == 1
    }

    @Test func `A write stays on its thread in the middle of quick ones, and only there`() async throws {
        try await withWriter { writer, clock, _ in
            // With the one that made the collection.
            for number in 1..<DiskPace.enough { #expect(try await !staysHere(writer, clock), "\(number)") }
            #expect(try await staysHere(writer, clock))
            #expect(try await staysHere(writer, clock, .delete("c", id: "a")))

            // The disk was slow: this write still stays, the next one does not.
            clock.steps(by: .milliseconds(2))
            #expect(try await staysHere(writer, clock))
            clock.steps(by: .zero)
            #expect(try await !staysHere(writer, clock))
            for _ in 1..<DiskPace.enough { _ = try await staysHere(writer, clock) }
            #expect(try await staysHere(writer, clock))

            clock.advance(by: .milliseconds(101))
            #expect(try await !staysHere(writer, clock))
        }
    }

    @Test func `What is long, and what others would wait for, is done by another thread`() async throws {
        try await withWriter { writer, clock, _ in
            for _ in 0..<DiskPace.enough { _ = try await staysHere(writer, clock) }
            #expect(try await staysHere(writer, clock))
            for (bytes, isAlone) in [(LongWork.short + 1, true), (64, false)] {
                while !writer.isIdle { await Task.yield() }
                _ = clock.takeThreads()
                try await writer.perform(.upsert("c", [record("a", [1])]), bytes: bytes, isAlone: isAlone)
                // Only the thread that writes asked what time it is: before and after it.
                #expect(clock.asked == 2)
            }
        }
    }

    @Test func `A file that was moved away is noticed within a second, and one that was deleted at once`() async throws {
        try await withWriter { writer, clock, path in
            try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
            // It is kept, under the other name.
            _ = try await staysHere(writer, clock)
            clock.advance(by: .seconds(1))
            await expect(.unavailable, "is gone") { try await writer.perform(.upsert("c", [record("b", [1])])) }
            try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
            _ = try await staysHere(writer, clock)
            try FileManager.default.removeItem(atPath: path)
            await expect(.unavailable, "is gone") { try await writer.perform(.upsert("c", [record("b", [1])])) }
        }
    }
}
