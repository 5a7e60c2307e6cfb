/// Decides when the window of a whole connection is credited, which is what lets the peer send on any of its streams.
///
/// As a rule that is when bytes arrive, so that a reader who is slow, or gone, holds up nobody else. While more than
/// `limit` bytes lie for readers, credit is withheld until some have been taken: so they are at most `limit` and a window,
/// however many streams nobody reads. Nothing is withheld otherwise, so that a connection whose readers read never stalls.
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
