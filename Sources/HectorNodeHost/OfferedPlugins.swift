internal import HectorCore
internal import HectorPlugins
internal import HectorProto
internal import Logging
internal import Synchronization

/// The children of this node: hosts are told of their states.
struct OfferedPlugins: Sendable {
    let forwarder: PluginForwarder
    let node: NodeService
    /// Yields at every change of a replica's state.
    let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation
    private let children = Children()
    private let log: Logger

    /// What was learned of each child while it ran, by its supervisor's id.
    private final class Children: Sendable {
        let byID = Mutex<[String: OfferedNames]>([:])
        /// Names that hosts are not told of, for which there was no room.
        let untold = Mutex(0)
    }

    init(forwarder: PluginForwarder, node: NodeService, log: Logger) {
        self.log = log
        self.forwarder = forwarder
        self.node = node
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// There are no more changes.
    func end() { changed.finish() }

    /// Of one fleet, in the order in which it tells them.
    func take(_ report: PluginFleet.Report) {
        switch report {
        case .state(let state, let supervisor): self.report(state, supervisor)
        case .gone(let id):
            children.byID.withLock { children in
                guard let child = children.removeValue(forKey: id) else { return }
                withdraw(child.names, replica: id, others: children)
                node.change { node in
                    for name in child.names { node.remove(name, replica: id) }
                    node.untold = UInt32(clamping: Set(children.values.flatMap(\.names)).count - node.plugins.count)
                }
            }
            changed.yield()
        }
    }

    private func withdraw(_ names: some Sequence<PluginKey>, replica id: String, others: [String: OfferedNames]) {
        for name in names {
            forwarder.gone(name, replica: id)
            if !others.values.contains(where: { $0.names.contains(name) }) { forwarder.withdraw(name) }
        }
    }

    private func report(_ state: PluginState, _ supervisor: PluginSupervisor) {
        let id = supervisor.id
        // Told while it is locked, so that the last state told is the newest.
        children.byID.withLock { children in
            let before = children[id] ?? OfferedNames(supervisor.specification)
            // What another process of the replica offered says nothing of this one.
            let child = (before.isOf(supervisor.specification) ? before : OfferedNames(supervisor.specification)).after(state)
            children[id] = child
            let gone = Set(before.names).subtracting(child.names)
            for name in child.names {
                forwarder.offer(name)
                if case .ready(let ready) = state, child.serves {
                    forwarder.ready(name, replica: id, ready.connection)
                } else {
                    forwarder.gone(name, replica: id)
                }
            }
            withdraw(gone, replica: id, others: children)
            node.change { node in
                for name in gone { node.remove(name, replica: id) }
                // One that has stopped is still known here, and takes no calls.
                for plugin in child.plugins { node.set(plugin, child.condition(state) ?? .stopping(reason: ""), replica: id, capacity: child.capacity(of: id)) }
                node.untold = UInt32(clamping: Set(children.values.flatMap(\.names)).count - node.plugins.count)
            }
        }
        warn(untold: Int(node.node.untold))
        changed.yield()
    }

    /// Once for as long as there are such names.
    private func warn(untold: Int) {
        let before = children.untold.withLock { before in
            defer { before = untold }
            return before
        }
        guard untold > 0, before == 0 else { return }
        let most = NodeReportLimits().plugins
        log.warning("this node has more than \(most) names of plugins, and tells hosts of the first \(most) only: offer fewer, or run some of the plugins on another node")
    }
}

/// The names under which a child is called: that of its entry, or those that it offers. Names that it offered when it ran last are kept
/// while it does not. A pure value.
struct OfferedNames: Sendable {
    private let specification: PluginSpecification
    /// What the program declares, over its manifest's.
    private var capabilities: [String: String]
    /// Nil where it offers itself only, or has not said yet.
    private var offers: [PluginOffer]?

    init(_ specification: PluginSpecification) {
        self.specification = specification
        capabilities = specification.manifest?.capabilities ?? [:]
    }

    func isOf(_ specification: PluginSpecification) -> Bool { self.specification == specification }

    func after(_ state: PluginState) -> OfferedNames {
        if case .ready(let ready) = state { running(ready.capabilities, offers: ready.offers) } else { self }
    }

