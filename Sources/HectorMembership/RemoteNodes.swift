package import HectorCore
package import HectorDiscovery
package import HectorMesh
internal import HectorRPC
internal import HectorTrust
internal import Logging
internal import Synchronization

/// The nodes of the mesh: runs the paths that `Membership` wants, and publishes the nodes' replicas.
package final class RemoteNodes: Sendable {
    private struct State {
        var membership: Membership
        var runners: [PathKey: PathRunner] = [:]
        /// One for each node that was ever connected.
        var sources: [String: ReplicaSource] = [:]
        var connections: [LinkID: ClientConnection] = [:]
        /// The connections that count.
        var serving: [String: ClientConnection] = [:]
    }

    private let context: NodeContext
    private let sources: [any EndpointSource]
    private let state: Mutex<State>
    private let news: AsyncStream<PathRunner>
    private let started: AsyncStream<PathRunner>.Continuation

    package init(sources: [any EndpointSource], context: NodeContext) {
        self.sources = sources
        self.context = context
        state = Mutex(State(membership: Membership(silence: context.silence)))
        (news, started) = AsyncStream.makeStream()
    }

    /// What a person should know of sources that do not work, of nodes, and of our own certificate.
    package var conditions: [MeshCondition] {
        let (now, date) = (context.timing.now(), context.timing.secondsSince1970())
        return state.withLock { $0.membership.conditions(now: now, date: date) } + context.credentials.conditions(date: date)
    }

    /// Nodes that are known and not connected.
    package var absent: [AbsentNode] { state.withLock { $0.membership.absent } }

    /// - Parameter demands: When to look at our own certificate files at once.
    package func run(demands: some AsyncSequence<Void, Never> & Sendable) async {
        await withDiscardingTaskGroup { group in
            for source in sources {
                group.addTask { [self] in
                    await source.run { [self] set in apply { $0.take(set, now: $1) } }
                }
            }
            group.addTask { [self] in
                // Ends when it is cancelled.
                while (try? await context.timing.sleep(for: Self.turn)) != nil { apply { $0.take(nil, now: $1) } }
            }
            group.addTask { [context] in
                // New connections are made with what is in force then.
                await context.credentials.run(demands: demands) { _ in }
            }
            for await runner in news {
                group.addTask { await runner.run(self) }
            }
        }
    }

    // MARK: what paths report

    /// A connection stands.
    ///
    /// - Throws: `TrustError`, `ConnectionError`: its peer is no node.
    func session(of connection: ClientConnection, by path: PathKey, _ sighting: NodeSighting) throws -> NodeSession {
        guard let certificate = connection.peer else { throw ConnectionError(.security, "the node presented no certificate") }
        let identity = try MeshIdentity(certificate)
        let link = state.withLock { state in
            let link = state.membership.connected(path, to: identity.name, at: "\(connection.endpoint)")
            state.connections[link] = connection
            return link
        }
        connection.observeSilence { [weak self] silence in
            let reason: String? = if case .silent(let reason) = silence { reason } else { nil }
            self?.apply { $0.silenceChanged(link, reason, now: $1) }
        }
        return NodeSession(
            link: link, connection: connection, certificate: certificate, identity: identity, sighting: sighting, context: context)
    }

    func told(_ session: NodeSession, _ told: Told) {
        apply { $0.told(session.link, told, now: $1) }
    }

    func ended(_ session: NodeSession, _ error: any Error) {
        apply { $0.ended(session.link, NodeTrouble(lost: error), now: $1) }
        state.withLock { $0.connections[session.link] = nil }
    }

    func failed(_ path: PathKey, _ error: any Error) {
        apply { $0.failed(path, NodeTrouble(error), now: $1) }
    }

    // MARK: -

    /// How often to look at what time has changed.
    static let turn = Duration.seconds(10)

    private func apply(_ input: (inout Membership, Instant) -> [Membership.Action]) {
        // Done while it is locked: of two sets of one node, the last one told is the newest.
        state.withLock { state in
            for action in input(&state.membership, context.timing.now()) {
                // What ends because this program ends, or because nobody wants it, is no news.
                if Task.isCancelled, case .log = action { continue }
                perform(action, &state)
            }
        }
    }

    private func perform(_ action: Membership.Action, _ state: inout State) {
        switch action {
        case .start(let key, let sighting):
            let runner = PathRunner(key, sighting, context: context)
            state.runners[key] = runner
            started.yield(runner)
        case .update(let key, let sighting): state.runners[key]?.update(sighting)
        case .stop(let key): state.runners.removeValue(forKey: key)?.stop()
        case .publish(let node, let replicas, let link):
            let source = state.sources[node] ?? context.router.source(named: "node \(node)")
            state.sources[node] = source
            source.publish(replicas)
            serve(node, over: link.flatMap { state.connections[$0] }, &state)
        case .forget(let node):
            state.sources.removeValue(forKey: node)?.end()
            serve(node, over: nil, &state)
        case .log(let event, let unsaid): log(event, unsaid)
        }
    }

    private func serve(_ node: String, over connection: ClientConnection?, _ state: inout State) {
        let before = state.serving[node]
        guard before !== connection else { return }
        state.serving[node] = connection
        if let before { context.figures.closed(node, before) }
        if let connection { context.figures.opened(node, connection) }
    }

    private func log(_ event: MembershipEvent, _ unsaid: Int) {
        var metadata: Logger.Metadata = unsaid > 0 ? ["times_unsaid": "\(unsaid)"] : [:]
        var level = Logger.Level.warning
        switch event {
        case .connected(let node, let address, let replicas):
            level = .info
            metadata["node"] = "\(node)"
            metadata["address"] = "\(address)"
            metadata["replicas"] = "\(replicas)"
        case .silent(let node, let reason), .lost(let node, let reason), .refused(let node, let reason), .unreachable(let node, let reason):
            metadata["node"] = "\(node)"
            metadata["error"] = "\(reason)"
        }
        context.log.log(level: level, "\(event)", metadata: metadata)
    }
}
