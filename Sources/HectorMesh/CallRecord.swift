/// A replica's last finished calls, for the figures that people see. Bounded in number and age.
struct CallRecord: Sendable {
    private struct Entry {
        var finished: Instant
        /// nil for a failure: how fast it failed would only flatter the replica.
        var duration: Duration?
    }

    struct Figures: Equatable {
        var calls = 0
        var successRate: Double?
        var p50: Duration?
        var p99: Duration?
    }

    private var entries: [Entry] = []
    private var oldest = 0

    mutating func add(_ duration: Duration?, now: Instant, limits: MeshLimits) {
        let entry = Entry(finished: now, duration: duration)
        if entries.count < limits.recordedCalls {
            entries.append(entry)
        } else {
            entries[oldest] = entry
            oldest = (oldest + 1) % entries.count
        }
    }

    func figures(now: Instant, limits: MeshLimits) -> Figures {
        let horizon = now.advanced(by: .zero - limits.recordAge)
        let recent = entries.filter { $0.finished >= horizon }
        guard !recent.isEmpty else { return Figures() }
        let durations = recent.compactMap(\.duration).sorted()
        /// Nearest rank.
        func quantile(_ share: Double) -> Duration? {
            let rank = Int((share * Double(durations.count)).rounded(.up))
            return durations.isEmpty ? nil : durations[max(rank, 1) - 1]
        }
        return Figures(
            calls: recent.count, successRate: Double(durations.count) / Double(recent.count),
            p50: quantile(0.5), p99: quantile(0.99)
        )
    }
}
