internal import HectorCore

/// A replica's finished calls, for the figures that people see: how many there were, and how the last ones went.
/// Those are bounded in number and age.
struct CallRecord: Sendable {
    private struct Entry {
        var finished: Instant
        /// nil for a failure: how fast it failed would only flatter the replica.
        var duration: Duration?
    }

    struct Figures: Equatable {
        /// All of them.
        var calls = 0
        /// These are of the last calls only.
        var successRate: Double?
        var p50: Duration?
        var p99: Duration?
    }

    private var calls = 0
    private var entries: [Entry] = []
    private var oldest = 0

    mutating func add(_ duration: Duration?, now: Instant, limits: MeshLimits) {
        calls += 1
        let entry = Entry(finished: now, duration: duration)
        if entries.count < limits.recordedCalls {
            entries.append(entry)
        } else {
            entries[oldest] = entry
            oldest = (oldest + 1) % entries.count
        }
    }

    /// A call that says nothing of the replica.
    mutating func count() { calls += 1 }

    func figures(now: Instant, limits: MeshLimits) -> Figures {
        let horizon = now.advanced(by: .zero - limits.recordAge)
        let recent = entries.filter { $0.finished >= horizon }
        guard !recent.isEmpty else { return Figures(calls: calls) }
        let durations = recent.compactMap(\.duration).sorted()
        /// Nearest rank.
        func quantile(_ share: Double) -> Duration? {
            let rank = Int((share * Double(durations.count)).rounded(.up))
            return durations.isEmpty ? nil : durations[max(rank, 1) - 1]
        }
        return Figures(
            calls: calls, successRate: Double(durations.count) / Double(recent.count),
            p50: quantile(0.5), p99: quantile(0.99)
        )
    }
}
