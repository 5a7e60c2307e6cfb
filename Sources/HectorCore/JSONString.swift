extension [UInt8] {
    /// Adds a string as JSON writes it, in quotes.
    package mutating func append(json string: String) {
        append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { text in
            // Runs of plain text at a time: texts are long, and what must be escaped is rare.
            var start = 0
            for index in text.indices where Self.isEscaped(text[index]) {
                append(contentsOf: text[start..<index])
                append(escaped: text[index])
                start = index + 1
            }
            append(contentsOf: text[start...])
        }
        append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func append(escaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"): self += #"\n"#.utf8
        case UInt8(ascii: "\r"): self += #"\r"#.utf8
        case UInt8(ascii: "\t"): self += #"\t"#.utf8
        case ..<0x20:
            self += #"\u00"#.utf8
            self += [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
        default: self += [UInt8(ascii: "\\"), byte]
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
