/// Whether a write may be done on the thread that it came on, which serves the plugin's connections.
///
/// Handing it to another thread, and the answer back, wakes two threads, which takes about as long as a write to a quick disk. But while that thread
/// waits for a slow disk, it answers nobody. So a write stays on it only in the middle of others that were quick: neither the first ones after a pause,
/// when a disk may have to spin up, nor the ones after a slow one.
struct DiskPace {
    /// A write that takes longer is slow.
    static let quick = Duration.milliseconds(1)
    /// Writes that were quick, one after the other.
    static let enough = 16
    /// What the last of them says is of no use after this.
    static let pause = Duration.milliseconds(100)

    private var count = 0
    private var last: ContinuousClock.Instant?

    mutating func wrote(from began: ContinuousClock.Instant, to ended: ContinuousClock.Instant) {
        let isFresh = last.map { ended - $0 <= Self.pause } ?? false
        count = ended - began > Self.quick ? 0 : isFresh ? min(count + 1, Self.enough) : 1
        last = ended
    }

    func isQuick(at now: ContinuousClock.Instant) -> Bool { count >= Self.enough && last.map { now - $0 <= Self.pause } ?? false }
}
