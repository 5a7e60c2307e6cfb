internal import NIOCore

extension TimeAmount {
    /// Longer than a century is a century, either way.
    init(clamping duration: Duration) {
        let limit = Duration.nanoseconds(Self.century)
        let (seconds, attoseconds) = min(max(duration, .zero - limit), limit).components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// For ever, and room to add it to now; in nanoseconds.
    static let century: Int64 = 100 * 366 * 86_400 * 1_000_000_000
}
