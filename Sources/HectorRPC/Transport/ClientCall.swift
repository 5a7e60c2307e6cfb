internal import NIOCore

/// The client's side of one call: what is common to all kinds. Lives on the connection's event loop.
class ClientCall: HTTP2Stream {
    final let connection: ConnectionHandler
    final private var deframer: MessageDeframer
    final private var httpStatus = 0
    final private var grpcStatus: Int?
    final private var grpcMessage = ""
    final private var isGRPC = false
    final private(set) var responseHeaders = Metadata()
    final private(set) var responseTrailers = Metadata()
    final private var inTrailers = false
    final private(set) var hasResponse = false
    final private var isFinished = false

    init(_ connection: ConnectionHandler, maximumMessageLength: Int) {
        self.connection = connection
        deframer = MessageDeframer(maximumLength: maximumMessageLength)
    }

    /// A whole message has come; so many bytes are to be credited to the sender once it has been read.
    func messageReceived(_ message: ByteBuffer, credit: Int) {}
    /// The call is over; nil is success. Called once.
    func finished(_ failure: RPCError?) {}

    /// Gives the call up: the peer is told, and so is the caller.
    final func cancel(_ failure: RPCError) {
        guard !isFinished else { return }
        connection.reset(self, .cancel)
        finish(failure)
    }

    override final func headerReceived(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        if name.first == UInt8(ascii: ":") {
            if name.equals(":status") { httpStatus = Int(String(decoding: value, as: UTF8.self)) ?? 0 }
        } else if name.equals("grpc-status") {
            grpcStatus = Int(String(decoding: value, as: UTF8.self)) ?? StatusCode.unknown.rawValue
        } else if name.equals("grpc-message") {
            grpcMessage = PercentEncoding.decode(value)
        } else if name.equals("content-type") {
            isGRPC = value.starts(with: "application/grpc".utf8)
        } else if !inTrailers {
            responseHeaders.append(wire: name, value)
        } else {
            responseTrailers.append(wire: name, value)
        }
    }

    override final func headersEnded(isTrailers: Bool, tooLarge: Bool) {
        hasResponse = true
        guard !tooLarge else {
            return cancel(RPCError(.resourceExhausted, "the response's headers are too large", progress: .responseStarted))
        }
        inTrailers = true
        guard !isTrailers, httpStatus >= 200 else { return }
        if httpStatus != 200 || !isGRPC, grpcStatus == nil {
            let code = httpStatus == 200 ? StatusCode.unknown : StatusCode(httpStatus: httpStatus)
            cancel(RPCError(code, "the peer does not answer as a gRPC server: HTTP status \(httpStatus)", progress: .responseStarted))
        }
    }

    override final func dataReceived(_ bytes: UnsafeRawBufferPointer) {
        deframer.append(bytes)
        do {
            while let (message, credit) = try deframer.next() {
                messageReceived(message, credit: credit)
                if isFinished { return }
            }
            connection.consume(deframer.earlyCredit(window: session.limits.streamWindow), streamID: id)
        } catch {
            cancel(error.failure)
        }
    }

    override final func remoteEnded() {
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
        finish(RPCError(code, grpcMessage, progress: hasMessage ? .responseStarted : .unknown, metadata: responseTrailers.isEmpty ? responseHeaders : responseTrailers))
    }

    /// Whether a message has been delivered.
    var hasMessage: Bool { false }

    override final func closed(_ code: HTTP2ErrorCode) {
        guard !isFinished else { return }
        let progress: RPCError.Progress = code == .refusedStream ? .notProcessed : hasResponse ? .responseStarted : .unknown
        let text =
            code == .refusedStream ? "the peer takes no more calls on this connection" : "the peer ended the call (HTTP/2 error \(code.rawValue))"
        finish(RPCError(StatusCode(http2Error: code), text, progress: progress))
    }

    override final func connectionLost(_ error: ConnectionError) {
        finish(error.failure(session.isUnsent(self) ? .notProcessed : hasResponse ? .responseStarted : .unknown))
    }

    override final func deadlineExpired() {
        cancel(.deadlineExceeded)
    }

    /// The call never got a stream.
    final func refuse(_ failure: RPCError) { finish(failure) }

    private func finish(_ failure: RPCError?) {
        guard !isFinished else { return }
        isFinished = true
        finished(failure)
    }
}

extension RPCError {
    static let deadlineExceeded = RPCError(.deadlineExceeded, "the deadline has passed")
    static let cancelled = RPCError(.cancelled, "the call was cancelled")
}

extension MessageDeframer.Failure {
    /// What it means to the call.
    var failure: RPCError {
        switch self {
        case .tooLarge(let length):
            RPCError(.resourceExhausted, "a message of \(length) bytes is longer than is accepted", progress: .responseStarted)
        case .compressed:
            RPCError(.unimplemented, "a message is compressed, which was not agreed on", progress: .responseStarted)
        case .malformed:
            RPCError(.internalError, "the framing of messages is broken", progress: .responseStarted)
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    func equals(_ text: StaticString) -> Bool {
        elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

/// A call with one message each way.
final class UnaryClientCall: ClientCall {
    struct Reply {
        var message: ByteBuffer
        var headers: Metadata
        var trailers: Metadata
    }

    private var message: ByteBuffer?
    private var continuation: UnsafeContinuation<Reply, any Error>?

    func start(_ continuation: UnsafeContinuation<Reply, any Error>) { self.continuation = continuation }

    override func messageReceived(_ message: ByteBuffer, credit: Int) {
        guard self.message == nil else {
            return cancel(RPCError(.internalError, "the peer answered with more than one message", progress: .responseStarted))
        }
        self.message = message
        connection.consume(credit, streamID: id)
    }

    override func finished(_ failure: RPCError?) {
        guard let continuation else { return }
        self.continuation = nil
        if let failure {
            continuation.resume(throwing: failure)
        } else if let message {
            continuation.resume(returning: Reply(message: message, headers: responseHeaders, trailers: responseTrailers))
        } else {
            continuation.resume(throwing: RPCError(.internalError, "the peer answered without a message", progress: .responseStarted))
        }
    }
}

/// A call with one message there and any number back.
final class StreamingClientCall: ClientCall {
    let inbound = InboundMessages()
    private var batch = InboundMessages.Batch()
    private var hasDelivered = false

    override var hasMessage: Bool { hasDelivered }

    override func messageReceived(_ message: ByteBuffer, credit: Int) {
        if batch.messages.isEmpty { connection.batch(self) }
        hasDelivered = true
        batch.messages.append(message)
        batch.credit += credit
    }

    override func batchEnded() {
        guard !batch.messages.isEmpty else { return }
        inbound.append(batch)
        batch = InboundMessages.Batch()
    }

    override func finished(_ failure: RPCError?) {
        batchEnded()
        inbound.finish(failure)
    }
}
