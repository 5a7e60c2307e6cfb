/// Says which of several streams with much to send may send now.
///
/// nghttp2 takes a frame of each stream in turn. Large messages that are sent concurrently would all be complete at the same late
/// moment: until then the peer has nothing to work on, and while it works there is nothing to send. So large messages take
/// turns, each of a limited number of bytes; smaller ones are sent between their frames.
struct BulkTurns {
    /// A stream with no more than this left needs no turn.
    static let least = 65_536
    /// Bytes sent, on all streams, before the next turn.
    static let longest = 1 << 20

    private var holder: Int32?
    private var left = 0
    private var waiting: [Int32] = []

    /// Whether the stream may send now. Otherwise it has its turn later: `pass` names it.
    mutating func admits(_ id: Int32) -> Bool {
        if holder == id, left > 0 { return true }
        guard waiting.isEmpty, holder == nil || holder == id else {
            if holder == id { holder = nil }
            waiting.append(id)
            return false
        }
        grant(id)
        return true
    }

    /// Records that `count` bytes were sent, on any stream.
    mutating func sent(_ count: Int) { left -= count }

    /// The stream needs its turn no longer.
    mutating func ended(_ id: Int32) { if holder == id { holder = nil } }

    /// Whether a stream is waiting and may have its turn now.
    var isDue: Bool { !waiting.isEmpty && (holder == nil || left <= 0) }

    /// Ends the present turn and returns the stream whose turn it is now; nil if none waits. Call it when it is due, or when
    /// nothing else can be sent: then the stream that has the turn is blocked by its peer's window.
    mutating func pass() -> Int32? {
        holder = nil
        guard !waiting.isEmpty else { return nil }
        let next = waiting.removeFirst()
        grant(next)
        return next
    }

    private mutating func grant(_ id: Int32) {
        holder = id
        left = Self.longest
    }
}
