internal import Glibc

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
    /// Whether bytes of a line whose end has not come were discarded.
    package private(set) var isTruncated = false

    package init(limit: Int) {
        self.limit = limit
    }

    /// Takes bytes as they come and hands over each line that they complete, valid during the call. `body` says whether
    /// to go on; otherwise the rest of the bytes is left.
    ///
    /// - Returns: How many bytes were taken.
    package mutating func read(
        _ bytes: UnsafeRawBufferPointer, _ body: (_ line: UnsafeRawBufferPointer, _ isTruncated: Bool) -> Bool
    ) -> Int {
        var start = 0
        while start < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            guard let base = rest.baseAddress, let newline = memchr(base, 0x0A, rest.count) else {
                keep(rest)
                return bytes.count
            }
            let line = UnsafeRawBufferPointer(rebasing: rest[..<(UnsafeRawPointer(newline) - base)])
            start += line.count + 1
            let goesOn: Bool
            if pending.isEmpty, line.count <= limit {
                goesOn = body(Self.withoutReturn(line), false)
            } else {
                keep(line)
                goesOn = pending.withUnsafeBytes { body(Self.withoutReturn($0), isTruncated) }
                pending.removeAll(keepingCapacity: pending.capacity <= 4_096)
                isTruncated = false
            }
            if !goesOn { break }
        }
        return start
    }

    /// Takes bytes as they come and returns the lines that they complete.
    package mutating func read(_ bytes: some Sequence<UInt8>) -> [Line] {
        var lines: [Line] = []
        Array(bytes).withUnsafeBytes { bytes in
            _ = read(bytes) {
                lines.append(Line(text: String(decoding: $0, as: UTF8.self), isTruncated: $1))
                return true
            }
        }
        return lines
    }

    /// The last line, when the input ended without `\n`.
    package mutating func finish() -> Line? {
        guard !pending.isEmpty else { return nil }
        defer { self = LineReader(limit: limit) }
        return Line(text: pending.withUnsafeBytes { String(decoding: Self.withoutReturn($0), as: UTF8.self) }, isTruncated: isTruncated)
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
        let room = limit - pending.count
        pending.append(contentsOf: bytes.prefix(room))
        if bytes.count > room { isTruncated = true }
    }

    private static func withoutReturn(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        line.last == UInt8(ascii: "\r") ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
    }
}
