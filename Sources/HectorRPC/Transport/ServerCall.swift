internal import NIOCore
internal import Synchronization

/// The server's side of one call. As a stream it lives on the connection's event loop; what a handler
/// calls may come from anywhere.
final class ServerCall: HTTP2Stream, @unchecked Sendable { // The stream's part is confined to the loop, the rest is guarded.
    struct Request {
        var path = ""
        var authority = ""
        var metadata = Metadata()
        var timeout: TimeAmount?
        var isPOST = false
        var isGRPC = false
        var badTimeout = false
    }

    let server: ServerConnection
    let connection: ConnectionHandler
    /// Written on the loop before the handler begins, read-only afterwards.
    private(set) var request = Request()
    /// All header fields, where the call may be forwarded.
    private var fields: HeaderFields?
    private var forwarding: ForwardedCall?
    private var responseHead: HeaderFields?
    private var deframer: MessageDeframer
    private var message: ByteBuffer?
    private var hasResponded = false
    private var isOver = false

    private struct HandlerTask: @unchecked Sendable { // Any task may cancel another; nothing else is done with it.
        var task: UnsafeCurrentTask
    }

    /// What handler and loop share.
    private struct Shared {
        var handler: HandlerTask?
        var failure: RPCError?
        var headers = Metadata()
        var trailers = Metadata()
        /// Written off the loop, on its way there.
        var pending = ByteBuffer()
        var isScheduled = false
        /// Bytes written and not yet sent.
        var unsent = 0
        var writer: UnsafeContinuation<Void, any Error>?
    }

    private let shared = Mutex(Shared())

    init(_ server: ServerConnection, _ connection: ConnectionHandler) {
        self.server = server
        self.connection = connection
        deframer = MessageDeframer(maximumLength: server.limits.maximumMessageLength)
        if server.services.forwarder != nil { fields = HeaderFields() }
    }

    // MARK: request

    override func headerReceived(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        fields?.append(name, value)
        if name.first == UInt8(ascii: ":") {
            if name.equals(":path") {
                request.path = String(decoding: value, as: UTF8.self)
            } else if name.equals(":authority") {
                request.authority = String(decoding: value, as: UTF8.self)
            } else if name.equals(":method") {
                request.isPOST = value.equals("POST")
            }
        } else if name.equals("content-type") {
            request.isGRPC = value.starts(with: "application/grpc".utf8)
        } else if name.equals("grpc-timeout") {
            request.timeout = GRPCTimeout.decode(value)
            request.badTimeout = request.timeout == nil
        } else if !name.equals("te") {
            request.metadata.append(wire: name, value)
        }
    }

    override func headersEnded(isTrailers: Bool, tooLarge: Bool) {
        guard !isTrailers else { return }
        if tooLarge { return end(RPCError(.resourceExhausted, "the request's headers are larger than is accepted")) }
        guard request.isGRPC, request.isPOST else { return refuseHTTP() }
        if request.badTimeout { return end(RPCError(.internalError, "grpc-timeout is malformed")) }
        if let forwarder = server.services.forwarder, server.services.handlers[request.path] == nil, let fields {
            forward(forwarder, fields)
            return
        }
        if let timeout = request.timeout {
            let at = NIODeadline.now() + timeout
            deadline = at
            connection.watchDeadline(at)
        }
        guard server.services.handlers[request.path] != nil else {
            let parts = request.path.split(separator: "/")
            let known = parts.count == 2 && server.services.services.contains(String(parts[0]))
            return end(RPCError(.unimplemented, "\(known ? "method" : "service") of \(request.path) is not offered here"))
        }
    }

    override func dataReceived(_ bytes: UnsafeRawBufferPointer) {
        if let forwarding { return forwarding.forward(bytes) }
        defer { connection.consume(bytes.count, streamID: id) }
        guard !isOver else { return }
        deframer.append(bytes)
        do {
            while let (message, _) = try deframer.next() {
                guard self.message == nil else {
                    return end(RPCError(.internalError, "the request has more than one message"))
                }
                self.message = message
            }
        } catch {
            end(error.failure)
        }
    }

    override func remoteEnded() {
        if let forwarding { return forwarding.forwardEnd() }
        guard !isOver else { return }
        guard let message, deframer.unfinished == 0 else {
            return end(RPCError(.internalError, message == nil ? "the request has no message" : "the request ends inside a message"))
        }
        self.message = nil
        guard let handler = server.services.handlers[request.path] else { return }
        server.dispatch(self, handler, message)
    }

