internal import HectorCore

/// Cuts a text by its structure: sections first, then paragraphs, sentences, words. No chunk goes over a heading, or over the end of a page.
struct Chunker {
    private struct Paragraph {
        var text: String
        var lines: ClosedRange<Int>
        var page: Int
        var tokens: Int
    }

    private let format: DocumentFormat
    private let size: ChunkSize
    private let limits: DocumentLimits
    private var chunks: [Chunk] = []
    private var headings: [(level: Int, text: String)] = []
    private var section: [Paragraph] = []
    private var open: (text: String, first: Int, last: Int)?
    private var page = 1
    private var hasPages = false

    /// Changes when the same text would be cut differently: what is indexed is cut again then.
    static let version = 1

    static func chunks(_ document: DocumentText, size: ChunkSize, limits: DocumentLimits = DocumentLimits()) throws(DocumentError) -> [Chunk] {
        var chunker = Chunker(format: document.format, size: size, limits: limits)
        chunker.read(document.text)
        guard chunker.chunks.count <= limits.chunks else {
            throw DocumentError(.tooLarge, "its text has \(chunker.chunks.count) chunks; \(limits.chunks) are the most: set chunk.tokens higher, or split the file")
        }
        return chunker.chunks
    }

    private init(format: DocumentFormat, size: ChunkSize, limits: DocumentLimits) {
        self.format = format
        self.size = size
        self.limits = limits
    }

    // MARK: Structure

