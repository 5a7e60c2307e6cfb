package import HectorProto
package import NIOCore
internal import NIOPosix
package import SwiftProtobuf
internal import Synchronization

/// What a caller may add to a call.
package struct CallOptions: Sendable {
    /// How long the whole call may take; nil: for ever.
    package var timeout: Duration?
    package var metadata: Metadata
    /// Longest message accepted in the response; nil: the connection's limit.
    package var maximumMessageLength: Int?
    /// A call that is always under way, and no part of what the peer works on: `activity()` leaves it out.
    package var isBackground: Bool

    package init(
        timeout: Duration? = nil, metadata: Metadata = [:], maximumMessageLength: Int? = nil, isBackground: Bool = false
    ) {
        self.isBackground = isBackground
        self.timeout = timeout
        self.metadata = metadata
        self.maximumMessageLength = maximumMessageLength
    }
}

/// What a peer has done so far, and has to do.
package struct ConnectionActivity: Sendable {
    /// Parts of answers that have come.
    package var answers: UInt64
    /// Calls under way, forwarded ones included.
    package var calls: Int
}

/// A message with what travelled beside it.
package struct Response<Message: Sendable>: Sendable {
    package var message: Message
    package var headers: Metadata
    package var trailers: Metadata
}

/// One connection to a gRPC server. It is made, used and lost; whoever needs another makes another.
package final class ClientConnection: Sendable {
    private struct State {
        var peer: PeerCertificate?
        var isDraining = false
        var failure: ConnectionError?
        var ready: UnsafeContinuation<Void, any Error>?
        var closeWaiters: [UInt64: UnsafeContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
        var isReady = false
    }

    private let state = Mutex(State())
    private let handler = Mutex<ConnectionHandler?>(nil)
    package let endpoint: Endpoint
    private let authority: String
    private let isSecure: Bool
    private let limits: RPCLimits

    private init(endpoint: Endpoint, security: ConnectionSecurity, limits: RPCLimits) {
        self.endpoint = endpoint
        self.limits = limits
        switch security {
        case .plaintext:
            isSecure = false
            authority = "localhost"
        case .mutualTLS(let configuration):
            isSecure = true
            authority = configuration.serverName ?? "localhost"
        }
    }

    /// Connects, and returns when TLS and HTTP/2 stand.
    ///
    /// - Throws: `ConnectionError`, or `CancellationError`.
    package static func connect(
        to endpoint: Endpoint, security: ConnectionSecurity, on group: any EventLoopGroup,
        limits: RPCLimits = RPCLimits(), keepalive: KeepaliveConfiguration? = nil
    ) async throws -> ClientConnection {
        let context: TLSContext?
        do {
            switch security {
            case .plaintext: context = nil
            case .mutualTLS(let configuration): context = try TLSContext(.client, configuration)
            }
        } catch {
            throw ConnectionError(.security, error.message, cause: error)
        }
        let connection = ClientConnection(endpoint: endpoint, security: security, limits: limits)
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(clamping: limits.handshakeTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            // Nothing may be read before the handler is there.
            .channelOption(.autoRead, value: false)
        let channel: any Channel
        do {
            switch endpoint {
            case .unix(let path): channel = try await bootstrap.connect(unixDomainSocketPath: path).get()
            case .tcp(let host, let port): channel = try await bootstrap.connect(host: host, port: port).get()
            }
        } catch {
            throw ConnectionError(.unreachable, "\(endpoint) cannot be reached: \(reason(error))", cause: error)
        }
        // Only now: a name may have several addresses, each tried on a channel of its own.
        do {
            try await channel.eventLoop.submit {
                let handler = try ConnectionHandler(
                    role: .client, tls: context, limits: limits, keepalive: keepalive,
                    on: channel.eventLoop, delegate: connection)
                try channel.pipeline.syncOperations.addHandler(handler)
                connection.handler.withLock { $0 = handler }
                try channel.syncOptions?.setOption(.autoRead, value: true)
            }.get()
        } catch {
            channel.close(promise: nil)
            throw ConnectionError(.security, "\(endpoint): \(error)", cause: error)
        }
        try await connection.waitUntilReady()
        return connection
    }

    /// The server's certificate; nil without TLS.
    package var peer: PeerCertificate? { state.withLock { $0.peer } }

    /// Whether new calls can be made.
    package var isReady: Bool { state.withLock { $0.isReady && !$0.isDraining && $0.failure == nil } }

    // MARK: calls

    /// One message there, one back.
    ///
    /// - Throws: `RPCError`. Cancelling the task cancels the call on both sides.
    package func unary<Q, R>(_ method: Method<Q, R>, _ request: Q, options: CallOptions = CallOptions()) async throws -> R {
        try await unaryResponse(method, request, options: options).message
    }

    /// One message there, one back, with the metadata of the response.
    package func unaryResponse<Q, R>(
        _ method: Method<Q, R>, _ request: Q, options: CallOptions = CallOptions()
    ) async throws -> Response<R> {
        let handler = try liveHandler()
        let headers = try requestHeaders(method.path, options)
        let call = UncheckedCall(UnaryClientCall(handler, maximumMessageLength: options.maximumMessageLength ?? limits.maximumMessageLength))
        call.call.outgoing = try MessageCoding.frame(request)
        call.call.outgoingEnded = true
        let timeout = options.timeout
        let reply = try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                handler.onLoop {
                    call.call.start(continuation)
                    handler.open(call.call, headers, timeout: timeout, wasCancelled: call.wasCancelled)
                }
            }
        } onCancel: {
            handler.onLoop { call.cancel() }
        }
        return Response(message: try MessageCoding.decode(reply.message, as: R.self), headers: reply.headers, trailers: reply.trailers)
    }

    /// One message there, any number back.
    ///
    /// - Parameter body: Reads the responses. When it returns before their end, the call is cancelled.
    /// - Throws: What the body throws, an `RPCError` from reading included.
    package func serverStreaming<Q, R, T: Sendable>(
        _ method: Method<Q, R>, _ request: Q, options: CallOptions = CallOptions(),
        _ body: (ResponseStream<R>) async throws -> T
    ) async throws -> T {
        let handler = try liveHandler()
        let headers = try requestHeaders(method.path, options)
        let call = UncheckedCall(StreamingClientCall(handler, maximumMessageLength: options.maximumMessageLength ?? limits.maximumMessageLength))
        call.call.isBackground = options.isBackground
        call.call.outgoing = try MessageCoding.frame(request)
        call.call.outgoingEnded = true
        let timeout = options.timeout
        handler.onLoop { handler.open(call.call, headers, timeout: timeout, wasCancelled: call.wasCancelled) }
        return try await withTaskCancellationHandler {
            defer { handler.onLoop { call.cancel() } }
            return try await body(ResponseStream(inbound: call.call.inbound, handler: handler, call: call))
        } onCancel: {
            handler.onLoop { call.cancel() }
        }
    }

    // MARK: life

    /// Nil once the connection is closed.
    package func activity() async -> ConnectionActivity? {
        guard let handler = handler.withLock({ $0 }) else { return nil }
        return await withUnsafeContinuation { continuation in
            handler.onLoop {
                let calls = handler.session.streams.count { !$0.isReset && !$0.isBackground }
                continuation.resume(returning: ConnectionActivity(answers: handler.session.answers, calls: calls))
            }
        }
    }

    /// Runs tasks on the connection's event loop: calls made there cost no change of thread.
    ///
    ///     await withTaskExecutorPreference(connection.executor) { try await connection.unary(…) }
    ///
    /// Nil once the connection is closed. For code that neither blocks nor computes for long.
    package var executor: (any TaskExecutor)? { handler.withLock { $0?.executor } }

    /// Returns when the connection is over, with the reason; nil when the waiting task was cancelled first.
    package func waitUntilClosed() async -> ConnectionError? {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.failure != nil || Task.isCancelled { return true }
                    state.closeWaiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.closeWaiters.removeValue(forKey: id) }?.resume()
        }
        return state.withLock { $0.failure }
    }

    /// Lets the calls under way finish for so long, then closes. Returns when it is closed.
    package func close(grace: Duration = .zero) async {
        guard let handler = handler.withLock({ $0 }) else { return }
        handler.onLoop { handler.drain(grace: TimeAmount(clamping: grace)) }
        await withUnsafeContinuation { continuation in
            let isOver = state.withLock { state in
                if state.failure != nil { return true }
                state.nextWaiter += 1
                state.closeWaiters[state.nextWaiter] = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    // MARK: -

    func liveHandler() throws(RPCError) -> ConnectionHandler {
        let failure = state.withLock { state -> ConnectionError? in
            state.failure ?? (state.isDraining ? ConnectionError(.closedByPeer, "the peer takes no more calls") : nil)
        }
        if let failure { throw failure.failure(.notProcessed) }
        guard let handler = handler.withLock({ $0 }) else {
            throw ConnectionError(.closed, "the connection was closed").failure(.notProcessed)
        }
        return handler
    }

    private func waitUntilReady() async throws {
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                let result = state.withLock { state -> Result<Void, any Error>? in
                    if let failure = state.failure { return .failure(failure) }
                    if state.isReady { return .success(()) }
                    state.ready = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            if let handler = handler.withLock({ $0 }) {
                handler.onLoop { handler.close(ConnectionError(.closed, "connecting was cancelled")) }
            }
        }
    }

    private func requestHeaders(_ path: String, _ options: CallOptions) throws(RPCError) -> HeaderFields {
        for entry in options.metadata.entries {
            if let problem = Metadata.problem(entry) { throw RPCError(.internalError, problem, progress: .notProcessed) }
        }
        var headers = HeaderFields()
        headers.append(":method", "POST")
        headers.append(":scheme", isSecure ? "https" as StaticString : "http")
        headers.append(":path", path)
        headers.append(":authority", authority)
        headers.append("te", "trailers")
        headers.append("content-type", "application/grpc")
        headers.append("user-agent", "hector-rpc")
        if let timeout = options.timeout { headers.append("grpc-timeout", GRPCTimeout.encode(TimeAmount(clamping: timeout))) }
        headers.append(options.metadata)
        guard headers.listSize <= limits.maximumHeaderListSize else {
            throw RPCError(
                .resourceExhausted, "the metadata of the call makes \(headers.listSize) bytes of headers, more than \(limits.maximumHeaderListSize)",
                progress: .notProcessed)
        }
        return headers
    }

    /// What went wrong with a socket, in words.
    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason($0.error) } ?? error.dnsAError.map { _ in "no such host" } ?? "no address"
        case ChannelError.connectTimeout: "timed out"
        default: "\(error)"
        }
    }
}

