internal import NIOCore

/// How many frames a peer may send that cost us work and bring no call further.
///
/// A bucket of tokens: each such frame takes one, time and what we send put some back. A peer that answers our DATA with
/// window updates and pings, as honest ones do, never runs dry; one that only makes us busy soon does.
struct FloodGuard {
    /// Frames that a peer may send at once: more than the window updates of a client that resumes reading all its streams.
    static let burst = 2000
    /// Tokens added each second.
    static let perSecond = 100
    /// Tokens added for each DATA frame that we send: the peer answers it with up to two window updates, and may send a ping to measure the round trip.
    static let perFrameSent = 4

    private var tokens = Self.burst
    private var refilled: NIODeadline?

    /// The peer sent such a frame. False where it has sent too many.
    mutating func spend(now: NIODeadline) -> Bool {
        refill(now)
        tokens -= 1
        return tokens >= 0
    }

    mutating func dataSent() {
        tokens = min(Self.burst, tokens + Self.perFrameSent)
    }

    private mutating func refill(_ now: NIODeadline) {
        guard let last = refilled else {
            refilled = now
            return
        }
        let step = 1_000_000_000 / Int64(Self.perSecond)
        let count = (now - last).nanoseconds / step
        guard count > 0 else { return }
        tokens = min(Self.burst, tokens + Int(min(count, Int64(Self.burst))))
        refilled = last + .nanoseconds(count * step)
    }
}
