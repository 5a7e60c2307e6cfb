/// Lengths of time as people write them: whole numbers with units, such as `500ms`, `30s`, `1m30s`, `2h`.
package enum DurationText {
    private static let milliseconds: [(unit: String, count: Int)] = [
        ("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000),
    ]

    /// Nil for anything that is not one or more numbers with units.
    package static func parse(_ text: String) -> Duration? {
        // Past 18 characters the sum could overflow; nobody waits a million years.
        guard !text.isEmpty, text.utf8.count <= 18 else { return nil }
        var rest = text[...]
        var total = 0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest[digits.endIndex...]
            guard let number = Int(digits), number <= 1_000_000_000,
                let (unit, count) = milliseconds.first(where: { rest.hasPrefix($0.unit) })
            else { return nil }
            rest = rest.dropFirst(unit.count)
            total += number * count
        }
        return .milliseconds(total)
    }

    /// The shortest form that `parse` reads back, to the millisecond.
    package static func format(_ duration: Duration) -> String {
        var rest = Int(duration / .milliseconds(1))
        var text = ""
        for (unit, count) in milliseconds.sorted(by: { $0.count > $1.count }) where rest >= count {
            text += "\(rest / count)\(unit)"
            rest %= count
        }
        return text.isEmpty ? "0s" : text
    }
}
