import HectorMesh

/// A named load balancing algorithm; each router gets a balancer of its own.
struct Contender {
    let name: String
    let make: (Setting) -> any Balancer
}

extension Contender {
    /// The router of this repository.
    static func hector(
        _ name: String = "hector", _ use: Use = Use(), _ change: @escaping (inout MeshLimits) -> Void = { _ in }
    ) -> Contender {
        Contender(name: name) { setting in
            var limits = MeshLimits()
            change(&limits)
            return HectorBalancer(setting, limits: limits, use)
        }
    }

    private static func baseline(
        _ name: String, accrual: FailureAccrual? = nil, _ make: @escaping (Setting) -> any Picker
    ) -> Contender {
        Contender(name: name) { BaselineBalancer($0, make($0), accrual: accrual) }
    }

    static var roundRobin: Contender { baseline("RR") { RoundRobinPicker($0) } }
    static var random: Contender { baseline("random") { RandomPicker($0) } }
    static var leastRequest: Contender { baseline("LR-P2C", accrual: .envoy) { LeastRequestPicker($0) } }
    /// Prequal's paper calls it "least loaded".
    static var leastLoaded: Contender { baseline("LL") { LeastRequestPicker($0, isFullScan: true) } }
    static var peakEWMA: Contender { baseline("EWMA-P2C", accrual: .linkerd) { PeakEWMAPicker($0) } }
    static var c3: Contender { baseline("C3") { C3Picker($0) } }
    /// As Prequal's paper evaluates it: C3's score, computed from Prequal's probes.
    static var probingC3: Contender { baseline("C3 on probes") { PrequalPicker($0, .c3) } }
    static var weightedRoundRobin: Contender { baseline("WRR") { WeightedRoundRobinPicker($0, isOutOfBand: false) } }
    static var centralWeights: Contender { baseline("WRR 1 s") { WeightedRoundRobinPicker($0, isOutOfBand: true) } }
    static var jsq: Contender { baseline("oracle JSQ") { OraclePicker($0, weighsPower: false) } }
    static var leastWork: Contender { baseline("oracle LW") { OraclePicker($0, weighsPower: true) } }

    static func prequal(_ quantile: Double) -> Contender {
        baseline("Prequal \(quantile.digits(2))") { PrequalPicker($0, .hotCold(quantile: quantile)) }
    }

    static var prequals: [Contender] { [prequal(0), prequal(0.6), prequal(0.84)] }
    static var published: [Contender] {
        [roundRobin, random, leastRequest, leastLoaded, peakEWMA, weightedRoundRobin, centralWeights, c3, probingC3]
            + prequals
    }
    static var oracles: [Contender] { [jsq, leastWork] }
}
