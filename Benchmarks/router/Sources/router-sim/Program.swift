import Foundation

/// `router-sim WORKLOAD... [--seeds N] [--quick] [--csv FILE]`
@main struct Program {
    static func main() {
        var words = Array(CommandLine.arguments.dropFirst())
        func option(_ name: String) -> String? {
            guard let place = words.firstIndex(of: name), place + 1 < words.count else { return nil }
            let value = words[place + 1]
            words.removeSubrange(place...place + 1)
            return value
        }
        let seeds = option("--seeds").flatMap { Int($0) } ?? 5
        let table = Table(seeds: seeds, csv: option("--csv"), only: option("--only")?.split(separator: ",").map(String.init))
        if words.isEmpty { words = ["gate", "w1", "w2", "w3", "w4", "w5", "cost"] }
        print("seeds: 1 ... \(seeds)")
        for word in words {
            switch word {
            case "gate": gate(table)
            case "w1": for load in [0.75, 0.93, 1.14, 1.74] { table.run(.ramp(100, load: load), everybody()) }
            case "gatedense":
                for load in [0.7, 0.9] { table.run(.ramp(40, load: load, cores: 8, length: 45), Contender.published + Contender.oracles) }
                for load in [0.7, 0.9, 1.05] {
                    table.run(.ramp(20, load: load, cores: 8, length: 60), [Contender.peakEWMA] + Contender.prequals)
                }
            case "w1dense": for load in [0.93, 1.14, 1.74] { table.run(.ramp(40, load: load, cores: 8, length: 40), everybody()) }
            case "w2": for count in [4, 8, 32] { table.run(.mixed(count), everybody()) }
            case "w2routers": for count in [8, 32] { table.run(.mixed(count, routers: 8, length: count == 8 ? 60 : 30), everybody()) }
            case "w3": for kind in Scenario.Fault.Kind.allCases { table.run(.fault(kind), everybody()) }
            case "w3routers": for kind in Scenario.Fault.Kind.allCases { table.run(.fault(kind, routers: 8), Contender.ours) }
            case "w4": table.run(.oneSlow(), everybody())
            case "w5":
                for isEqual in [true, false] {
                    for load in [0.7, 0.9] { table.run(.streams(load: load, isEqual: isEqual), everybody()) }
                }
            case "ablation": for load in [0.93, 1.14] { table.run(.ramp(100, load: load), Contender.ablations) }
            case "ablationrouters": table.run(.mixed(8, routers: 8), Contender.ablations)
            case "asking":
                for load in [0.93, 1.14, 1.74] { table.run(.ramp(100, load: load), [Contender.hector(), .prequal(0), .leastWork] + Contender.asking) }
            case "askingmixed":
                table.run(.mixed(8, routers: 8), [Contender.hector(), .prequal(0), .c3] + Contender.asking)
                table.run(.mixed(8), [Contender.hector(), .c3] + Contender.asking)
            case "cost": PickCost.measure()
            default: print("unknown: \(word)")
            }
        }
    }

    static func everybody() -> [Contender] { Contender.published + Contender.oracles + Contender.ours }

    /// ROUTER.md: the orderings that Prequal's authors published, and its ratios to EWMA on 20 × 20.
    static func gate(_ table: Table) {
        for load in [0.7, 0.9, 1.74] { table.run(.ramp(100, load: load), Contender.published + Contender.oracles) }
        for load in [0.7, 0.9, 1.05] {
            table.run(.ramp(20, load: load, length: 120), [Contender.peakEWMA, .leastRequest, .c3, .probingC3] + Contender.prequals)
        }
    }
}

/// Runs contenders on a workload and shows how they did.
final class Table {
    private let seeds: Int
    private let csv: FileHandle?
    private let only: [String]?

    init(seeds: Int, csv: String?, only: [String]?) {
        self.seeds = seeds
        self.only = only
        if let csv {
            if !FileManager.default.fileExists(atPath: csv) {
                let head = "workload,contender,seed,calls,errors,bad,mean,p50,p90,p99,p999,attempts,probes,"
                    + "during_calls,during_errors,during_bad,faulty_picks,share_after\n"
                _ = FileManager.default.createFile(atPath: csv, contents: Data(head.utf8))
            }
            self.csv = FileHandle(forWritingAtPath: csv)
            _ = try? self.csv?.seekToEnd()
        } else {
            self.csv = nil
        }
    }

    func run(_ scenario: Scenario, _ contenders: [Contender]) {
        print("\n### \(scenario.name)\n")
        let unit = scenario.kind == .stream ? "slowdown" : "ms"
        var head = "| contender | mean \(unit) | p50 | p90 | p99 | ± | p99.9 | errors % | probes a call |"
        if scenario.fault != nil { head += " errors in fault | bad in fault % | faulty picks | share after |" }
        print(head)
        print("|" + String(repeating: " --- |", count: head.count { $0 == "|" } - 1))
        for contender in contenders where only.map({ $0.contains { contender.name.contains($0) } }) ?? true {
            let results = (1...seeds).map { World.run(scenario, contender, seed: UInt64($0)) }
            show(scenario, contender, results)
        }
    }

    private func show(_ scenario: Scenario, _ contender: Contender, _ results: [RunResult]) {
        let factor = scenario.kind == .stream ? 1.0 : 1_000
        func mean(_ figure: (RunResult) -> Double) -> Double { Estimate(results.map(figure)).mean }
        let p99 = Estimate(results.map { $0.quantile(0.99) * factor })
        let digits = scenario.kind == .stream ? 2 : 1
        var row = "| \(contender.name) | \(mean { $0.mean * factor }.digits(digits)) "
        for share in [0.5, 0.9] { row += "| \(mean { $0.quantile(share) * factor }.digits(digits)) " }
        row += "| \(p99.mean.digits(digits)) | \(p99.halfWidth.digits(digits)) | \(mean { $0.quantile(0.999) * factor }.digits(digits)) "
        row += "| \(mean { 100 * Double($0.errors) / Double(max(1, $0.calls)) }.digits(3)) "
        row += "| \(mean { Double($0.probes) / Double(max(1, $0.attempts)) }.digits(2)) |"
        if scenario.fault != nil {
            row += " \(mean { Double($0.duringErrors) }.digits(1)) "
            row += "| \(mean { 100 * Double($0.duringBad) / Double(max(1, $0.duringCalls)) }.digits(3)) "
            row += "| \(mean { Double($0.faultyPicks) }.digits(1)) "
            let fair = 1 / Double(scenario.servers.count)
            row += "| \(mean { Double($0.after.faulty) / Double(max(1, $0.after.all)) / fair }.digits(2)) |"
        }
        print(row)
        for (index, result) in results.enumerated() {
            let figures: [String] = [scenario.name, contender.name, "\(index + 1)", "\(result.calls)", "\(result.errors)", "\(result.bad)"]
                + [result.mean, result.quantile(0.5), result.quantile(0.9), result.quantile(0.99), result.quantile(0.999)].map { $0.digits(6) }
                + [result.attempts, result.probes, result.duringCalls, result.duringErrors, result.duringBad, result.faultyPicks].map { "\($0)" }
                + [(Double(result.after.faulty) / Double(max(1, result.after.all))).digits(4)]
            csv?.write(Data((figures.joined(separator: ",") + "\n").utf8))
        }
    }
}

/// Runs take minutes: a line is written when it is there, also into a file.
func print(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
