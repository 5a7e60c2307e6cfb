import Synchronization

/// A clock that stands still until the test advances it.
final class ManualClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [(until: Instant, wake: AsyncStream<Never>.Continuation)] = []
    }

    private let state = Mutex(State())
    /// When those who sleep want to be woken, as they fall asleep.
    let alarms: AsyncStream<Duration>
    private let alarm: AsyncStream<Duration>.Continuation

    init() {
        (alarms, alarm) = AsyncStream.makeStream()
    }

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let (sleeping, wake) = AsyncStream<Never>.makeStream()
        state.withLock {
            if $0.now >= deadline { wake.finish() } else { $0.sleepers.append((deadline, wake)) }
        }
        alarm.yield(deadline.offset)
        for await _ in sleeping {}
        try Task.checkCancellation()
    }

    func advance(by duration: Duration) {
        state.withLock { state in
            state.now = state.now.advanced(by: duration)
            for sleeper in state.sleepers where sleeper.until <= state.now { sleeper.wake.finish() }
            state.sleepers.removeAll { $0.until <= state.now }
        }
    }
}
