internal import NIOCore

/// Counts the pings of one client that come too soon, without a clock (gRFC A8).
struct PingPolicing {
    private let interval: TimeAmount
    private let permitsWithoutCalls: Bool
    private var lastPing: NIODeadline?
    private var strikes = 0

    /// Two are forgiven: a network may deliver late what was sent in time.
    private static let forgiven = 2
    private static let intervalWithoutCalls = TimeAmount.hours(2)

    init(_ policy: ServerConnectionPolicy) {
        interval = TimeAmount(clamping: policy.minimumPingInterval)
        permitsWithoutCalls = policy.permitsPingsWithoutCalls
    }

    /// - Parameter hasSent: Whether HEADERS or DATA were sent since the ping before: a client that measures the way to us
    ///   while it receives does no harm.
    /// - Returns: Whether that is too many.
    mutating func pingReceived(now: NIODeadline, hasCalls: Bool, hasSent: Bool) -> Bool {
        defer { lastPing = now }
        if hasSent {
            strikes = 0
            return false
        }
        guard let lastPing else { return false }
        let least = hasCalls || permitsWithoutCalls ? interval : Self.intervalWithoutCalls
        if now - lastPing < least { strikes += 1 }
        return strikes > Self.forgiven
    }
}