    // MARK: handler

    /// Runs the handler; its task is cancelled when the caller goes away or its deadline passes.
    func run(_ handler: RPCServices.Handler, _ message: ByteBuffer) async {
        do {
            try await withUnsafeCurrentTask { task in
                let handle = task.map { HandlerTask(task: $0) }
                let isGone = shared.withLock { shared in
                    shared.handler = handle
                    return shared.failure != nil
                }
                // The reference is valid in here only.
                defer { shared.withLock { $0.handler = nil } }
                if isGone { task?.cancel() }
                try await handler.body(message, self)
            }
        } catch {
            let failure =
                switch error {
                case let error as RPCError: error
                case is CancellationError: RPCError.cancelled
                default: RPCError(.unknown, "\(error)", cause: error)
                }
            connection.onLoop { self.end(failure) }
        }
    }

    func setHeaders(_ metadata: Metadata) { shared.withLock { $0.headers = metadata } }

    func setTrailers(_ metadata: Metadata) { shared.withLock { $0.trailers = metadata } }

    /// The one message of a unary response, and its end.
    func respond(_ message: ByteBuffer) {
        connection.onLoop { [self] in
            guard !isOver else { return }
            outgoing.writeImmutableBuffer(message)
            end(nil)
        }
    }

    /// One message of a streamed response.
    func write(_ message: ByteBuffer) async throws {
        if connection.eventLoop.inEventLoop {
            let failure = shared.withLock { shared in
                shared.unsent += message.readableBytes
                return shared.failure
            }
            if let failure { throw failure }
            outgoing.writeImmutableBuffer(message)
            send()
        } else {
            let mustWake = try shared.withLock { shared in
                if let failure = shared.failure { throw failure }
                shared.unsent += message.readableBytes
                shared.pending.writeImmutableBuffer(message)
                defer { shared.isScheduled = true }
                return !shared.isScheduled
            }
            if mustWake { connection.eventLoop.execute { [self] in takePending() } }
        }
        try await waitForRoom()
    }

    /// The end of the call: nil is success. Callable from anywhere; the first end counts.
    func end(_ failure: RPCError?) {
        guard connection.eventLoop.inEventLoop else {
            return connection.eventLoop.execute { [self] in end(failure) }
        }
        takePending()
        guard !isOver else { return }
        isOver = true
        let (headers, trailing) = shared.withLock { ($0.headers, $0.trailers) }
        let isTrailersOnly = failure != nil && !hasResponded && outgoing.readableBytes == 0
        var trailers = HeaderFields(reservingFields: 4, bytes: 64)
        if isTrailersOnly { Self.appendResponse(&trailers) }
        let code = failure?.code ?? .ok
        trailers.append("grpc-status", "\(code.rawValue)")
        if let message = failure?.message, !message.isEmpty {
            trailers.append("grpc-message", PercentEncoding.encode(message, atMost: Self.longestMessage))
        }
        append(trailing, to: &trailers)
        if let failure { append(failure.metadata, to: &trailers) }
        outgoingEnded = true
        if isTrailersOnly {
            session.submitResponse(trailers, self)
        } else {
            self.trailers = trailers
            if hasResponded { session.resume(self) } else { submitHead(headers) }
        }
        connection.setNeedsFlush()
        if let failure { abandon(failure) }
    }

    // MARK: ends that come from outside (on the loop)

    override func closed(_ code: HTTP2ErrorCode) {
        forwarding?.forwardReset(code)
        isOver = true
        abandon(.cancelled)
    }

    override func connectionLost(_ error: ConnectionError) {
        forwarding?.forwardReset(.cancel)
        isOver = true
        abandon(error.failure(.unknown))
    }

    override func deadlineExpired() {
        end(.deadlineExceeded)
    }

    override func drained(_ count: Int) {
        if let forwarding { return forwarding.nearDrained(count) }
        let low = server.limits.writeHighWaterMark / 2
        let writer = shared.withLock { shared -> UnsafeContinuation<Void, any Error>? in
            shared.unsent -= count
            guard shared.unsent <= low, let writer = shared.writer else { return nil }
            shared.writer = nil
            return writer
        }
        writer?.resume()
    }

    // MARK: -

    /// A status text of more bytes tells nobody more, and might not fit into the peer's header limit.
    private static let longestMessage = 4096

    private func abandon(_ failure: RPCError) {
        let writer = shared.withLock { shared in
            if shared.failure == nil { shared.failure = failure }
            defer { shared.writer = nil }
            shared.handler?.task.cancel()
            return shared.writer
        }
        writer?.resume(throwing: failure)
    }

