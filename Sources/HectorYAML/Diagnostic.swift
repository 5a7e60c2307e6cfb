import HectorCore

/// A place in a file. Lines and columns count from 1, columns in Unicode scalars.
package struct Position: Sendable, Hashable, Comparable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: Position, right: Position) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// One thing wrong in a file: where, at which key, and what to write instead.
package struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    package let file: String
    package let position: Position
    /// The keys from the root down, such as `agents.helper.tools[0]`; empty for the file as a whole.
    package let path: String
    /// What is wrong and what is expected. One line.
    package let message: String

    package init(file: String, position: Position, path: String = "", message: String) {
        self.file = file
        self.position = position
        self.path = path
        self.message = message
    }

    package var line: Int { position.line }
    package var column: Int { position.column }

    /// `file:line:column: key: message`, on one line.
    package var description: String {
        let place = "\(singleLine(file)):\(line):\(column)"
        return path.isEmpty ? "\(place): \(message)" : "\(place): \(path): \(message)"
    }
}

/// A file that cannot be used, with everything that is wrong in it.
package struct InvalidYAML: Error, Sendable, Equatable, CustomStringConvertible {
    /// In the order of the file; never empty.
    package let diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    /// One problem a line.
    package var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}
