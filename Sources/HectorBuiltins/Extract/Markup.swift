/// The tokens of HTML or XML, as far as text needs them. Takes any bytes: what is no markup is text. No entity is known but characters, and nothing
/// is looked up anywhere, so that a text is never longer than its source.
struct Markup {
    enum Token: Equatable {
        /// As it is written, entities included.
        case text(Range<Int>)
        /// CDATA: text without entities.
        case plain(Range<Int>)
        /// Its name in lower case, without a prefix such as `w:`.
        case start(String, attributes: Range<Int>, isEmpty: Bool)
        case end(String)
    }

    private let bytes: [UInt8]
    private let longestName: Int
    private var position = 0

    init(_ bytes: [UInt8], longestName: Int = ExtractLimits().markupBytes) {
        self.bytes = bytes
        self.longestName = longestName
    }

    mutating func next() -> Token? {
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: "<") else { return text() }
            if begins("<!--") {
                skip(past: "-->")
            } else if begins("<![CDATA[") {
                let start = position + 9
                skip(past: "]]>")
                return .plain(start..<max(start, hasClosed ? position - 3 : position))
            } else if begins("<!") || begins("<?") {
                skip(past: ">")
            } else if let tag = tag() {
                return tag
            } else {
                // A `<` that begins nothing.
                return text()
            }
        }
        return nil
    }

    /// Goes behind the end tag of an element whose content is no text, such as a script.
    mutating func skip(element name: String) {
        while position < bytes.count {
            skip(past: "</")
            guard hasClosed else { return }
            position -= 2
            if case .end(name) = tag() { return }
            position = max(position, min(position + 2, bytes.count))
        }
    }

    /// Whether the last `skip` found what it looked for.
    private var hasClosed = false

    private func begins(_ text: String, at index: Int? = nil) -> Bool { bytes[(index ?? position)...].starts(with: text.utf8) }

    private mutating func skip(past end: String) {
        let mark = Array(end.utf8)
        var index = position
        hasClosed = false
        while index + mark.count <= bytes.count {
            if bytes[index] == mark[0], bytes[index..<index + mark.count].elementsEqual(mark) {
                position = index + mark.count
                hasClosed = true
                return
            }
            index += 1
        }
        position = bytes.count
    }

    private mutating func text() -> Token {
        let start = position
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "<") { position += 1 }
        return .text(start..<position)
    }

    private mutating func tag() -> Token? {
        var index = position + 1
        let isEnd = index < bytes.count && bytes[index] == UInt8(ascii: "/")
        if isEnd { index += 1 }
        let first = index
        guard index < bytes.count, Self.isLetter(bytes[index]) else { return nil }
        while index < bytes.count, !Self.isBlank(bytes[index]), bytes[index] != UInt8(ascii: ">"), bytes[index] != UInt8(ascii: "/") { index += 1 }
        let whole = String(decoding: bytes[first..<min(index, first + longestName)], as: UTF8.self).lowercased()
        let name = whole.split(separator: ":").last.map(String.init) ?? whole
        let attributes = index
        var quote: UInt8?
        while index < bytes.count {
            let byte = bytes[index]
            if let mark = quote {
                if byte == mark { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                break
            }
            index += 1
        }
        let isEmpty = index > attributes && bytes[index - 1] == UInt8(ascii: "/")
        position = min(index + 1, bytes.count)
        return isEnd ? .end(name) : .start(name, attributes: attributes..<index, isEmpty: isEmpty)
    }

    /// The value of an attribute, its name without a prefix; nil where the tag has none of that name.
    func attribute(_ name: String, in range: Range<Int>) -> String? {
        var index = range.lowerBound
        while index < range.upperBound {
            while index < range.upperBound, Self.isBlank(bytes[index]) || bytes[index] == UInt8(ascii: "/") { index += 1 }
            let start = index
            while index < range.upperBound, bytes[index] != UInt8(ascii: "="), !Self.isBlank(bytes[index]) { index += 1 }
            let key = String(decoding: bytes[start..<min(index, start + longestName)], as: UTF8.self).lowercased()
            guard index < range.upperBound, bytes[index] == UInt8(ascii: "=") else {
                index += 1
                continue
            }
            index += 1
            var value = index..<index
            if index < range.upperBound, bytes[index] == UInt8(ascii: "\"") || bytes[index] == UInt8(ascii: "'") {
                let quote = bytes[index]
                let from = index + 1
                index = from
                while index < range.upperBound, bytes[index] != quote { index += 1 }
                value = from..<index
                index += 1
            } else {
                while index < range.upperBound, !Self.isBlank(bytes[index]) { index += 1 }
                value = value.lowerBound..<index
            }
            if key.split(separator: ":").last.map(String.init) == name {
                return String(decoding: bytes[value.prefix(longestName)], as: UTF8.self)
            }
        }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z") }
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// The characters of a text, its entities replaced. One that is not known stands as it is written.
    func characters(_ range: Range<Int>) -> String {
        guard bytes[range].contains(UInt8(ascii: "&")) else { return String(decoding: bytes[range], as: UTF8.self) }
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "&"), let end = bytes[index..<min(index + 12, range.upperBound)].firstIndex(of: UInt8(ascii: ";")),
                let scalar = Self.scalar(bytes[(index + 1)..<end])
            else {
                result.append(byte)
                index += 1
                continue
            }
            result += Array(String(Character(scalar)).utf8)
            index = end + 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func scalar(_ entity: ArraySlice<UInt8>) -> Unicode.Scalar? {
        let name = String(decoding: entity, as: UTF8.self)
        guard name.hasPrefix("#") else { return names[name] }
        let digits = name.dropFirst()
        let value = digits.first == "x" || digits.first == "X" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return value.flatMap { $0 == 0 ? nil : Unicode.Scalar($0) }
    }

    private static let names: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "shy": "\u{AD}", "copy": "©", "reg": "®", "deg": "°", "sect": "§", "para": "¶",
        "middot": "·", "laquo": "«", "raquo": "»", "szlig": "ß", "auml": "ä", "ouml": "ö", "uuml": "ü", "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü", "eacute": "é",
        "egrave": "è", "ecirc": "ê", "agrave": "à", "aacute": "á", "acirc": "â", "ccedil": "ç", "ntilde": "ñ", "oacute": "ó", "iacute": "í", "uacute": "ú",
        "ndash": "–", "mdash": "—", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”", "bdquo": "„", "hellip": "…", "bull": "•", "euro": "€", "times": "×",
        "trade": "™", "ensp": " ", "emsp": " ", "thinsp": " ", "zwnj": "\u{200C}", "rarr": "→", "larr": "←", "minus": "−", "plusmn": "±", "frac12": "½",
    ]
}

