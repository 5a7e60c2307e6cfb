internal import Glibc
internal import HectorCore
package import Logging
package import NIOCore
internal import NIOPosix
internal import Synchronization

/// A gRPC server on one endpoint.
package final class RPCServer: Sendable {
    private struct State {
        var isDraining = false
        var grace: TimeAmount = .zero
        var listener: (any Channel)?
        var connections: [ObjectIdentifier: ServerConnection] = [:]
        var accept: AsyncStream<ServerConnection>.Continuation?
    }

    private let state = Mutex(State())
    private let refusals = Mutex(RefusalLog())
    package let endpoint: Endpoint
    let services: RPCServices
    let handlers: HandlerTable
    let metrics: RPCMetrics?
    let limits: RPCLimits
    let log: Logger
    private let context: Mutex<TLSContext?>
    private let keepalive: KeepaliveConfiguration?
    private let isControl: Bool
    private let group: any EventLoopGroup
    let policy: ServerConnectionPolicy
    let random: @Sendable (ClosedRange<Double>) -> Double

    /// - Parameters:
    ///   - isControl: Whether only this user and root may connect; for Unix sockets.
    ///   - random: A number of the range, by which the age of one connection differs from another's.
    /// - Throws: `ConnectionError` where certificate, key and trust are unusable.
    package init(
        _ endpoint: Endpoint, security: ConnectionSecurity, services: RPCServices, on group: any EventLoopGroup,
        limits: RPCLimits = RPCLimits(), keepalive: KeepaliveConfiguration? = nil, metrics: RPCMetrics? = nil,
        policy: ServerConnectionPolicy = ServerConnectionPolicy(), isControl: Bool = false,
        random: @escaping @Sendable (ClosedRange<Double>) -> Double, log: Logger
    ) throws(ConnectionError) {
        self.endpoint = endpoint
        self.services = services
        handlers = HandlerTable(services, metrics: metrics)
        self.metrics = metrics
        self.group = group
        self.limits = limits
        self.keepalive = keepalive
        self.isControl = isControl
        self.policy = policy
        self.random = random
        self.log = log
        context = Mutex(try security.context(.server))
    }

    /// Uses another certificate and trust for new connections. Open connections continue; earlier sessions are not
    /// resumed.
    ///
    /// - Throws: `ConnectionError` where certificate, key and trust are unusable; then all stays as it was.
    package func reload(_ configuration: TLSConfiguration) throws(ConnectionError) {
        let new = try ConnectionSecurity.mutualTLS(configuration).context(.server)
        let isSecure = context.withLock { context in
            guard context != nil else { return false }
            context = new
            return true
        }
        guard isSecure else { throw ConnectionError(.security, "the server at \(endpoint) speaks plaintext: it has no certificate to reload") }
    }

    /// Listens and serves until `shutDown` or until the task is cancelled.
    ///
    /// - Parameter listening: Called once with the endpoint that was bound; the port is the real one where 0 was asked for.
    /// - Throws: `ConnectionError` where the endpoint cannot be bound.
    package func run(listening: @Sendable (Endpoint) async throws -> Void = { _ in }) async throws {
        let (accepted, accept) = AsyncStream.makeStream(of: ServerConnection.self)
        let listener: any Channel
        do {
            listener = try await bind(accept)
        } catch {
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw ConnectionError(.unreachable, "cannot listen on \(endpoint): \(reason)", unreachable: .init(error), cause: error)
        }
        let isDraining = state.withLock { state in
            state.listener = listener
            state.accept = accept
            return state.isDraining
        }
        if isDraining { stopAccepting() }
        let bound: Endpoint =
            switch endpoint {
            case .unix: endpoint
            case .tcp(let address): .tcp(host: address.host, port: UInt16(clamping: listener.localAddress?.port ?? 0))
            }
        try await withTaskCancellationHandler {
            let failure: (any Error)?
            do {
                try await listening(bound)
                failure = nil
            } catch {
                failure = error
                shutDown(grace: .zero)
            }
            await withDiscardingTaskGroup { group in
                for await connection in accepted {
                    group.addTask(executorPreference: connection.executor) { await connection.run() }
                }
            }
            // It is closed already where the server was shut down.
            try? await listener.close().get()
            if let failure { throw failure }
        } onCancel: {
            shutDown(grace: .zero)
        }
    }

    /// What went over the connections that stand now, each.
    package func counters() async -> [ConnectionCounters] {
        var counters: [ConnectionCounters] = []
        for connection in state.withLock({ Array($0.connections.values) }) {
            if let handler = connection.attached { counters.append(await handler.readCounters()) }
        }
        return counters
    }

    /// Accepts no more connections and calls, gives calls in progress `grace` to finish, then closes.
    package func shutDown(grace: Duration) {
        let connections = state.withLock { state in
            state.isDraining = true
            state.grace = TimeAmount(clamping: grace)
            return Array(state.connections.values)
        }
        stopAccepting()
        for connection in connections { connection.drain(grace: TimeAmount(clamping: grace)) }
    }

    // MARK: -

    private func bind(_ accept: AsyncStream<ServerConnection>.Continuation) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] channel in
                checkPeer(of: channel).flatMapThrowing { [self] in
                    let connection = ServerConnection(self, from: channel.remoteAddress)
                    if let refusal = admit(connection) {
                        connection.logRefusal(refusal, on: channel.eventLoop)
                        throw refusal
                    }
                    do {
                        let handler = try ConnectionHandler(
                            role: .server, tls: context.withLock { $0 }, limits: limits, keepalive: keepalive,
                            on: channel.eventLoop, delegate: connection)
                        connection.attach(handler)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    } catch {
                        connectionClosed(connection)
                        throw error
                    }
                    begin(connection, accept)
                }
            }
        switch endpoint {
        case .unix(let path): return try await bootstrap.bind(unixDomainSocketPath: path).get()
        case .tcp(let address): return try await bootstrap.bind(host: address.host, port: Int(address.port)).get()
        }
    }

    private func checkPeer(of channel: any Channel) -> EventLoopFuture<Void> {
        guard isControl else { return channel.eventLoop.makeSucceededVoidFuture() }
        guard let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        return options.unsafeGetSocketOption(level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)).flatMapThrowing { [self] (peer: ControlPeer) in
            do throws(ControlPeer.Refused) {
                try peer.check()
            } catch {
                let refusal = ConnectionError(.closed, "only this user and root may connect, and it was user \(error.user)")
                logRefusal(refusal, from: channel.remoteAddress, now: channel.eventLoop.now)
                throw refusal
            }
        }
    }

    /// Counts a connection that came. Where it is taken, `begin` follows, or `connectionClosed`.
    func admit(_ connection: ServerConnection) -> ConnectionError? {
        state.withLock { state in
            if state.isDraining { return ConnectionError(.closed, "the server is shutting down") }
            guard state.connections.count < limits.maximumConnections else { return ConnectionError(.closed, "too many connections") }
            state.connections[ObjectIdentifier(connection)] = connection
            return nil
        }
    }

    /// The connection's handler is attached: its calls are served from now on, unless the server has been shut down since it
    /// was admitted. `shutDown` did not see the handler then, and nobody will run the connection.
    func begin(_ connection: ServerConnection, _ accept: AsyncStream<ServerConnection>.Continuation) {
        if case .terminated = accept.yield(connection) { connection.drain(grace: .zero) }
        if let grace = state.withLock({ $0.isDraining ? $0.grace : nil }) { connection.drain(grace: grace) }
    }

    private func stopAccepting() {
        let (listener, accept) = state.withLock { ($0.listener, $0.accept) }
        listener?.close(promise: nil)
        accept?.finish()
    }

    /// Logs that a connection was refused or ended badly, unless the like of it was logged a short while ago.
    func logRefusal(_ error: ConnectionError, from remote: SocketAddress?, now: NIODeadline) {
        let source = remote?.ipAddress ?? ServerConnection.local
        guard let dropped = refusals.withLock({ $0.admit(source, at: .nanoseconds(Int64(clamping: now.uptimeNanoseconds))) }) else { return }
        var metadata: Logger.Metadata = [
            "from": "\(remote?.description ?? ServerConnection.local)", "error": "\(singleLine(error.message, limit: 500))",
        ]
        if dropped > 0 { metadata["not_shown"] = "\(dropped) since the last such line" }
        log.warning("a connection was refused", metadata: metadata)
    }

    func connectionClosed(_ connection: ServerConnection) {
        _ = state.withLock { $0.connections.removeValue(forKey: ObjectIdentifier(connection)) }
    }
}
