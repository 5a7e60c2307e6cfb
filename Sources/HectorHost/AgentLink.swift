internal import HectorMesh
internal import HectorProto
internal import HectorRPC
internal import HectorTrust
internal import Logging
internal import NIOCore
internal import Synchronization

/// Keeps one connection to one agent, and the router told of the agent's replicas.
///
/// Discovery only says where to try. The agent is a member while a mutual-TLS connection to it stands, its
/// certificate is right and it tells its state; when the connection dies, its replicas are out at once, and the
/// agent is dialled again for as long as it is wanted.
final class AgentLink: Sendable {
    struct Context: Sendable {
        let credentials: LiveCredentials
        let router: Router<ReplicaConnection>
        let group: any EventLoopGroup
        /// Which agents have a link already.
        let claims: AgentClaims
        let log: Logger
        let sleep: @Sendable (Duration) async throws -> Void
        let random: @Sendable (ClosedRange<Double>) -> Double
    }

    private struct State {
        var endpoints: [Endpoint]
        /// Whether discovery sees the agent at present.
        var isAnnounced = true
        /// What the router was told of, by replica.
        var known: [ReplicaID: ReplicaDescription] = [:]
        var wake: AsyncStream<Void>.Continuation?
        /// Made of the credentials beside it; keeps the TLS sessions.
        var connector: (credentials: MeshCredentials, ClientConnector)?
    }

    /// The agent's id; nil for a static endpoint, until its certificate says it.
    private let agentID: String?
    private let context: Context
    private let state: Mutex<State>

    init(agentID: String?, endpoints: [Endpoint], context: Context) {
        self.agentID = agentID
        self.context = context
        state = Mutex(State(endpoints: endpoints))
    }

    /// What discovery knows now. Other addresses, or an agent that is announced again, are a reason to try at once.
    func update(_ endpoints: [Endpoint], isAnnounced: Bool) {
        let wake = state.withLock { state in
            let isNews = state.endpoints != endpoints || (isAnnounced && !state.isAnnounced)
            state.endpoints = endpoints
            state.isAnnounced = isAnnounced
            return isNews ? state.wake : nil
        }
        wake?.yield()
    }

