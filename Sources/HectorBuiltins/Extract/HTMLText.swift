internal import HectorDocuments

/// The text of HTML, whatever state it is in: headings begin with `#`, paragraphs are apart by an empty line.
enum HTMLText {
    /// What people do not read.
    private static let hidden: Set = ["script", "style", "noscript", "template", "svg", "math", "iframe", "object"]
    private static let blocks: Set = [
        "p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "ul", "ol", "dl", "table", "blockquote", "figure", "figcaption", "form",
        "fieldset", "details", "summary", "address", "hr", "body", "title", "pre", "dd",
    ]
    private static let lines: Set = ["br", "li", "tr", "dt", "option"]

    static func text(_ bytes: [UInt8], limit: Int) throws(DocumentError) -> String {
        var markup = Markup(bytes)
        var builder = TextBuilder(limit: limit)
        var preformatted = 0
        while let token = markup.next() {
            guard !builder.isFull else { throw .tooLong(limit) }
            switch token {
            case .text(let range):
                if preformatted > 0 { builder.append(verbatim: markup.characters(range)) } else { builder.append(markup.characters(range)) }
            case .plain: break
            case .start(let name, _, let isEmpty):
                if hidden.contains(name) {
                    if !isEmpty || name == "script" { markup.skip(element: name) }
                } else if let level = level(name) {
                    builder.heading(level)
                } else if blocks.contains(name) {
                    builder.paragraph()
                    if name == "pre" { preformatted += 1 }
                } else if lines.contains(name) {
                    builder.line()
                    if name == "li" { builder.append("- ") }
                } else if name == "td" || name == "th" {
                    builder.append(" ")
                }
            case .end(let name):
                if level(name) != nil || blocks.contains(name) {
                    if name == "pre" { preformatted = max(0, preformatted - 1) }
                    builder.paragraph()
                } else if lines.contains(name) {
                    builder.line()
                }
            }
        }
        return String(decoding: builder.text, as: UTF8.self)
    }

    private static func level(_ name: String) -> Int? {
        let bytes = Array(name.utf8)
        guard bytes.count == 2, bytes[0] == UInt8(ascii: "h"), (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(bytes[1]) else { return nil }
        return Int(bytes[1] - UInt8(ascii: "0"))
    }
}

extension DocumentError {
    static func tooLong(_ limit: Int) -> DocumentError {
        DocumentError(.tooLarge, "its text has more than \(limit >> 20) MiB: split it")
    }
}
