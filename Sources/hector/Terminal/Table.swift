/// Rows, under headings where there are any, in columns as wide as they need to be.
struct Table {
    struct Cell {
        var text: String
        var style: Terminal.Style?
        var alignsRight: Bool

        init(_ text: String, _ style: Terminal.Style? = nil, alignsRight: Bool = false) {
            self.text = text
            self.style = style
            self.alignsRight = alignsRight
        }
    }

    private var rows: [[Cell]] = []

    init(_ headings: [String] = []) {
        if !headings.isEmpty { rows = [headings.map { Cell($0, .dim) }] }
    }

    /// Texts are shown on one line and without control characters.
    mutating func add(_ row: [Cell]) {
        rows.append(row.map { cell in
            var cell = cell
            cell.text = Terminal.printable(cell.text.split(whereSeparator: \.isNewline).joined(separator: " "))
            return cell
        })
    }

    func text(for terminal: Terminal) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].text.count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[index] - cell.text.count)
                let text = cell.style.map { terminal.styled(cell.text, $0) } ?? cell.text
                let isLast = index == row.count - 1
                line += (index > 0 ? "  " : "") + (cell.alignsRight ? padding + text : isLast ? text : text + padding)
            }
            return line + "\n"
        }.joined()
    }
}
