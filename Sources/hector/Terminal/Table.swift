/// Rows, under headings where there are any, in columns as wide as they need to be.
struct Table {
    struct Cell {
        var text: String
        var style: Terminal.Style?
        var alignsRight: Bool

        /// What a cell says whose content is not known.
        static let unknown = "-"

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

    /// Removes those of these columns in which no row has anything.
    mutating func removeUnknown(_ headings: [String]) {
        for heading in headings {
            guard let column = column(heading), rows.dropFirst().allSatisfy({ $0[column].text == Cell.unknown }) else { continue }
            remove(column)
        }
    }

    /// Removes columns, the first named ones first, until lines are no longer than `width`.
    ///
    /// - Parameter last: What the last column needs: a longer text there is continued on the next line.
    /// - Returns: The headings of those that are gone.
    mutating func fit(_ width: Int, last: Int, removing headings: [String]) -> [String] {
        var removed: [String] = []
        for heading in headings where self.width(last: last) > width {
            guard let column = column(heading) else { continue }
            remove(column)
            removed.append(heading)
        }
        return removed
    }

    private func column(_ heading: String) -> Int? { rows.first?.firstIndex { $0.text == heading } }

    private mutating func remove(_ column: Int) {
        for index in rows.indices { rows[index].remove(at: column) }
    }

    private func width(last: Int) -> Int {
        guard let end = widths.last else { return 0 }
        return widths.dropLast().reduce(0) { $0 + $1 + Self.gap.count } + min(end, last)
    }

    private static let gap = "  "

    private var widths: [Int] {
        (0..<(rows.map(\.count).max() ?? 0)).map { column in
            rows.map { column < $0.count ? $0[column].text.count : 0 }.max() ?? 0
        }
    }

    func text(for terminal: Terminal) -> String {
        let widths = widths
        return rows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[index] - cell.text.count)
                let text = cell.style.map { terminal.styled(cell.text, $0) } ?? cell.text
                let isLast = index == row.count - 1
                line += (index > 0 ? Self.gap : "") + (cell.alignsRight ? padding + text : isLast ? text : text + padding)
            }
            return line + "\n"
        }.joined()
    }
}
