package import HectorYAML

/// A configuration that cannot be used, with everything that is wrong in it.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// In the order of the file; never empty.
    package let diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    /// One problem a line, `file:line:column: key: what is wrong and what to write`.
    package var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}

/// Where something stands in its file, to point at it after loading. Two origins are always equal: moving an entry to
/// another line does not change what it says.
package struct Origin: Sendable, Hashable {
    private let file: String
    private let position: Position
    private let path: String

    init(_ cursor: Cursor) {
        file = cursor.file
        position = cursor.position
        path = cursor.path
    }

    init(_ diagnostic: Diagnostic) {
        file = diagnostic.file
        position = diagnostic.position
        path = diagnostic.path
    }

    /// The problem `message` at this place.
    package func diagnostic(_ message: String) -> Diagnostic {
        Diagnostic(file: file, position: position, path: path, message: message)
    }

    package static func == (_: Origin, _: Origin) -> Bool { true }
    package func hash(into _: inout Hasher) {}
}

/// What a person should know of a place in a configuration, and what stops nothing.
package struct Remark: Sendable, Equatable {
    package let origin: Origin
    package let message: String

    package var diagnostic: Diagnostic { origin.diagnostic(message) }
}
