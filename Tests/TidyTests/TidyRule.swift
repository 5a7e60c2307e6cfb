import Foundation
import Testing

/// One thing that no source file of ours does.
struct TidyRule: Sendable, CustomTestStringConvertible {
    let name: String
    /// What is wrong with a file: the line, from 1, and a remark.
    let find: @Sendable (SourceFile) -> [(line: Int, remark: String)]

    var testDescription: String { name }

    func violations(in file: SourceFile) -> [String] {
        find(file).map { "\(file.path):\($0.line): \($0.remark)" }
    }

    static let all = [
        noForcedTry, structuredTasks, chanceFromAbove, timeFromAbove, reasonedUnsafety, nothingLeftToDo, fitsOnePerson, saysSomething,
    ]

    static let noForcedTry = inCode("no try!", "try! ends the program; handle the error") { $0.contains("try!") }

    static let structuredTasks = inCode("no free tasks", "a free task; use a task group, and one run() per long-lived thing") {
        // Regular expressions are slow: most lines need none.
        guard $0.contains("Task") else { return false }
        return $0.contains(/\bTask\s*(?:\([^)]*\))?\s*\{/) && !$0.contains(/(?:->|:)\s*Task\s*\{/)
            || $0.contains(/\bTask\s*<[^>]*>\s*\{/) || $0.contains(/\bTask\s*\.\s*(?:detached|immediate|immediateDetached|init)\b/)
    }

    /// The programs, what composes them, and the SDK, which is all of a plugin's program but its provider.
    private static let makersOfChance: Set = ["HectorProgram", "hector", "hector-plugin-agent", "HectorHost", "HectorNodeHost", "HectorPlugin"]

    static let chanceFromAbove = TidyRule(name: "chance is an argument") { file in
        guard file.path.hasPrefix("Sources/"), !makersOfChance.contains(file.target) else { return [] }
        return file.code.enumerated().compactMap { index, code in
            code.contains(".random(in:") && !code.contains("using:") ? (index + 1, "let the caller say what chance decides") : nil
        }
    }

    /// Whole words: a clock of one's own has a `now()`, too.
    private static let clocks = ["NIODeadline.now()", "ContinuousClock.now", "SuspendingClock.now", "now: .now()", "- .now()", "Date()"]

    static let timeFromAbove = TidyRule(name: "time is an argument") { file in
        guard file.path.hasPrefix("Sources/"), !makersOfChance.contains(file.target) else { return [] }
        return file.code.enumerated().compactMap { index, code in
            clocks.contains(where: code.contains) ? (index + 1, "let the caller say what time it is, or ask the event loop") : nil
        }
    }

    static let reasonedUnsafety = TidyRule(name: "unchecked concurrency has its reason on the line") { file in
        file.isGenerated ? [] : zip(file.lines, file.code).enumerated().compactMap { index, pair in
            let (line, code) = pair
            guard code.contains("@unchecked Sendable") || code.contains("nonisolated(unsafe)") else { return nil }
            let reason = line.range(of: "//").map { line[$0.upperBound...].filter(\.isLetter) } ?? ""
            return reason.count < 10 ? (index + 1, "the compiler's check is off without a reason in a // comment") : nil
        }
    }

    static let nothingLeftToDo = TidyRule(name: "nothing left to do") { file in
        file.lines.enumerated().compactMap { index, line in
            // Regular expressions are slow: most lines need none.
            ["TODO", "FIXME", "XXX"].contains(where: line.contains) && line.contains(/\b(TODO|FIXME|XXX)\b/)
                ? (index + 1, "do it, or file an issue") : nil
        }
    }

    static let fitsOnePerson = TidyRule(name: "at most 700 lines a file") { file in
        file.isGenerated || file.lines.count <= 701 ? [] : [(701, "what is the second type in this file called?")]
    }

    static let saysSomething = TidyRule(name: "no placeholder files") { file in
        // A C or module map file is small by nature.
        guard file.path.hasSuffix(".swift") else { return [] }
        let isEmpty = file.code.allSatisfy { line in
            line.allSatisfy(\.isWhitespace) || line.contains(/^\s*(?:@\w+\s+)*(?:\w+\s+)?import\s/)
        }
        return isEmpty && !file.text.contains("@_exported") ? [(1, "nothing is declared here")] : []
    }

    private static func inCode(
        _ name: String, _ remark: String, _ isBad: @escaping @Sendable (String) -> Bool
    ) -> TidyRule {
        TidyRule(name: name) { file in
            file.code.enumerated().compactMap { isBad($0.element) ? ($0.offset + 1, remark) : nil }
        }
    }
}
