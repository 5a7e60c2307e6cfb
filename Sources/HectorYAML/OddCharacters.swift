import HectorCore

/// Characters that people do not see in a file, or take for others: no-break spaces, byte order marks, curly quotes,
/// and letters of other alphabets in a word of Latin ones.
enum OddCharacters {
    /// Those of `text`, in its order, each once, three at most.
    static func found(in text: String) -> [Unicode.Scalar] {
        let hasLatin = hasLatin(text)
        var found: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars where isOdd(scalar, amongLatin: hasLatin) && !found.contains(scalar) {
            found.append(scalar)
            if found.count == 3 { break }
        }
        return found
    }

    /// What to say of them after a message about `text`; empty where it has none.
    ///
    /// - Parameter line: Where `text` stands, if not where the message points.
    static func remark(on text: String, line: Int? = nil) -> String {
        let found = found(in: text)
        guard !found.isEmpty else { return "" }
        let place = line.map { "in line \($0), " } ?? ""
        let names = found.map { "\(escape($0)) is \(name($0))" }.joined(separator: ", ")
        return " (\(place)\(names): retype it as a plain character)"
    }

    private static func name(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\t": "a tab"
        case "\u{FEFF}": "a byte order mark"
        default: scalar.properties.name ?? "a control character"
        }
    }

    /// `\t`, or `\u{A0}`.
    static func escape(_ scalar: Unicode.Scalar) -> String {
        scalar == "\t" ? "\\t" : "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }

    static func hasLatin(_ text: String) -> Bool {
        text.utf8.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
    }

    static func isOdd(_ scalar: Unicode.Scalar, amongLatin: Bool) -> Bool {
        guard !scalar.isASCII else { return scalar != "\n" && scalar.properties.generalCategory == .control }
        switch scalar.properties.generalCategory {
        case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned,
            .initialPunctuation, .finalPunctuation, .dashPunctuation:
            return true
        default:
            return amongLatin && alphabets.contains { $0.contains(scalar.value) }
        }
    }

    /// Greek, Cyrillic and Armenian, whose letters look like Latin ones; the full-width forms of ASCII.
    private static let alphabets: [ClosedRange<UInt32>] = [0x370...0x58F, 0xFF01...0xFF5E]
}

/// Whether a text has none of the characters that messages about it name.
package func isPlain(_ text: String) -> Bool { OddCharacters.found(in: text).isEmpty }

/// Foreign text on one line, with every odd character escaped.
package func visible(_ text: String, limit: Int = 200) -> String {
    let hasLatin = OddCharacters.hasLatin(text)
    var line = ""
    for scalar in text.unicodeScalars.prefix(limit) {
        line += OddCharacters.isOdd(scalar, amongLatin: hasLatin) ? OddCharacters.escape(scalar) : singleLine(String(scalar))
    }
    return text.unicodeScalars.count > limit ? line + "…" : line
}

/// Text of a file as a message cites it: what cannot be seen, or is taken for something else, is escaped.
package func cited(_ text: String) -> String {
    "'\(visible(text, limit: 60))'"
}
