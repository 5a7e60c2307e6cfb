/// The bounds of one connection, each with its reason.
package struct RPCLimits: Sendable {
    /// Longest message accepted, in bytes; 4 MiB is what gRPC programs expect.
    package var maximumMessageLength = 4 * 1024 * 1024
    /// Longest header block accepted, in bytes of names and values plus 32 for each field (RFC 9113 §10.5.1).
    package var maximumHeaderListSize = 16 * 1024
    /// Unread bytes that a peer may send on one stream. Keeps a fast link busy, and lets a message of a megabyte pass without a
    /// pause.
    package var streamWindow = 2 * 1024 * 1024
    /// Bytes that may be in transit to us on all streams together; credited as they arrive, up to `maximumUnreadBytes`.
    package var connectionWindow = 16 * 1024 * 1024
    /// Unread bytes of streaming calls, on all streams of one connection; without this bound it could be a `streamWindow` for each
    /// of them. Beyond it the peer may send another `connectionWindow`, and then waits until some are read. So 32 readers that
    /// do not read delay nobody else, and more of them delay only their own connection.
    package var maximumUnreadBytes = 64 * 1024 * 1024
    /// Bytes of requests whose calls have not ended, on all streams of one connection; without this bound it could be a
    /// message on each of `maximumConcurrentStreams`.
    package var maximumRequestBytes = 64 * 1024 * 1024
    /// Bytes of complete answers in transit to us, on all streams of one connection; without this bound it could be a message for
    /// each call. A call whose answer exceeds it fails, which counts against neither side.
    package var maximumAnswerBytes = 64 * 1024 * 1024
    /// Concurrent calls on one connection of a server.
    package var maximumConcurrentStreams = 1000
    /// Unsent bytes after which a writer is suspended. Beyond 64 concurrent calls on a connection each new call gets less, so
    /// that a peer that makes a thousand calls and reads nothing costs 64 MiB, not 256.
    package var writeHighWaterMark = 256 * 1024
    /// Connections that a server keeps open at once.
    package var maximumConnections = 1000
    /// Time to establish a connection, including the TLS and HTTP/2 handshakes.
    package var handshakeTimeout: Duration = .seconds(10)

    package init() {}
}
