internal import HectorProto
internal import NIOCore
internal import Synchronization

/// The server's side of one call. As a stream it lives on the connection's event loop; what a handler
/// calls may come from anywhere.
final class ServerCall: HTTP2Stream, ReadableCall, WritableCall, @unchecked Sendable { // The stream's part is confined to the loop, the rest is guarded.
    let server: ServerConnection
    let connection: ConnectionHandler

    // Written on the loop before the handler begins, read-only afterwards:
    /// The request's head as it came.
    @exclusivity(unchecked) private(set) var fields = HeaderFields(reservingBytes: 320)
    private(set) var requestWasCompressed = false
    private(set) var acceptsGzip = false
    private var isPOST = false
    private var isGRPC = false
    private var timeout: TimeAmount?
    private var badTimeout = false
    private var encoding: String?
    private var refusesEncoding = false
    private var handler: RPCServices.Handler?
    /// Whose call it is, where it is not for the server's own services.
    private var routed: ServiceRoutes.Services?
    /// Requests and responses of a streaming call.
    private(set) var inbound: InboundMessages?
    private(set) var outbound: OutboundMessages?

    @exclusivity(unchecked) private var deframer: MessageDeframer
    @exclusivity(unchecked) private var message: ReceivedMessage?
    /// Bytes of the request that are counted against what the connection may hold.
    @exclusivity(unchecked) private var held = 0
    private var forwarding: ForwardedCall?
    private var responseHead: HeaderFields?
    @exclusivity(unchecked) private var hasHead = false
    @exclusivity(unchecked) private var hasResponded = false
    @exclusivity(unchecked) private var isOver = false
    /// Where the call is counted, and since when.
    private var counted: (slot: Int, since: NIODeadline)?
    private var hasTraceContext = false

    private struct HandlerTask: @unchecked Sendable { // Any task may cancel another; nothing else is done with it.
        var task: UnsafeCurrentTask
    }

    /// The handler's task while it runs, and why it was given up.
    private let running = Mutex<(task: HandlerTask?, failure: RPCError?)>((nil, nil))

    private struct ResponseMetadata {
        var headers = Metadata()
        var trailers = Metadata()
        var compression: Compression?
    }

    /// What the handler adds to the response; nil: nothing.
    private let response = Mutex<ResponseMetadata?>(nil)

    init(_ server: ServerConnection, _ connection: ConnectionHandler) {
        self.server = server
        self.connection = connection
        deframer = MessageDeframer(maximumLength: server.limits.maximumMessageLength)
    }

    // MARK: request

    override func headerReceived(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        // Trailers of a request mean nothing to gRPC.
        guard !hasHead else { return }
        fields.append(name, value)
        switch name.first {
        case UInt8(ascii: ":"):
            if name.equals(":method") {
                isPOST = value.equals("POST")
            } else if name.equals(":path") {
                handler = server.handlers[value]
            }
        case UInt8(ascii: "t"):
            if name.equals("traceparent") { hasTraceContext = true }
        case UInt8(ascii: "x"):
            if name.equals("x-request-id") { hasTraceContext = true }
        case UInt8(ascii: "c"):
            if name.equals("content-type") { isGRPC = value.hasPrefix("application/grpc") }
        case UInt8(ascii: "g"):
            if name.equals("grpc-timeout") {
                timeout = GRPCTimeout.decode(value)
                badTimeout = timeout == nil
            } else if name.equals("grpc-encoding") {
                encoding = value.equals("identity") ? nil : String(decoding: value, as: UTF8.self)
            } else if name.equals("grpc-accept-encoding") {
                acceptsGzip = String(decoding: value, as: UTF8.self).split(separator: ",")
                    .contains { $0.filter { $0 != " " } == Compression.gzip.rawValue }
            }
        default: break
        }
    }

    override func headersEnded(tooLarge: Bool) {
        guard !hasHead else { return }
        hasHead = true
        if tooLarge { return end(RPCError(.resourceExhausted, "the request's headers are larger than is accepted")) }
        guard isGRPC, isPOST else { return refuseHTTP() }
        if badTimeout { return end(RPCError(.internalError, "grpc-timeout is malformed")) }
        if let routes = server.routes, let routed = routes.find(fields) {
            self.routed = routed
            handler = fields.withValue(":path") { routed.handlers[$0] } ?? nil
        }
        if let metrics = server.metrics {
            counted = (handler?.slot ?? metrics.slot(services.forwarder == nil ? "unknown" : path), connection.lastRead)
        }
        if handler == nil, let forwarder = services.forwarder { return forward(forwarder) }
        if let timeout {
            let at = connection.eventLoop.now + timeout
            deadline = at
            connection.watchDeadline(at)
        }
        guard let handler else { return refusePath() }
        if let encoding {
            guard Compression(rawValue: encoding) != nil else {
                refusesEncoding = true
                return end(RPCError(.unimplemented, "the compression '\(encoding)' is not supported, but gzip is"))
            }
            deframer.acceptsCompressed = true
        }
        if handler.streamsResponses { outbound = OutboundMessages(highWaterMark: server.writeHighWaterMark) }
        if handler.streamsRequests {
            inbound = InboundMessages()
            dispatch(handler, nil)
        }
    }

