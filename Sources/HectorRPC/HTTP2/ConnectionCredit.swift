/// Decides when the window of a whole connection is credited, which is what lets the peer send on any of its streams.
///
/// Normally it is credited when bytes arrive, so that a slow reader does not delay the others. While more than `limit` bytes
/// are unread, credit is withheld until some of them are taken. At most `limit` bytes and one window are therefore unread,
/// however many streams have no reader. Otherwise nothing is withheld, so a connection whose readers read never stalls.
struct ConnectionCredit {
    private let limit: Int
    /// Bytes of whole messages, or of streams that are forwarded, that nobody has taken yet.
    private(set) var unread = 0
    /// Bytes that have come and were not credited.
    private(set) var withheld = 0

    init(limit: Int) { self.limit = limit }

    /// Records `count` bytes received. Returns the credit to grant now.
    mutating func arrived(_ count: Int) -> Int {
        guard unread > limit else { return count }
        withheld += count
        return 0
    }

    /// Records `count` bytes as buffered for a reader.
    mutating func held(_ count: Int) { unread += count }

    /// So many of them were taken, or thrown away. Returns what to credit now.
    mutating func released(_ count: Int) -> Int {
        unread -= count
        guard unread <= limit else { return 0 }
        defer { withheld = 0 }
        return withheld
    }
}
