internal import HectorCore
internal import HectorProto
internal import Logging
internal import NIOCore
internal import Synchronization

/// The server's side of one connection: starts handlers for its calls.
final class ServerConnection: ConnectionDelegate, @unchecked Sendable { // Confined to its event loop, where its task runs too.
    private let server: RPCServer
    private let remote: SocketAddress?
    /// What a log calls a peer without an address.
    static let local = "a local program"
    let services: RPCServices
    let handlers: HandlerTable
    let metrics: RPCMetrics?
    let limits: RPCLimits
    private(set) var peer: PeerCertificate?
    private let handler = Mutex<ConnectionHandler?>(nil)

    /// Calls whose handlers are to run on the loop, each in a task of its own.
    private var dispatched: [HandlerStart] = []
    /// Where the others run, once there was one, and their tasks.
    private var handlerExecutor: HandlerExecutor?
    private let handlerTasks = HandlerTasks()
    private var missingTasks = 0
    /// Handlers that were or will be started and have not ended. Those whose stream was reset count until they do.
    private let handlersRunning = Atomic(0)
    /// Bytes of requests that have come and whose calls have not ended, but for those of streams that wait to be read.
    var bytesHeld = 0
    private var isClosed = false
    private var pings: PingPolicing
    private var lifetime: ConnectionLifetime?
    private var lifetimeTimer: Scheduled<Void>?
    private var waiter: UnsafeContinuation<Void, Never>?

    init(_ server: RPCServer, from remote: SocketAddress?) {
        self.server = server
        self.remote = remote
        services = server.services
        handlers = server.handlers
        metrics = server.metrics
        limits = server.limits
        pings = PingPolicing(server.policy)
    }

    var attached: ConnectionHandler? { handler.withLock { $0 } }
    var executor: EventLoopExecutor? { attached?.executor }

    func attach(_ handler: ConnectionHandler) { self.handler.withLock { $0 = handler } }

    /// Runs the handlers of the connection's calls, until it is closed and they have ended.
    func run() async {
        await withDiscardingTaskGroup { group in
            while true {
                let batch = dispatched
                dispatched.removeAll(keepingCapacity: true)
                for start in batch {
                    group.addTask(executorPreference: executor) { [self] in
                        await start.run()
                        handlerEnded()
                    }
                }
                if let handlerExecutor {
                    for _ in 0..<missingTasks {
                        group.addTask(executorPreference: handlerExecutor) { [self] in await handlerTasks.run(self, on: handlerExecutor) }
                    }
                    missingTasks = 0
                }
                if !dispatched.isEmpty { continue }
                if isClosed { break }
                await withUnsafeContinuation { waiter = $0 }
            }
        }
    }

    /// Starts the call's handler; false if the limit of handlers is reached.
    func dispatch(_ call: HandledCall, _ handler: RPCServices.Handler, _ message: ReceivedMessage?) -> Bool {
        guard hasRoomForHandler else { return false }
        handlersRunning.add(1, ordering: .relaxed)
        let start = HandlerStart(call: call, handler: handler, message: message)
        switch handler.execution {
        case .onLoop:
            dispatched.append(start)
            wake()
        case .offLoop:
            let executor = handlerExecutor ?? call.connection.executor.handlerExecutor()
            handlerExecutor = executor
            if handlerTasks.add() {
                missingTasks += 1
                wake()
            }
            executor.enqueue(start)
        }
        return true
    }

    /// Hands a call to a task of the connection.
    func hand(_ start: HandlerStart) { handlerTasks.hand(start) }

    func handlerEnded() { handlersRunning.subtract(1, ordering: .relaxed) }

    func drain(grace: TimeAmount) {
        guard let handler = attached else { return }
        handler.onLoop { handler.drain(grace: grace) }
    }

    func connectionReady(_ connection: ConnectionHandler, peer: PeerCertificate?) {
        self.peer = peer
        lifetime = ConnectionLifetime(server.policy, jitter: server.random(0.9...1.1), now: connection.eventLoop.now)
        tick(connection)
    }