    /// Dials, serves and dials again, until the task is cancelled; then the agent's replicas are forgotten.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let connection = try await dial()
                failures = 0
                let reason = await serve(connection)
                lost(reason)
                await connection.close(grace: .seconds(30))
            } catch {
                failures += 1
                let message = (error as? ConnectionError)?.message ?? "\(error)"
                lost(message)
                // Once a minute is enough for a machine that is switched off.
                if failures == 1 || failures % 20 == 0 {
                    context.log.warning("agent cannot be reached", metadata: ["agent": "\(label)", "error": "\(message)"])
                }
            }
            if Task.isCancelled { break }
            await pause(failures)
        }
        for id in state.withLock({ Array($0.known.keys) }) { context.router.remove(id) }
    }

    // MARK: -

    private var label: String { agentID ?? state.withLock { $0.endpoints.first.map(String.init(describing:)) ?? "?" } }

    /// The first of the agent's addresses that answers as the agent.
    private func dial() async throws -> ClientConnection {
        let endpoints = state.withLock { $0.endpoints }
        let connector = try connector()
        var first: (any Error)?
        for endpoint in endpoints {
            try Task.checkCancellation()
            do {
                return try await connector.connect(to: endpoint)
            } catch {
                if first == nil { first = error }
            }
        }
        throw first ?? ConnectionError(.unreachable, "no address of the agent is known")
    }

    /// The one of before, unless the credentials have changed.
    private func connector() throws -> ClientConnector {
        let credentials = context.credentials.current
        if let (of, connector) = state.withLock({ $0.connector }), of == credentials { return connector }
        var limits = RPCLimits()
        limits.handshakeTimeout = .seconds(3)
        let connector = try ClientConnector(
            .mutualTLS(credentials.dialling(agentID: agentID)), on: context.group, limits: limits, keepalive: .mesh)
        state.withLock { $0.connector = (credentials, connector) }
        return connector
    }

    /// Follows the agent's state until the connection ends. Returns why it ended.
    private func serve(_ connection: ClientConnection) async -> String {
        guard let certificate = connection.peer, let identity = try? MeshIdentity(certificate) else {
            return "the agent showed no certificate"
        }
        guard context.claims.claim(identity.name, by: self) else {
            // The same agent, found twice: the other link serves it. This one stands by.
            try? await context.sleep(.seconds(30))
            return "the agent is reached by another address"
        }
        defer { context.claims.release(identity.name, by: self) }
        do {
            try await connection.serverStreaming(NodeMethods.watch, Hector_Mesh_V1_WatchRequest()) { states in
                for try await state in states { apply(state, connection, certificate, identity) }
            }
            // It is going away, and finishes the calls that it has.
            return await connection.waitUntilClosed()?.message ?? "stopped"
        } catch {
            return (error as? RPCError)?.message ?? "\(error)"
        }
    }

    private func apply(
        _ node: Hector_Mesh_V1_NodeState, _ connection: ClientConnection, _ certificate: PeerCertificate,
        _ identity: MeshIdentity
    ) {
        var seen: Set<ReplicaID> = []
        for plugin in node.plugins.prefix(Self.mostPlugins) {
            let isAllowed = MeshCredentials.allows(certificate, plugin: plugin.name, mesh: identity.mesh)
            for replica in plugin.replicas.prefix(Self.mostReplicas) {
                let id = ReplicaID(host: identity.name, replica: replica.id)
                let description = ReplicaDescription(
                    id: id, plugin: PluginKey(type: plugin.type, name: plugin.name),
                    host: node.name.isEmpty ? identity.name : String(node.name.prefix(64)), path: .lan, version: plugin.version,
                    // An agent may have another certificate by now than this connection began with.
                    certificateExpiry: node.certificateExpires > 0 ? node.certificateExpires : certificate.notAfter)
                seen.insert(id)
                let before = state.withLock { state in
                    defer { state.known[id] = description }
                    return state.known[id]
                }
                let replicaState: ReplicaState<ReplicaConnection>
                if !isAllowed {
                    replicaState = .failed(reason: "the agent's certificate does not allow the plugin '\(plugin.name)'")
                } else if node.draining {
                    replicaState = .draining(reason: "the agent is shutting down")
                } else {
                    switch replica.phase {
                    case .ready:
                        let key = ReadyKey(id: id, connection: ObjectIdentifier(connection))
                        // A replica that stays ready on this connection is not a new connection.
                        guard ready.withLock({ $0.insert(key).inserted }) else {
                            if before != description { context.router.describe(description) }
                            continue
                        }
                        context.router.upsert(description, .ready(.remote(connection, description.plugin, replica: replica.id)))
                        continue
                    case .starting: replicaState = .connecting(reason: replica.reason)
                    case .restarting: replicaState = .lost(reason: replica.reason)
                    case .stopping: replicaState = .draining(reason: replica.reason)
                    case .failed: replicaState = .failed(reason: replica.reason)
                    case .unspecified, .UNRECOGNIZED: replicaState = .checking(reason: replica.reason)
                    }
                }
                ready.withLock { keys in keys = keys.filter { $0.id != id } }
                context.router.upsert(description, replicaState)
            }
        }
        let gone = state.withLock { state in
            let gone = state.known.keys.filter { !seen.contains($0) }
            for id in gone { state.known[id] = nil }
            return gone
        }
        for id in gone { context.router.remove(id) }
    }

    private struct ReadyKey: Hashable {
        let id: ReplicaID
        let connection: ObjectIdentifier
    }

    /// Replicas that the router knows as ready on the present connection.
    private let ready = Mutex<Set<ReadyKey>>([])

    private func lost(_ reason: String) {
        ready.withLock { $0 = [] }
        for description in state.withLock({ Array($0.known.values) }) {
            context.router.upsert(description, .lost(reason: reason))
        }
    }

    /// Backoff with jitter; news of the agent's addresses end it early.
    private func pause(_ failures: Int) async {
        // A stream of its own for each pause: the one that ends the race would end a shared one for good.
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.wake = wake }
        // Four seconds at most: a machine that comes back is used within five.
        let seconds = min(0.25 * Double(1 << min(failures, 4)), 3) * context.random(0.7...1.3)
        await withTaskGroup(of: Void.self) { race in
            race.addTask { [context] in try? await context.sleep(.seconds(seconds)) }
            race.addTask { for await _ in wakes { return } }
            await race.next()
            race.cancelAll()
        }
    }

    /// An agent that tells of more is misbehaving.
    private static let mostPlugins = 256
    private static let mostReplicas = 64
}

/// Sees to it that one agent, found at several addresses, is served by one link.
final class AgentClaims: Sendable {
    private let holders = Mutex<[String: ObjectIdentifier]>([:])

    func claim(_ agent: String, by link: AgentLink) -> Bool {
        holders.withLock { holders in
            if holders[agent] == nil { holders[agent] = ObjectIdentifier(link) }
            return holders[agent] == ObjectIdentifier(link)
        }
    }

    func release(_ agent: String, by link: AgentLink) {
        holders.withLock { if $0[agent] == ObjectIdentifier(link) { $0[agent] = nil } }
    }
}
