internal import HectorCore
import HectorYAML

/// The two kinds of names that people choose.
enum Names {
    /// Names that stand in URLs: of agents.
    static func isIdentifier(_ text: String) -> Bool {
        isName(text, limit: 64) { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    /// The label nearest to `text`, for a message; nil when nothing is left of it.
    static func label(nearestTo text: String) -> String? {
        let mapped = String(text.lowercased().prefix(62).map { Label.isValid(String($0)) ? $0 : "-" })
        let trimmed = String(mapped.drop { $0 == "-" }.reversed().drop { $0 == "-" }.reversed())
        return Label.isValid(trimmed) ? trimmed : nil
    }

    private static func isName(_ text: String, limit: Int, _ isJoiner: (UInt8) -> Bool) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= limit, !isJoiner(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || isJoiner(byte)
        }
    }
}

extension Cursor {
    /// Reports a name that cannot become a DNS label.
    func checkLabel(_ text: String) -> String? {
        if Label.isValid(text) { return text }
        // What is wrong with odd characters is that they are there: the message says which.
        let hint = isPlain(text) ? Names.label(nearestTo: text).map { ": write \(cited($0))" } ?? "" : ""
        fail("expected 1 to 62 lower-case letters, digits and inner hyphens, found \(cited(text))\(hint)", about: text)
        return nil
    }

    /// Reports what cannot be a name of a plugin, nor of what a plugin offers.
    func checkName(_ text: String) -> String? {
        if Label.isName(text) { return text }
        fail("expected 1 to 200 printable ASCII characters, found \(cited(text))", about: text)
        return nil
    }

    func label() -> String? {
        string().flatMap(checkLabel)
    }
}
