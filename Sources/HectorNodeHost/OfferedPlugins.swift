internal import HectorCore
internal import HectorPlugins
internal import HectorProto
internal import ServiceLifecycle

/// The children of this node: supervised, and hosts told of their states.
struct OfferedPlugins: Service {
    let supervisors: [PluginSupervisor]
    let forwarder: PluginForwarder
    let node: NodeService
    /// Yields at every change of a replica's state.
    let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(supervisors: [PluginSupervisor], forwarder: PluginForwarder, node: NodeService) {
        self.supervisors = supervisors
        self.forwarder = forwarder
        self.node = node
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        for supervisor in supervisors {
            let plugin = supervisor.specification
            if ProviderService.of(plugin.kind) != nil { forwarder.offer(plugin.key) }
            node.change { $0.add(supervisor) }
        }
    }

    func run() async {
        await supervisors.run(report: report)
        changed.finish()
    }

    private func report(_ state: PluginState, _ supervisor: PluginSupervisor) {
        let plugin = supervisor.specification.key
        if case .ready(let ready) = state {
            forwarder.ready(plugin, replica: supervisor.id, ready.connection)
        } else {
            forwarder.gone(plugin, replica: supervisor.id)
        }
        node.change { $0.set(state, of: supervisor) }
        changed.yield()
    }
}

extension Hector_Mesh_V1_PluginState {
    /// Without its replicas.
    init(_ specification: PluginSpecification) {
        self.init()
        name = specification.name
        type = specification.kind.rawValue
        version = specification.manifest?.version.description ?? ""
        capabilities = specification.manifest?.capabilities ?? [:]
        capabilities["metered"] = specification.isMetered ? "true" : nil
        methods = ProviderService.of(specification.kind)?.forwarded ?? []
    }
}

extension Hector_Mesh_V1_NodeState {
    mutating func add(_ supervisor: PluginSupervisor) {
        let specification = supervisor.specification
        if !plugins.contains(where: { $0.name == specification.name && $0.type == specification.kind.rawValue }) {
            plugins.append(Hector_Mesh_V1_PluginState(specification))
        }
        set(.starting(attempt: 1), of: supervisor)
    }

    mutating func set(_ state: PluginState, of supervisor: PluginSupervisor) {
        let specification = supervisor.specification
        guard let plugin = plugins.firstIndex(where: { $0.name == specification.name && $0.type == specification.kind.rawValue })
        else { return }
        // One that has stopped is still known here, and takes no calls.
        let replica = Hector_Mesh_V1_ReplicaState(state.condition ?? .stopping(reason: ""), id: supervisor.id)
        if let index = plugins[plugin].replicas.firstIndex(where: { $0.id == replica.id }) {
            plugins[plugin].replicas[index] = replica
        } else {
            plugins[plugin].replicas.append(replica)
        }
    }
}
