internal import HectorCore
internal import HectorProto
internal import NIOCore
internal import Synchronization

/// A call that a handler of this server answers. As a stream it lives on the connection's event loop; what the handler
/// calls may come from anywhere.
final class HandledCall: HTTP2Stream, ReadableCall, WritableCall, @unchecked Sendable { // The stream's part is confined to the loop, the rest is guarded.
    let server: ServerConnection
    let connection: ConnectionHandler
    let head: CallHead

    // Written on the loop before the handler begins, read-only afterwards:
    private(set) var requestWasCompressed = false
    private var handler: RPCServices.Handler?
    /// Requests and responses of a streaming call.
    private(set) var inbound: InboundMessages?
    private(set) var outbound: OutboundMessages?

    @exclusivity(unchecked) private var messages = RequestMessages.none
    /// Bytes of the request that are counted against what the connection may hold.
    @exclusivity(unchecked) private var held = 0
    /// Where the call is counted, and since when.
    private let counted: (slot: Int, since: NIODeadline)?

    private enum Answer {
        case awaited
        /// Its head has been submitted.
        case begun
        case over
    }

    @exclusivity(unchecked) private var answer = Answer.awaited
    private var isOver: Bool { answer == .over }

    private struct HandlerTask: @unchecked Sendable { // Any task may cancel another; nothing else is done with it.
        var task: UnsafeCurrentTask
    }

    /// The handler's task while it runs, and why it was given up.
    private let running = Mutex<(task: HandlerTask?, failure: RPCError?)>((nil, nil))

    private struct ResponseMetadata {
        var headers = Metadata()
        var trailers = Metadata()
        /// Adds what is only known when the response ends.
        var addsLast: (@Sendable (inout Metadata) -> Void)?
        var compression: Compression?
    }

    /// What the handler adds to the response; nil: nothing.
    private let response = Mutex<ResponseMetadata?>(nil)

    /// - Parameter counted: Where the call is counted, and since when.
    init(
        _ server: ServerConnection, _ connection: ConnectionHandler, _ head: consuming CallHead,
        counted: (slot: Int, since: NIODeadline)?
    ) {
        self.server = server
        self.connection = connection
        self.head = head
        self.counted = counted
    }

    // MARK: request

    /// The call has its stream.
    func begin(_ handler: RPCServices.Handler) {
        if let timeout = head.timeout {
            let at = connection.eventLoop.now + timeout
            deadline = at
            connection.watchDeadline(at)
        }
        if head.hasUnknownEncoding {
            return end(RPCError(
                .unimplemented, "the compression '\(head.encoding ?? "")' is not supported, but gzip is"))
        }
        self.handler = handler
        messages = RequestMessages(limit: server.limits.maximumMessageLength, acceptsCompressed: head.encoding != nil)
        if handler.streamsResponses { outbound = OutboundMessages(highWaterMark: server.writeHighWaterMark) }
        if handler.streamsRequests {
            inbound = InboundMessages()
            dispatch(handler, nil)
        }
    }

    override func dataReceived(_ bytes: UnsafeRawBufferPointer) {
        // The rest of a request that has its answer already: an expected race. Its stream is reset once the answer is out.
        guard !isOver else { return }
        messages.append(bytes)
        if inbound == nil { takeMessages() } else { connection.batch(self) }
    }

    override func batchEnded() {
        // It may have ended within the read.
        if !isOver { takeMessages() }
    }

    private func takeMessages() {
        do throws(RPCError) {
            if let inbound {
                while let block = try messages.next() {
                    connection.hold(block.size, for: self)
                    inbound.append(block)
                }
            } else {
                try messages.takeOnly()
            }
            let credit = messages.earlyCredit(window: server.limits.streamWindow)
            if credit > 0 { connection.consume(credit, streamID: id) }
            count(messages.occupied)
            if server.bytesHeld > server.limits.maximumRequestBytes {
                end(RPCError(.resourceExhausted, "the requests in progress on this connection exceed \(server.limits.maximumRequestBytes) bytes"))
            }
        } catch {
            end(error)
        }
    }

    private func count(_ occupied: Int) {
        server.bytesHeld += occupied - held
        held = occupied
    }

