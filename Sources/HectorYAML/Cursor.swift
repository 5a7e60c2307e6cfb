import HectorCore

/// A value of the document and where it stands. Each method reads it as one kind of thing; where it is not, it reports
/// what was expected and returns nil.
package struct Cursor {
    package let node: YAMLNode
    /// Where problems with it point: at a single value itself, at the key of a list or mapping.
    package let position: Position
    /// The keys that lead here.
    package let path: String
    let decoding: Decoding

    init(_ node: YAMLNode, at position: Position, path: String, in decoding: Decoding) {
        self.node = node
        self.position = position
        self.path = path
        self.decoding = decoding
    }

    package var file: String { decoding.file }

    /// Reports that this value is wrong. `message` says what was expected.
    package func fail(_ message: String) {
        decoding.report(position, path: path, message)
    }

    // MARK: Single values

    /// Text: any single value as it is written, variables replaced. A number stays the digits of the file.
    package func string() -> String? {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            return wrong("expected text, found \(node.kind)")
        }
        guard let environment = decoding.environment else { return text }
        do throws(Expansion.Failure) {
            return try Expansion.expand(text, environment: environment, limit: decoding.limits.scalarBytes)
        } catch {
            return wrong(error.description)
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
            return wrong("\(expected), found \(quoted(text))")
        }
        return number
    }

    package func bool() -> Bool? {
        let expected = "expected true or false"
        guard let text = unquoted(expected) else { return nil }
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: return wrong("\(expected), found \(quoted(text))")
        }
    }

    /// A length of time with its units: `500ms`, `30s`, `1m30s`, `2h`.
    package func duration(in range: ClosedRange<Duration>) -> Duration? {
        guard case .scalar = node.content, !node.isNull else {
            return wrong("expected a time such as 500ms, 30s or 5m, found \(node.kind)")
        }
        guard let text = string() else { return nil }
        guard let duration = DurationText.parse(text) else {
            return wrong("expected a time such as 500ms, 30s or 5m, found \(quoted(text))")
        }
        guard range.contains(duration) else {
            let bounds = "\(DurationText.format(range.lowerBound)) to \(DurationText.format(range.upperBound))"
            return wrong("expected a time from \(bounds), found \(quoted(text))")
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
            let hint = nearest(to: text, among: words).map { ": did you mean \(quoted($0))?" } ?? ""
            return wrong("\(expected), found \(quoted(text))\(hint)")
        }
        return word
    }

    /// A file or folder: `~` replaced by the home folder, a relative path taken from `folder`.
    package func filePath(relativeTo folder: String) -> String? {
        guard let text = nonEmptyString() else { return nil }
        var path = text
        if let environment = decoding.environment, path == "~" || path.hasPrefix("~/") {
            guard let home = environment["HOME"], !home.isEmpty else {
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
            Cursor(item, at: item.position, path: "\(path)[\(index)]", in: decoding)
        }
    }

    /// The entries of a mapping whose keys are names of the writer's choice. A value may be null.
    package func entries() -> [(key: String, value: Cursor)]? {
        guard case .mapping(let entries) = node.content else {
            return wrong("expected a mapping of 'key: value' lines, found \(node.kind)")
        }
        return entries.map { ($0.key.text, child($0)) }
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

    func child(_ entry: YAMLNode.Entry) -> Cursor {
        let isSingle = if case .scalar = entry.value.content { true } else { false }
        // A wrong value is pointed at itself; a whole mapping or list at its key.
        let position = isSingle && !entry.value.isNull ? entry.value.position : entry.key.position
        return Cursor(entry.value, at: position, path: keyPath(path, entry.key.text), in: decoding)
    }

    private func unquoted(_ expected: String) -> String? {
        guard case .scalar(let written, let style) = node.content, !node.isNull else {
            return wrong("\(expected), found \(node.kind)")
        }
        // "${COUNT}" has to stand in quotes in some places, so quotes around a variable say nothing about its type.
        guard style == .plain || written.contains("${") else {
            return wrong("\(expected), found the text \(quoted(written)): remove the quotes")
        }
        return string()
    }

    private func wrong<Value>(_ message: String) -> Value? {
        fail(message)
        return nil
    }
}