    override func dataReceived(_ bytes: UnsafeRawBufferPointer) {
        if let forwarding { return forwarding.forward(bytes) }
        guard !isOver else { return }
        deframer.append(bytes)
        if inbound == nil { takeMessages() } else { connection.batch(self) }
    }

    override func batchEnded() {
        if forwarding != nil || responseHead != nil { return submitForwardedHead() }
        if !isOver { takeMessages() }
    }

    private func takeMessages() {
        do {
            while let block = try deframer.next() {
                if let inbound {
                    session.hold(block.size, for: self)
                    inbound.append(block)
                    continue
                }
                guard message == nil, let only = block.only else {
                    return end(RPCError(.internalError, "the request has more than one message"))
                }
                message = only
            }
            let credit = deframer.earlyCredit(window: server.limits.streamWindow)
            if credit > 0 { connection.consume(credit, streamID: id) }
            let occupied = deframer.occupied + (message?.bytes.count ?? 0)
            server.bytesHeld += occupied - held
            held = occupied
            if server.bytesHeld > server.limits.maximumRequestBytes {
                end(RPCError(.resourceExhausted, "the requests under way on this connection are more than \(server.limits.maximumRequestBytes) bytes"))
            }
        } catch {
            end(error.failure)
        }
    }

    override func remoteEnded() {
        if let forwarding { return forwarding.forwardEnd() }
        if inbound != nil, !isOver { takeMessages() }
        guard !isOver, let handler else { return }
        guard deframer.unfinished == 0 else { return end(RPCError(.internalError, "the request ends inside a message")) }
        if let inbound { return inbound.finish(nil) }
        guard let message else { return end(RPCError(.internalError, "the request has no message")) }
        self.message = nil
        requestWasCompressed = message.isCompressed
        if case .inline(let body) = handler.body {
            do {
                guard hasTraceContext else { return try body(message, self) }
                try TraceContext.$current.withValue(traceContext) { try body(message, self) }
            } catch {
                end(RPCError(handler: error))
            }
        } else {
            dispatch(handler, message)
        }
    }

    private func dispatch(_ handler: RPCServices.Handler, _ message: ReceivedMessage?) {
        if !server.dispatch(self, handler, message) { reset(.refusedStream) }
    }

    // MARK: what a handler asks for

    /// The services that the call is for.
    var services: RPCServices { routed?.services ?? server.services }
    var metadata: Metadata { Metadata(fields) }
    var path: String { fields[":path"] ?? "" }
    var authority: String { fields[":authority"] ?? "" }

    func setHeaders(_ metadata: Metadata) { addToResponse { $0.headers = metadata } }

    func setTrailers(_ metadata: Metadata) { addToResponse { $0.trailers = metadata } }

    private func addToResponse(_ change: (inout ResponseMetadata) -> Void) {
        response.withLock { response in
            var metadata = response ?? ResponseMetadata()
            change(&metadata)
            response = metadata
        }
    }

    /// Of no effect where the caller does not accept it.
    func setCompression(_ compression: Compression?) {
        guard compression == nil || acceptsGzip else { return }
        addToResponse { $0.compression = compression }
    }

    var compression: Compression? { acceptsGzip ? response.withLock { $0?.compression } : nil }

    private var traceContext: TraceContext? { TraceContext(traceParent: fields["traceparent"], requestID: fields["x-request-id"]) }

    /// Runs the handler; its task is cancelled when the caller goes away or its deadline passes.
    func run(_ handler: RPCServices.Handler, _ message: ReceivedMessage?) async {
        guard hasTraceContext else { return await execute(handler, message) }
        await TraceContext.$current.withValue(traceContext) { await execute(handler, message) }
    }

