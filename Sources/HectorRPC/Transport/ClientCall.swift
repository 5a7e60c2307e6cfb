internal import NIOCore
package import SwiftProtobuf

/// The client's side of one call: what is common to all kinds.
class ClientCall: HTTP2Stream, @unchecked Sendable { // Touched by its maker first, then on the connection's loop only.
    final let connection: ConnectionHandler
    final let maximumMessageLength: Int
    /// How it begins.
    final let head: RequestHead
    /// How long it may take; nil: for ever.
    final let timeout: Duration?
    /// When that time is over.
    final private(set) var end: NIODeadline?
    /// Where the call is counted.
    final let metrics: RPCMetrics?
    @exclusivity(unchecked) final private var deframer: MessageDeframer
    final private var httpStatus = 0
    final private var grpcStatus: Int?
    final private var grpcMessage = ""
    final private var isGRPC = false
    final private var encoding: String?
    /// What is neither HTTP's nor gRPC's own.
    final private var headers = HeaderFields()
    final private var trailing = HeaderFields()
    final private var inTrailers = false
    /// Whether the status came with the first header block: then that is the trailers (gRPC over HTTP/2, "Trailers-Only").
    final private var isTrailersOnly = false
    final private let onTrailers: (@Sendable (Metadata) -> Void)?
    final private(set) var hasResponse = false
    @exclusivity(unchecked) final private(set) var isFinished = false
    /// Where among `metrics` the call is counted, and since when.
    final var counted: (slot: Int, since: NIODeadline)?
    /// The caller gave up before the call was opened.
    final private(set) var wasCancelled = false

    init(
        _ connection: ConnectionHandler, _ head: RequestHead, _ options: CallOptions, _ metrics: RPCMetrics?, maximumMessageLength: Int
    ) {
        self.connection = connection
        self.head = head
        self.metrics = metrics
        timeout = options.timeout
        onTrailers = options.onTrailers
        self.maximumMessageLength = maximumMessageLength
        deframer = MessageDeframer(maximumLength: maximumMessageLength)
        super.init()
        isBackground = options.isBackground
        outlastsSilence = options.isBackground || options.outlastsSilence
    }

    final var responseHeaders: Metadata { isTrailersOnly ? [:] : Metadata(headers) }
    /// No larger than is accepted of a header block (`RPCLimits.maximumHeaderListSize`).
    final var responseTrailers: Metadata { Metadata(isTrailersOnly ? headers : trailing) }

    /// The failure, with the trailers where they have come.
    final func withTrailers(_ failure: RPCError) -> RPCError {
        guard grpcStatus != nil, failure.metadata.isEmpty else { return failure }
        var failure = failure
        failure.metadata = responseTrailers
        return failure
    }

    /// Whole messages have come.
    func messagesReceived(_ block: MessageBlock) {}
    /// The call is over; nil is success. Called once.
    func finished(_ failure: RPCError?) {}

    /// Gives the call up: the peer is told, and so is the caller.
    final func cancel(_ failure: RPCError) {
        // Its end may have come first.
        guard !isFinished else { return }
        connection.reset(self, .cancel)
        finish(failure)
    }

    /// The caller gives up. A call that is yet to be opened is refused then: its caller may not even be waiting yet.
    final func cancelFromCaller() {
        guard connection.eventLoop.inEventLoop else {
            return connection.eventLoop.execute { [self] in cancelFromCaller() }
        }
        wasCancelled = true
        if id != 0 { cancel(.cancelled) }
        abandoned()
    }

    /// The caller reads no more.
    func abandoned() {}

    override final func headerReceived(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        if name.first == UInt8(ascii: ":") {
            if name.equals(":status") { httpStatus = value.equals("200") ? 200 : Int(String(decoding: value, as: UTF8.self)) ?? 0 }
        } else if name.equals("grpc-status") {
            grpcStatus = value.equals("0") ? 0 : Int(String(decoding: value, as: UTF8.self)) ?? StatusCode.unknown.rawValue
        } else if name.equals("grpc-message") {
            grpcMessage = PercentEncoding.decode(value, atMost: PercentEncoding.longestMessage)
        } else if name.equals("content-type") {
            isGRPC = value.hasPrefix("application/grpc")
        } else if name.equals("grpc-encoding") {
            encoding = value.equals("identity") ? nil : String(decoding: value, as: UTF8.self)
        } else if !inTrailers {
            headers.append(name, value)
        } else {
            trailing.append(name, value)
        }
    }

