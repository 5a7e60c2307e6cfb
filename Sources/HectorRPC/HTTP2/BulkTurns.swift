/// Says which of several streams with much to send may send now.
///
/// nghttp2 takes a frame of each stream in turn. Large messages under way at once would all be whole at the same late moment:
/// until then the peer has nothing to work on, and while it works there is nothing to send. So they go one after the other,
/// each for so many bytes at a time; whatever is smaller goes on between their frames.
struct BulkTurns {
    /// A stream with no more than this left needs no turn.
    static let least = 65_536
    /// Bytes that a stream sends before the next one has its turn.
    static let longest = 1 << 20

    private var holder: Int32?
    private var left = 0
    private var waiting: [Int32] = []

    /// Whether the stream may send so many bytes now. Otherwise it has its turn later: `pass` names it.
    mutating func admits(_ id: Int32, _ count: Int) -> Bool {
        if holder == nil { grant(id) }
        if holder == id, left <= 0, waiting.isEmpty { grant(id) }
        guard holder == id, left > 0 else {
            if holder == id { holder = nil }
            waiting.append(id)
            return false
        }
        left -= count
        return true
    }

    /// Ends the present turn, and returns whose turn it is now; nil: nobody waits. To be called when nothing else can be
    /// sent: whoever has the turn has sent all, or its peer's window holds it up.
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
