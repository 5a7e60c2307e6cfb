internal import Glibc
package import HectorCore

extension Timing {
    /// The system's: its clock goes on while the machine sleeps, and begins now.
    package static func system() -> Timing {
        let start = ContinuousClock.now
        let origin = nanosecondsSinceBoot()
        return Timing(
            // Asked ten times a call. The clock is `ContinuousClock`'s, without its arithmetic of 128 bits.
            now: { Instant(nanoseconds: nanosecondsSinceBoot() - origin) },
            sleepUntil: { try await Task.sleep(until: start.advanced(by: .nanoseconds($0.nanoseconds)), clock: .continuous) },
            random: { Double.random(in: $0) },
            wallClock: {
                var time = timespec()
                clock_gettime(CLOCK_REALTIME, &time)
                return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
            })
    }

    private static func nanosecondsSinceBoot() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