    override final func headerOverflowed(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        if name.equals("grpc-status") || name.equals("grpc-message") { headerReceived(name, value) }
    }

    override final func headersEnded(tooLarge: Bool) {
        guard !tooLarge else {
            // Of trailers that are too large, the status is kept, and what fitted in.
            guard grpcStatus == nil else {
                isTrailersOnly = !inTrailers
                hasResponse = true
                inTrailers = true
                return
            }
            return cancel(RPCError(.resourceExhausted, "the response's headers are too large", progress: .responseStarted))
        }
        if !inTrailers, (100..<200).contains(httpStatus) {
            // An interim response (RFC 9110 §15.2): the real one is still to come.
            httpStatus = 0
            headers = HeaderFields()
            return
        }
        guard !inTrailers else { return }
        isTrailersOnly = grpcStatus != nil
        hasResponse = true
        inTrailers = true
        guard httpStatus == 200, isGRPC else {
            guard grpcStatus == nil else { return }
            let code = httpStatus == 200 ? StatusCode.unknown : StatusCode(httpStatus: httpStatus)
            return cancel(RPCError(
                code, "the peer does not answer as a gRPC server: HTTP status \(httpStatus)", progress: .responseStarted, origin: .peer))
        }
        guard let encoding else { return }
        guard Compression(rawValue: encoding) != nil else {
            return cancel(RPCError(.internalError, "the peer compresses messages as '\(encoding)', which was not offered", progress: .responseStarted))
        }
        deframer.acceptsCompressed = true
    }

    override final func dataReceived(_ bytes: UnsafeRawBufferPointer) {
        deframer.append(bytes)
        if takesMessagesInBatches { connection.batch(self) } else { takeMessages() }
    }

    /// Whether messages are taken at the end of a read, all at once, rather than as they come.
    var takesMessagesInBatches: Bool { false }

    override final func batchEnded() {
        // It may have ended within the read.
        if !isFinished { takeMessages() }
    }

    /// So much memory is taken for messages that are unfinished.
    func occupies(_ bytes: Int) {}

    private func takeMessages() {
        do {
            while let block = try deframer.next() {
                messagesReceived(block)
                if isFinished { return }
            }
            let credit = deframer.earlyCredit(window: connection.session.limits.streamWindow)
            if credit > 0 { connection.consume(credit, streamID: id) }
            occupies(deframer.occupied)
        } catch {
            cancel(error.failure)
        }
    }

    override final func remoteEnded() {
        if takesMessagesInBatches { batchEnded() }
        // We gave it up over what came in this read.
        guard !isFinished else { return }
        if !outgoingEnded { connection.reset(self, .noError) }
        guard let grpcStatus else {
            return finish(RPCError(.unknown, "the response ended without a grpc-status", progress: .responseStarted))
        }
        guard grpcStatus != 0 else {
            guard deframer.unfinished == 0 else {
                return finish(RPCError(.internalError, "the response ended inside a message", progress: .responseStarted))
            }
            return finish(nil)
        }
        let code = StatusCode(rawValue: grpcStatus) ?? .unknown
        let isOurDeadline = code == .deadlineExceeded && deadlineIsNear
        finish(RPCError(
            code, grpcMessage, progress: hasMessage ? .responseStarted : .unknown, origin: isOurDeadline ? .local : .peer,
            cause: isOurDeadline ? RPCError.PassedLimit.total : nil))
    }

    /// Whether the peer that says that the deadline has passed can mean the one it was told: it may have begun a little
    /// earlier to keep it.
    private var deadlineIsNear: Bool {
        guard let timeout, let end else { return false }
        let early = min(TimeAmount(clamping: timeout).nanoseconds / 10, TimeAmount.seconds(1).nanoseconds)
        return connection.eventLoop.now >= end - .nanoseconds(early)
    }

    /// Whether a message has been delivered.
    var hasMessage: Bool { false }

