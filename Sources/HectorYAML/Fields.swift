internal import HectorCore

/// A mapping being read field by field. Asking for a key makes it a known one.
package final class Fields {
    package enum UnknownKeys {
        /// Each is reported, with the known key that was probably meant.
        case refused
        /// For files that other programs also write into.
        case ignored
    }

    private let cursor: Cursor
    private let entries: [String: YAMLNode.Entry]
    private let order: [YAMLNode.Entry]
    private var known: [String] = []
    /// Whether the values read from now on are used; false for a part that is switched off: it need not be complete, and
    /// an unset variable in it is a warning.
    package var isUsed: Bool

    init(_ cursor: Cursor, _ entries: [YAMLNode.Entry]) {
        self.cursor = cursor
        order = entries
        isUsed = cursor.isUsed
        self.entries = Dictionary(entries.map { ($0.key.text, $0) }) { first, _ in first }
    }

    /// The value of a key that may be left out; nil when it is, or has no value.
    package subscript(key: String) -> Cursor? {
        if !known.contains(key) { known.append(key) }
        guard let entry = entries[key], !entry.value.isNull else { return nil }
        return cursor.child(entry, isUsed: isUsed)
    }

    /// The environment variables that the mapping names with `${…}`, set or not.
    package var variables: Set<String> { cursor.node.variables }

    /// What was found so far that a person should know and that is no problem, in the order of the file.
    package var warnings: [Diagnostic] { cursor.decoding.warnings.sorted { $0.position < $1.position } }

    /// The value of a key that must stand here, in a part that is used. `expected` says what to write where it is missing.
    package func required(_ key: String, _ expected: String) -> Cursor? {
        if let value = self[key] { return value }
        guard isUsed else { return nil }
        let place = entries[key]?.key.position ?? cursor.position
        cursor.decoding.report(
            place, path: keyPath(cursor.path, key), "this key is required: write \(expected)")
        return nil
    }

    /// The key's name itself is wrong, or its value does not go with others: reports it at the key.
    package func fail(_ key: String, _ message: String) {
        let place = entries[key]?.key.position ?? cursor.position
        cursor.decoding.report(place, path: keyPath(cursor.path, key), message)
    }

    /// Reports a problem found elsewhere in the document.
    package func report(_ diagnostic: Diagnostic) {
        cursor.decoding.report(diagnostic.position, path: diagnostic.path, diagnostic.message)
    }

    func reportUnknown() {
        for entry in order where !known.contains(entry.key.text) {
            // A place of the writer's own at the top of the file, for anchors, as in Compose files.
            if cursor.path.isEmpty, entry.key.text.hasPrefix("x-") { continue }
            // A hint costs something; a file of nothing but unknown keys must not.
            guard !cursor.decoding.isFull else { return }
            let hint = nearest(to: entry.key.text, among: known)
                .map { "did you mean \(cited($0))?" } ?? "the known keys are \(known.joined(separator: ", "))"
            cursor.decoding.report(
                entry.key.position, path: keyPath(cursor.path, entry.key.text), "unknown key: \(hint)", about: entry.key.text)
        }
    }
}
