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
            forwarder.offer(plugin.key)
            node.change { $0.add(plugin, replica: supervisor.id) }
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
        node.change {
            if case .ready(let ready) = state { $0.set(ready.capabilities, of: supervisor.specification) }
            $0.set(state, of: plugin, replica: supervisor.id)
        }
        changed.yield()
    }
}

extension Hector_Mesh_V1_PluginState {
    /// Without its replicas.
    init(_ specification: PluginSpecification) {
        self.init()
        name = specification.name
        type = specification.kind.rawValue
        version = (specification.manifest?.version.description ?? "").cut(to: NodeReportLimits().version)
        capabilities = Self.told(specification, specification.manifest?.capabilities ?? [:])
        methods = ProviderService.of(specification.kind).forwarded
    }

    /// The capabilities of a plugin: those that hosts read first, then as many of the others as there is room for.
    fileprivate static func told(_ specification: PluginSpecification, _ declared: [String: String]) -> [String: String] {
        let limits = NodeReportLimits()
        var all = declared
        var told: [String: String] = [:]
        if specification.isMetered { told["metered"] = "true" }
        told["store"] = limits.store(specification.manifest?.capabilities["store"])
        all["metered"] = nil
        all["store"] = nil
        var room = limits.capabilities - told.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        func isRead(_ key: String) -> Bool { Abilities.capabilities.contains(key) }
        for (key, value) in all.sorted(by: { isRead($0.key) == isRead($1.key) ? $0.key < $1.key : isRead($0.key) }) {
            let size = key.utf8.count + value.utf8.count
            guard size <= room else { continue }
            told[key] = value
            room -= size
        }
        return told
    }
}

extension Hector_Mesh_V1_NodeState {
    mutating func add(_ specification: PluginSpecification, replica: String) {
        if !plugins.contains(where: { $0.name == specification.name && $0.type == specification.kind.rawValue }) {
            plugins.append(Hector_Mesh_V1_PluginState(specification))
        }
        set(.starting(attempt: 1), of: specification.key, replica: replica)
    }

    /// A replica of the plugin has said what it can do: all of them are the same program.
    mutating func set(_ capabilities: [String: String], of specification: PluginSpecification) {
        guard let plugin = plugins.firstIndex(where: { $0.name == specification.name && $0.type == specification.kind.rawValue }) else { return }
        plugins[plugin].capabilities = Hector_Mesh_V1_PluginState.told(specification, capabilities)
    }

    mutating func set(_ state: PluginState, of key: PluginKey, replica id: String) {
        guard let plugin = plugins.firstIndex(where: { $0.name == key.name && $0.type == key.kind.rawValue }) else { return }
        // One that has stopped is still known here, and takes no calls.
        var replica = Hector_Mesh_V1_ReplicaState(state.condition ?? .stopping(reason: ""), id: id)
        // A plugin's last words may be long, and this goes to every host at every change.
        replica.reason = replica.reason.cut(to: NodeReportLimits().reason)
        if let index = plugins[plugin].replicas.firstIndex(where: { $0.id == replica.id }) {
            plugins[plugin].replicas[index] = replica
        } else {
            plugins[plugin].replicas.append(replica)
        }
    }
}
