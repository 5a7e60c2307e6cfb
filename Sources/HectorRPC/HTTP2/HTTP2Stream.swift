internal import NIOCore

/// What follows the last DATA of a stream.
enum Trailers {
    case none
    /// Must last as long as the session.
    case shared(SharedHeaderFields)
    case own(HeaderFields)

    var isNone: Bool { if case .none = self { true } else { false } }
}

/// One HTTP/2 stream: its events from the session, and its data that waits to be sent.
///
/// Subclassed by the kinds of calls. Not thread-safe: it lives on its connection's event loop, which is why the fields
/// touched for every message do without the run-time check of exclusive access.
class HTTP2Stream {
    /// 0 until it is opened.
    @exclusivity(unchecked) final var id: Int32 = 0
    /// Where it stands among the streams of its session.
    @exclusivity(unchecked) final var index = -1
    /// When it is given up, on the clock of NIO; nil: never.
    @exclusivity(unchecked) final var deadline: NIODeadline?

    /// DATA that waits to be sent.
    @exclusivity(unchecked) final var outgoing = OutgoingBytes()
    /// Whether `outgoing` is all there will be.
    @exclusivity(unchecked) final var outgoingEnded = false
    /// Sent when `outgoing` has been, where it has ended.
    @exclusivity(unchecked) final var trailers = Trailers.none
    /// Whether nghttp2 was told that there is nothing to send now, and waits for `resume`.
    @exclusivity(unchecked) final var isDeferred = false

    /// Whether this side has reset it; it receives no further events.
    @exclusivity(unchecked) final var isReset = false

    /// Whether `batchEnded` was asked for.
    @exclusivity(unchecked) final var isBatched = false

    /// Whether it says nothing of how the peer gets on with its calls.
    @exclusivity(unchecked) final var isBackground = false

    /// Whether it goes on, or even begins, while the peer is silent.
    @exclusivity(unchecked) final var outlastsSilence = false

    /// Bytes that came and lie for a reader; counted in `HTTP2Session.hold` and `release`.
    @exclusivity(unchecked) final var unread = 0

    /// Bytes of the header block being received.
    @exclusivity(unchecked) final var headerListSize = 0

    // What the session tells. Buffers are valid during the call.
    func headerReceived(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {}
    /// A field that no longer fits into what is accepted of a header block.
    func headerOverflowed(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {}
    /// A header block has ended: the first one, an interim response before it, or trailers.
    func headersEnded(tooLarge: Bool) {}
    func dataReceived(_ bytes: UnsafeRawBufferPointer) {}
    /// The peer will send no more.
    func remoteEnded() {}
    /// The stream has ended. This is its last event.
    func closed(_ code: HTTP2ErrorCode) {}
    /// The connection has ended, and the stream with it. This is its last event.
    func connectionLost(_ error: ConnectionError) {}
    /// The peer gives no sign of life.
    ///
    /// - Parameter endsBegun: Whether that ends calls whose response has begun, too.
    func peerIsSilent(_ error: ConnectionError, endsBegun: Bool) {}
    /// The deadline has passed.
    func deadlineExpired() {}
    /// The read that brought data has been taken in; told where `ConnectionHandler.batch` asked for it.
    func batchEnded() {}
    /// `count` bytes of `outgoing` were sent.
    func drained(_ count: Int) {}
}
