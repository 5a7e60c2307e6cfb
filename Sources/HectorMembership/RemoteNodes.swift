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
        /// All that the nodes say, by node.
        var told: [String: [PublishedReplica]] = [:]
        /// Plugins that this host's configuration switches off, wherever they are.
        var switchedOff: Set<PluginKey> = []
        /// The task of each source that was started, by its name.
        var running: [String: Signal<Void>] = [:]

        func used(of node: String) -> [PublishedReplica] {
            (told[node] ?? []).filter { !switchedOff.contains($0.description.id.plugin) }
        }
    }

    private enum Work: Sendable {
        case path(PathRunner)
        case source(any EndpointSource, until: Signal<Void>)
        case retire(ClientConnection)
    }

    private let context: NodeContext
    private let state: Mutex<State>
    private let works: AsyncStream<Work>
    private let started: AsyncStream<Work>.Continuation

    package init(context: NodeContext) {
        self.context = context
        state = Mutex(State(membership: Membership(silence: context.silence)))
        (works, started) = AsyncStream.makeStream()
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
            group.addTask { [self] in
                // Ends when it is cancelled.
                while (try? await context.timing.sleep(for: Self.turn)) != nil { apply { $0.take(nil, now: $1) } }
            }
            group.addTask { [context] in
                // New connections are made with what is in force then.
                await context.credentials.run(demands: demands) { _ in }
            }
            for await work in works {
                switch work {
                case .path(let runner): group.addTask { await runner.run(self) }
                case .source(let source, let stopped): group.addTask { await self.run(source, until: stopped) }
                case .retire(let connection):
                    group.addTask { [context] in await connection.retire(sleep: context.timing.sleep(for:)) }
                }
            }
        }
    }

    /// From now on these sources tell of nodes, and no others.
    ///
    /// - Parameters:
    ///   - started: New ones, and those that take the place of one of the same name.
    ///   - stopped: Names of those that are no more. Connections that they led to take no new calls.
    ///   - dropped: Addresses of the source `static` that are no more.
    package func change(started: [any EndpointSource], stopped: [String], dropped: [HostPort] = []) {
        for name in stopped + started.map(\.name) {
            state.withLock { $0.running.removeValue(forKey: name) }?.set(())
        }
        for name in stopped { apply { membership, _ in membership.forget(source: name) } }
        for address in dropped { apply { membership, _ in membership.forget(source: StaticSource.name, address: address) } }
        for source in started {
            let stopped = Signal<Void>()
            state.withLock { $0.running[source.name] = stopped }
            self.started.yield(.source(source, until: stopped))
        }
    }

    /// Replicas of these plugins are not used, on whichever node they are.
    package func switchOff(_ plugins: Set<PluginKey>) {
        state.withLock { state in
            guard state.switchedOff != plugins else { return }
            state.switchedOff = plugins
            for (node, source) in state.sources { source.publish(state.used(of: node)) }
        }
    }

    private func run(_ source: any EndpointSource, until stopped: Signal<Void>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                await source.run { [self] set in
                    // What it says once it is no more would bring back what is gone.
                    guard !stopped.isSet else { return }
                    apply { $0.take(set, now: $1) }
                }
            }
            group.addTask { try? await stopped.wait() }
            await group.next()
            group.cancelAll()
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

    /// Of a path that is not wanted any more.
    func retire(_ connection: ClientConnection) { started.yield(.retire(connection)) }

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
            started.yield(.path(runner))
        case .update(let key, let sighting): state.runners[key]?.update(sighting)
        case .stop(let key): state.runners.removeValue(forKey: key)?.stop()
        case .publish(let node, let replicas, let link):
            let source = state.sources[node] ?? context.router.source(named: "node \(node)")
            state.sources[node] = source
            state.told[node] = replicas
            source.publish(state.used(of: node))
            serve(node, over: link.flatMap { state.connections[$0] }, &state)
        case .forget(let node):
            state.sources.removeValue(forKey: node)?.end()
            state.told[node] = nil
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
