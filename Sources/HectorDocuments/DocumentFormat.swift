/// What a document is written in.
package enum DocumentFormat: String, Sendable, CaseIterable {
    case text, markdown, html, pdf, docx

    /// By the end of its name; nil for one that is no document.
    package init?(path: String) {
        guard let name = path.split(separator: "/").last, let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
        switch name[name.index(after: dot)...].lowercased() {
        case "txt", "text", "rst", "adoc", "org", "log", "csv", "tsv": self = .text
        case "md", "markdown", "mdown": self = .markdown
        case "html", "htm", "xhtml": self = .html
        case "pdf": self = .pdf
        case "docx": self = .docx
        default: return nil
        }
    }

    /// Whether a line of its text that begins with `#` is a heading. Text that is taken out of HTML and DOCX has its headings so.
    var hasHeadings: Bool { self == .markdown || self == .html || self == .docx }
    /// Whether the lines of its text are those of the file.
    var hasLines: Bool { self == .text || self == .markdown }
}

/// The text of a file.
package struct DocumentText: Sendable, Equatable {
    package var format: DocumentFormat
    /// Of the file's bytes: 64 hexadecimal digits of its SHA-256.
    package var digest: String
    /// A form feed begins a page.
    package var text: String

    package init(format: DocumentFormat, digest: String, text: String) {
        self.format = format
        self.digest = digest
        self.text = text
    }
}

/// Why a file has no text.
package struct DocumentError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// It is not what its name says, or is damaged.
        case malformed
        /// The file, its text, or what an archive expands to is too large.
        case tooLarge = "too_large"
        /// Reading it took too much time or memory.
        case exhausted
        /// It needs a password.
        case encrypted
        /// It is a link, or was moved while it was read.
        case moved
        /// It cannot be opened.
        case unreadable
        /// This machine lacks what reads it: it is tried again.
        case unavailable
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// Errors are equal by code.
    package static func == (a: DocumentError, b: DocumentError) -> Bool { a.code == b.code }
}
