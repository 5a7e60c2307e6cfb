/// A piece of a document that is found as a whole.
package struct Chunk: Sendable, Equatable {
    package var text: String
    /// The headings that it stands under, the outermost first.
    package var headings: [String] = []
    /// Lines of the file, from 1; nil where the text has no lines of its own.
    package var lines: ClosedRange<Int>?
    /// From 1; nil where the document has no pages.
    package var page: Int?

    package init(text: String, headings: [String] = [], lines: ClosedRange<Int>? = nil, page: Int? = nil) {
        self.text = text
        self.headings = headings
        self.lines = lines
        self.page = page
    }

    /// What its vector is made of.
    var embedded: String { headings.isEmpty ? text : headings.joined(separator: " › ") + "\n" + text }
}

/// How large chunks are.
package struct ChunkSize: Sendable, Equatable {
    /// At most, estimated: only the embedder knows its tokens.
    package var tokens: Int
    /// Of the end of a chunk that the next one of the same section begins with, at most.
    package var overlap: Int

    package init(tokens: Int = 240, overlap: Int = 30) {
        self.tokens = tokens
        self.overlap = overlap
    }
}

/// A token for each four ASCII bytes, begun or whole, and one for each other character but the letters of Latin, Greek and Cyrillic, two of which
/// are one.
package func estimatedTokens(_ text: some StringProtocol) -> Int {
    var (ascii, letters, others) = (0, 0, 0)
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case ..<0x80: ascii += 1
        case ..<0x530: letters += 1
        default: others += 1
        }
    }
    return (ascii + 3) / 4 + (letters + 1) / 2 + others
}
