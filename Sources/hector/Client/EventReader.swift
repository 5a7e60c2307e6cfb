/// Reads server-sent events from bytes that come in any portions.
struct EventReader {
    private let maxLine: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false

    /// - Parameter maxLine: Bytes past which a line is no answer of a model but rubbish.
    init(maxLine: Int = 16 << 20) {
        self.maxLine = maxLine
    }

    /// - Returns: The data of the events that are complete now.
    mutating func read(_ bytes: some Sequence<UInt8>) throws -> [[UInt8]] {
        var events: [[UInt8]] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                guard line.count < maxLine else { throw Failure("The server sent a line that is too long.") }
                line.append(byte)
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.isEmpty {
                if hasData { events.append(data) }
                data = []
                hasData = false
            } else if line.starts(with: "data:".utf8) {
                var value = line.dropFirst(5)
                if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
                if hasData { data.append(UInt8(ascii: "\n")) }
                data.append(contentsOf: value)
                hasData = true
            }
            line.removeAll(keepingCapacity: true)
        }
        return events
    }
}
