internal import HectorCore

/// About how many calls there were in the last ten seconds.
///
/// It counts whole periods, the same ones everywhere, so that counting a call costs an addition, and shares of several counts add up to one:
/// of the period before, it takes the part that lies within the last ten seconds.
struct RecentCount: Sendable {
    /// Nanoseconds. Shorter: a share would jump with each call of a quiet plugin; longer: it would hide that a replica is back.
    private static let length: Int64 = 10_000_000_000

    private var period: Int64 = 0
    private var current = 0
    private var before = 0

    mutating func add(now: Instant) {
        let period = now.nanoseconds / Self.length
        if period != self.period {
            before = period == self.period + 1 ? current : 0
            current = 0
            self.period = period
        }
        current += 1
    }

    func value(now: Instant) -> Double {
        let (period, passed) = now.nanoseconds.quotientAndRemainder(dividingBy: Self.length)
        let left = 1 - Double(passed) / Double(Self.length)
        switch period - self.period {
        case 0: return Double(current) + Double(before) * left
        case 1: return Double(current) * left
        default: return 0
        }
    }
}
