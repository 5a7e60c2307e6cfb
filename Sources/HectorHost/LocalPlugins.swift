internal import CoreMetrics
internal import HectorCore
internal import HectorMembership
internal import HectorMesh
internal import HectorMetrics
internal import HectorPlugins
internal import HectorProto
internal import Synchronization

/// The children of this host: the router is told of all of them.
final class LocalPlugins: Sendable {
    private let host: String
    private let source: ReplicaSource
    private let stores: Stores
    private let figures: CallFigures
    private let metrics: MetricsRegistry
    /// By replica.
    private let restarts = Mutex<[String: Counter]>([:])
    /// What is known of each child, by its supervisor's id.
    private let children: Children

    private static let restartsName = "hector_plugin_restarts_total"

    init(host: String, router: Router, stores: Stores, figures: CallFigures, metrics: MetricsRegistry, children: Children) {
        self.host = host
        self.children = children
        self.metrics = metrics
        source = router.source(named: "children of this host")
        self.stores = stores
        self.figures = figures
        metrics.describe(Self.restartsName, "How often a plugin of this machine had to be started again.")
    }

    /// Forgets all of them.
    func end() { source.end() }

    /// Of one fleet, in the order in which it tells them.
    func take(_ report: PluginFleet.Report) {
        switch report {
        case .state(let state, let supervisor): self.report(state, supervisor)
        case .gone(let replica):
            children.byID.withLock { children in
                children[replica] = nil
                source.publish(children.values.flatMap(\.published))
            }
            restarts.withLock { $0[replica] = nil }
        }
    }

    private func countRestart(of supervisor: PluginSupervisor) {
        let key = supervisor.specification.key
        let labels = [("plugin", key.name), ("type", key.kind.rawValue), ("replica", supervisor.id)]
        let counter = restarts.withLock { restarts in
            let counter = restarts[supervisor.id] ?? Counter(label: Self.restartsName, dimensions: labels, factory: metrics)
            restarts[supervisor.id] = counter
            return counter
        }
        counter.increment()
    }

    private func report(_ state: PluginState, _ supervisor: PluginSupervisor) {
        if case .restarting = state { countRestart(of: supervisor) }
        if case .ready(let ready) = state { figures.opened(supervisor.id, ready.connection) }
        // Told while it is locked, so that the last set told is the newest.
        children.byID.withLock { children in
            var child = children[supervisor.id].flatMap { $0.isOf(supervisor) ? $0 : nil } ?? Child(of: supervisor)
            if case .ready(let ready) = state { child.learned(ready) }
            child.published = replicas(of: child, supervisor, state)
            children[supervisor.id] = child
            source.publish(children.values.flatMap(\.published))
        }
    }

    /// One for each name under which it is called. Names that it offered when it ran last are kept while it does not: their calls wait.
    private func replicas(of child: Child, _ supervisor: PluginSupervisor, _ state: PluginState) -> [PublishedReplica] {
        let plugin = supervisor.specification
        guard let offers = child.offers, !offers.isEmpty else {
            let idle: ReplicaState<any CallTarget>? = child.offers == nil ? nil : .checking(reason: "it offers nothing now")
            let published = state.published(plugin.kind).map { isReady($0) ? idle ?? $0 : $0 }
            return published.map { [PublishedReplica(description(plugin.key, plugin, supervisor.id, child), $0)] } ?? []
        }
        return offers.compactMap { offer in
            state.published(offer.key.kind, offer: offer.key.name).map { state in
                var description = description(offer.key, plugin, supervisor.id, child)
                description.abilities = child.abilities.map { _ in offer.abilities(child.capabilities) }
                description.capacity = supervisor.id
                description.metered = plugin.isMetered || offer.capabilities["metered"] == "true"
                description.store = stores.store(
                    of: offer.key, capability: NodeReportLimits().store(offer.capabilities["store"]), digest: offer.digest, host: host)
                return PublishedReplica(description, state)
            }
        }
    }

    private func description(_ key: PluginKey, _ plugin: PluginSpecification, _ id: String, _ child: Child) -> ReplicaDescription {
        ReplicaDescription(
            id: ReplicaID(key, host: host, replica: id), host: host, path: .local, version: plugin.manifest?.version.description ?? "",
            metered: plugin.isMetered,
            // A database that keeps its id beside its data tells it when it has opened them.
            store: stores.store(
                of: key, capability: NodeReportLimits().store(child.capabilities["store"] ?? plugin.manifest?.capabilities["store"]), host: host),
            abilities: child.abilities)
    }

    private func isReady(_ state: ReplicaState<any CallTarget>) -> Bool { if case .ready = state { true } else { false } }
}

/// What was learned of a child while it ran, and what the router was told of it last. What it can do is not forgotten when it does not
/// run.
struct Child: Sendable {
    /// The plugin's entry in the configuration.
    let entry: PluginKey
    fileprivate(set) var capabilities: [String: String] = [:]
    fileprivate(set) var abilities: Abilities?
    /// Nil where it offers itself only, or has not said yet.
    fileprivate(set) var offers: [PluginOffer]?
    fileprivate(set) var published: [PublishedReplica] = []

    private let supervisor: ObjectIdentifier

    fileprivate init(of supervisor: PluginSupervisor) {
        entry = supervisor.specification.key
        self.supervisor = ObjectIdentifier(supervisor)
    }

    /// What another process of the replica could do says nothing of this one.
    fileprivate func isOf(_ supervisor: PluginSupervisor) -> Bool { self.supervisor == ObjectIdentifier(supervisor) }

    fileprivate mutating func learned(_ ready: ReadyPlugin) {
        capabilities = ready.capabilities
        abilities = ready.abilities
        offers = ready.offers
    }

    /// It answers to other names than that of its entry.
    fileprivate var servesOthersOnly: Bool { offers.map { !$0.isEmpty && !$0.contains { $0.key == entry } } ?? false }
}

/// The children of this host, by their supervisors' ids.
final class Children: Sendable {
    fileprivate let byID = Mutex<[String: Child]>([:])

    /// Whether the name of that entry is no name of a plugin: its processes offer others.
    func serveOthersOnly(_ entry: PluginKey) -> Bool {
        byID.withLock { children in
            let own = children.values.filter { $0.entry == entry }
            return !own.isEmpty && own.allSatisfy(\.servesOthersOnly)
        }
    }
}

extension PluginState {
    /// Nil for a replica that is no more.
    ///
    /// - Parameter offer: The name that is called, of several.
    fileprivate func published(_ kind: PluginKind, offer: String? = nil) -> ReplicaState<any CallTarget>? {
        if case .ready(let ready) = self { return .ready(ReplicaConnection.local(ready.connection, kind, offer: offer)) }
        return condition.flatMap(ReplicaState.init)
    }
}
