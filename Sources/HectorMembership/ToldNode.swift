internal import HectorCore
internal import HectorMesh
internal import HectorProto

/// What a node says of itself, checked and cut to what a host is willing to hold and to show: the node is a member of
/// the mesh, and may still be mistaken or taken over.
struct ToldNode: Sendable, Equatable {
    struct Replica: Sendable, Equatable {
        let id: String
        let condition: ReplicaCondition
        /// The process, where that serves replicas of other plugins, too.
        let capacity: String?
    }

    struct Plugin: Sendable, Equatable {
        let key: PluginKey
        let version: String
        /// Whether each of its calls costs money.
        let metered: Bool
        /// Which data a database has; nil where it tells none.
        let store: String?
        /// Of the content behind its name; empty where it tells none.
        let digest: String
        /// Names of the methods that the node forwards to it, of those that this host calls; nil: all of them.
        let methods: Set<String>?
        /// What the plugin can do beyond what all of its kind can, as far as the node forwards it.
        let abilities: Abilities
        let replicas: [Replica]
    }

    typealias Limits = NodeReportLimits

    /// For people; empty where the node told none.
    let name: String
    /// The same for as long as the node's process runs. The name, where it is of a version that tells none.
    let process: String
    let isDraining: Bool
    /// When its certificate of now expires, in seconds since 1970; 0 where it tells none.
    let certificateExpires: Int64
    /// Its clock when it told this, in seconds since 1970; nil where it tells none.
    let time: Int64?
    /// Hosts that are connected to it, this one among them; nil where it tells none.
    let hosts: Int?
    /// Plugins that it has and had no room to tell of.
    let untold: Int
    /// Those with a name and a kind that this host knows.
    let plugins: [Plugin]

    /// The end of the year 9999: what lies behind it is no time.
    private static let latest: Int64 = 253_402_300_799

    init(_ node: Hector_Mesh_V1_NodeState, limits: Limits = Limits()) {
        name = node.name.cut(to: limits.name)
        process = node.process.isEmpty ? node.name.cut(to: limits.name) : node.process.cut(to: limits.name)
        isDraining = node.draining
        certificateExpires = node.certificateExpires
        time = node.time > 0 ? min(node.time, Self.latest) : nil
        hosts = node.hosts > 0 ? min(Int(node.hosts), limits.hosts) : nil
        untold = Int(node.untold)
        var told: Set<ReplicaID> = []
        plugins = node.plugins.prefix(limits.plugins).compactMap { plugin in
            guard let name = plugin.checkedName, let kind = PluginKind(rawValue: plugin.type) else { return nil }
            let key = PluginKey(kind, name)
            var replicas: [Replica] = []
            for replica in plugin.replicas.prefix(limits.replicasPerPlugin) where told.count < limits.replicas {
                // The id travels in the header of every call, and stands for one replica of the plugin there.
                guard Self.isID(replica.id, limits), told.insert(ReplicaID(key, host: "", replica: replica.id)).inserted else { continue }
                replicas.append(Replica(
                    id: replica.id, condition: replica.condition(reason: replica.reason.cut(to: limits.reason)),
                    // Not cut: two processes would become one.
                    capacity: (1...limits.capacity).contains(replica.capacity.utf8.count) ? replica.capacity : nil))
            }
            let methods = Self.methods(plugin.methods, of: kind, limits)
            return Plugin(
                key: key, version: plugin.version.cut(to: limits.version),
                metered: plugin.capabilities["metered"] == "true",
                store: limits.store(plugin.capabilities["store"]),
                // Not cut, as a store.
                digest: limits.store(plugin.digest) ?? "",
                methods: methods.listed, abilities: methods.abilities(Abilities(capabilities: plugin.capabilities)), replicas: replicas)
        }
    }

    /// A host calls no methods but those that it knows: names of others are not kept.
    private static func methods(_ told: [String], of kind: PluginKind, _ limits: Limits) -> Methods {
        let service = ProviderService.of(kind)
        let forwarded = told.isEmpty
            ? service.forwardedUntold
            : Set(told.prefix(limits.methods).filter { $0.utf8.count <= limits.method }).intersection(service.forwarded)
        return Methods(service: service, forwarded: forwarded)
    }

    /// The methods that a node forwards, of those that this host calls.
    private struct Methods {
        let service: ProviderService
        let forwarded: Set<String>

        /// Nil where it has all that every plugin of the kind has: whether a plugin has the others is among its abilities.
        var listed: Set<String>? { service.basic.isSubset(of: forwarded) ? nil : forwarded }

        func abilities(_ declared: Abilities) -> Abilities { service.abilities(declared, forwarding: forwarded) }
    }

    private static func isID(_ id: String, _ limits: Limits) -> Bool {
        (1...limits.replicaID).contains(id.utf8.count) && id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension Hector_Mesh_V1_PluginState {
    /// The name that stands for the plugin in the mesh; nil where it cannot be one.
    fileprivate var checkedName: String? {
        guard Label.isValid(name) else { return nil }
        guard !original.isEmpty else { return name }
        return Label.isName(original) && Label.of(original) == name ? original : nil
    }
}