    private mutating func read(_ text: String) {
        hasPages = format == .pdf
        var fence: String?
        var number = 0
        // A carriage return before a line feed is one character with it.
        for piece in text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r\n" }) {
            number += 1
            var line = piece
            while hasPages, line.first == "\u{C}" {
                endSection()
                page += 1
                line = line.dropFirst()
            }
            let trimmed = line.trimmed
            if let mark = fence {
                add(String(line), number)
                if trimmed.hasPrefix(mark) { fence = nil }
            } else if format == .markdown, let mark = ["```", "~~~"].first(where: trimmed.hasPrefix) {
                fence = mark
                add(String(line), number)
            } else if trimmed.isEmpty {
                endParagraph()
            } else if let heading = heading(trimmed) {
                endSection()
                headings.removeAll { $0.level >= heading.level }
                headings.append(heading)
            } else if format == .markdown, isUnderline(trimmed), let title = open, title.first == title.last {
                open = nil
                endSection()
                let level = trimmed.first == "=" ? 1 : 2
                headings.removeAll { $0.level >= level }
                headings.append((level, shortened(title.text)))
            } else {
                add(String(line), number)
            }
        }
        endSection()
    }

    private func heading(_ line: Substring) -> (level: Int, text: String)? {
        guard format.hasHeadings, line.first == "#" else { return nil }
        let level = line.prefix { $0 == "#" }.count
        let rest = line.dropFirst(level)
        guard level <= 6, rest.first == " " || rest.first == "\t" else { return nil }
        var text = rest.trimmed
        while text.last == "#" { text = text.dropLast() }
        return text.trimmed.isEmpty ? nil : (level, shortened(text.trimmed))
    }

    private func isUnderline(_ line: Substring) -> Bool {
        guard line.utf8.count >= 3, let first = line.first, first == "=" || first == "-" else { return false }
        return line.allSatisfy { $0 == first }
    }

    private func shortened(_ heading: some StringProtocol) -> String { String(heading).beginning(bytes: limits.headingBytes) }

    private mutating func add(_ line: String, _ number: Int) {
        if open == nil { open = (line, number, number) } else {
            open?.text += "\n" + line
            open?.last = number
        }
    }

    private mutating func endParagraph() {
        guard let paragraph = open else { return }
        open = nil
        section.append(Paragraph(text: paragraph.text, lines: paragraph.first...paragraph.last, page: page, tokens: estimatedTokens(paragraph.text)))
    }

    // MARK: Packing

    private mutating func endSection() {
        endParagraph()
        var pending: [Paragraph] = []
        var tokens = 0
        func flush(_ chunker: inout Chunker) {
            guard let first = pending.first, let last = pending.last else { return }
            chunker.chunks.append(Chunk(
                text: pending.map(\.text).joined(separator: "\n\n"), headings: chunker.headings.map(\.text),
                lines: chunker.format.hasLines ? first.lines.lowerBound...last.lines.upperBound : nil, page: chunker.hasPages ? first.page : nil))
        }
        for piece in section.flatMap(pieces) {
            if tokens + piece.tokens > size.tokens, !pending.isEmpty {
                flush(&self)
                let kept = overlap(pending, room: size.tokens - piece.tokens)
                pending = kept
                tokens = kept.reduce(0) { $0 + $1.tokens }
            }
            pending.append(piece)
            tokens += piece.tokens
        }
        flush(&self)
        section = []
    }

    /// The last sentences of a chunk, with which the next one begins.
    private func overlap(_ pieces: [Paragraph], room: Int) -> [Paragraph] {
        guard var last = pieces.last, size.overlap > 0 else { return [] }
        var kept: [Substring] = []
        var tokens = 0
        for sentence in Self.sentences(last.text).reversed() {
            let count = estimatedTokens(sentence)
            guard tokens + count <= min(size.overlap, room) else { break }
            kept.insert(sentence, at: 0)
            tokens += count
        }
        guard !kept.isEmpty else { return [] }
        last.text = String(kept.map(String.init).joined().trimmed)
        last.tokens = tokens
        let lines = last.text.utf8.count { $0 == UInt8(ascii: "\n") }
        last.lines = max(last.lines.lowerBound, last.lines.upperBound - lines)...last.lines.upperBound
        return [last]
    }

    /// A paragraph that is a chunk of its own or less, or the parts of a longer one, which leave room for what they repeat.
    private func pieces(_ paragraph: Paragraph) -> [Paragraph] {
        guard paragraph.tokens > size.tokens else { return [paragraph] }
        let most = max(1, size.tokens - size.overlap)
        var parts: [Paragraph] = []
        var line = paragraph.lines.lowerBound
        var text = ""
        var tokens = 0
        func flush() {
            guard !text.isEmpty else { return }
            let breaks = text.utf8.count { $0 == UInt8(ascii: "\n") }
            let end = min(line + breaks - (text.last == "\n" ? 1 : 0), paragraph.lines.upperBound)
            let trimmed = String(text[...].trimmed)
            if !trimmed.isEmpty { parts.append(Paragraph(text: trimmed, lines: min(line, end)...end, page: paragraph.page, tokens: tokens)) }
            line = min(line + breaks, paragraph.lines.upperBound)
            (text, tokens) = ("", 0)
        }
        for sentence in Self.sentences(paragraph.text).flatMap({ Self.words($0, tokens: most) }) {
            let count = estimatedTokens(sentence)
            if tokens + count > most { flush() }
            text += sentence
            tokens += count
        }
        flush()
        return parts
    }

    /// With all that stands between them, so that they are the text when joined.
    static func sentences(_ text: String) -> [Substring] {
        var result: [Substring] = []
        var start = text.startIndex
        var index = start
        var ends = false
        while index < text.endIndex {
            let character = text[index]
            index = text.index(after: index)
            if ".!?…。！？".contains(character) {
                ends = true
                // East Asian sentences end without a blank.
                if "。！？".contains(character) {
                    result.append(text[start..<index])
                    (start, ends) = (index, false)
                }
            } else if ends, "\"'”’)]»".contains(character) {
                continue
            } else if ends, character.isWhitespace {
                result.append(text[start..<index])
                (start, ends) = (index, false)
            } else {
                ends = false
            }
        }
        if start < text.endIndex { result.append(text[start...]) }
        return result
    }

    /// A sentence in parts of no more tokens than that, between words where it has any.
    private static func words(_ sentence: Substring, tokens: Int) -> [Substring] {
        guard estimatedTokens(sentence) > tokens else { return [sentence] }
        var result: [Substring] = []
        var start = sentence.startIndex
        var (index, blank) = (start, start)
        // In quarters of a token, as `estimatedTokens` counts.
        var quarters = 0
        while index < sentence.endIndex {
            let character = sentence[index]
            let next = sentence.index(after: index)
            let cost = character.unicodeScalars.reduce(0) { $0 + ($1.value < 0x80 ? 1 : $1.value < 0x530 ? 2 : 4) }
            if quarters + cost > 4 * max(1, tokens - 2), index > start {
                let end = blank > start ? blank : index
                result.append(sentence[start..<end])
                start = end
                quarters = 0
                index = start
                blank = start
                continue
            }
            quarters += cost
            index = next
            if character.isWhitespace { blank = next }
        }
        if start < sentence.endIndex { result.append(sentence[start...]) }
        return result
    }
}

extension StringProtocol where SubSequence == Substring {
    /// Without white space at both ends.
    var trimmed: Substring {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        return rest
    }
}