    private func takePending() {
        let pending = shared.withLock { shared in
            shared.isScheduled = false
            defer { shared.pending = ByteBuffer() }
            return shared.pending
        }
        guard pending.readableBytes > 0, !isOver else { return }
        outgoing.writeImmutableBuffer(pending)
        send()
    }

    private func send() {
        guard !isOver else { return }
        if hasResponded {
            session.resume(self)
        } else {
            submitHead(shared.withLock { $0.headers })
        }
        connection.setNeedsFlush()
    }

    private func submitHead(_ metadata: Metadata) {
        hasResponded = true
        var headers = HeaderFields(reservingFields: 4, bytes: 64)
        Self.appendResponse(&headers)
        append(metadata, to: &headers)
        session.submitResponse(headers, self)
    }

    private static func appendResponse(_ headers: inout HeaderFields) {
        headers.append(":status", "200" as StaticString)
        headers.append("content-type", "application/grpc" as StaticString)
    }

    /// What may not be sent, or is too much, is left out: a handler's slip must not break the call.
    private func append(_ metadata: Metadata, to headers: inout HeaderFields) {
        for entry in metadata.entries where Metadata.problem(entry) == nil {
            let size = headers.listSize + entry.name.utf8.count + entry.value.utf8.count + 32
            if size <= server.limits.maximumHeaderListSize { headers.append(entry.name, entry.value) }
        }
    }

    private func waitForRoom() async throws {
        let high = server.limits.writeHighWaterMark
        guard shared.withLock({ $0.unsent > high }) else { return }
        try await withUnsafeThrowingContinuation { continuation in
            let result = shared.withLock { shared -> Result<Void, any Error>? in
                if let failure = shared.failure { return .failure(failure) }
                guard shared.unsent > high else { return .success(()) }
                shared.writer = continuation
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// A request that is not gRPC at all gets an HTTP status.
    private func refuseHTTP() {
        isOver = true
        outgoingEnded = true
        var headers = HeaderFields()
        headers.append(":status", request.isPOST ? "415" as StaticString : "405")
        session.submitResponse(headers, self)
        connection.setNeedsFlush()
    }

    // MARK: forwarding

    private func forward(_ forwarder: any StreamForwarder, _ fields: HeaderFields) {
        self.fields = nil
        let request = ForwardedRequest(
            path: request.path, authority: request.authority, metadata: request.metadata, peer: server.peer)
        switch forwarder.route(request) {
        case .refuse(let error): end(error)
        case .notHere: forwardReset(.refusedStream)
        case .to(let target):
            forwarding = target.connection.openForwarded(target, fields, from: self)
            guard forwarding == nil else { return }
            target.onEnd()
            forwardReset(.refusedStream)
        }
    }

    func forwardHeaders(_ fields: HeaderFields, areTrailers: Bool) {
        guard !isOver else { return }
        if areTrailers {
            trailers = fields
        } else {
            hasResponded = true
            responseHead = fields
        }
        if !areTrailers { connection.batch(self) }
    }

    func forwardData(_ bytes: UnsafeRawBufferPointer) {
        guard !isOver else { return }
        submitForwardedHead()
        outgoing.writeBytes(bytes)
        session.resume(self)
        connection.setNeedsFlush()
    }

    func forwardEnd() {
        guard !isOver else { return }
        isOver = true
        outgoingEnded = true
        submitForwardedHead()
        session.resume(self)
        connection.setNeedsFlush()
    }

    func forwardReset(_ code: HTTP2ErrorCode) {
        guard !isOver else { return }
        isOver = true
        connection.reset(self, code)
    }

    /// The replica's connection broke under the call.
    func forwardLoss(_ error: ConnectionError) {
        guard !isOver else { return }
        let failure = RPCError(.unavailable, "the plugin went away: \(error.message)", metadata: ["hector-lost": "replica"])
        guard !hasResponded else {
            submitForwardedHead()
            return end(failure)
        }
        end(failure)
    }

    /// Sends the response's head that was held back to see whether its stream ends with it.
    private func submitForwardedHead() {
        guard let head = responseHead else { return }
        responseHead = nil
        session.submitResponse(head, self)
        connection.setNeedsFlush()
    }

    /// The read that brought the response's head has ended, and not the response: the head goes out alone.
    override func batchEnded() {
        submitForwardedHead()
    }
}