    /// Looks whether the connection has become too old, or is not used.
    private func tick(_ connection: ConnectionHandler) {
        let (calls, last) = (connection.session.streams.count, connection.session.lastStreamID)
        switch lifetime?.tick(now: connection.eventLoop.now, openCalls: calls, lastCall: last) {
        case .wait(let amount):
            lifetimeTimer = connection.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: amount) { [self] in tick(connection) }
        case .drain(let grace, let reason):
            server.log.debug("a connection is ended", metadata: ["from": "\(name)", "reason": "\(reason)"])
            connection.drain(grace: grace)
        case .rest, nil: break
        }
    }

    func pingReceived(_ connection: ConnectionHandler) {
        defer { connection.session.hasSentSincePing = false }
        let isTooMany = pings.pingReceived(
            now: connection.eventLoop.now, hasCalls: !connection.session.streams.isEmpty, hasSent: connection.session.hasSentSincePing)
        guard isTooMany else { return }
        connection.close(
            ConnectionError(.tooManyPings, "it sends more pings than are allowed"), telling: .enhanceYourCalm, "too_many_pings")
    }

    /// HTTP/2 bounds the streams; a peer that opens and resets them must not get more handlers than that, either.
    private var hasRoomForHandler: Bool { handlersRunning.load(ordering: .relaxed) < limits.maximumConcurrentStreams }

    /// A call that finds no room for its handler is refused before it sends its messages; `dispatch` looks again.
    func requestReceived(_ connection: ConnectionHandler, _ head: consuming CallHead, _ id: Int32) {
        guard hasRoomForHandler else { return connection.session.refuse(id) }
        if !head.isSound, let flaw = head.flaw {
            let call = HandledCall(self, connection, head, counted: nil)
            connection.session.accept(call, id)
            switch flaw {
            case .notGRPC(let status): call.refuseHTTP(status)
            case .failure(let error): call.end(error)
            }
            return
        }
        guard let handler = head.withPath({ handlers[$0] }) ?? nil else {
            return forward(connection, head, id)
        }
        let call = HandledCall(self, connection, head, counted: metrics == nil ? nil : (handler.slot, connection.lastRead))
        connection.session.accept(call, id)
        call.begin(handler)
    }

    /// Passes on a call that is for none of our handlers, or answers that the method is not implemented.
    private func forward(_ connection: ConnectionHandler, _ head: consuming CallHead, _ id: Int32) {
        let counted = metrics.map { ($0.slot(services.forwarder == nil ? "unknown" : head.path), connection.lastRead) }
        let refusal: RPCError
        if let forwarder = services.forwarder {
            let request = ForwardedRequest(path: head.path, authority: head.authority, metadata: head.metadata, peer: peer)
            switch forwarder.route(request) {
            case .to(let target):
                if let pair = ForwardedPair(head, from: connection, to: target, metrics: metrics, counted: counted) {
                    return connection.session.accept(pair, id)
                }
                target.onEnd()
                fallthrough
            case .notHere:
                if let (slot, since) = counted {
                    let code = StatusCode(http2Error: .refusedStream)
                    metrics?.record(slot, code, nanoseconds: (connection.eventLoop.now - since).nanoseconds)
                }
                return connection.session.refuse(id)
            case .refuse(let error): refusal = error
            }
        } else {
            refusal = services.notOffered(head.path)
        }
        let call = HandledCall(self, connection, head, counted: counted)
        connection.session.accept(call, id)
        call.end(refusal)
    }

    /// What one more call may have waiting to be sent.
    var writeHighWaterMark: Int {
        limits.writeHighWaterMark * 64 / max(64, handlersRunning.load(ordering: .relaxed))
    }

    func goAwayReceived(_ connection: ConnectionHandler) {}

    /// Nobody here has calls on a client.
    func silenceChanged(_ connection: ConnectionHandler, _ silence: PeerSilence) {}

    func connectionClosed(_ connection: ConnectionHandler, _ error: ConnectionError) {
        switch error.code {
        case .security, .protocolViolation, .tooManyPings:
            logRefusal(error, on: connection.eventLoop)
        default:
            server.log.debug("a connection ended", metadata: ["from": "\(name)", "reason": "\(singleLine(error.message, limit: 500))"])
        }
        isClosed = true
        handlerTasks.end()
        lifetimeTimer?.cancel()
        server.connectionClosed(self)
        wake()
    }

    func logRefusal(_ error: ConnectionError, on eventLoop: any EventLoop) {
        server.logRefusal(error, from: remote, now: eventLoop.now)
    }

    private var name: String { remote?.description ?? Self.local }

    private func wake() {
        guard let waiter else { return }
        self.waiter = nil
        waiter.resume()
    }
}
