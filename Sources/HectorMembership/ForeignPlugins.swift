internal import HectorCore
internal import HectorProto

/// Which plugins a gRPC server stands for that is a member of the mesh and does not tell: those that its certificate names, of the
/// kinds that it serves. A pure value.
struct ForeignPlugins: Sendable, Equatable {
    private(set) var plugins: [PluginKey] = []
    /// Why others are not used, and what to do.
    private(set) var conditions: [MeshCondition] = []

    /// - Parameters:
    ///   - node: Its id.
    ///   - named: The plugins that its certificate names.
    ///   - allowsAny: Whether its certificate allows any plugin.
    ///   - said: What the configuration says is served there.
    ///   - served: The kinds whose services it has; nil where it cannot be asked.
    ///   - kinds: What this host takes a name for, by its configuration or by replicas that serve; empty where it has none of that name.
    init(
        node: String, named: [String], allowsAny: Bool, said: [PluginKey], served: Set<PluginKind>?,
        kinds: (String) -> Set<PluginKind>
    ) {
        let allowed = said.filter { allowsAny || named.contains($0.name) }
        for plugin in said where !allowed.contains(plugin) {
            tell(.pluginNotAllowed, plugin.name, node, "node \(node) is said to serve \(plugin.name), not used: its certificate does not allow that; issue one that does")
        }
        if allowsAny, said.isEmpty, named.isEmpty {
            tell(
                .kindUnknown, node, node,
                "node \(node) is a gRPC server whose certificate allows any plugin: say which it serves, in mesh.sources.static: [{address: HOST:PORT, plugins: {NAME: KIND}}]")
        }
        for plugin in allowed { add(plugin.name, [plugin.kind], node, kinds) }
        let saidNames = Set(said.map(\.name))
        for name in named where !saidNames.contains(name) {
            guard let served else {
                tell(
                    .kindUnknown, name, node,
                    "node \(node) serves \(name), not used: its kind is not known, since the server has no reflection; add that, or say it in mesh.sources.static: [{address: HOST:PORT, plugins: {\(name): KIND}}]")
                continue
            }
            guard !served.isEmpty else {
                let services = ProviderService.all.map(\.name).joined(separator: ", ")
                tell(.kindDiffers, name, node, "node \(node) does not serve \(name): it has none of the services of plugins (\(services))")
                continue
            }
            add(name, served, node, kinds)
        }
    }

    private mutating func tell(_ kind: ConditionKind, _ name: String, _ node: String, _ text: String) {
        conditions.append(MeshCondition(kind, name == node ? name : "\(node)/\(name)", node: node, text))
    }

    private mutating func add(_ name: String, _ served: Set<PluginKind>, _ node: String, _ kinds: (String) -> Set<PluginKind>) {
        let wanted = kinds(name)
        let usable = wanted.isEmpty ? served : served.intersection(wanted)
        for kind in usable.sorted(by: { $0.rawValue < $1.rawValue }) { plugins.append(PluginKey(kind, name)) }
        guard usable.isEmpty else { return }
        tell(
            .kindDiffers, name, node,
            "node \(node) serves \(name) as \(Self.words(served)), not used: here it is \(Self.words(wanted)); give one of them another name")
    }

    private static func words(_ kinds: Set<PluginKind>) -> String { kinds.map(\.rawValue).sorted().joined(separator: " and ") }
}
