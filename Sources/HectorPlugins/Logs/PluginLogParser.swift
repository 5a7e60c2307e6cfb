package import HectorCore
package import Logging

/// One line of a plugin's output, as a log line of ours.
package struct PluginLogLine: Sendable, Equatable {
    package var level: Logger.Level
    package var message: String
    package var metadata: Logger.Metadata
}

/// Understands one line that a plugin prints: hclog's JSON, a `[LEVEL]` prefix, or plain text as debug. It takes a fixed
/// time for each byte, whatever the line.
package struct PluginLogParser: Sendable {
    private let limits: PluginLimits

    package init(limits: PluginLimits = PluginLimits()) {
        self.limits = limits
    }

    /// Nil for an empty line.
    package func parse(_ line: LineReader.Line) -> PluginLogLine? {
        guard line.text.utf8.contains(where: { $0 > 0x20 }) else { return nil }
        var parsed = json(line.text) ?? prefixed(line.text) ?? PluginLogLine(level: .debug, message: safe(line.text), metadata: [:])
        if line.isTruncated { parsed.metadata["truncated"] = "true" }
        return parsed
    }

    /// The level of a line, from its first bytes; nil where only parsing tells it.
    package static func level(of line: UnsafeRawBufferPointer) -> Logger.Level? {
        switch line.first {
        case UInt8(ascii: "{"): jsonLevel(line)
        // A prefix, perhaps after white space: a dozen bytes tell it.
        case UInt8(ascii: "["), 0x20, 0x09: nil
        default: .debug
        }
    }

    /// Whether a line is clearly one that a logger wrote: JSON with a level or `@message`, a level, or a time stands first.
    /// The text of an exception may hold any other.
    package static func isLogged(_ line: UnsafeRawBufferPointer) -> Bool {
        if line.first == UInt8(ascii: "{") {
            return ["\"@message\"", "\"level\"", "\"severity\""].contains { line.has($0) }
        }
        // [INFO], INFO:root:, WARNING, 2026-01-31, [2026-01-31, 12:00:00, glog's I0131 12:00
        let head = line.prefix(32).drop { $0 == 0x20 || $0 == 0x09 }
        let isBracketed = head.first == UInt8(ascii: "[")
        let inside = (isBracketed ? head.dropFirst() : head).drop { $0 == 0x20 }
        let word = inside.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
        if levels[String(decoding: word, as: UTF8.self).lowercased()] != nil {
            let next = inside[word.endIndex...].drop { isBracketed && $0 == 0x20 }.first
            if isBracketed { return next == UInt8(ascii: "]") }
            // A word of prose, or the name of an exception, is no level: those are in capitals.
            return word.allSatisfy { $0 < UInt8(ascii: "a") } && (next == nil || next == UInt8(ascii: ":") || next == 0x20)
        }
        func isLike(_ form: StaticString, _ text: Slice<UnsafeRawBufferPointer>) -> Bool {
            form.withUTF8Buffer { form in
                text.count >= form.count && zip(form, text).allSatisfy { sign, byte in
                    sign == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : sign == byte
                }
            }
        }
        return isLike("0000-00-00", inside) || isLike("0000/00/00", inside) || isLike("00:00:00", inside)
            || word.count == 1 && "IWEF".utf8.contains(word[word.startIndex]) && isLike("0000 00:", inside.dropFirst())
    }

    /// Goes through the members that stand first and have text as their value; hclog sorts its keys, so `@level` is the
    /// first or second.
    private static func jsonLevel(_ line: UnsafeRawBufferPointer) -> Logger.Level? {
        var index = 1
        func text() -> Range<Int>? {
            guard index < line.count, line[index] == UInt8(ascii: "\"") else { return nil }
            let start = index + 1
            index = start
            while index < line.count, line[index] != UInt8(ascii: "\"") {
                // With an escape in it, it is left to the parser.
                guard line[index] != UInt8(ascii: "\\") else { return nil }
                index += 1
            }
            guard index < line.count else { return nil }
            index += 1
            return start..<index - 1
        }
        func sign(_ byte: UInt8) -> Bool {
            guard index < line.count, line[index] == byte else { return false }
            index += 1
            return true
        }
        while let key = text(), sign(UInt8(ascii: ":")), let value = text() {
            if line[key].elementsEqual("@level".utf8) { return levels[String(decoding: line[value], as: UTF8.self)] }
            guard sign(UInt8(ascii: ",")) else { return nil }
        }
        return nil
    }

    private func json(_ text: String) -> PluginLogLine? {
        guard text.hasPrefix("{"),
            let json = try? JSONText(Array(text.utf8), limits: JSONLimits(depth: limits.logDepth, values: limits.logValues))
        else { return nil }
        var fields: [String: JSONText] = [:]
        json.forEachMember { fields[$0] = $1 }
        guard let message = fields["@message"].map(Self.text) else { return nil }
        var metadata: Logger.Metadata = [:]
        for (key, value) in fields.sorted(by: { $0.key < $1.key }).prefix(limits.logKeys) where key != "@message" && key != "@level" {
            metadata[Self.key(key)] = "\(safe(Self.text(value)))"
        }
        let level = fields["@level"].flatMap { Self.levels[Self.text($0).lowercased()] }
        return PluginLogLine(level: level ?? .debug, message: safe(message), metadata: metadata)
    }

    /// A plugin's key as the log shows it. It can be taken neither for one of ours, which have no such prefix, nor for a key
    /// and a value. `@module` and `@caller` do without the sign.
    private static func key(_ key: String) -> String {
        let name = key.hasPrefix("@") ? key.dropFirst() : key[...]
        return prefix + String(String.UnicodeScalarView(name.unicodeScalars.prefix(64).map { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "_-.".unicodeScalars.contains(scalar))
                ? scalar : "_"
        }))
    }

    private static let prefix = "plugin."

    /// Text as it is meant, everything else as it is written.
    private static func text(_ value: JSONText) -> String { value.string ?? value.text }

    private func prefixed(_ text: String) -> PluginLogLine? {
        let text = text.drop { $0 == " " || $0 == "\t" }
        guard text.first == "[", let end = text.prefix(12).firstIndex(of: "]"),
            let level = Self.levels[text[text.index(after: text.startIndex)..<end].filter { $0 != " " }.lowercased()]
        else { return nil }
        let message = text[text.index(after: end)...].drop { $0 == " " || $0 == ":" }
        return PluginLogLine(level: level, message: safe(String(message)), metadata: [:])
    }

    private func safe(_ text: String) -> String { singleLine(text, limit: limits.logValueCharacters) }

    private static let levels: [String: Logger.Level] = [
        "trace": .trace, "debug": .debug, "info": .info, "notice": .notice, "warn": .warning, "warning": .warning,
        "error": .error, "err": .error, "critical": .critical, "fatal": .critical,
    ]
}