    override func remoteEnded() {
        if inbound != nil, !isOver { takeMessages() }
        // The end of a request that has its answer already: an expected race.
        guard !isOver, let handler else { return }
        do throws(RPCError) {
            if let inbound {
                try messages.end()
                return inbound.finish(nil)
            }
            let message = try messages.endOfOnly()
            requestWasCompressed = message.isCompressed
            guard case .inline(let body) = handler.body else { return dispatch(handler, message) }
            runAtOnce(message, body)
        } catch {
            end(error)
        }
    }

    private func runAtOnce(_ message: ReceivedMessage, _ body: (ReceivedMessage, HandledCall) throws -> Void) {
        do {
            guard head.hasTraceContext else { return try body(message, self) }
            try TraceContext.$current.withValue(head.traceContext) { try body(message, self) }
        } catch {
            end(RPCError(handler: error))
        }
    }

    private func dispatch(_ handler: RPCServices.Handler, _ message: ReceivedMessage?) {
        if !server.dispatch(self, handler, message) { reset(.refusedStream) }
    }

    /// Runs the handler; its task is cancelled when the caller goes away or its deadline passes.
    func run(_ handler: RPCServices.Handler, _ message: ReceivedMessage?) async {
        guard head.hasTraceContext else { return await execute(handler, message) }
        await TraceContext.$current.withValue(head.traceContext) { await execute(handler, message) }
    }

    private func execute(_ handler: RPCServices.Handler, _ message: ReceivedMessage?) async {
        do {
            // The task outlives this function, in which the reference is let go of.
            let handle = withUnsafeCurrentTask { task in task.map { HandlerTask(task: $0) } }
            let isGone = running.withLock { running in
                running.task = handle
                return running.failure != nil
            }
            defer { running.withLock { $0.task = nil } }
            if isGone { handle?.task.cancel() }
            switch handler.body {
            case .inline(let body): if let message { try body(message, self) }
            case .message(let body): if let message { try await body(message, self) }
            case .stream(let body): try await body(self)
            }
        } catch {
            end(RPCError(handler: error))
        }
    }

    // MARK: what a handler asks for

    /// The services that the call is for.
    var services: RPCServices { server.services }

    func setHeaders(_ metadata: Metadata) { addToResponse { $0.headers = metadata } }

    func setTrailers(_ metadata: Metadata) { addToResponse { $0.trailers = metadata } }

    func addTrailers(_ metadata: Metadata) { addToResponse { $0.trailers.append(metadata) } }

    func addTrailers(atEnd add: @escaping @Sendable (inout Metadata) -> Void) { addToResponse { $0.addsLast = add } }

    private func addToResponse(_ change: (inout ResponseMetadata) -> Void) {
        response.withLock { response in
            var metadata = response ?? ResponseMetadata()
            change(&metadata)
            response = metadata
        }
    }

    /// Of no effect where the caller does not accept it.
    func setCompression(_ compression: Compression?) {
        guard compression == nil || head.acceptsGzip else { return }
        addToResponse { $0.compression = compression }
    }

    var compression: Compression? { head.acceptsGzip ? response.withLock { $0?.compression } : nil }

    // MARK: response

    /// The one message of a response, and its end; callable from anywhere.
    func respond(_ message: consuming [UInt8]) {
        guard connection.eventLoop.inEventLoop else {
            return connection.executor.respond(self, message)
        }
        // The caller went away, or its time was over, while the handler worked: an expected race.
        guard !isOver else { return }
        outgoing.append(message)
        end(nil)
    }

    func sendOutgoing() {
        switch answer {
        case .awaited: submitHead()
        case .begun: connection.resume(self)
        // The writer is told so when it writes next: an expected race.
        case .over: break
        }
    }

    /// The end of the call: nil is success. Callable from anywhere; the first end counts.
    func end(_ failure: RPCError?) {
        guard connection.eventLoop.inEventLoop else {
            return connection.eventLoop.execute { [self] in end(failure) }
        }
        if let outbound { takePending(of: outbound) }
        // The handler and the caller's deadline, or its leaving, race for the end.
        guard !isOver else { return }
        let hasBegun = answer == .begun
        finish(failure?.code ?? .ok)
        outgoingEnded = true
        if failure != nil, !hasBegun, outgoing.isEmpty {
            connection.respond(self, trailers(of: failure, after: ResponseFields.head, wholeResponse()))
        } else {
            let added = wholeResponse()
            trailers = failure == nil && added == nil ? ResponseFields.success : .own(trailers(of: failure, after: HeaderFields(), added))
            if hasBegun { connection.resume(self) } else { submitHead() }
        }
        if let failure { abandon(failure) }
        connection.wrote(calls: 1)
    }

