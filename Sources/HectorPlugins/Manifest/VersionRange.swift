/// Which versions are accepted: `>=0.1.0 <2.0.0`, `^1.2`, `~1.2.3`, `=1.0.0`, `1.x`, `*`, alternatives with `||`.
///
/// Conditions side by side (spaces or commas) must all hold. Missing parts of a version stand for any.
package struct VersionRange: Sendable, Hashable, CustomStringConvertible {
    /// From `lower` on, and before `upper`; nil: no bound.
    private struct Interval: Hashable {
        var lower: SemanticVersion?
        var upper: SemanticVersion?

        func contains(_ version: SemanticVersion) -> Bool {
            lower.map { $0 <= version } ?? true && upper.map { version < $0 } ?? true
        }
    }

    private let alternatives: [[Interval]]
    package let description: String

    /// Nil when the text is no range.
    package init?(_ text: String) {
        description = text
        var alternatives: [[Interval]] = []
        for alternative in text.split(separator: "||", omittingEmptySubsequences: false) {
            guard let intervals = Self.intervals(alternative) else { return nil }
            alternatives.append(intervals)
        }
        self.alternatives = alternatives
    }

    /// Whether a version is accepted. A prerelease counts as the release that it leads to, so that
    /// a development build of 0.3.0 runs what 0.3.0 will run.
    package func contains(_ version: SemanticVersion) -> Bool {
        alternatives.contains { $0.allSatisfy { $0.contains(version.release) } }
    }

    private static func intervals(_ text: Substring) -> [Interval]? {
        // ">= 1.0" is one condition: operators stick to what follows.
        var conditions: [String] = []
        var pendingOperator = ""
        for word in text.split(whereSeparator: { " ,\t".contains($0) }) {
            if word.allSatisfy({ "<>=^~".contains($0) }) {
                guard pendingOperator.isEmpty else { return nil }
                pendingOperator = String(word)
            } else {
                conditions.append(pendingOperator + word)
                pendingOperator = ""
            }
        }
        guard pendingOperator.isEmpty, !conditions.isEmpty else { return nil }
        let intervals = conditions.map(interval)
        guard intervals.allSatisfy({ $0 != nil }) else { return nil }
        return intervals.compactMap(\.self)
    }

    private static func interval(_ text: String) -> Interval? {
        let comparison = text.prefix { "<>=^~".contains($0) }
        guard let parts = parts(text.dropFirst(comparison.count)) else { return nil }
        let lower = parts.isEmpty ? nil : version(parts)
        // The first version after everything that the parts stand for.
        let next = parts.isEmpty ? nil : version(parts.dropLast() + [parts[parts.count - 1] + 1])
        switch comparison {
        case "", "=", "==": return Interval(lower: lower, upper: next)
        case ">=": return Interval(lower: lower)
        case "<": return parts.isEmpty ? nil : Interval(upper: lower)
        case ">": return parts.isEmpty ? nil : Interval(lower: next)
        case "<=": return Interval(upper: next)
        case "~":
            let kept = parts.prefix(2)
            return Interval(lower: lower, upper: kept.last.map { version(kept.dropLast() + [$0 + 1]) })
        case "^":
            // Up to the next change of the leftmost part that is not zero.
            let kept = parts.prefix((parts.firstIndex { $0 != 0 } ?? parts.count - 1) + 1)
            return Interval(lower: lower, upper: kept.last.map { version(kept.dropLast() + [$0 + 1]) })
        default: return nil
        }
    }

    /// `1.2.x` and `1.2` are `[1, 2]`; `*` is `[]`. A prerelease in a range stands for its release.
    private static func parts(_ text: Substring) -> [Int]? {
        if let whole = SemanticVersion(String(text)) { return [whole.major, whole.minor, whole.patch] }
        let words = (text.hasPrefix("v") ? text.dropFirst() : text).split(separator: ".", omittingEmptySubsequences: false)
        guard (1...3).contains(words.count) else { return nil }
        let numbers = words.prefix { SemanticVersion.number($0) != nil }.compactMap { SemanticVersion.number($0) }
        // An open part leaves all parts after it open.
        return words.dropFirst(numbers.count).allSatisfy { ["x", "X", "*"].contains($0) } ? numbers : nil
    }

    private static func version(_ parts: some Collection<Int>) -> SemanticVersion {
        let padded = Array(parts) + [0, 0, 0]
        return SemanticVersion(padded[0], padded[1], padded[2])
    }
}
