internal import Glibc
package import HectorCore

extension Timing {
    /// The system's: its clock goes on while the machine sleeps, and begins now.
    package static func system() -> Timing {
        let start = ContinuousClock.now
        return Timing(
            now: { Instant(start.duration(to: .now)) },
            sleepUntil: { try await Task.sleep(until: start.advanced(by: .nanoseconds($0.nanoseconds)), clock: .continuous) },
            random: { Double.random(in: $0) },
            wallClock: {
                var time = timespec()
                clock_gettime(CLOCK_REALTIME, &time)
                return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
            })
    }
}
