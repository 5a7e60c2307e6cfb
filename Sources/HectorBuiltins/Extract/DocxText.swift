internal import HectorDocuments

/// The text of a DOCX (ECMA-376): paragraphs apart by an empty line, those with the style of a heading behind `#`.
enum DocxText {
    static func text(_ bytes: [UInt8], limits: ExtractLimits) throws(DocumentError) -> String {
        // What Word protects with a password is another container, OLE's.
        guard !bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) else { throw DocumentError(.encrypted, "it is encrypted, or written by an old Word: store it as DOCX without a password") }
        var archive = try ZipArchive(bytes, limits: limits)
        guard let document = try archive.content(of: "word/document.xml") else {
            throw DocumentError(.malformed, "it has no word/document.xml: it is no DOCX")
        }
        return try text(ofDocument: document, limit: limits.documents.textBytes)
    }

    static func text(ofDocument xml: [UInt8], limit: Int) throws(DocumentError) -> String {
        var markup = Markup(xml)
        var builder = TextBuilder(limit: limit)
        var paragraph = ""
        var level: Int?
        var isText = false
        func end(_ builder: inout TextBuilder) {
            if let level, !paragraph.allSatisfy(\.isWhitespace) { builder.heading(level) }
            builder.append(paragraph)
            builder.paragraph()
            paragraph = ""
        }
        while let token = markup.next() {
            guard !builder.isFull, paragraph.utf8.count <= limit else { throw .tooLong(limit) }
            switch token {
            case .text(let range): if isText { paragraph += markup.characters(range) }
            case .plain(let range): if isText { paragraph += markup.characters(range) }
            case .start("p", _, let isEmpty):
                level = nil
                if isEmpty { builder.paragraph() }
            case .start("pstyle", let attributes, _): level = Self.level(markup.attribute("val", in: attributes) ?? "")
            case .start("t", _, let isEmpty): isText = !isEmpty
            case .end("t"): isText = false
            case .start("tab", _, _), .start("br", _, _), .start("cr", _, _): paragraph += " "
            case .end("p"): end(&builder)
            default: break
            }
        }
        end(&builder)
        return String(decoding: builder.text, as: UTF8.self)
    }

    /// `Heading1`, `heading 2`, `Title`, and the German ones that Word writes in its files.
    private static func level(_ style: String) -> Int? {
        let name = style.lowercased().filter { $0 != " " && $0 != "-" }
        if name == "title" || name == "titel" { return 1 }
        for prefix in ["heading", "berschrift", "überschrift"] where name.hasPrefix(prefix) {
            return Int(name.dropFirst(prefix.count)).map { min(max(1, $0), 6) }
        }
        return nil
    }
}