    /// All that the handler adds, as the response ends.
    private func wholeResponse() -> ResponseMetadata? {
        guard var added = response.withLock({ $0 }) else { return nil }
        added.addsLast?(&added.trailers)
        return added
    }

    /// A request that is not gRPC at all gets an HTTP status.
    func refuseHTTP(_ status: StaticString) {
        finish(.internalError)
        outgoingEnded = true
        var headers = HeaderFields()
        headers.append(":status", status)
        connection.respond(self, headers)
    }

    /// Ends the call without a status: the caller may try again elsewhere, since nothing was done.
    private func reset(_ code: HTTP2ErrorCode) {
        guard !isOver else { return assertionFailure("a call that has its answer is not refused") }
        finish(StatusCode(http2Error: code))
        connection.reset(self, code)
    }

    private func submitHead() {
        if answer == .awaited { answer = .begun }
        guard let added = response.withLock({ $0 }) else { return connection.respond(self, ResponseFields.sharedHead) }
        var headers = ResponseFields.head
        if let compression = added.compression { headers.append("grpc-encoding", compression.rawValue) }
        ResponseFields.append(added.headers, to: &headers, limit: server.limits.maximumHeaderListSize)
        connection.respond(self, headers)
    }

    private func trailers(of failure: RPCError?, after head: HeaderFields, _ added: ResponseMetadata?) -> HeaderFields {
        var trailers = head
        ResponseFields.append(failure, to: &trailers)
        if self.head.hasUnknownEncoding { trailers.append("grpc-accept-encoding", "identity,gzip" as StaticString) }
        let limit = failure == nil ? server.limits.maximumHeaderListSize : ResponseFields.longestTrailers
        if let failure { ResponseFields.append(failure.metadata, to: &trailers, limit: limit) }
        // A response that is nothing but trailers has no other place for what was meant to stand in front.
        if let added {
            if head.count > 0 { ResponseFields.append(added.headers, to: &trailers, limit: limit) }
            ResponseFields.append(added.trailers, to: &trailers, limit: limit)
        }
        return trailers
    }

    // MARK: ends that come from outside (on the loop)

    override func closed(_ code: HTTP2ErrorCode) {
        // A handler still reading or writing after the response was sent is also told that the call has ended.
        guard !isOver || inbound != nil || outbound != nil else { return }
        finish(.cancelled)
        abandon(.cancelled)
    }

    override func connectionLost(_ error: ConnectionError) {
        finish(.cancelled)
        abandon(error.failure(.unknown))
    }

    override func deadlineExpired() {
        end(.deadlineExceeded)
    }

    override func drained(_ count: Int) { outbound?.sent(count) }

    // MARK: -

    /// Cancels the handler, because no caller waits for it. Does nothing if it has ended.
    private func abandon(_ failure: RPCError) {
        inbound?.finish(failure)
        outbound?.fail(failure)
        running.withLock { running in
            if running.failure == nil { running.failure = failure }
            running.task?.task.cancel()
        }
    }

    /// The call is over for us; that counts once.
    private func finish(_ code: StatusCode) {
        // An answer may go out, and its stream be closed, or its connection, before anybody hears of it.
        guard !isOver else { return }
        answer = .over
        letGo()
        guard let counted else { return }
        server.metrics?.record(counted.slot, code, nanoseconds: (connection.eventLoop.now - counted.since).nanoseconds)
    }

    /// What came of the request is not needed any more.
    private func letGo() {
        if unread > 0 {
            inbound?.discard()
            connection.release(unread, of: self)
        }
        guard held > 0 else { return }
        count(0)
        if messages.occupied > 0 { messages = .none }
    }
}

extension RPCError {
    /// What a handler's error is to the caller.
    fileprivate init(handler error: any Error) {
        switch error {
        case let error as RPCError: self = error
        case is CancellationError: self = .cancelled
        default: self.init(.unknown, "\(error)", cause: error)
        }
    }
}
