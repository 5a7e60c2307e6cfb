internal import HectorCore
internal import HectorMesh
internal import HectorPlugins
internal import ServiceLifecycle

/// The children of this host: each replica supervised, and the router told of its state.
struct LocalPlugins: Service {
    let supervisors: [PluginSupervisor]
    let host: String
    let router: Router<ReplicaConnection>
    let figures: CallFigures

    func run() async {
        await withDiscardingTaskGroup { group in
            for supervisor in supervisors {
                group.addTask { await supervisor.run() }
                group.addTask {
                    for await state in supervisor.states { report(state, of: supervisor) }
                }
            }
        }
    }

    private func report(_ state: PluginState, of supervisor: PluginSupervisor) {
        let plugin = supervisor.specification
        let description = ReplicaDescription(
            id: ReplicaID(host: host, replica: supervisor.id),
            plugin: plugin.key,
            host: host, path: .local, version: plugin.manifest?.version.description ?? "",
            metered: plugin.isMetered)
        switch state {
        case .starting(let attempt):
            router.upsert(description, .connecting(reason: attempt == 1 ? "starting" : "starting, attempt \(attempt)"))
        case .ready(let ready):
            figures.opened(supervisor.id, ready.connection)
            router.upsert(description, .ready(.local(ready.connection, plugin.kind)))
        case .unhealthy(_, let reason): router.upsert(description, .checking(reason: reason))
        case .restarting(let error, let delay):
            router.upsert(description, .lost(reason: "\(error.problem); restarting in \(delay.formatted())"))
        case .failed(let error): router.upsert(description, .failed(reason: error.problem))
        case .stopping: router.upsert(description, .draining(reason: "stopping"))
        case .stopped: router.remove(description.id)
        }
    }
}

extension Duration {
    /// For people: `1.5 s`.
    func formatted() -> String {
        let (seconds, attoseconds) = components
        let tenths = seconds * 10 + attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