    func running(_ capabilities: [String: String], offers: [PluginOffer]? = nil) -> OfferedNames {
        var next = self
        next.capabilities = capabilities
        next.offers = offers
        return next
    }

    var names: [PluginKey] { serves ? offers?.map(\.key) ?? [specification.key] : [specification.key] }

    /// False while it offers nothing.
    var serves: Bool { offers?.isEmpty != true }

    /// What hosts are told of each name, without its replicas.
    var plugins: [Hector_Mesh_V1_PluginState] {
        guard let offers, serves else { return [itself] }
        return offers.map { offer in
            let told = offer.told(capabilities)
            let isMetered = specification.metered ?? (specification.isMetered || told["metered"] == "true")
            var plugin = Hector_Mesh_V1_PluginState(specification, offer.key, told, metered: isMetered, store: told["store"])
            plugin.digest = offer.digest
            return plugin
        }
    }

    private var itself: Hector_Mesh_V1_PluginState {
        Hector_Mesh_V1_PluginState(
            specification, specification.key, capabilities, metered: specification.isMetered, store: capabilities["store"])
    }

    func condition(_ state: PluginState) -> ReplicaCondition? {
        if case .ready = state, !serves { return .unhealthy(reason: "it offers nothing now") }
        return state.condition
    }

    /// All names are of one process.
    func capacity(of replica: String) -> String { offers == nil ? "" : replica }
}

extension Hector_Mesh_V1_PluginState {
    /// Without its replicas.
    init(_ specification: PluginSpecification, _ key: PluginKey, _ capabilities: [String: String], metered: Bool, store: String?) {
        self.init()
        name = Label.of(key.name)
        if name != key.name { original = key.name }
        type = key.kind.rawValue
        version = (specification.manifest?.version.description ?? "").cut(to: NodeReportLimits().version)
        self.capabilities = Self.told(capabilities, metered: metered, store: store)
        methods = ProviderService.of(key.kind).forwarded
    }

    /// Whether it is that plugin.
    func isOf(_ key: PluginKey) -> Bool { (original.isEmpty ? name : original) == key.name && type == key.kind.rawValue }

    /// The capabilities of a plugin: those that hosts read first, then as many of the others as there is room for.
    private static func told(_ declared: [String: String], metered: Bool, store: String?) -> [String: String] {
        let limits = NodeReportLimits()
        var all = declared
        var told: [String: String] = [:]
        if metered { told["metered"] = "true" }
        told["store"] = limits.store(store)
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
    /// A replica of the plugin is in that condition. What it says of the plugin is true of all its replicas: they are one program.
    mutating func set(_ plugin: Hector_Mesh_V1_PluginState, _ condition: ReplicaCondition, replica id: String, capacity: String) {
        var replica = Hector_Mesh_V1_ReplicaState(condition, id: id)
        // A plugin's last words may be long, and this goes to every host at every change.
        replica.reason = replica.reason.cut(to: NodeReportLimits().reason)
        replica.capacity = capacity
        // What hosts would not read is not told.
        let limits = NodeReportLimits()
        let hasRoom = plugins.reduce(0) { $0 + $1.replicas.count } < limits.replicas
        guard let index = plugins.firstIndex(where: { $0.name == plugin.name && $0.original == plugin.original && $0.type == plugin.type }) else {
            guard hasRoom, plugins.count < limits.plugins else { return }
            var plugin = plugin
            plugin.replicas = [replica]
            plugins.append(plugin)
            return
        }
        var plugin = plugin
        // One that has not started yet does not know its store: that of the others is still theirs.
        if plugin.capabilities["store"] == nil { plugin.capabilities["store"] = plugins[index].capabilities["store"] }
        var replicas = plugins[index].replicas
        if let known = replicas.firstIndex(where: { $0.id == id }) {
            replicas[known] = replica
        } else if hasRoom, replicas.count < limits.replicasPerPlugin {
            replicas.append(replica)
        }
        plugins[index] = plugin
        plugins[index].replicas = replicas
    }

    mutating func remove(_ key: PluginKey, replica id: String) {
        guard let index = plugins.firstIndex(where: { $0.isOf(key) }) else { return }
        plugins[index].replicas.removeAll { $0.id == id }
        if plugins[index].replicas.isEmpty { plugins.remove(at: index) }
    }
}
