import NIOCore
import NIOHTTP1

/// Counts every byte that comes on a connection, before it is decoded.
///
/// The decoder bounds what it understands: names and values. White space between them, empty lines, zeros before a number and
/// the extensions of chunks it takes without end, and some of that it keeps. Here each byte counts, whatever it means: those
/// that bring neither a request nor data of a body have an end.
final class Intake: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let headBytes: Int
    private let framingBytes: Int
    private let framingPerByte: Int
    /// Bytes since the last head, data of a body or end of a request; one read more may have come.
    private var sinceProgress = 0
    /// Bytes of the body under way that are not its data.
    private var framing = 0
    /// Its data.
    private var data = 0
    private var isBody = false
    private var isClosed = false
    /// Bytes that were not decoded, because the connection ends.
    private(set) var dropped = 0

    init(limits: APILimits) {
        headBytes = limits.headBytes
        framingBytes = limits.framingBytes
        framingPerByte = limits.framingPerByte
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let count = unwrapInboundIn(data).readableBytes
        guard !isClosed else {
            dropped += count
            return
        }
        sinceProgress += count
        framing += count
        context.fireChannelRead(data)
        // Whatever came out of these bytes was told meanwhile.
        guard !isClosed, isTooMuch else { return }
        isClosed = true
        context.fireErrorCaught(isBody ? HTTPParserError.invalidChunkSize : HTTPParserError.headerOverflow)
    }

    private var isTooMuch: Bool {
        sinceProgress > headBytes || isBody && framing > framingBytes + framingPerByte * data
    }

    // MARK: What the handler behind the decoder tells while it decodes

    func requestBegan() {
        isBody = true
        (sinceProgress, framing, data) = (0, 0, 0)
    }

    func received(data count: Int) {
        sinceProgress = 0
        data += count
        framing = max(0, framing - count)
    }

    func requestEnded() {
        isBody = false
        sinceProgress = 0
    }

    /// Nothing that comes from now on is decoded.
    func close() { isClosed = true }
}
