/// Cuts bytes into lines, and never keeps more than `limit` bytes of one.
///
/// Lines end with `\n`; a `\r` before it is dropped. Bytes beyond the limit are discarded and the line marked.
package struct LineReader: Sendable {
    package struct Line: Sendable, Hashable {
        /// The line without its end; bytes that are not UTF-8 appear as U+FFFD.
        package var text: String
        /// True when bytes beyond the limit were discarded.
        package var isTruncated: Bool

        package init(text: String, isTruncated: Bool = false) {
            self.text = text
            self.isTruncated = isTruncated
        }
    }

    private let limit: Int
    private var pending: [UInt8] = []
    private var isTruncated = false

    package init(limit: Int) {
        self.limit = limit
    }

    /// Takes bytes as they come and returns the lines that they complete.
    package mutating func read(_ bytes: some Sequence<UInt8>) -> [Line] {
        var lines: [Line] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(take())
            } else if pending.count < limit {
                pending.append(byte)
            } else {
                isTruncated = true
            }
        }
        return lines
    }

    /// The last line, when the input ended without `\n`.
    package mutating func finish() -> Line? {
        pending.isEmpty ? nil : take()
    }

    private mutating func take() -> Line {
        if pending.last == UInt8(ascii: "\r") { pending.removeLast() }
        let line = Line(text: String(decoding: pending, as: UTF8.self), isTruncated: isTruncated)
        pending.removeAll(keepingCapacity: true)
        isTruncated = false
        return line
    }
}
