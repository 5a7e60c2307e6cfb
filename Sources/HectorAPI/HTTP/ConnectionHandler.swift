import HectorCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// Keeps the rules of HTTP/1.1 on one connection (RFC 9110, 9112), between the decoder and what answers: when it ends, what
/// is still read, how long a client may take, `100 Continue`, HEAD and HTTP/1.0; and that a stream of events is never silent for long.
///
/// A request answered before its body was read ends the connection: nothing more of the body is read than helps the client
/// to receive the answer.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Triggered on the channel when the body of the request that is answered is wanted.
    struct BodyIsWanted {}

    /// Triggered on the channel to learn when all that was written so far has gone to the socket: then its promise succeeds.
    struct Drained {}

    private struct Request {
        let isHead: Bool
        let isHTTP10: Bool
        let keepsAlive: Bool
        let isRefused: Bool
        var expectsContinue: Bool
        let offersUpgrade: Bool
    }

    private enum Ending {
        case no
        /// The answer under way is the last.
        case withAnswer
        /// The last answer is written, our side is closed; what comes is dropped until the client closes too.
        case lingering
    }

    private let limits: APILimits
    private let rules: RequestRules
    private let decoder: RequestDecoder
    private let intake: Intake
    private let connections: Connections
    private let log: Logger

    private var connection: Connection?
    /// Requests that were received and whose answers have not ended, in their order.
    private var requests = CircularBuffer<Request>()
    /// The last of `requests` has not ended.
    private var isReceiving = false
    private var isAnswering = false
    private var answerHasNoBody = false
    private var dropsBody = false
    private var malformed: HTTPParserError?
    private var isQuiescing = false
    private var holdsRead = false
    private var ending = Ending.no

    private var bodyBytes = 0
    /// Bytes handed on to be written since `writeTimer` was set.
    private var handedOver = 0
    /// When the connection ends unless a request comes; nil while there is one.
    private var idleUntil: NIODeadline?
    private var idleTimer: Scheduled<Void>?
    private var bodyTimer: Scheduled<Void>?
    private var writeTimer: Scheduled<Void>?
    /// While a stream of events is written.
    private var pauseTimer: Scheduled<Void>?
    private var lastEvents = NIODeadline.distantPast

    init(limits: APILimits, decoder: RequestDecoder, intake: Intake, connections: Connections, log: Logger) {
        self.limits = limits
        rules = RequestRules(bodyBytes: limits.bodyBytes)
        self.decoder = decoder
        self.intake = intake
        self.connections = connections
        self.log = log
    }

    // MARK: The connection

    func handlerAdded(context: ChannelHandlerContext) {
        connection = connections.opened(context.channel)
        becameIdle(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ended(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ended(context)
        context.fireChannelInactive()
    }

    private func ended(_ context: ChannelHandlerContext) {
        connections.closed(context.channel)
        connection?.presence.end()
        for timer in [idleTimer, bodyTimer, writeTimer, pauseTimer] { timer?.cancel() }
    }

    private func becameIdle(_ context: ChannelHandlerContext) {
        connection.map(connections.becameIdle)
        idleUntil = context.eventLoop.now + TimeAmount(limits.idleTimeout)
        // A timer that runs is one that a busy connection need not set for each request.
        if idleTimer == nil { watchIdleness(context, for: limits.idleTimeout) }
    }

    private func watchIdleness(_ context: ChannelHandlerContext, for time: Duration) {
        idleTimer = schedule(context, after: time) { handler, context in
            handler.idleTimer = nil
            guard let end = handler.idleUntil else { return }
            let left = end - context.eventLoop.now
            guard left > .zero else { return context.close(promise: nil) }
            handler.watchIdleness(context, for: .nanoseconds(left.nanoseconds))
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: connection?.presence.end()
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            if requests.isEmpty { context.close(promise: nil) }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): received(head, context)
        case .body(let bytes):
            bodyBytes += bytes.readableBytes
            intake.received(data: bytes.readableBytes)
            guard ending == .no else { return }
            context.fireChannelRead(data)
        case .end:
            guard isReceiving else { return }
            isReceiving = false
            bodyTimer?.cancel()
            bodyTimer = nil
            connection.map(connections.requestBegan)
            intake.requestEnded()
            decoder.requestEnded(offersUpgrade: requests.last?.offersUpgrade ?? false)
            if !dropsBody { context.fireChannelRead(data) }
        }
    }

    private func received(_ received: HTTPRequestHead, _ context: ChannelHandlerContext) {
        decoder.requestBegan()
        intake.requestBegan()
        // Nothing is read behind a request that is the last.
        guard ending == .no, !dropsBody else { return }
        var head = received
        let verdict = rules.check(&head)
        requests.append(Request(
            isHead: head.method == .HEAD, isHTTP10: head.isHTTP10, keepsAlive: head.isKeepAlive,
            isRefused: verdict.refusal != nil, expectsContinue: verdict.expectsContinue, offersUpgrade: verdict.offersUpgrade))
        isReceiving = true
        bodyBytes = 0
        idleUntil = nil
        // While its body comes it may be one that only holds the connection.
        connection.map(connections.becameIdle)
        connection?.received(refusal: verdict.refusal)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func read(context: ChannelHandlerContext) {
        // One request waits at most behind the one that is answered, and nothing is read that is dropped anyway.
        if requests.count > 1 || ending == .withAnswer || malformed != nil && ending == .no {
            holdsRead = true
        } else {
            context.read()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        guard ending == .lingering else { return }
        if intake.dropped > limits.lingerBytes { context.close(promise: nil) } else { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard ending != .lingering else { return context.close(promise: nil) }
        guard malformed == nil else { return }
        switch error {
        case HTTPParserError.invalidEOFState:
            connection?.presence.end()
            context.fireErrorCaught(isReceiving ? APIError.clientWent : error)
        case let error as HTTPParserError: cannotRead(error, context)
        case is ByteToMessageDecoderError.PayloadTooLargeError: cannotRead(.headerOverflow, context)
        default:
            connection?.presence.end()
            context.fireErrorCaught(isReceiving ? APIError.clientWent : error)
        }
    }

    private func cannotRead(_ error: HTTPParserError, _ context: ChannelHandlerContext) {
        log.debug("A client sent invalid HTTP/1.1", metadata: ["error": "\(error)"])
        malformed = error
        intake.close()
        context.fireErrorCaught(isReceiving ? Self.refusal(error) : error)
    }

    private static func refusal(_ error: HTTPParserError) -> APIError {
        switch error {
        case .headerOverflow: APIError(.headersTooLarge, "The request's headers are too large.")
        case .invalidVersion: APIError(.versionNotSupported, "This server supports HTTP/1.1 and HTTP/1.0.")
        default: APIError(.invalidRequest, "The request is not valid HTTP/1.1.")
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event {
        case is BodyIsWanted:
            promise?.succeed()
            bodyIsWanted(context)
        // Writes end in their order.
        case is Drained: context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: promise)
        default: context.triggerUserOutboundEvent(event, promise: promise)
        }
    }

    private func bodyIsWanted(_ context: ChannelHandlerContext) {
        guard isReceiving, requests.count == 1, ending == .no else { return }
        if requests[requests.startIndex].expectsContinue, bodyBytes == 0 {
            requests[requests.startIndex].expectsContinue = false
            context.writeAndFlush(wrapOutboundOut(.head(.init(version: .http1_1, status: .continue))), promise: nil)
        }
        watchBody(context)
    }

    private func watchBody(_ context: ChannelHandlerContext) {
        let seen = bodyBytes
        bodyTimer?.cancel()
        bodyTimer = schedule(context, after: limits.bodyTimeout) { handler, context in
            guard handler.isReceiving else { return }
            guard handler.bodyBytes - seen < handler.limits.bodyProgress else { return handler.watchBody(context) }
            context.fireErrorCaught(APIError(
                .requestTimeout, "The request's body arrived too slowly: less than \(handler.limits.bodyProgress) bytes in \(handler.limits.bodyTimeout)."))
        }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): begin(head, context, promise)
        case .body(let body):
            guard isAnswering, !answerHasNoBody else { return promise?.succeed() ?? () }
            handedOver += body.readableBytes
            if pauseTimer != nil { lastEvents = context.eventLoop.now }
            context.write(data, promise: promise)
        case .end:
            guard isAnswering else { return promise?.succeed() ?? () }
            end(answerHasNoBody ? .end(nil) : unwrapOutboundIn(data), context, promise)
        }
    }

    private func begin(_ given: HTTPResponseHead, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        // After its last answer a connection has no other.
        guard ending == .no else { return promise?.succeed() ?? () }
        isAnswering = true
        guard let request = requests.first else { return refuseMalformed(context, promise) }
        var head = given
        dropsBody = isReceiving && requests.count == 1
        var ends = dropsBody || !request.keepsAlive || request.isRefused || malformed != nil || isQuiescing
        answerHasNoBody = request.isHead
        if request.isHead, !head.headers.contains(name: "content-length") {
            // Else the encoder would frame a body.
            head.headers.add(name: "content-length", value: "0")
        }
        if request.isHTTP10 {
            head.version = .http1_0
            // Without a length the body ends with the connection.
            if !head.headers.contains(name: "content-length") { ends = true }
        }
        if ends {
            head.headers.replaceOrAdd(name: "connection", value: "close")
            ending = .withAnswer
        } else if request.isHTTP10 {
            head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
        }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
        if !answerHasNoBody, head.headers.first(name: "content-type") == Response.eventStream {
            lastEvents = context.eventLoop.now
            watchPauses(context, for: limits.streamPause)
        }
    }

    /// Sends a comment when a stream of events has been silent for too long.
    private func watchPauses(_ context: ChannelHandlerContext, for time: Duration) {
        pauseTimer = schedule(context, after: time) { handler, context in
            let silent = Duration.nanoseconds((context.eventLoop.now - handler.lastEvents).nanoseconds)
            guard silent >= handler.limits.streamPause else {
                return handler.watchPauses(context, for: handler.limits.streamPause - silent)
            }
            handler.lastEvents = context.eventLoop.now
            handler.handedOver += Self.comment.readableBytes
            context.write(handler.wrapOutboundOut(.body(.byteBuffer(Self.comment))), promise: nil)
            handler.flush(context: context)
            handler.watchPauses(context, for: handler.limits.streamPause)
        }
    }

    private static let comment = ByteBuffer(string: ": \n\n")

    /// What the HTTP library answers to a head that cannot be read has no body: this says what is wrong.
    private func refuseMalformed(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let refusal = Self.refusal(malformed ?? .unknown)
        let body = ByteBuffer(bytes: refusal.body.encoded())
        ending = .withAnswer
        let status = HTTPResponseStatus(statusCode: refusal.status.code)
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: [
            "content-type": "application/json", "content-length": String(body.readableBytes), "connection": "close",
        ]))), promise: promise)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        answerHasNoBody = true
    }

    private func end(_ part: HTTPServerResponsePart, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        isAnswering = false
        answerHasNoBody = false
        pauseTimer?.cancel()
        pauseTimer = nil
        _ = requests.popFirst()
        // Told to stop while this answer was written: it is the last although its head did not say so.
        if isQuiescing, ending == .no { ending = .withAnswer }
        guard ending == .no else {
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { _ in self.linger(context) }
            return context.write(wrapOutboundOut(part), promise: written)
        }
        context.write(wrapOutboundOut(part), promise: promise)
        if requests.isEmpty {
            becameIdle(context)
        }
        if holdsRead, requests.count <= 1 {
            holdsRead = false
            context.read()
        }
    }

    func flush(context: ChannelHandlerContext) {
        context.flush()
        watchWrites(context)
    }

    /// Closes the connection of a client that takes nothing of what waits for it.
    private func watchWrites(_ context: ChannelHandlerContext) {
        guard writeTimer == nil else { return }
        let waiting = buffered(context)
        guard waiting > 0 else { return }
        handedOver = 0
        writeTimer = schedule(context, after: limits.writeTimeout) { handler, context in
            handler.writeTimer = nil
            guard handler.buffered(context) < waiting + handler.handedOver else {
                handler.log.info("A client has not read its response for too long: closing its connection")
                return context.close(promise: nil)
            }
            handler.watchWrites(context)
        }
    }

    private func buffered(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    // MARK: The end

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // What answers ends with its own last answer; here it is still being written.
        guard mode != .output || ending == .no else { return promise?.succeed() ?? () }
        context.close(mode: mode, promise: promise)
    }

    private func linger(_ context: ChannelHandlerContext) {
        guard ending == .withAnswer, context.channel.isActive else { return }
        ending = .lingering
        intake.close()
        connection.map(connections.becameIdle)
        context.close(mode: .output, promise: nil)
        idleTimer?.cancel()
        idleTimer = schedule(context, after: limits.lingerTimeout) { _, context in context.close(promise: nil) }
        context.read()
    }

    // MARK: -

    private func schedule(
        _ context: ChannelHandlerContext, after time: Duration,
        _ action: @escaping (ConnectionHandler, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { [weak self] in
            guard let self else { return }
            action(self, context)
        }
    }
}
