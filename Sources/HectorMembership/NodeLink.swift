internal import HectorCore
internal import HectorMesh
internal import HectorProto
internal import HectorRPC
internal import HectorTrust
internal import Logging
internal import Synchronization

/// Keeps one connection to one node, and the router told of the node's replicas.
///
/// Discovery only says where to try. The node is a member while a mutual-TLS connection to it stands, its
/// certificate is right and it tells its state; when the connection dies, its replicas are out at once, and the
/// node is dialled again for as long as it is wanted.
final class NodeLink: Sendable {
    enum Status: Sendable, Equatable {
        /// Nothing is known yet.
        case dialling
        case connected
        /// Connected, but another link serves the same node.
        case standingBy
        /// The last dial failed, or the connection ended.
        case absent(NodeTrouble)
    }

    private struct State {
        var status = Status.dialling
        /// The peer's identity, once it has authenticated.
        var identity: String?
        var endpoints: [Endpoint]
        /// Whether discovery sees the node at present.
        var isAnnounced = true
        /// Plugins that the node offers and its certificate does not allow.
        var refused: [String] = []
        var wake: AsyncStream<Void>.Continuation?
        /// Made of the credentials beside it; keeps the TLS sessions.
        var connector: (credentials: MeshCredentials, ClientConnector)?
    }

    /// The node's id; nil for a static endpoint, until its certificate says it.
    private let nodeID: String?
    private let context: NodeContext
    private let changed: @Sendable (Status) -> Void
    private let state: Mutex<State>
    private let stopped: AsyncStream<Void>
    private let stopping: AsyncStream<Void>.Continuation

    /// - Parameter changed: Told of every status but the first.
    init(nodeID: String?, endpoints: [Endpoint], context: NodeContext, changed: @escaping @Sendable (Status) -> Void) {
        self.nodeID = nodeID
        self.context = context
        self.changed = changed
        (stopped, stopping) = AsyncStream.makeStream()
        state = Mutex(State(endpoints: endpoints))
    }

    /// What discovery knows now. Other addresses, or a node that is announced again, are a reason to try at once.
    func update(_ endpoints: [Endpoint], isAnnounced: Bool) {
        let wake = state.withLock { state in
            let isNews = state.endpoints != endpoints || (isAnnounced && !state.isAnnounced)
            state.endpoints = endpoints
            state.isAnnounced = isAnnounced
            return isNews ? state.wake : nil
        }
        wake?.yield()
    }

    /// Ends `run`: the node is no longer wanted.
    func stop() { stopping.finish() }

    /// Nil while the node is connected.
    var absence: AbsentNode? {
        state.withLock { state in
            let reason: String
            switch state.status {
            case .connected, .standingBy: return nil
            case .dialling: reason = "the first connection attempt is in progress"
            case .absent(let trouble): reason = trouble.description
            }
            return AbsentNode(node: nodeID ?? state.identity, addresses: state.endpoints.map(String.init(describing:)), reason: reason)
        }
    }

    /// What the operator should know of a node that is connected.
    var notice: String? {
        let refused = state.withLock { $0.status == .connected ? $0.refused : [] }
        guard !refused.isEmpty else { return nil }
        let names = refused.prefix(8).joined(separator: ", ") + (refused.count > 8 ? " and \(refused.count - 8) more" : "")
        return "node \(label) offers \(names), not used: its certificate does not allow that; issue one that does, or remove the plugin there"
    }

