internal import HectorCore

/// A value of the document and where it stands. Each method reads it as one kind of thing; where it is not, it reports
/// what was expected and returns nil.
package struct Cursor {
    package let node: YAMLNode
    /// Where problems with it point: at a single value itself, at the key of a list or mapping.
    package let position: Position
    /// The keys that lead here.
    package let path: String
    /// False in a part that is switched off: an unset variable in it is a warning, and its value nil.
    package let isUsed: Bool
    let decoding: Decoding

    init(_ node: YAMLNode, at position: Position, path: String, isUsed: Bool = true, in decoding: Decoding) {
        self.node = node
        self.position = position
        self.path = path
        self.isUsed = isUsed
        self.decoding = decoding
    }

    package var file: String { decoding.file }

    /// Reports that this value is wrong. `message` says what was expected.
    package func fail(_ message: String) {
        guard case .scalar(let text, _) = node.content else { return fail(message, about: nil) }
        fail(message, about: text)
    }

    /// Reports that `text`, such as this value's key, is wrong; nil for one of which nothing may be shown.
    package func fail(_ message: String, about text: String?) {
        decoding.report(position, path: path, message, about: text)
    }

    // MARK: Single values

    /// Text: any single value as it is written, variables replaced. A number stays the digits of the file.
    package func string() -> String? {
        text(upTo: decoding.limits.textBytes)
    }

    /// Text for which the bound of values in general is too short.
    package func longString() -> String? {
        text(upTo: decoding.limits.scalarBytes)
    }

    private func text(upTo limit: Int) -> String? {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            return wrong("expected text, found \(node.kind)")
        }
        guard text.utf8.count <= limit else { return wrong("longer than \(limit) bytes: shorten it") }
        guard let environment = decoding.environment else { return text }
        do throws(Expansion.Failure) {
            return try Expansion.expand(text, environment: environment, limit: limit)
        } catch {
            guard case .unset(let name) = error, !isUsed else { return wrong(error.description) }
            decoding.warn(
                position, path: path, "the environment variable \(name) is not set, which is harmless while this part is disabled")
            return nil
        }
    }

    /// Text of at least one character that is not white space.
    package func nonEmptyString() -> String? {
        guard let text = string() else { return nil }
        return text.allSatisfy(\.isWhitespace) ? wrong("expected text, found an empty value") : text
    }

    package func integer(in range: ClosedRange<Int>) -> Int? {
        let expected = "expected a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let text = unquoted(expected) else { return nil }
        guard let number = Int(text), range.contains(number), text.first != "+" else {
            return wrong("\(expected), found \(cited(text))")
        }
        return number
    }

    /// A number, with a fraction or without.
    package func number(in range: ClosedRange<Double>) -> Double? {
        func shown(_ bound: Double) -> String { Int(exactly: bound).map(String.init) ?? "\(bound)" }
        let expected = "expected a number from \(shown(range.lowerBound)) to \(shown(range.upperBound))"
        guard let text = unquoted(expected) else { return nil }
        let isDecimal = text.utf8.allSatisfy { "0123456789.-".utf8.contains($0) }
        guard isDecimal, let number = Double(text), range.contains(number) else { return wrong("\(expected), found \(cited(text))") }
        return number
    }

    package func bool() -> Bool? {
        let expected = "expected true or false"
        guard let text = unquoted(expected) else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: return wrong("\(expected), found \(cited(text))")
        }
    }

    /// A length of time with its units: `500ms`, `30s`, `1m30s`, `2h`.
    package func duration(in range: ClosedRange<Duration>) -> Duration? {
        guard case .scalar = node.content, !node.isNull else {
            return wrong("expected a time such as 500ms, 30s or 5m, found \(node.kind)")
        }
        guard let text = string() else { return nil }
        guard let duration = DurationText.parse(text) else {
            return wrong("expected a time such as 500ms, 30s or 5m, found \(cited(text))")
        }
        guard range.contains(duration) else {
            let bounds = "\(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
            return wrong("expected a time from \(bounds), found \(cited(text))")
        }
        return duration
    }

    /// One of the words that are `Word`'s raw values.
    package func word<Word: RawRepresentable<String> & CaseIterable>(_: Word.Type = Word.self) -> Word? {
        let words = Word.allCases.map(\.rawValue)
        let expected = "expected \(words.count > 1 ? "one of " : "")\(words.joined(separator: ", "))"
        guard case .scalar = node.content, !node.isNull else { return wrong("\(expected), found \(node.kind)") }
        guard let text = string() else { return nil }
        guard let word = Word(rawValue: text) else {
            let hint = nearest(to: text, among: words).map { ": did you mean \(cited($0))?" } ?? ""
            return wrong("\(expected), found \(cited(text))\(hint)")
        }
        return word
    }

    /// A file or folder: `~` replaced by the home folder, a relative path taken from `folder`.
    package func filePath(relativeTo folder: String) -> String? {
        guard let text = nonEmptyString() else { return nil }
        var path = text
        if let environment = decoding.environment, path == "~" || path.hasPrefix("~/") {
            guard let home = environment["HOME"], !home.isEmpty else {
                guard isUsed else { return nil }
                return wrong("'~' needs the environment variable HOME, which is not set: write the whole path")
            }
            path = home + path.dropFirst()
        }
        while path.hasPrefix("./") { path.removeFirst(2) }
        return path.hasPrefix("/") || folder.isEmpty ? path : "\(folder)/\(path)"
    }

    // MARK: Lists and mappings

    /// The items of a list.
    package func list() -> [Cursor]? {
        guard case .sequence(let items) = node.content else {
            return wrong("expected a list, found \(node.kind)")
        }
        return items.enumerated().map { index, item in
            Cursor(item, at: item.position, path: "\(path)[\(index)]", isUsed: isUsed, in: decoding)
        }
    }

    /// The entries of a mapping whose keys are names of the writer's choice. A value may be null.
    package func entries() -> [(key: String, value: Cursor)]? {
        guard case .mapping(let entries) = node.content else {
            return wrong("expected a mapping of 'key: value' lines, found \(node.kind)")
        }
        return entries.map { ($0.key.text, child($0, isUsed: isUsed)) }
    }

    /// The fields of a mapping whose keys are known: `body` takes each known one from `Fields`; what is left over
    /// afterwards is unknown, and reported when `unknownKeys` says so.
    package func fields<Value>(unknownKeys: Fields.UnknownKeys = .refused, _ body: (Fields) -> Value) -> Value? {
        guard case .mapping(let entries) = node.content else {
            return wrong("expected a mapping of 'key: value' lines, found \(node.kind)")
        }
        let fields = Fields(self, entries)
        let value = body(fields)
        if unknownKeys == .refused { fields.reportUnknown() }
        return value
    }

    func child(_ entry: YAMLNode.Entry, isUsed: Bool) -> Cursor {
        let isSingle = if case .scalar = entry.value.content { true } else { false }
        // A wrong value is pointed at itself; a whole mapping or list at its key.
        let position = isSingle && !entry.value.isNull ? entry.value.position : entry.key.position
        return Cursor(entry.value, at: position, path: keyPath(path, entry.key.text), isUsed: isUsed, in: decoding)
    }

    private func unquoted(_ expected: String) -> String? {
        guard case .scalar(let written, let style) = node.content, !node.isNull else {
            return wrong("\(expected), found \(node.kind)")
        }
        // "${COUNT}" has to stand in quotes in some places, so quotes around a variable say nothing about its type.
        guard style == .plain || written.contains("${") else {
            return wrong("\(expected), found the text \(cited(written)): remove the quotes")
        }
        return string()
    }

    private func wrong<Value>(_ message: String) -> Value? {
        fail(message)
        return nil
    }
}
