import Testing

@testable import HectorDocuments

@Suite struct ChunkerTests {
    private func chunks(_ text: String, _ format: DocumentFormat = .markdown, tokens: Int = 40, overlap: Int = 0) throws -> [Chunk] {
        try Chunker.chunks(DocumentText(format: format, digest: "", text: text), size: ChunkSize(tokens: tokens, overlap: overlap))
    }

    @Test func sectionsAreNotMixedAndKnowTheirPlace() throws {
        let text = "# Guide\n\nHello.\n\n## Start ##\nFirst line\nsecond line.\n\nOther paragraph.\n\nEnd\n===\n\n```sh\n# no heading\n```\n"
        #expect(try chunks(text) == [
            Chunk(text: "Hello.", headings: ["Guide"], lines: 3...3),
            Chunk(text: "First line\nsecond line.\n\nOther paragraph.", headings: ["Guide", "Start"], lines: 6...9),
            Chunk(text: "```sh\n# no heading\n```", headings: ["End"], lines: 14...16),
        ])
    }

    @Test func plainTextHasNoHeadings() throws {
        #expect(try chunks("# a\r\nb\r\n\r\nc\r\n", .text) == [Chunk(text: "# a\nb\n\nc", lines: 1...4)])
    }

    @Test func pagesAreNotMixed() throws {
        #expect(try chunks("one\n\u{C}two\n\n\u{C}\u{C}four", .pdf) == [
            Chunk(text: "one", page: 1), Chunk(text: "two", page: 2), Chunk(text: "four", page: 4),
        ])
    }

    @Test func longParagraphsAreCutBetweenSentencesAndOverlap() throws {
        let sentences = (1...8).map { "This is sentence number \($0), of about ten tokens." }
        let text = sentences.joined(separator: "\n")
        let found = try chunks(text, tokens: 40, overlap: 15)
        #expect(found.map(\.lines) == [1...2, 2...4, 4...6, 6...8], "\(found)")
        #expect(found[1].text == sentences[1] + "\n\n" + sentences[2...3].joined(separator: "\n"))
        for chunk in found { #expect(estimatedTokens(chunk.text) <= 40) }
    }

    @Test(arguments: ["word " , "x", "字", "😀", "é "])
    func whateverIsWrittenFits(piece: String) throws {
        let text = String(repeating: piece, count: 2_000)
        let found = try chunks(text, .text, tokens: 50, overlap: 20)
        for chunk in found { #expect(estimatedTokens(chunk.text) <= 52, "\(estimatedTokens(chunk.text))") }
        let all = found.map(\.text).joined().filter { !$0.isWhitespace }
        #expect(all == text.filter { !$0.isWhitespace }, "nothing is lost or said twice: no sentence is short enough to be repeated")
    }

    @Test func tokensAreEstimated() {
        #expect(estimatedTokens("") == 0 && estimatedTokens("four") == 1 && estimatedTokens("fives") == 2 && estimatedTokens("漢字") == 2 && estimatedTokens("éàü") == 2)
    }

    @Test func tooManyChunksAreRefused() {
        var limits = DocumentLimits()
        limits.chunks = 2
        #expect(throws: DocumentError(.tooLarge, "")) {
            try Chunker.chunks(DocumentText(format: .markdown, digest: "", text: "# a\nb\n# c\nd\n# e\nf"), size: ChunkSize(), limits: limits)
        }
    }
}

@Suite struct GlobTests {
    @Test(arguments: [
        ("*.md", "a.md", true), ("*.md", "deep/in/a.md", true), ("*.md", "a.mdx", false), ("guides/*.md", "guides/a.md", true),
        ("guides/*.md", "guides/x/a.md", false), ("guides/**", "guides/x/a.md", true), ("**/old/**", "a/old/b.md", true), ("**/old/**", "old", true),
        ("a?c.txt", "abc.txt", true), ("a?c.txt", "ac.txt", false), ("docs/**/x.md", "docs/x.md", true), ("docs/**/x.md", "docs/a/b/x.md", true),
        ("drafts", "drafts", true), ("drafts", "x/drafts", true), ("*", "a", true), ("", "a", false),
    ]) func patterns(pattern: String, path: String, matches: Bool) {
        #expect(Glob(pattern).matches(path) == matches)
    }

    @Test func hostilePatternsEnd() {
        #expect(!Glob(String(repeating: "*a", count: 100)).matches(String(repeating: "a", count: 5_000) + "b"))
        #expect(!Glob(Array(repeating: "**", count: 100).joined(separator: "/") + "/x").matches(Array(repeating: "a", count: 500).joined(separator: "/")))
    }
}