    override final func closed(_ code: HTTP2ErrorCode) {
        if takesMessagesInBatches { batchEnded() }
        // Every call that went well is closed behind its end.
        guard !isFinished else { return }
        let progress: RPCError.Progress = code == .refusedStream ? .notProcessed : hasResponse ? .responseStarted : .unknown
        let text =
            code == .refusedStream ? "the peer accepts no more calls on this connection" : "the peer ended the call (HTTP/2 error \(code.rawValue))"
        finish(RPCError(StatusCode(http2Error: code), text, progress: progress, origin: .peer))
    }

    override final func connectionLost(_ error: ConnectionError) {
        if takesMessagesInBatches { batchEnded() }
        finish(error.failure(connection.session.isUnsent(self) ? .notProcessed : hasResponse ? .responseStarted : .unknown))
    }

    override final func peerIsSilent(_ error: ConnectionError, endsBegun: Bool) {
        guard endsBegun || !hasResponse else { return }
        cancel(error.failure(connection.session.isUnsent(self) ? .notProcessed : hasResponse ? .responseStarted : .unknown))
    }

    override func deadlineExpired() {
        cancel(.deadlineExceeded)
    }

    /// The call goes out now: its time runs.
    func startDeadlines(now: NIODeadline) {
        guard let timeout else { return }
        let end = now + TimeAmount(clamping: timeout)
        self.end = end
        deadline = end
    }

    /// The call never got a stream.
    final func refuse(_ failure: RPCError) { finish(failure) }

    private func finish(_ failure: RPCError?) {
        // Its caller, its deadline, its stream and its connection race for the end.
        guard !isFinished else { return }
        isFinished = true
        if grpcStatus != nil { onTrailers?(responseTrailers) }
        if let metrics, let counted {
            // What brought the end of a response is the last read. A call that we end ourselves may be older than that.
            let end = connection.isReceiving ? connection.lastRead : connection.eventLoop.now
            metrics.record(counted.slot, failure?.code ?? .ok, nanoseconds: (end - counted.since).nanoseconds)
        }
        finished(failure.map(withTrailers))
    }
}

extension RPCError {
    static let deadlineExceeded = RPCError(.deadlineExceeded, "the deadline has passed", cause: PassedLimit.total)
    static let cancelled = RPCError(.cancelled, "the call was cancelled")
}

extension MessageDeframer.Failure {
    /// What it means to the call.
    var failure: RPCError {
        switch self {
        case .tooLarge(let length):
            RPCError(.resourceExhausted, "a message of \(length) bytes is longer than is accepted", progress: .responseStarted)
        case .compressed:
            RPCError(.internalError, "a message is compressed, though no grpc-encoding was named", progress: .responseStarted)
        case .malformed:
            RPCError(.internalError, "the framing of messages is broken", progress: .responseStarted)
        }
    }
}

/// A call with one message each way.
final class UnaryClientCall: ClientCall, @unchecked Sendable { // As its superclass.
    private(set) var message: ReceivedMessage?
    private(set) var failure: RPCError?
    /// What it takes of `HTTP2Session.answerBytes`.
    private var held = 0
    private var continuation: UnsafeContinuation<Void, Never>?
    /// Whether its caller waits on another thread than the loop's.
    private var isOffLoop = false

    /// Whether a message has come that is to be decoded elsewhere.
    func hasLongMessage<M: SwiftProtobuf.Message>(as type: M.Type) -> Bool { message.map { MessageCoding.isLong($0, as: type) } ?? false }

    /// Has the continuation resumed when the call is over; then `message` or `failure` is there.
    func start(_ continuation: UnsafeContinuation<Void, Never>, isOffLoop: Bool) {
        self.continuation = continuation
        self.isOffLoop = isOffLoop
    }

    override func messagesReceived(_ block: MessageBlock) {
        guard message == nil, let only = block.only else {
            return cancel(RPCError(.internalError, "the peer answered with more than one message", progress: .responseStarted))
        }
        message = only
    }

    override func occupies(_ bytes: Int) {
        let all = bytes + (message?.bytes.count ?? 0)
        connection.session.answerBytes += all - held
        held = all
        guard connection.session.answerBytes > connection.session.limits.maximumAnswerBytes else { return }
        cancel(.overloadHere)
    }

    override func finished(_ failure: RPCError?) {
        if held > 0 { connection.session.answerBytes -= held }
        self.failure = failure
        if failure == nil, message == nil {
            self.failure = withTrailers(RPCError(.internalError, "the peer answered without a message", progress: .responseStarted))
        }
        guard let continuation else { return }
        self.continuation = nil
        connection.executor.resume(continuation, isOffLoop: isOffLoop)
    }
}

