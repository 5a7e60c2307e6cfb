import NIOCore
import NIOHTTP1

/// NIO's decoder of requests, that goes on behind a request that offers an upgrade. A server may ignore the offer, and goes
/// on in HTTP/1.1 (RFC 9110 §7.8); NIO's decoder stops there and waits to be replaced by another protocol's.
final class RequestDecoder: ByteToMessageDecoder {
    typealias InboundOut = HTTPServerRequestPart

    private let limits: NIOHTTPDecoderLimitConfiguration
    private var decoder: HTTPRequestDecoder
    /// A request that offers an upgrade has ended, and nothing followed yet.
    private var hasStopped = false

    init(limits: NIOHTTPDecoderLimitConfiguration) {
        self.limits = limits
        decoder = HTTPRequestDecoder(limitConfiguration: limits)
    }

    /// Told by the handler behind this one, while it decodes: a request begins.
    func requestBegan() { hasStopped = false }

    /// Told by the handler behind this one, while it decodes: a request has ended.
    func requestEnded(offersUpgrade: Bool) { hasStopped = offersUpgrade }

    func decoderAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func decoderRemoved(context: ChannelHandlerContext) { decoder.decoderRemoved(context: context) }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let state = try decoder.decode(context: context, buffer: &buffer)
        guard hasStopped else { return state }
        startAnew(context)
        return buffer.readableBytes > 0 ? .continue : .needMoreData
    }

    func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        while true {
            let state = try decoder.decodeLast(context: context, buffer: &buffer, seenEOF: seenEOF)
            guard hasStopped else { return state }
            startAnew(context)
            guard buffer.readableBytes > 0 else { return .needMoreData }
        }
    }

    private func startAnew(_ context: ChannelHandlerContext) {
        hasStopped = false
        decoder.decoderRemoved(context: context)
        decoder = HTTPRequestDecoder(limitConfiguration: limits)
        decoder.decoderAdded(context: context)
    }
}
