/// Reads server-sent events from bytes that come in any portions (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct EventStream: Sendable {
    struct Event: Sendable, Equatable {
        /// `message` where the server does not say.
        var name = "message"
        var data: [UInt8] = []
        /// The last id that the server gave; empty: none.
        var id = ""
    }

    /// An event that is longer than the limit.
    struct TooLong: Error {}

    private let limit: Int
    private var line: [UInt8] = []
    private var event = Event()
    private var hasData = false
    /// Whether the last byte was a carriage return: a line feed behind it belongs to it.
    private var follows = false
    private var isFirstLine = true
    /// How long the server wants to be left alone after the stream's end; nil: it does not say.
    private(set) var retry: Duration?

    /// The last id that the server gave, also where no data came with it; empty: none.
    var lastID: String { event.id }

    /// - Parameter limit: Bytes of one event, and of one line.
    init(limit: Int) { self.limit = limit }

    /// - Returns: The events that are complete now, those without data left out.
    mutating func read(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            let isSecondHalf = follows && byte == UInt8(ascii: "\n")
            follows = byte == UInt8(ascii: "\r")
            if isSecondHalf { continue }
            guard follows || byte == UInt8(ascii: "\n") else {
                guard line.count < limit else { throw TooLong() }
                line.append(byte)
                continue
            }
            if let event = try endLine() { events.append(event) }
        }
        return events
    }

    private mutating func endLine() throws(TooLong) -> Event? {
        var text = line[...]
        if isFirstLine, text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        isFirstLine = false
        defer { line.removeAll(keepingCapacity: line.capacity <= 4_096) }
        guard !text.isEmpty else { return endEvent() }
        let colon = text.firstIndex(of: UInt8(ascii: ":"))
        var value = colon.map { text[($0 + 1)...] } ?? []
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch String(decoding: text[..<(colon ?? text.endIndex)], as: UTF8.self) {
        case "data":
            guard event.data.count + value.count < limit else { throw TooLong() }
            if hasData { event.data.append(UInt8(ascii: "\n")) }
            hasData = true
            event.data += value
        case "event": event.name = value.isEmpty ? "message" : String(decoding: value, as: UTF8.self)
        case "id": if !value.contains(0) { event.id = String(decoding: value, as: UTF8.self) }
        case "retry":
            if value.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let time = Int32(String(decoding: value, as: UTF8.self)) {
                retry = .milliseconds(time)
            }
        // Comments, and fields of a later day.
        default: break
        }
        return nil
    }

    private mutating func endEvent() -> Event? {
        defer {
            event = Event(id: event.id)
            hasData = false
        }
        return hasData ? event : nil
    }
}