    private func execute(_ handler: RPCServices.Handler, _ message: ReceivedMessage?) async {
        do {
            try await withUnsafeCurrentTask { task in
                let handle = task.map { HandlerTask(task: $0) }
                let isGone = running.withLock { running in
                    running.task = handle
                    return running.failure != nil
                }
                // The reference is valid in here only.
                defer { running.withLock { $0.task = nil } }
                if isGone { task?.cancel() }
                switch handler.body {
                case .inline(let body): if let message { try body(message, self) }
                case .message(let body): if let message { try await body(message, self) }
                case .stream(let body): try await body(self)
                }
            }
        } catch {
            end(RPCError(handler: error))
        }
    }

    /// The one message of a response, and its end; callable from anywhere.
    func respond(_ message: consuming [UInt8]) {
        guard connection.eventLoop.inEventLoop else {
            return connection.eventLoop.execute { [self, message] in respond(message) }
        }
        guard !isOver else { return }
        outgoing.append(message)
        end(nil)
    }

    func sendOutgoing() {
        guard !isOver else { return }
        if hasResponded { session.resume(self) } else { submitHead() }
        connection.setNeedsFlush()
    }

    /// The end of the call: nil is success. Callable from anywhere; the first end counts.
    func end(_ failure: RPCError?) {
        guard connection.eventLoop.inEventLoop else {
            return connection.eventLoop.execute { [self] in end(failure) }
        }
        if let outbound { takePending(of: outbound) }
        guard !isOver else { return }
        finish(failure?.code ?? .ok)
        let isTrailersOnly = failure != nil && !hasResponded && outgoing.isEmpty
        outgoingEnded = true
        if isTrailersOnly {
            session.submitResponse(trailers(of: failure, after: Self.head, response.withLock { $0 }), self)
        } else {
            let added = response.withLock { $0 }
            trailers = failure == nil && added == nil ? Self.success : .own(trailers(of: failure, after: HeaderFields(), added))
            if hasResponded { session.resume(self) } else { submitHead() }
        }
        connection.setNeedsFlush()
        if let failure { abandon(failure) }
        connection.wrote(calls: 1)
    }

    // MARK: ends that come from outside (on the loop)

    override func closed(_ code: HTTP2ErrorCode) {
        forwarding?.forwardReset(code)
        // A handler still reading or writing after the response was sent is also told that the call has ended.
        guard !isOver || inbound != nil || outbound != nil else { return }
        finish(.cancelled)
        abandon(.cancelled)
    }

    override func connectionLost(_ error: ConnectionError) {
        forwarding?.forwardReset(.cancel)
        finish(.cancelled)
        abandon(error.failure(.unknown))
    }

    override func deadlineExpired() {
        end(.deadlineExceeded)
    }

    override func drained(_ count: Int) {
        if let forwarding { return forwarding.nearDrained(count) }
        outbound?.sent(count)
    }

    // MARK: -

    /// Bytes of a failure's trailers, so that also peers that accept 8 KiB get the status.
    private static let longestTrailers = 8192

    /// What begins every response, and ends every one that went well.
    private static let head: HeaderFields = {
        var head = HeaderFields()
        head.append(":status", "200" as StaticString)
        head.append("content-type", "application/grpc" as StaticString)
        return head
    }()
    private static let sharedHead = SharedHeaderFields(head)
    private static let success: Trailers = {
        var trailers = HeaderFields()
        trailers.append("grpc-status", "0" as StaticString)
        return .shared(SharedHeaderFields(trailers))
    }()

    /// Cancels the handler, because no caller waits for it. Does nothing if it has ended.
    private func abandon(_ failure: RPCError) {
        inbound?.finish(failure)
        outbound?.fail(failure)
        running.withLock { running in
            if running.failure == nil { running.failure = failure }
            running.task?.task.cancel()
        }
    }

    private func submitHead() {
        hasResponded = true
        guard let added = response.withLock({ $0 }) else { return session.submitResponse(Self.sharedHead, self) }
        var headers = Self.head
        if let compression = added.compression { headers.append("grpc-encoding", compression.rawValue) }
        append(added.headers, to: &headers, limit: server.limits.maximumHeaderListSize)
        session.submitResponse(headers, self)
    }

    private func trailers(of failure: RPCError?, after head: HeaderFields, _ added: ResponseMetadata?) -> HeaderFields {
        var trailers = head
        trailers.append("grpc-status", "\((failure?.code ?? .ok).rawValue)")
        if let message = failure?.message, !message.isEmpty {
            trailers.append("grpc-message", PercentEncoding.encode(message, atMost: PercentEncoding.longestMessage))
        }
        if refusesEncoding { trailers.append("grpc-accept-encoding", "identity,gzip" as StaticString) }
        let limit = failure == nil ? server.limits.maximumHeaderListSize : Self.longestTrailers
        if let failure { append(failure.metadata, to: &trailers, limit: limit) }
        // A response that is nothing but trailers has no other place for what was meant to stand in front.
        if let added {
            if head.count > 0 { append(added.headers, to: &trailers, limit: limit) }
            append(added.trailers, to: &trailers, limit: limit)
        }
        return trailers
    }

