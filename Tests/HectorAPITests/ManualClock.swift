import HectorCore
import Synchronization

/// A clock that stands still until the test advances it.
final class ManualClock: Sendable {
    private struct State {
        var now = Instant()
        var sleepers: [(until: Instant, wake: AsyncStream<Never>.Continuation)] = []
    }

    private let state = Mutex(State())
    /// When those who sleep want to be woken, as they fall asleep.
    let alarms: AsyncStream<Instant>
    private let alarm: AsyncStream<Instant>.Continuation

    init() {
        (alarms, alarm) = AsyncStream.makeStream()
    }

    var timing: Timing {
        Timing(now: { self.state.withLock(\.now) }, sleepUntil: { try await self.sleep(until: $0) }, random: { $0.lowerBound })
    }

    private func sleep(until deadline: Instant) async throws {
        let (sleeping, wake) = AsyncStream<Never>.makeStream()
        state.withLock {
            if $0.now >= deadline { wake.finish() } else { $0.sleepers.append((deadline, wake)) }
        }
        alarm.yield(deadline)
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
