internal import Dispatch
internal import Glibc
internal import Synchronization

/// Does work whose time grows with foreign data: what is small at once, what is large on threads of its own, see `LongWork`.
///
/// - Parameter bytes: The size of the data.
/// - Throws: What the work throws; `LongWork.Overload`; `CancellationError` as soon as the task is cancelled.
package func offPool<Value: Sendable>(bytes: Int, _ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    guard bytes > LongWork.short else { return try work() }
    return try await LongWork.shared.run(bytes: bytes, work)
}

/// Threads for long work on foreign data. Those of Swift's pool are two on a small machine, and everything waits for them.
///
/// What waits for a thread is bounded in bytes. A task that is cancelled leaves at once, and its work is not begun; where it
/// has begun, nobody waits for its end. The oldest work and the smallest take turns, so that large work, however much of it
/// waits, does not hold up a small one, and is done itself all the same.
package final class LongWork: Sendable {
    /// Too much waits already: not the fault of what was to be worked on.
    package struct Overload: Error, CustomStringConvertible {
        package init() {}

        package var description: String { "too much data is waiting to be processed; try again in a moment" }
    }

    /// Work on this many bytes takes less than a millisecond.
    package static let short = 64 << 10
    /// Bytes of work that may wait for a thread: sixteen of the longest messages.
    package static let waitingBytes = 64 << 20
    /// All cores but one.
    package static let shared = LongWork(threads: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) - 1, waitingBytes: waitingBytes)
    /// What any work counts at least: packed data is longer than it looks.
    private static let least = 64 << 10

    private struct Job {
        var bytes: Int
        var perform: @Sendable () -> Void
    }

    private struct State {
        var waiting: [Int: Job] = [:]
        var bytes = 0
        /// The number of the next job, and one below which none waits.
        var next = 0
        var oldest = 0
        var running = 0
        var begun = 0
        var takesSmallest = false

        mutating func remove(_ id: Int) -> Job? {
            guard let job = waiting.removeValue(forKey: id) else { return nil }
            bytes -= job.bytes
            return job
        }

        mutating func take() -> Job? {
            guard !waiting.isEmpty else {
                running -= 1
                return nil
            }
            begun += 1
            takesSmallest.toggle()
            if !takesSmallest, let smallest = waiting.min(by: { ($0.value.bytes, $0.key) < ($1.value.bytes, $1.key) }) {
                return remove(smallest.key)
            }
            while waiting[oldest] == nil, oldest < next { oldest += 1 }
            return remove(oldest)
        }
    }

    private let queue = DispatchQueue(label: "hector.long-work", attributes: .concurrent)
    private let threads: Int
    private let limit: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - threads: At least one is used.
    ///   - waitingBytes: The most that waits; work that waits alone is never refused.
    package init(threads: Int, waitingBytes: Int) {
        self.threads = max(1, threads)
        limit = waitingBytes
    }

    /// Bytes that wait for a thread.
    var waitingBytes: Int { state.withLock { $0.bytes } }

    /// Whether no thread is free.
    var isBusy: Bool { state.withLock { $0.running == threads && $0.waiting.isEmpty } }

    /// Whether nothing is being worked on.
    package var isIdle: Bool { state.withLock { $0.running == 0 } }

    /// Pieces of work that were begun.
    package var begun: Int { state.withLock { $0.begun } }

    /// - Parameter bytes: The size of the data.
    /// - Throws: What the work throws; `Overload`; `CancellationError` as soon as the task is cancelled.
    package func run<Value: Sendable>(bytes: Int, _ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let caller = Caller<Value>()
        let id = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard caller.waits(continuation) else { return }
                let job = Job(bytes: max(bytes, Self.least)) {
                    // Between being taken and now, its caller may have left.
                    if caller.isWaiting { caller.leave(with: Result { try work() }) }
                }
                guard add(job, id) else { return caller.leave(with: .failure(Overload())) }
                // Cancelled before there was anything to take away.
                if !caller.isWaiting { _ = state.withLock { $0.remove(id) } }
            }
        } onCancel: {
            caller.leave(with: .failure(CancellationError()))
            _ = state.withLock { $0.remove(id) }
        }
    }

    private func add(_ job: Job, _ id: Int) -> Bool {
        let (isAdded, needsThread) = state.withLock { state in
            guard state.waiting.isEmpty || state.bytes + job.bytes <= limit else { return (false, false) }
            state.waiting[id] = job
            state.bytes += job.bytes
            state.oldest = min(state.oldest, id)
            guard state.running < threads else { return (true, false) }
            state.running += 1
            return (true, true)
        }
        if needsThread {
            queue.async { [self] in
                while let job = state.withLock({ $0.take() }) { job.perform() }
            }
        }
        return isAdded
    }

    /// Who waits for a piece of work: told its result, or that the task was cancelled, whichever comes first.
    private final class Caller<Value: Sendable>: Sendable {
        private enum Presence {
            case coming
            case waiting(CheckedContinuation<Value, any Error>)
            case gone
        }

        private let presence = Mutex(Presence.coming)

        var isWaiting: Bool {
            presence.withLock { if case .waiting = $0 { true } else { false } }
        }

        /// - Returns: False where the task is cancelled already.
        func waits(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
            let waits = presence.withLock { presence in
                guard case .coming = presence else { return false }
                presence = .waiting(continuation)
                return true
            }
            if !waits { continuation.resume(throwing: CancellationError()) }
            return waits
        }

        func leave(with result: Result<Value, any Error>) {
            let before = presence.withLock { presence in
                defer { presence = .gone }
                return presence
            }
            if case .waiting(let continuation) = before { continuation.resume(with: result) }
        }
    }
}