/// Text as it is put together: white space runs become one blank, and paragraphs are apart by an empty line.
struct TextBuilder {
    private(set) var text: [UInt8] = []
    private var isAtStart = true
    private var needsBlank = false
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    var isFull: Bool { text.count > limit }

    mutating func append(_ characters: String) {
        for byte in characters.utf8 {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                needsBlank = !isAtStart
            } else {
                if needsBlank { text.append(0x20) }
                (needsBlank, isAtStart) = (false, false)
                text.append(byte)
            }
        }
    }

    /// As it is, for preformatted text.
    mutating func append(verbatim characters: String) {
        guard !characters.isEmpty else { return }
        text += characters.utf8.filter { $0 != 0 && $0 != 0x0D }
        (needsBlank, isAtStart) = (false, characters.utf8.last == 0x0A)
    }

    mutating func line() {
        needsBlank = false
        if !isAtStart { text.append(0x0A) }
        isAtStart = true
    }

    mutating func paragraph() {
        line()
        if !text.isEmpty, !text.suffix(2).elementsEqual([0x0A, 0x0A]) { text.append(0x0A) }
    }

    mutating func heading(_ level: Int) {
        paragraph()
        text += Array(repeating: UInt8(ascii: "#"), count: level)
        text.append(0x20)
    }
}