/// A call with any number of messages back, and one or any number there.
final class StreamingClientCall: ClientCall, ReadableCall, WritableCall, @unchecked Sendable { // As its superclass.
    let inbound: InboundMessages
    let outbound: OutboundMessages
    private let progress: CallOptions.Progress?
    private var hasDelivered = false

    init(
        _ connection: ConnectionHandler, _ head: RequestHead, _ options: CallOptions, _ metrics: RPCMetrics?,
        maximumMessageLength: Int, highWaterMark: Int
    ) {
        progress = options.progress
        inbound = InboundMessages(clock: progress == nil ? nil : connection.eventLoop)
        outbound = OutboundMessages(highWaterMark: highWaterMark)
        super.init(connection, head, options, metrics, maximumMessageLength: maximumMessageLength)
    }

    override func startDeadlines(now: NIODeadline) {
        super.startDeadlines(now: now)
        guard let progress else { return }
        let first = now + TimeAmount(clamping: progress.first)
        deadline = deadline.map { min($0, first) } ?? first
    }

    /// One of two limits has passed: that of the whole call, or that of its progress. Messages that come do not move the
    /// deadline: it is looked for here how long the reader has waited.
    override func deadlineExpired() {
        let now = connection.eventLoop.now
        guard let progress, end.map({ now < $0 }) ?? true else { return cancel(.deadlineExceeded) }
        guard hasDelivered else {
            return cancel(RPCError(
                .deadlineExceeded, "nothing came within \(progress.first)", cause: RPCError.PassedLimit.firstMessage))
        }
        let limit = TimeAmount(clamping: progress.next)
        // A reader that is busy with what came cannot be kept waiting.
        let due = (inbound.awaitedSince ?? now) + limit
        guard due > now else {
            return cancel(RPCError(
                .deadlineExceeded, "no further message came for \(progress.next)", progress: .responseStarted,
                cause: RPCError.PassedLimit.nextMessage))
        }
        let next = end.map { min($0, due) } ?? due
        deadline = next
        connection.watchDeadline(next)
    }

    override var hasMessage: Bool { hasDelivered }
    override var takesMessagesInBatches: Bool { true }

    override func messagesReceived(_ block: MessageBlock) {
        hasDelivered = true
        connection.hold(block.size, for: self)
        inbound.append(block)
    }

    override func abandoned() {
        guard unread > 0 else { return }
        inbound.discard()
        connection.release(unread, of: self)
    }

    override func finished(_ failure: RPCError?) {
        inbound.finish(failure)
        outbound.fail(RPCError(
            failure?.code ?? .cancelled, failure?.message ?? "the server has ended the call", progress: .responseStarted,
            metadata: failure?.metadata ?? [:], cause: RPCError.EndOfCall()))
    }

    override func drained(_ count: Int) { outbound.sent(count) }

    func sendOutgoing() {
        // It is yet to be opened, and then sends all; or it is over, which the writer learns when it writes next.
        guard id != 0, !isFinished else { return }
        connection.resume(self)
    }

    /// There are no more messages from us; callable from anywhere.
    func finishWriting() {
        guard connection.eventLoop.inEventLoop else {
            return connection.eventLoop.execute { [self] in finishWriting() }
        }
        takePending(of: outbound)
        outgoingEnded = true
        sendOutgoing()
    }
}

/// Takes the requests of a streaming call.
package struct RequestWriter<Message: SwiftProtobuf.Message>: Sendable {
    let call: StreamingClientCall
    let compression: Compression?

    /// Sends one message. Suspends while the server is slow.
    ///
    /// - Parameter compressed: Whether this one is packed, where the call has a `compression`.
    /// - Throws: `RPCError` when the call is over. What it ended with is what reading the responses throws.
    package func write(_ message: Message, compressed: Bool = true) async throws {
        let framed = try MessageCoding.frame(message, compression: compressed ? compression : nil)
        if try !call.write(framed, through: call.outbound) { try await call.outbound.waitForRoom() }
    }

    /// Says that there are no more messages. Nothing may be written afterwards.
    package func finish() { call.finishWriting() }
}
