import Dispatch
internal import HectorCore
import Synchronization

@testable import HectorMesh

/// Runs tasks one at a time, the next one chosen by a seed, and moves a clock when none can go on. So a test with many tasks tries other
/// orders with every seed, in virtual time.
final class SeededExecutor: TaskExecutor {
    private struct State {
        var generator: SeededGenerator
        var jobs: [UnownedJob] = []
        var isRunning = false

        mutating func next() -> UnownedJob? {
            jobs.isEmpty ? nil : jobs.remove(at: Int.random(in: jobs.indices, using: &generator))
        }
    }

    let clock = VirtualClock()
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "SeededExecutor")

    init(seed: UInt64) {
        state = Mutex(State(generator: SeededGenerator(seed: seed)))
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = state.withLock { state in
            state.jobs.append(job)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if isFirst { queue.async { self.run() } }
    }

    private func run() {
        while true {
            while let job = state.withLock({ $0.next() }) { job.runSynchronously(on: asUnownedTaskExecutor()) }
            if clock.moveToNext() { continue }
            let isOver = state.withLock { state in
                state.isRunning = !state.jobs.isEmpty
                return !state.isRunning
            }
            if isOver { return }
        }
    }
}

/// A clock that moves from one sleeper to the next.
final class VirtualClock: Sendable {
    private struct Sleeper {
        let id: UInt64
        let until: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = at(0)
        /// By time, and in order of arrival.
        var sleepers: [Sleeper] = []
        var ids: UInt64 = 0
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock(\.now) }

    var timing: Timing {
        Timing(now: { self.now }, sleepUntil: { try await self.sleep(until: $0) }, random: { $0.lowerBound })
    }

    func sleep(_ seconds: Double) async throws { try await sleep(until: now.advanced(by: .seconds(seconds))) }

    func sleep(until: Instant) async throws {
        let id = state.withLock { state in
            state.ids += 1
            return state.ids
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    let place = state.sleepers.firstIndex { $0.until > until } ?? state.sleepers.endIndex
                    state.sleepers.insert(Sleeper(id: id, until: until, continuation: continuation), at: place)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0) }
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Wakes the task that sleeps the shortest; false if no task sleeps.
    fileprivate func moveToNext() -> Bool {
        let sleeper = state.withLock { state -> Sleeper? in
            guard !state.sleepers.isEmpty else { return nil }
            let next = state.sleepers.removeFirst()
            state.now = max(state.now, next.until)
            return next
        }
        sleeper?.continuation.resume()
        return sleeper != nil
    }
}
