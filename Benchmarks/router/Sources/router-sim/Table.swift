import Foundation

/// Runs contenders on a scenario; writes a Markdown table, and a line of CSV for each run.
final class Table {
    private static let columns = """
        workload,contender,seed,calls,errors,bad,mean,p50,p90,p99,p999,attempts,probes,\
        during_calls,during_errors,during_bad,faulty_picks,share_after
        """

    private let seeds: ClosedRange<Int>
    private let csv: FileHandle?
    private let only: [String]?

    /// - Parameters:
    ///   - csv: A file, made when it is missing; lines are appended to it.
    ///   - only: Contenders with one of these in their names, or of exactly the name that follows a `=`; nil for all.
    init(seeds: ClosedRange<Int>, csv: String?, only: [String]?) throws {
        self.seeds = seeds
        self.only = only
        guard let csv else {
            self.csv = nil
            return
        }
        if !FileManager.default.fileExists(atPath: csv) { try Data("\(Self.columns)\n".utf8).write(to: URL(filePath: csv)) }
        let file = try FileHandle(forWritingTo: URL(filePath: csv))
        try file.seekToEnd()
        self.csv = file
    }

    func run(_ scenario: Scenario, _ contenders: [Contender]) throws {
        print("\n### \(scenario.name)\n")
        let unit = scenario.kind == .stream ? "slowdown" : "ms"
        var head = "| contender | mean \(unit) | p50 | p90 | p99 | ± | p99.9 | errors % | probes a call |"
        if scenario.fault != nil { head += " errors in fault | bad in fault % | faulty picks | share after |" }
        print(head)
        print("|" + String(repeating: " --- |", count: head.count { $0 == "|" } - 1))
        for contender in contenders where isWanted(contender) {
            let results = seeds.map { World.run(scenario, contender, seed: UInt64($0)) }
            print(row(scenario, contender, results))
            let lines = results.enumerated().map { line(scenario, contender, seed: seeds.lowerBound + $0.offset, $0.element) }
            try csv?.write(contentsOf: Data(lines.joined().utf8))
        }
    }

    private func isWanted(_ contender: Contender) -> Bool {
        guard let only else { return true }
        return only.contains { $0.hasPrefix("=") ? contender.name == $0.dropFirst() : contender.name.contains($0) }
    }

    private func row(_ scenario: Scenario, _ contender: Contender, _ results: [RunResult]) -> String {
        let factor = scenario.kind == .stream ? 1.0 : 1_000
        func mean(_ figure: (RunResult) -> Double) -> Double { Estimate(results.map(figure)).mean }
        let p99 = Estimate(results.map { $0.quantile(0.99) * factor })
        let digits = scenario.kind == .stream ? 2 : 1
        var cells = [contender.name, mean { $0.mean * factor }.digits(digits)]
        for share in [0.5, 0.9] { cells.append(mean { $0.quantile(share) * factor }.digits(digits)) }
        cells += [p99.mean.digits(digits), p99.halfWidth.digits(digits), mean { $0.quantile(0.999) * factor }.digits(digits)]
        cells.append(mean { 100 * Double($0.errors) / Double(max(1, $0.calls)) }.digits(3))
        cells.append(mean { Double($0.probes) / Double(max(1, $0.attempts)) }.digits(2))
        if scenario.fault != nil {
            cells.append(mean { Double($0.duringErrors) }.digits(1))
            cells.append(mean { 100 * Double($0.duringBad) / Double(max(1, $0.duringCalls)) }.digits(3))
            cells.append(mean { Double($0.faultyPicks) }.digits(1))
            let fair = 1 / Double(scenario.servers.count)
            cells.append(mean { $0.shareAfter / fair }.digits(2))
        }
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private func line(_ scenario: Scenario, _ contender: Contender, seed: Int, _ result: RunResult) -> String {
        var cells = [scenario.name, contender.name]
        cells += [seed, result.calls, result.errors, result.bad].map(String.init)
        cells += ([result.mean] + [0.5, 0.9, 0.99, 0.999].map(result.quantile)).map { $0.digits(6) }
        cells += [result.attempts, result.probes].map(String.init)
        cells += [result.duringCalls, result.duringErrors, result.duringBad, result.faultyPicks].map(String.init)
        cells.append(result.shareAfter.digits(4))
        return cells.joined(separator: ",") + "\n"
    }
}