    /// The call is over for us; that counts once.
    private func finish(_ code: StatusCode) {
        guard !isOver else { return }
        isOver = true
        letGo()
        guard let counted else { return }
        server.metrics?.record(counted.slot, code, nanoseconds: (connection.eventLoop.now - counted.since).nanoseconds)
    }

    /// What may not be sent, or is too much, is left out: a handler's slip must not break the call.
    private func append(_ metadata: Metadata, to headers: inout HeaderFields, limit: Int) {
        for entry in metadata.entries where Metadata.problem(entry) == nil {
            let size = headers.listSize + entry.name.utf8.count + entry.value.utf8.count + 32
            if size <= limit { headers.append(entry.name, entry.value) }
        }
    }

    private func refusePath() {
        let path = path
        let parts = path.split(separator: "/")
        let known = parts.count == 2 && services.services.contains(String(parts[0]))
        end(RPCError(.unimplemented, "\(known ? "method" : "service") of \(path) is not implemented here"))
    }

    /// What came of the request is not needed any more.
    private func letGo() {
        if unread > 0 {
            inbound?.discard()
            connection.session.release(unread, of: self)
        }
        guard held > 0 else { return }
        server.bytesHeld -= held
        held = 0
        message = nil
        deframer = MessageDeframer(maximumLength: 0)
    }

    /// A request that is not gRPC at all gets an HTTP status.
    private func refuseHTTP() {
        finish(.internalError)
        outgoingEnded = true
        var headers = HeaderFields()
        headers.append(":status", isPOST ? "415" as StaticString : "405")
        session.submitResponse(headers, self)
        connection.setNeedsFlush()
    }

    // MARK: forwarding

    private func forward(_ forwarder: any StreamForwarder) {
        let request = ForwardedRequest(path: path, authority: authority, metadata: metadata, peer: server.peer)
        switch forwarder.route(request) {
        case .refuse(let error): end(error)
        case .notHere: reset(.refusedStream)
        case .to(let target):
            forwarding = target.connection.openForwarded(target, fields, from: self)
            guard forwarding == nil else { return }
            target.onEnd()
            reset(.refusedStream)
        }
    }

    /// - Parameter far: The connection whose present read has brought them.
    func forwardHeaders(_ fields: HeaderFields, areTrailers: Bool, from far: ConnectionHandler) {
        guard !isOver else { return }
        if areTrailers {
            trailers = .own(fields)
        } else {
            hasResponded = true
            responseHead = fields
        }
        if !areTrailers { far.batch(self) }
    }

    /// The far leg is over, and let go: each leg holds the other.
    func forwardingEnded() { forwarding = nil }

    func forwardData(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver else { return }
        submitForwardedHead()
        outgoing.append(bytes)
        session.resume(self)
        connection.setNeedsFlush()
    }

    func forwardEnd() {
        guard !isOver else { return }
        finish((forwardedTrailers ?? responseHead)?["grpc-status"].flatMap(Int.init).flatMap(StatusCode.init) ?? .unknown)
        outgoingEnded = true
        submitForwardedHead()
        session.resume(self)
        connection.setNeedsFlush()
    }

    private var forwardedTrailers: HeaderFields? { if case .own(let fields) = trailers { fields } else { nil } }

    /// Ends the call without a status. After `refusedStream` the caller may try again elsewhere: nothing was done.
    func reset(_ code: HTTP2ErrorCode) {
        guard !isOver else { return }
        finish(StatusCode(http2Error: code))
        connection.reset(self, code)
    }

    /// The replica's connection broke under the call.
    func forwardLoss(_ error: ConnectionError) {
        guard !isOver else { return }
        let failure = RPCError(.unavailable, "the plugin disconnected: \(error.message)", metadata: ["hector-lost": "replica"])
        guard !hasResponded else {
            submitForwardedHead()
            return end(failure)
        }
        end(failure)
    }

    /// Sends the response's head that was held back to see whether its stream ends with it: when the read that
    /// brought it has ended, and not the response, the head goes out alone.
    private func submitForwardedHead() {
        guard let head = responseHead else { return }
        responseHead = nil
        session.submitResponse(head, self)
        connection.setNeedsFlush()
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
