import Foundation

/// `router-sim [WORKLOAD ...] [--seeds N | --seeds M-N] [--only NAME,NAME] [--csv FILE]`
@main struct Program {
    static func main() {
        do {
            var words = Array(CommandLine.arguments.dropFirst())
            let seeds = try option("--seeds", in: &words)
            let bounds = (seeds ?? "5").split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard bounds.count <= 2, let last = bounds.last, bounds.first.map({ $0 > 0 && $0 <= last }) ?? false else {
                throw Misuse("--seeds is a number, as 5 for 1 to 5, or a range, as 101-110")
            }
            let range = (bounds.count == 1 ? 1 : bounds[0])...last
            let only = try option("--only", in: &words)?.split(separator: ",").map(String.init)
            let csv = try option("--csv", in: &words)
            let workloads = try words.map { word in
                guard let workload = Workload(rawValue: word) else {
                    throw Misuse("\(word) is not a workload; these are: \(Workload.allCases.map(\.rawValue).joined(separator: " "))")
                }
                return workload
            }
            let table = try Table(seeds: range, csv: csv, only: only)
            print("seeds: \(range.lowerBound) ... \(range.upperBound)")
            for workload in workloads.isEmpty ? Workload.usual : workloads { try workload.run(table) }
        } catch {
            FileHandle.standardError.write(Data("router-sim: \(error)\n".utf8))
            exit(2)
        }
    }

    /// Takes an option and its value out of the words.
    private static func option(_ name: String, in words: inout [String]) throws -> String? {
        guard let place = words.firstIndex(of: name) else { return nil }
        guard place + 1 < words.count else { throw Misuse("\(name) needs a value") }
        defer { words.removeSubrange(place...place + 1) }
        return words[place + 1]
    }
}

struct Misuse: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Runs take minutes: a line is written at once, also into a file.
func print(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
