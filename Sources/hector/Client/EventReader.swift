import HectorCore

/// Reads server-sent events from bytes that come in any portions.
struct EventReader {
    private var lines: LineReader
    /// Of the event that is being read; nil before its first line.
    private var data: [UInt8]?

    /// - Parameter maxLine: Bytes past which a line is no answer of a model but rubbish.
    init(maxLine: Int = 16 << 20) {
        lines = LineReader(limit: maxLine)
    }

    /// - Returns: The data of the events that are complete now.
    mutating func read(_ bytes: some Sequence<UInt8>) throws -> [[UInt8]] {
        var events: [[UInt8]] = []
        let complete = lines.read(bytes)
        guard !lines.isTruncated, !complete.contains(where: \.isTruncated) else { throw Failure("The server sent a line that is too long.") }
        for line in complete.map(\.text.utf8) {
            if line.isEmpty {
                if let data { events.append(data) }
                data = nil
            } else if line.starts(with: "data:".utf8) {
                let value = line.dropFirst(5)
                if data == nil { data = [] } else { data?.append(UInt8(ascii: "\n")) }
                data?.append(contentsOf: value.first == UInt8(ascii: " ") ? value.dropFirst() : value)
            }
        }
        return events
    }
}
