internal import HectorCore

/// One reading of a document into values: what variables stand for, and everything found wrong on the way.
final class Decoding {
    let file: String
    let limits: YAMLLimits
    let environment: [String: String]?
    private(set) var diagnostics: [Diagnostic]
    private(set) var warnings: [Diagnostic] = []

    init(_ document: YAMLDocument, environment: [String: String]?) {
        file = document.file
        limits = document.limits
        self.environment = environment
        diagnostics = document.problems
    }

    /// Whether nothing more is taken in.
    var isFull: Bool { diagnostics.count > limits.diagnostics }

    /// `text`: what of the file the message is about, whose odd characters are named.
    func report(_ position: Position, path: String, _ message: String, about text: String? = nil) {
        guard !isFull else { return }
        let remark = text.map { OddCharacters.remark(on: $0) } ?? ""
        diagnostics.append(Diagnostic(file: file, position: position, path: path, message: message + remark))
    }

    func warn(_ position: Position, path: String, _ message: String) {
        guard warnings.count < limits.diagnostics else { return }
        warnings.append(Diagnostic(file: file, position: position, path: path, message: message))
    }
}

extension YAMLDocument {
    /// Reads the document into a value. `body` goes through the whole document and puts any placeholder where a value
    /// is wrong: as soon as anything is wrong its result is dropped, and all problems are thrown at once.
    ///
    /// `environment` is what `${VAR}` and `~` are replaced from; nil leaves the text as it is written.
    package func decode<Value>(
        environment: [String: String]?, _ body: (Cursor) -> Value
    ) throws(InvalidYAML) -> Value {
        let decoding = Decoding(self, environment: environment)
        let value = body(Cursor(root, at: root.position, path: "", in: decoding))
        guard !decoding.diagnostics.isEmpty else { return value }
        var sorted = decoding.diagnostics.enumerated()
            .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
            .map(\.element)
        if decoding.isFull {
            sorted.removeSubrange(limits.diagnostics...)
            sorted.append(Diagnostic(
                file: file, position: sorted.last?.position ?? root.position,
                message: "only the first \(limits.diagnostics) problems are shown: correct them first"))
        }
        // What is wrong may be a secret that stands at the wrong place, or one with a fault.
        let secrets = Secrets(in: (environment ?? [:]).filter { root.variables.contains($0.key) })
        throw InvalidYAML(sorted.map { Diagnostic(file: $0.file, position: $0.position, path: $0.path, message: secrets.removed(from: $0.message)) })
    }
}