    /// Dials, serves and dials again, until it is stopped or the task is cancelled; then the node's replicas are
    /// forgotten.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.stayConnected() }
            group.addTask { for await _ in self.stopped {} }
            await group.next()
            group.cancelAll()
        }
    }

    private func stayConnected() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let connection = try await dial()
                failures = 0
                if let end = await serve(connection) {
                    enter(.absent(NodeTrouble(lost: end)))
                }
                await connection.retire(sleep: context.timing.sleep(for:))
            } catch is CancellationError {
                break
            } catch {
                failures += 1
                let trouble = NodeTrouble(error)
                let message = trouble.description
                enter(.absent(trouble))
                // Once a minute is enough for a machine that is switched off.
                if failures == 1 || failures % 20 == 0 {
                    context.log.warning("node cannot be reached", metadata: ["node": "\(label)", "error": "\(message)"])
                }
            }
            if Task.isCancelled { break }
            await pause(failures)
        }
        context.claims.leave(self)
    }

    // MARK: -

    private func enter(_ status: Status) {
        let isNews = state.withLock { state in
            defer { state.status = status }
            return state.status != status
        }
        // A dial that failed as before counts as well.
        if case .absent = status { changed(status) } else if isNews { changed(status) }
    }

    private var label: String {
        state.withLock { nodeID ?? $0.identity ?? $0.endpoints.first.map(String.init(describing:)) ?? "?" }
    }

    /// A connection to the first of the node's addresses that answers as the node.
    private func dial() async throws -> ClientConnection {
        let endpoints = state.withLock { $0.endpoints }
        let connector = try connector()
        return try await AddressRace(sleep: context.timing.sleep(for:)).run(endpoints) { endpoint in
            try await connector.connect(to: endpoint)
        } discard: {
            await $0.close()
        }
    }

    /// The one of before, unless the credentials have changed.
    private func connector() throws -> ClientConnector {
        let credentials = context.credentials.current
        if let (of, connector) = state.withLock({ $0.connector }), of == credentials { return connector }
        var limits = RPCLimits()
        limits.handshakeTimeout = .seconds(3)
        let connector = try ClientConnector(
            .mutualTLS(credentials.dialling(nodeID: nodeID)), on: context.group, limits: limits, keepalive: .mesh,
            metrics: context.figures.metrics)
        state.withLock { $0.connector = (credentials, connector) }
        return connector
    }

    /// Follows the node's state until the connection ends. Returns why it ended; nil where this link only stood by.
    private func serve(_ connection: ClientConnection) async -> (any Error)? {
        guard let certificate = connection.peer, let identity = try? MeshIdentity(certificate) else {
            return ConnectionError(.security, "the node presented no certificate")
        }
        while !context.claims.claim(identity.name, by: self) {
            // The same node, found twice: the other link serves it. This one stands by, ready to go on at once.
            enter(.standingBy)
            let isFree = await withTaskGroup(of: Bool.self) { race in
                race.addTask { [context] in
                    await context.claims.waitUntilFree(identity.name, for: self)
                    return true
                }
                race.addTask {
                    _ = await connection.waitUntilClosed()
                    return false
                }
                defer { race.cancelAll() }
                return await race.next() ?? false
            }
            guard isFree, !Task.isCancelled else { return nil }
        }
        context.figures.opened(identity.name, connection)
        defer { context.figures.closed(identity.name, connection) }
        state.withLock { $0.identity = identity.name }
        enter(.connected)
        let end = await follow(connection, certificate, identity)
        context.claims.lost(identity.name, by: self, reason: (end as? RPCError)?.message ?? "\(end)")
        return end
    }

    private func follow(
        _ connection: ClientConnection, _ certificate: PeerCertificate, _ identity: MeshIdentity
    ) async -> any Error {
        do {
            try await connection.serverStreaming(NodeMethods.watch, Hector_Mesh_V1_WatchRequest()) { states in
                for try await state in states { apply(ToldNode(state), connection, certificate, identity) }
            }
            // It is going away, and finishes the calls that it has.
            return await connection.waitUntilClosed() ?? ConnectionError(.closedByPeer, "the node stopped")
        } catch {
            return error
        }
    }

    private func apply(
        _ node: ToldNode, _ connection: ClientConnection, _ certificate: PeerCertificate, _ identity: MeshIdentity
    ) {
        var refused: [String] = []
        var replicas: [PublishedReplica<ReplicaConnection>] = []
        for plugin in node.plugins where !context.switchedOff.contains(plugin.key) {
            // A node that may not serve a plugin has no say in how its calls fare.
            guard MeshCredentials.allows(certificate, plugin: plugin.key.name, mesh: identity.mesh) else {
                refused.append(plugin.key.name)
                continue
            }
            for replica in plugin.replicas {
                let description = ReplicaDescription(
                    id: ReplicaID(plugin.key, host: identity.name, replica: replica.id),
                    host: node.name.isEmpty ? identity.name : node.name, path: .lan, version: plugin.version,
                    // A node may have another certificate by now than this connection began with.
                    certificateExpiry: node.certificateExpires > 0 ? node.certificateExpires : certificate.notAfter,
                    metered: plugin.metered,
                    store: context.stores.store(of: plugin.key, capability: plugin.store, host: identity.name),
                    methods: plugin.methods, capacity: replica.capacity)
                let state: ReplicaState<ReplicaConnection>? =
                    node.isDraining ? .draining(reason: "the node is shutting down") : ReplicaState(replica.condition)
                replicas.append(PublishedReplica(description, state ?? .ready(.remote(connection, plugin.key, replica: replica.id, methods: plugin.methods))))
            }
        }
        state.withLock { $0.refused = refused }
        context.claims.publish(replicas, of: identity.name, by: self)
    }

    /// Backoff with jitter; news of the node's addresses end it early.
    private func pause(_ failures: Int) async {
        // A stream of its own for each pause: the one that ends the race would end a shared one for good.
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.wake = wake }
        // Four seconds at most: a machine that comes back is used within five.
        let seconds = min(0.25 * Double(1 << min(failures, 4)), 3) * context.timing.random(0.7...1.3)
        await withTaskGroup(of: Void.self) { race in
            race.addTask { [context] in try? await context.timing.sleep(for: .seconds(seconds)) }
            race.addTask { for await _ in wakes { return } }
            await race.next()
            race.cancelAll()
        }
    }
}
