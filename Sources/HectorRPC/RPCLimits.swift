/// The bounds of one connection, each with its reason.
package struct RPCLimits: Sendable {
    /// Longest message accepted, in bytes; 4 MiB is what gRPC programs expect.
    package var maximumMessageLength = 4 * 1024 * 1024
    /// Longest header block accepted, in bytes of names and values plus 32 for each field (RFC 9113 §10.5.1).
    package var maximumHeaderListSize = 16 * 1024
    /// What a peer may send on one stream before we have read it: keeps a fast link busy, and lets a message of a megabyte
    /// through without a pause.
    package var streamWindow = 2 * 1024 * 1024
    /// What may be on its way to us on all streams together: credited as it arrives, up to `maximumUnreadBytes`.
    package var connectionWindow = 16 * 1024 * 1024
    /// Bytes of streaming calls that nobody has read yet, on all streams of one connection: what would otherwise be a
    /// `streamWindow` for each of them. Past it the peer may send another `connectionWindow`, and then waits until some
    /// are read. So 32 readers who read nothing hold up nobody else, and more of them their own connection only.
    package var maximumUnreadBytes = 64 * 1024 * 1024
    /// Bytes of requests whose calls have not ended, on all streams of one connection: what would otherwise be a message
    /// on each of `maximumConcurrentStreams`.
    package var maximumRequestBytes = 64 * 1024 * 1024
    /// Bytes of whole answers that are on their way to us, on all streams of one connection: what would otherwise be a message
    /// for each call. A call whose answer goes beyond it fails, which is the fault of neither side.
    package var maximumAnswerBytes = 64 * 1024 * 1024
    /// Calls at once on one connection that we serve.
    package var maximumConcurrentStreams = 1000
    /// Bytes that a writer may have waiting before it is suspended. Past 64 calls at once on a connection each
    /// new one gets less, so that a peer that calls a thousand and reads nothing has 64 MiB waiting, not 256.
    package var writeHighWaterMark = 256 * 1024
    /// Connections that a server holds at once.
    package var maximumConnections = 1000
    /// Time to establish a connection, including the TLS and HTTP/2 handshakes.
    package var handshakeTimeout: Duration = .seconds(10)

    package init() {}
}
