internal import CoreMetrics
internal import HectorCore
internal import HectorMembership
internal import HectorMesh
internal import HectorMetrics
internal import HectorPlugins
internal import HectorProto
internal import ServiceLifecycle
internal import Synchronization

/// The children of this host: each replica supervised, and the router told of all of them.
struct LocalPlugins: Service {
    private let supervisors: [PluginSupervisor]
    private let host: String
    private let source: ReplicaSource
    private let stores: Stores
    private let figures: CallFigures
    /// By the supervisors' ids.
    private let restarts: [String: Counter]
    private let replicas = Replicas()

    /// What the router was told last.
    private final class Replicas: Sendable {
        let published = Mutex<[ReplicaID: PublishedReplica]>([:])
    }

    init(
        supervisors: [PluginSupervisor], host: String, router: Router, stores: Stores, figures: CallFigures,
        metrics: MetricsRegistry
    ) {
        self.supervisors = supervisors
        self.host = host
        source = router.source(named: "children of this host")
        self.stores = stores
        self.figures = figures
        let name = "hector_plugin_restarts_total"
        metrics.describe(name, "How often a plugin of this machine had to be started again.")
        restarts = Dictionary(
            supervisors.map { supervisor in
                let key = supervisor.specification.key
                let labels = [("plugin", key.name), ("type", key.kind.rawValue), ("replica", supervisor.id)]
                return (supervisor.id, Counter(label: name, dimensions: labels, factory: metrics))
            }, uniquingKeysWith: { first, _ in first })
    }

    func run() async {
        await supervisors.run(report: report)
        source.end()
    }

    private func report(_ state: PluginState, _ supervisor: PluginSupervisor) {
        let plugin = supervisor.specification
        let id = ReplicaID(plugin.key, host: host, replica: supervisor.id)
        if case .restarting = state { restarts[supervisor.id]?.increment() }
        if case .ready(let ready) = state { figures.opened(supervisor.id, ready.connection) }
        // Told while it is locked, so that the last set told is the newest.
        replicas.published.withLock { published in
            // What it can do is known once it runs, and is not forgotten when it does not.
            var abilities = published[id]?.description.abilities
            if case .ready(let ready) = state { abilities = ready.abilities }
            published[id] = state.published(plugin.kind).map {
                PublishedReplica(
                    ReplicaDescription(
                        id: id, host: host, path: .local, version: plugin.manifest?.version.description ?? "",
                        metered: plugin.isMetered,
                        store: stores.store(of: plugin.key, capability: NodeReportLimits().store(plugin.manifest?.capabilities["store"]), host: host),
                        abilities: abilities),
                    $0)
            }
            source.publish(Array(published.values))
        }
    }
}

extension PluginState {
    /// Nil for a replica that is no more.
    fileprivate func published(_ kind: PluginKind) -> ReplicaState<any CallTarget>? {
        if case .ready(let ready) = self { return .ready(ReplicaConnection.local(ready.connection, kind)) }
        return condition.flatMap(ReplicaState.init)
    }
}
