extension StringProtocol {
    /// Without ASCII white space at either end.
    var trimmed: String {
        let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D]
        let bytes = Array(utf8).drop { space.contains($0) }
        guard let end = bytes.lastIndex(where: { !space.contains($0) }) else { return "" }
        return String(decoding: bytes.prefix(through: end), as: UTF8.self)
    }

    /// Safe to show on a terminal and in a log: escaped, bounded, in quotes.
    package var quoted: String {
        let limit = 120
        var text = "\""
        for scalar in unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case _ where scalar == "\"" || scalar == "\\": text += "\\\(scalar)"
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                text += scalar.escaped(asASCII: true)
            case _ where scalar == "\u{FFFD}": text += scalar.escaped(asASCII: true)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + (unicodeScalars.dropFirst(limit).isEmpty ? "\"" : "…\"")
    }
}