extension ClientConnection: ConnectionDelegate {
    func connectionReady(_ connection: ConnectionHandler, peer: PeerCertificate?) {
        let ready = state.withLock { state in
            state.peer = peer
            state.isReady = true
            defer { state.ready = nil }
            return state.ready
        }
        ready?.resume()
    }

    func streamOpened(_ connection: ConnectionHandler) -> HTTP2Stream? { nil }

    func goAwayReceived(_ connection: ConnectionHandler) {
        state.withLock { $0.isDraining = true }
    }

    func connectionClosed(_ connection: ConnectionHandler, _ error: ConnectionError) {
        let (ready, waiters) = state.withLock { state in
            state.failure = error
            defer {
                state.ready = nil
                state.closeWaiters = [:]
            }
            return (state.ready, state.closeWaiters)
        }
        ready?.resume(throwing: error)
        for waiter in waiters.values { waiter.resume() }
        handler.withLock { $0 = nil }
    }
}

/// A call on its way between the caller's task and the connection's loop.
final class UncheckedCall<Call: ClientCall>: @unchecked Sendable { // The call is touched by its maker first, then on the loop only.
    let call: Call
    /// Set and read on the loop.
    private(set) var wasCancelled = false

    init(_ call: Call) { self.call = call }

    /// A call that is yet to be opened is refused then: its caller may not even be waiting yet.
    func cancel() {
        wasCancelled = true
        if call.id != 0 { call.cancel(.cancelled) }
    }
}

