/// What the command line names: scenarios with their contenders.
enum Workload: String, CaseIterable {
    case gate, gatedense
    case w1, w1dense
    case w2, w2routers
    case w3, w3routers, w3fast
    case w4
    case w5
    case cost

    static let usual: [Workload] = [.gate, .w1, .w2, .w3, .w4, .w5, .cost]

    private static var everybody: [Contender] { Contender.published + Contender.oracles + Contender.ours }

    func run(_ table: Table) throws {
        switch self {
        case .gate:
            // The orderings that Prequal's authors published, and its ratios to EWMA on 20 × 20.
            for load in [0.7, 0.9, 1.74] { try table.run(.ramp(100, load: load), Contender.published + Contender.oracles) }
            for load in [0.7, 0.9, 1.05] {
                try table.run(
                    .ramp(20, load: load, length: 120),
                    [Contender.peakEWMA, .leastRequest, .c3, .probingC3] + Contender.prequals)
            }
        case .gatedense:
            for load in [0.7, 0.9] {
                try table.run(.ramp(40, load: load, cores: 8, length: 45), Contender.published + Contender.oracles)
            }
            for load in [0.7, 0.9, 1.05] {
                try table.run(.ramp(20, load: load, cores: 8, length: 60), [Contender.peakEWMA] + Contender.prequals)
            }
        case .w1:
            for load in [0.75, 0.93, 1.14, 1.74] { try table.run(.ramp(100, load: load), Self.everybody) }
        case .w1dense:
            for load in [0.93, 1.14, 1.74] { try table.run(.ramp(40, load: load, cores: 8, length: 40), Self.everybody) }
        case .w2:
            for count in [4, 8, 32] { try table.run(.mixed(count), Self.everybody) }
        case .w2routers:
            for count in [4, 8, 32] { try table.run(.mixed(count, routers: 8, length: count == 32 ? 30 : 60), Self.everybody) }
        case .w3:
            for kind in Scenario.Fault.Kind.allCases { try table.run(.fault(kind), Self.everybody) }
        case .w3routers:
            for kind in Scenario.Fault.Kind.allCases { try table.run(.fault(kind, routers: 8), Self.everybody) }
        case .w3fast:
            for kind in Scenario.Fault.Kind.allCases { try table.run(.fault(kind, routers: 8, isFast: true), Self.everybody) }
        case .w4:
            try table.run(.oneSlow(), Self.everybody)
        case .w5:
            for isEqual in [true, false] {
                for load in [0.7, 0.9] { try table.run(.streams(load: load, isEqual: isEqual), Self.everybody) }
            }
        case .cost:
            PickCost.measure()
        }
    }
}
