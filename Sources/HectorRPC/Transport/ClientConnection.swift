internal import HectorCore
package import HectorProto
package import NIOCore
internal import NIOPosix
internal import SwiftProtobuf
internal import Synchronization

/// What a caller may add to a call.
package struct CallOptions: Sendable {
    /// How long a stream of responses may make its reader wait. The peer is not told.
    package struct Progress: Sendable {
        /// For the first message.
        package var first: Duration
        /// For each one after it; the time that the reader itself takes does not count.
        package var next: Duration

        package init(first: Duration, next: Duration) {
            self.first = first
            self.next = next
        }
    }

    /// Time limit of the whole call, sent to the peer as `grpc-timeout`; nil: none.
    package var timeout: Duration?
    /// Progress limit, for streaming calls only; nil: none.
    package var progress: Progress?
    package var metadata: Metadata
    /// Longest message accepted in the response, unpacked; nil: the connection's limit.
    package var maximumMessageLength: Int?
    /// How our messages are packed; nil: not at all.
    package var compression: Compression?
    /// Whether the server may pack its messages with gzip.
    package var acceptsCompression: Bool
    /// A call that is always under way, and no part of what the peer works on: `activity()` leaves it out.
    package var isBackground: Bool
    /// A call that is made, and goes on, while the peer is silent: one that asks whether it still is.
    package var outlastsSilence: Bool
    /// Handed the response's trailers, of a failure too, before the caller learns of the call's end. Called at most once, on
    /// the connection's event loop: it must not block. A call that this side gives up, or that is lost, has none.
    package var onTrailers: (@Sendable (Metadata) -> Void)?

    package init(
        timeout: Duration? = nil, progress: Progress? = nil, metadata: Metadata = [:], maximumMessageLength: Int? = nil,
        compression: Compression? = nil, acceptsCompression: Bool = false,
        isBackground: Bool = false, outlastsSilence: Bool = false, onTrailers: (@Sendable (Metadata) -> Void)? = nil
    ) {
        self.timeout = timeout
        self.progress = progress
        self.metadata = metadata
        self.maximumMessageLength = maximumMessageLength
        self.compression = compression
        self.acceptsCompression = acceptsCompression
        self.isBackground = isBackground
        self.outlastsSilence = outlastsSilence
        self.onTrailers = onTrailers
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

/// One connection to a gRPC server. It does not reconnect: after a loss, create a new one.
package final class ClientConnection: Sendable {
    private struct State {
        var handler: ConnectionHandler?
        var peer: PeerCertificate?
        var isDraining = false
        var failure: ConnectionError?
        var ready: UnsafeContinuation<Void, any Error>?
        var closeWaiters = Waiters()
        var drainWaiters = Waiters()
        var silence = PeerSilence.heard
        var silenceWaiters = Waiters()
        var silenceObserver: (@Sendable (PeerSilence) -> Void)?
        var hasPingedTooOften = false
        var isResumed = false
        var isReady = false
    }

    private let state = Mutex(State())
    package let endpoint: Endpoint
    private let sharedFields: SharedHeaderFields
    private let limits: RPCLimits
    private let metrics: RPCMetrics?

    init(endpoint: Endpoint, security: ConnectionSecurity, limits: RPCLimits, metrics: RPCMetrics? = nil) {
        self.endpoint = endpoint
        self.limits = limits
        self.metrics = metrics
        switch security {
        case .plaintext:
            sharedFields = RequestHead.shared(scheme: "http", authority: "localhost")
        case .mutualTLS(let configuration):
            sharedFields = RequestHead.shared(scheme: "https", authority: configuration.serverName ?? "localhost")
        }
    }

    /// Connects, and returns when TLS and HTTP/2 stand.
    ///
    /// - Throws: `ConnectionError`, or `CancellationError`.
    package static func connect(
        to endpoint: Endpoint, security: ConnectionSecurity, on group: any EventLoopGroup,
        limits: RPCLimits = RPCLimits(), keepalive: KeepaliveConfiguration? = nil, metrics: RPCMetrics? = nil
    ) async throws -> ClientConnection {
        let connector = try ClientConnector(security, on: group, limits: limits, keepalive: keepalive, metrics: metrics)
        return try await connector.connect(to: endpoint)
    }

    static func connect(
        to endpoint: Endpoint, security: ConnectionSecurity, context: TLSContext?, on group: any EventLoopGroup,
        limits: RPCLimits, keepalive: KeepaliveConfiguration?, metrics: RPCMetrics?
    ) async throws -> ClientConnection {
        let connection = ClientConnection(endpoint: endpoint, security: security, limits: limits, metrics: metrics)
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(clamping: limits.handshakeTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            // Nothing may be read before the handler is there.
            .channelOption(.autoRead, value: false)
        let channel: any Channel
        do {
            switch endpoint {
            case .unix(let path): channel = try await opened(bootstrap.connect(unixDomainSocketPath: path))
            case .tcp(let address): channel = try await opened(bootstrap.connect(host: address.host, port: Int(address.port)))
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ConnectionError(
                .unreachable, "\(endpoint) cannot be reached: \(reason(error))", unreachable: .init(error), cause: error)
        }
        try await connection.start(over: channel, tls: context, keepalive: keepalive)
        return connection
    }

    /// Speaks over a channel that stands and has read nothing yet. Returns when TLS and HTTP/2 stand.
    func start(over channel: any Channel, tls context: TLSContext?, keepalive: KeepaliveConfiguration?) async throws {
        // Only now: a name may have several addresses, each tried on a channel of its own.
        do {
            try await channel.eventLoop.submit { [self] in
                let handler = try ConnectionHandler(
                    role: .client, tls: context, limits: limits, keepalive: keepalive,
                    on: channel.eventLoop, delegate: self, endpoint: endpoint)
                try channel.pipeline.syncOperations.addHandler(handler)
                state.withLock { $0.handler = handler }
                try channel.syncOptions?.setOption(.autoRead, value: true)
            }.get()
        } catch {
            channel.close(promise: nil)
            throw ConnectionError(.security, "\(endpoint): \(error)", cause: error)
        }
        try await waitUntilReady()
    }

    /// The channel, once it is there. A cancelled task does not wait for it: it is closed if it still comes.
    private static func opened(_ opening: EventLoopFuture<any Channel>) async throws -> any Channel {
        let promise = opening.eventLoop.makePromise(of: (any Channel).self)
        // Completed by this or by the cancellation, whichever comes first.
        opening.whenComplete { result in
            promise.completeWith(result)
            if case .success(let channel) = result {
                promise.futureResult.whenFailure { _ in channel.close(promise: nil) }
            }
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            promise.fail(CancellationError())
        }
    }

    /// The server's certificate; nil without TLS.
    package var peer: PeerCertificate? { state.withLock { $0.peer } }

    /// Whether TLS went on from the session of an earlier connection.
    package var isResumed: Bool { state.withLock { $0.isResumed } }

    /// Whether new calls can be made.
    package var isReady: Bool {
        state.withLock { state in
            if case .silent = state.silence { return false }
            return state.isReady && !state.isDraining && state.failure == nil
        }
    }

    // MARK: calls

    /// One message there, one back.
    ///
    /// - Throws: `RPCError`. Cancelling the task cancels the call on both sides.
    package func unary<Q, R>(_ method: Method<Q, R>, _ request: Q, options: CallOptions = CallOptions()) async throws -> R {
        let call = try await unaryCall(method, request, options)
        return call.hasLongMessage(as: R.self) ? try await longResponse(of: call) : try response(of: call)
    }

    /// One message there, one back, with the metadata of the response.
    package func unaryResponse<Q, R>(
        _ method: Method<Q, R>, _ request: Q, options: CallOptions = CallOptions()
    ) async throws -> Response<R> {
        let call = try await unaryCall(method, request, options)
        let message: R = call.hasLongMessage(as: R.self) ? try await longResponse(of: call) : try response(of: call)
        return Response(message: message, headers: call.responseHeaders, trailers: call.responseTrailers)
    }

    /// One message there, any number back.
    ///
    /// - Parameter body: Reads the responses. When it returns before their end, the call is cancelled.
    /// - Throws: What the body throws, an `RPCError` from reading included.
    package func serverStreaming<Q, R, T: Sendable>(
        _ method: Method<Q, R>, _ request: Q, options: CallOptions = CallOptions(),
        _ body: (MessageStream<R>) async throws -> T
    ) async throws -> T {
        let request = try MessageCoding.frame(request, compression: options.compression)
        return try await withStream(method.path, options, whole: request) { call in
            try await body(MessageStream(inbound: call.inbound, call: call, limit: call.maximumMessageLength))
        }
    }

    /// Any number of messages there, one back.
    ///
    /// - Parameter body: Writes the requests; they end when it returns. A server may answer before their end: then
    ///   writing throws, and its answer counts.
    /// - Throws: `RPCError`, or what the body throws: then the call is cancelled.
    package func clientStreaming<Q, R>(
        _ method: Method<Q, R>, options: CallOptions = CallOptions(), _ body: (RequestWriter<Q>) async throws -> Void
    ) async throws -> R {
        try await clientStreamingResponse(method, options: options, body).message
    }

    /// Any number of messages there, one back, with the metadata of the response. Otherwise as `clientStreaming`.
    package func clientStreamingResponse<Q, R>(
        _ method: Method<Q, R>, options: CallOptions = CallOptions(), _ body: (RequestWriter<Q>) async throws -> Void
    ) async throws -> Response<R> {
        try await withStream(method.path, options, whole: nil) { call in
            do {
                try await body(RequestWriter(call: call, compression: options.compression))
            } catch let error as RPCError where error.isEndOfCall {
                // What it ended with is read below.
            }
            call.finishWriting()
            let stream = MessageStream<R>(inbound: call.inbound, call: call, limit: call.maximumMessageLength)
            var responses = stream.makeAsyncIterator()
            guard let response = try await responses.next() else {
                throw RPCError(.internalError, "the peer answered without a message", progress: .responseStarted)
            }
            guard try await responses.next() == nil else {
                throw RPCError(.internalError, "the peer answered with more than one message", progress: .responseStarted)
            }
            return Response(message: response, headers: await stream.headers, trailers: await stream.trailers)
        }
    }

    /// Any number of messages each way.
    ///
    /// - Parameter body: Writes requests and reads responses, one after the other or at the same time. It says
    ///   `finish()` to the writer when there are no more requests. When it returns before the end of the responses, the
    ///   call is cancelled.
    /// - Throws: What the body throws, an `RPCError` from reading or writing included.
    package func bidirectionalStreaming<Q, R, T: Sendable>(
        _ method: Method<Q, R>, options: CallOptions = CallOptions(),
        _ body: (RequestWriter<Q>, MessageStream<R>) async throws -> T
    ) async throws -> T {
        try await withStream(method.path, options, whole: nil) { call in
            try await body(
                RequestWriter(call: call, compression: options.compression),
                MessageStream(inbound: call.inbound, call: call, limit: call.maximumMessageLength))
        }
    }

    private func unaryCall<Q, R>(_ method: Method<Q, R>, _ request: Q, _ options: CallOptions) async throws -> UnaryClientCall {
        let handler = try liveHandler()
        let call = UnaryClientCall(
            handler, try requestHead(method.path, options), options, metrics,
            maximumMessageLength: options.maximumMessageLength ?? limits.maximumMessageLength)
        call.outgoing.append(try MessageCoding.frame(request, compression: options.compression))
        call.outgoingEnded = true
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isOnLoop = handler.eventLoop.inEventLoop
                call.start(continuation, isOffLoop: !isOnLoop)
                if isOnLoop { handler.open(call) } else { handler.executor.open(call) }
            }
        } onCancel: {
            call.cancelFromCaller()
        }
        return call
    }

    private func response<R: SwiftProtobuf.Message>(of call: UnaryClientCall) throws(RPCError) -> R {
        do throws(RPCError) {
            return try MessageCoding.decode(message(of: call), as: R.self, limit: call.maximumMessageLength)
        } catch {
            throw call.withTrailers(error)
        }
    }

    private func message(of call: UnaryClientCall) throws(RPCError) -> ReceivedMessage {
        if let failure = call.failure { throw failure }
        // It ends with one of the two.
        guard let message = call.message else { throw .cancelled }
        return message
    }

    private func longResponse<R: SwiftProtobuf.Message>(of call: UnaryClientCall) async throws -> R {
        do {
            return try await MessageCoding.decodeElsewhere(message(of: call), as: R.self, limit: call.maximumMessageLength)
        } catch let error as RPCError {
            throw call.withTrailers(error)
        }
    }

    /// - Parameter whole: The one message of the request, where there is but one.
    private func withStream<T>(
        _ path: String, _ options: CallOptions, whole: [UInt8]?, _ body: (StreamingClientCall) async throws -> T
    ) async throws -> T {
        let handler = try liveHandler()
        let call = StreamingClientCall(
            handler, try requestHead(path, options), options, metrics,
            maximumMessageLength: options.maximumMessageLength ?? limits.maximumMessageLength,
            highWaterMark: limits.writeHighWaterMark)
        if let whole {
            call.outgoing.append(whole)
            call.outgoingEnded = true
        }
        handler.onLoop { handler.open(call) }
        return try await withTaskCancellationHandler {
            defer { call.cancelFromCaller() }
            return try await body(call)
        } onCancel: {
            call.cancelFromCaller()
        }
    }

    // MARK: life

    /// Nil once the connection is closed.
    package func activity() async -> ConnectionActivity? {
        guard let handler = state.withLock({ $0.handler }) else { return nil }
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
    package var executor: (any TaskExecutor)? { state.withLock { $0.handler?.executor } }

    /// Returns when the connection is over, with the reason; nil when the waiting task was cancelled first.
    package func waitUntilClosed() async -> ConnectionError? {
        await state.wait(in: \.closeWaiters) { $0.failure != nil }
        return state.withLock { $0.failure }
    }

    /// What went over the connection so far; nil once it is closed.
    package func counters() async -> ConnectionCounters? {
        await state.withLock { $0.handler }?.readCounters()
    }

    /// Returns when no more calls can be made, with the reason; nil when the waiting task was cancelled first. Calls under
    /// way may still go on.
    package func waitUntilNotReady() async -> ConnectionError? {
        await state.wait(in: \.drainWaiters) { $0.failure != nil || $0.isDraining }
        return state.withLock { state in
            guard state.isDraining || state.failure != nil else { return nil }
            if state.hasPingedTooOften { return ConnectionError(.tooManyPings, "the peer closed the connection because of too many pings") }
            return state.failure ?? ConnectionError(.closedByPeer, "the peer accepts no more calls")
        }
    }

    /// Has this called at every change, on the connection's event loop and before calls fail for it: it must not block. Called now
    /// where the peer does not answer already.
    package func observeSilence(_ observer: @escaping @Sendable (PeerSilence) -> Void) {
        guard let handler = state.withLock({ $0.handler }) else { return }
        handler.onLoop { [self] in
            // Closed in the meantime: nobody would let go of it.
            let isOpen = state.withLock { state in
                if state.handler != nil { state.silenceObserver = observer }
                return state.handler != nil
            }
            if isOpen, handler.silence != .heard { observer(handler.silence) }
        }
    }

    /// Returns when the peer does not answer; false when the connection is closed, or the task cancelled, first.
    package func waitUntilQuiet() async -> Bool {
        await wait { $0 != .heard }
        return state.withLock { $0.silence != .heard && $0.failure == nil } && !Task.isCancelled
    }

    /// Returns when the peer has been heard, the connection is closed, or the task is cancelled.
    package func waitUntilHeard() async {
        await wait { $0 == .heard }
    }

    private func wait(until isSo: @Sendable (PeerSilence) -> Bool) async {
        // Woken by every change.
        while !Task.isCancelled, state.withLock({ !isSo($0.silence) && $0.failure == nil }) {
            await state.wait(in: \.silenceWaiters) { isSo($0.silence) || $0.failure != nil }
        }
    }

    /// Treats the peer as silent: its owner knows more than the connection. Calls without a response fail as on a lost connection, and
    /// new ones are refused, until something comes.
    package func fallSilent(_ reason: String) {
        guard let handler = state.withLock({ $0.handler }) else { return }
        handler.onLoop {
            // It may have been heard in the meantime.
            if handler.silence != .heard { handler.fallSilent(ConnectionError(.unresponsive, reason)) }
        }
    }

    /// Has calls of a silent peer fail whose response has begun.
    package func endBegunCalls() {
        guard let handler = state.withLock({ $0.handler }) else { return }
        handler.onLoop { handler.endBegunCalls() }
    }

    /// Cuts off all calls: they fail with UNAVAILABLE and this text, whether or not their response has begun, and the peer is told that
    /// nobody waits for them. The connection goes on.
    package func endCalls(_ reason: String) {
        guard let handler = state.withLock({ $0.handler }) else { return }
        handler.onLoop { handler.endCalls(ConnectionError(.closed, reason), begun: true) }
    }

    /// Pings as this says from now on, and lets TCP find out whether the peer's machine is there.
    package func setKeepalive(_ keepalive: KeepaliveConfiguration) {
        guard let handler = state.withLock({ $0.handler }) else { return }
        handler.onLoop { handler.setKeepalive(keepalive) }
    }

    /// Gives calls in progress `grace` to finish, then closes. Returns when it is closed.
    package func close(grace: Duration = .zero) async {
        guard let handler = state.withLock({ $0.handler }) else { return }
        handler.onLoop { handler.drain(grace: TimeAmount(clamping: grace)) }
        await withUnsafeContinuation { continuation in
            let isOver = state.withLock { state in
                if state.failure != nil { return true }
                state.closeWaiters.add(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    // MARK: -

    func liveHandler() throws(RPCError) -> ConnectionHandler {
        if let handler = state.withLock({ $0.isDraining ? nil : $0.handler }) { return handler }
        throw (state.withLock { $0.failure } ?? ConnectionError(.closedByPeer, "the peer accepts no more calls")).failure(.notProcessed)
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
            if let handler = state.withLock({ $0.handler }) {
                handler.onLoop { handler.close(ConnectionError(.closed, "connecting was cancelled")) }
            }
        }
    }

    private func requestHead(_ path: String, _ options: CallOptions) throws(RPCError) -> RequestHead {
        var head = RequestHead(shared: sharedFields, path: path)
        if let compression = options.compression { head.own.append("grpc-encoding", compression.rawValue) }
        if options.acceptsCompression { head.own.append("grpc-accept-encoding", "identity,gzip" as StaticString) }
        if let context = TraceContext.current { head.append(context, unless: options.metadata) }
        if let timeout = options.timeout { head.own.append("grpc-timeout", GRPCTimeout.encode(TimeAmount(clamping: timeout))) }
        guard !options.metadata.isEmpty else { return head }
        for entry in options.metadata.entries {
            if let problem = Metadata.problem(entry) { throw RPCError(.internalError, problem, progress: .notProcessed) }
        }
        head.own.append(options.metadata)
        guard head.listSize <= limits.maximumHeaderListSize else {
            throw RPCError(
                .resourceExhausted, "the metadata of the call makes \(head.listSize) bytes of headers, more than \(limits.maximumHeaderListSize)",
                progress: .notProcessed)
        }
        return head
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
            state.isResumed = connection.isResumed
            defer { state.ready = nil }
            return state.ready
        }
        ready?.resume()
    }

    func requestReceived(_ connection: ConnectionHandler, _ head: consuming CallHead, _ id: Int32) {
        assertionFailure("the peer of a client opens no streams: push is switched off")
        connection.session.refuse(id)
    }

    func goAwayReceived(_ connection: ConnectionHandler) {
        let waiters = state.withLock { state in
            state.isDraining = true
            state.hasPingedTooOften = connection.hasPingedTooOften
            return state.drainWaiters.removeAll()
        }
        for waiter in waiters { waiter.resume() }
    }

    func silenceChanged(_ connection: ConnectionHandler, _ silence: PeerSilence) {
        let (observer, waiters) = state.withLock { state in
            state.silence = silence
            return (state.silenceObserver, state.silenceWaiters.removeAll())
        }
        observer?(silence)
        for waiter in waiters { waiter.resume() }
    }

    func pingReceived(_ connection: ConnectionHandler) {}

    func connectionClosed(_ connection: ConnectionHandler, _ error: ConnectionError) {
        let (ready, waiters) = state.withLock { state in
            state.failure = error
            state.handler = nil
            state.silenceObserver = nil
            defer { state.ready = nil }
            return (state.ready, state.closeWaiters.removeAll() + state.drainWaiters.removeAll() + state.silenceWaiters.removeAll())
        }
        ready?.resume(throwing: error)
        for waiter in waiters { waiter.resume() }
    }
}

extension ConnectionHandler {
    /// Runs the body on the connection's loop: now, where we are on it.
    func onLoop(_ body: @escaping @Sendable () -> Void) {
        if eventLoop.inEventLoop { body() } else { eventLoop.execute(body) }
    }

    func open(_ call: ClientCall) {
        if let metrics = call.metrics { call.counted = (slot(of: call.head.path, in: metrics), eventLoop.now) }
        guard !call.wasCancelled else { return call.refuse(.cancelled) }
        guard isReady else {
            return call.refuse(ConnectionError(.closedByPeer, "the peer accepts no more calls").failure(.notProcessed))
        }
        if let refusal, !call.outlastsSilence { return call.refuse(refusal.failure(.notProcessed)) }
        do {
            try session.submitRequest(call.head, call)
        } catch {
            return call.refuse(error.failure(.notProcessed))
        }
        watchPeer()
        call.startDeadlines(now: eventLoop.now)
        if let deadline = call.deadline { watchDeadline(deadline) }
        setNeedsFlush()
        wrote(calls: 1)
    }
}

extension RequestHead {
    /// The caller's own metadata takes precedence.
    fileprivate mutating func append(_ context: TraceContext, unless metadata: Metadata) {
        if let parent = context.traceParent, metadata[TraceContext.traceParentName] == nil {
            own.append(TraceContext.traceParentName, parent)
        }
        if let id = context.requestID, metadata[TraceContext.requestIDName] == nil {
            own.append(TraceContext.requestIDName, id)
        }
    }
}
