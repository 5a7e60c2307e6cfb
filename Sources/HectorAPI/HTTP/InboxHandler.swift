import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// The last handler of a connection: fills its inbox, and takes its answers.
final class InboxHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let inbox: Inbox
    private let scheme: String
    /// What came since the last turn: it is handed over together, so that a short request is whole when it is seen.
    private var arrived: [HTTPRequestPart] = []

    init(_ inbox: Inbox, isEncrypted: Bool) {
        self.inbox = inbox
        scheme = isEncrypted ? "https" : "http"
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            do {
                arrived.append(.head(try request(head)))
            } catch {
                finish(HTTPParserError.invalidMethod)
            }
        case .body(let bytes): arrived.append(.body(bytes))
        case .end(let trailers): arrived.append(.end(trailers.map { HTTPFields($0, splitCookie: true) }))
        }
    }

    /// `ConnectionHandler` has put the target into its usual form, and looked at the host.
    private func request(_ head: HTTPRequestHead) throws -> HTTPRequest {
        HTTPRequest(
            method: try HTTPRequest.Method(head.method), scheme: scheme, authority: head.headers.first(name: "host"), path: head.uri,
            headerFields: HTTPFields(head.headers, splitCookie: true))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        handOver()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if inbox.hasRoom() { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { finish() }
        context.fireUserInboundEventTriggered(event)
    }

    private func handOver() {
        guard !arrived.isEmpty else { return }
        inbox.append(arrived)
        arrived.removeAll(keepingCapacity: true)
    }

    private func finish(_ error: (any Error)? = nil) {
        handOver()
        inbox.finish(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part: HTTPServerResponsePart = switch unwrapOutboundIn(data) {
        case .head(let head): .head(HTTPResponseHead(head))
        case .body(let bytes): .body(.byteBuffer(bytes))
        case .end(let trailers): .end(trailers.map(HTTPHeaders.init))
        }
        context.write(wrapOutboundOut(part), promise: promise)
    }
}
