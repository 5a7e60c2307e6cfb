internal import Synchronization

/// How many durations were how long, to 3 %. To record one is one atomic operation, whatever else records at the time.
final class TimeHistogram: Sendable {
    /// Buckets for each doubling: 2 to the power of this.
    private static let precision = 5
    /// Longer ones count as long as this: an hour, in nanoseconds.
    private static let longest: UInt64 = 3_600_000_000_000
    private static let size = bucket(of: longest) + 1

    /// Allocated with the histogram and freed with it.
    private nonisolated(unsafe) let buckets: UnsafeMutablePointer<Atomic<Int>>  // Never changed itself; what it points to is atomic.

    init() {
        buckets = .allocate(capacity: Self.size)
        for bucket in 0..<Self.size { (buckets + bucket).initialize(to: Atomic(0)) }
    }

    deinit {
        buckets.deinitialize(count: Self.size)
        buckets.deallocate()
    }

    func record(nanoseconds: Int64) {
        buckets[Self.bucket(of: min(UInt64(max(0, nanoseconds)), Self.longest))].wrappingAdd(1, ordering: .relaxed)
    }

    /// What was recorded so far.
    func reading() -> Reading {
        Reading(counts: (0..<Self.size).map { buckets[$0].load(ordering: .relaxed) })
    }

    struct Reading {
        private let counts: [Int]
        let count: Int

        fileprivate init(counts: [Int]) {
            self.counts = counts
            count = counts.reduce(0, +)
        }

        /// The share from 0 to 1 of them took no longer than this.
        func quantile(_ share: Double) -> Duration {
            var left = Int((Double(count) * share).rounded(.up))
            for (bucket, count) in counts.enumerated() {
                left -= count
                if left <= 0, count > 0 { return .nanoseconds(TimeHistogram.middle(of: bucket)) }
            }
            return .zero
        }

        var sum: Duration {
            .seconds(counts.enumerated().reduce(0.0) { $0 + Double($1.element) * Double(TimeHistogram.middle(of: $1.offset)) } / 1e9)
        }
    }

    // Below 2 to the power of the precision each nanosecond has a bucket of its own; above, each doubling has as many.

    private static func bucket(of time: UInt64) -> Int {
        let shift = max(0, UInt64.bitWidth - 1 - time.leadingZeroBitCount - precision)
        return (shift << precision) + Int(time >> shift)
    }

    private static func middle(of bucket: Int) -> Int64 {
        let shift = max(0, (bucket >> precision) - 1)
        let least = Int64(bucket - (shift << precision)) << shift
        return least + (Int64(1) << shift) / 2
    }
}
