/// What was counted in one run.
struct RunResult {
    var latencies: [Float] = []
    var calls = 0
    var errors = 0
    var bad = 0
    var attempts = 0
    var probes = 0
    /// Of the calls that began while the fault lasted.
    var duringCalls = 0
    var duringErrors = 0
    var duringBad = 0
    /// Attempts that were sent to the faulty replica while the fault lasted.
    var faultyPicks = 0
    /// Picks from 5 s after the fault on, and those of the replica that had it.
    var after = (faulty: 0, all: 0)

    /// Seconds, over all counted calls. A failed call counts with the time until its failure.
    func quantile(_ share: Double) -> Double {
        guard !latencies.isEmpty else { return .nan }
        let rank = Int((share * Double(latencies.count)).rounded(.up))
        return Double(latencies[max(1, rank) - 1])
    }

    /// 0 … 1, of all picks from 5 s after the fault on.
    var shareAfter: Double { Double(after.faulty) / Double(max(1, after.all)) }

    var mean: Double { latencies.reduce(0) { $0 + Double($1) } / Double(max(1, latencies.count)) }
}