extension ConnectionHandler {
    /// Runs the body on the connection's loop: now, where we are on it.
    func onLoop(_ body: @escaping @Sendable () -> Void) {
        if eventLoop.inEventLoop { body() } else { eventLoop.execute(body) }
    }

    func open(_ call: ClientCall, _ headers: HeaderFields, timeout: Duration?, wasCancelled: Bool) {
        guard !wasCancelled else { return call.refuse(.cancelled) }
        guard isReady else {
            return call.refuse(ConnectionError(.closedByPeer, "the peer takes no more calls").failure(.notProcessed))
        }
        do {
            try session.submitRequest(headers, call)
        } catch {
            return call.refuse(error.failure(.notProcessed))
        }
        if let timeout {
            let deadline = NIODeadline.now() + TimeAmount(clamping: timeout)
            call.deadline = deadline
            watchDeadline(deadline)
        }
        setNeedsFlush()
    }
}

/// The responses of a streaming call, in order. Ends by throwing where the call does not end well.
package struct ResponseStream<Message: SwiftProtobuf.Message>: AsyncSequence {
    let inbound: InboundMessages
    let handler: ConnectionHandler
    let call: UncheckedCall<StreamingClientCall>

    package struct AsyncIterator: AsyncIteratorProtocol {
        let stream: ResponseStream
        private var batch: [ByteBuffer] = []
        private var position = 0

        init(stream: ResponseStream) { self.stream = stream }

        package mutating func next() async throws -> Message? {
            if position == batch.count {
                guard let next = try await stream.inbound.next() else { return nil }
                batch = next.messages
                position = 0
                let call = stream.call
                let handler = stream.handler
                let credit = next.credit
                handler.onLoop { handler.consume(credit, streamID: call.call.id) }
            }
            defer { position += 1 }
            return try MessageCoding.decode(batch[position], as: Message.self)
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }
}
