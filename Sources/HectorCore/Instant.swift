/// A moment on a clock that only goes forward. Its origin is chosen by the program.
package struct Instant: InstantProtocol {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64 = 0) {
        self.nanoseconds = nanoseconds
    }

    /// The moment that lies `offset` after the clock's beginning.
    package init(_ offset: Duration) {
        self.init(nanoseconds: offset.wholeNanoseconds)
    }

    /// Saturates instead of overflowing, so that "in a thousand years" is a deadline too.
    package func advanced(by duration: Swift.Duration) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return Instant(nanoseconds: overflow ? (nanoseconds < 0 ? .min : .max) : sum)
    }

    package func duration(to other: Instant) -> Swift.Duration {
        .nanoseconds(nanoseconds(to: other))
    }

    /// Negative if `other` was before. Without a `Duration`, whose 128 bits cost a multiplication and a division.
    package func seconds(to other: Instant) -> Double {
        Double(nanoseconds(to: other)) / 1e9
    }

    private func nanoseconds(to other: Instant) -> Int64 {
        let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
        return overflow ? (other < self ? .min : .max) : difference
    }

    package static func + (moment: Instant, time: Swift.Duration) -> Instant { moment.advanced(by: time) }

    package static func - (later: Instant, earlier: Instant) -> Swift.Duration { earlier.duration(to: later) }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}

extension Duration {
    /// Rounded towards zero, saturating at ±292 years.
    package var wholeNanoseconds: Int64 {
        // Up to nine seconds, there is no need to divide 128 bits.
        if let attoseconds = Int64(exactly: attoseconds) { return attoseconds / 1_000_000_000 }
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || carry ? (seconds < 0 ? .min : .max) : sum
    }

    /// In seconds.
    package var seconds: Double { Double(wholeNanoseconds) / 1e9 }
}
