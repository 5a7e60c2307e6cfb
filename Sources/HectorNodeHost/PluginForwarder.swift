internal import HectorCore
internal import HectorProto
internal import HectorRPC
internal import Synchronization

/// Passes calls of hosts on to the children of this node, and says what it may not pass on.
final class PluginForwarder: StreamForwarder {
    private struct Replica {
        let connection: ClientConnection
        /// Whether its supervisor has it ready. One that is not may still have calls, which count when it is ready again.
        var isOffered = true
        /// Calls that were passed on to `connection` and have not ended on it.
        var inFlight = 0

        var takesCalls: Bool { isOffered && connection.isReady }
    }

    private struct Plugin {
        /// Calls passed on so far.
        var calls = 0
        var replicas: [String: Replica] = [:]

        /// The one that has the least to do, of those that take calls.
        var idlest: String? { replicas.lazy.filter(\.value.takesCalls).min { $0.value.inFlight < $1.value.inFlight }?.key }

        mutating func ready(_ id: String, _ connection: ClientConnection) {
            // A replica that was unhealthy for a while still has its connection, and the calls on it.
            if replicas[id]?.connection === connection {
                replicas[id]?.isOffered = true
            } else {
                replicas[id] = Replica(connection: connection)
            }
        }

        mutating func gone(_ id: String) {
            replicas[id]?.isOffered = false
            forget(id)
        }

        mutating func began(_ id: String) {
            calls += 1
            replicas[id]?.inFlight += 1
        }

        mutating func ended(_ id: String, on connection: ClientConnection) {
            // The replica may have been started anew in the meantime: its calls count anew. An expected race.
            guard replicas[id]?.connection === connection else { return }
            replicas[id]?.inFlight -= 1
            assert(replicas[id].map { $0.inFlight >= 0 } ?? true, "a call ends once")
            forget(id)
        }

        /// Lets go of what nobody needs any more.
        private mutating func forget(_ id: String) {
            if let replica = replicas[id], !replica.isOffered, replica.inFlight == 0 { replicas[id] = nil }
        }
    }

    private struct State {
        var plugins: [PluginKey: Plugin] = [:]
        var isDraining = false
    }

    private let state = Mutex(State())

    /// The plugin is served here, whether or not a replica of it is ready.
    func offer(_ plugin: PluginKey) {
        state.withLock { $0.plugins[plugin] = Plugin() }
    }

    func ready(_ plugin: PluginKey, replica: String, _ connection: ClientConnection) {
        state.withLock { $0.plugins[plugin]?.ready(replica, connection) }
    }

    func gone(_ plugin: PluginKey, replica: String) {
        state.withLock { $0.plugins[plugin]?.gone(replica) }
    }

    /// Those of the kinds of plugins that this node has.
    var services: Set<String> {
        Set(state.withLock { Set($0.plugins.keys.map(\.kind)) }.compactMap { ProviderService.of($0)?.name })
    }

    func drain() { state.withLock { $0.isDraining = true } }

    /// Calls passed on so far, by plugin, for the log: `echo-llm: 12, other: 0`.
    var forwarded: String {
        state.withLock { $0.plugins.mapValues(\.calls) }.map { ($0.key.name, $0.value) }.sorted { $0 < $1 }.map { "\($0): \($1)" }
            .joined(separator: ", ")
    }

    /// Calls that the replica has now.
    func inFlight(_ plugin: PluginKey, replica: String) -> Int {
        state.withLock { $0.plugins[plugin]?.replicas[replica]?.inFlight ?? 0 }
    }

    func route(_ request: ForwardedRequest) -> ForwardingDecision {
        guard let kind = Self.forwarded[request.path] else {
            return Self.notHere(.permissionDenied, "\(request.path) is not forwarded by this node")
        }
        let name = request.metadata[MeshMetadata.plugin] ?? String(request.authority.prefix { $0 != "." && $0 != ":" })
        // The same name may stand for plugins of several kinds: the service says which is meant.
        let key = PluginKey(kind, name)
        return state.withLock { state in
            guard let plugin = state.plugins[key] else {
                return Self.notHere(
                    .unimplemented,
                    state.plugins.keys.contains { $0.name == name }
                        ? "the plugin \(quoted(name)) does not offer \(quoted(request.path))"
                        : "this node has no plugin \(quoted(name)); name one in the metadata \(MeshMetadata.plugin)")
            }
            guard !state.isDraining else { return .notHere }
            guard let id = request.metadata[MeshMetadata.replica] ?? plugin.idlest, let replica = plugin.replicas[id], replica.takesCalls
            else { return .notHere }
            state.plugins[key]?.began(id)
            let connection = replica.connection
            return .to(
                ForwardingTarget(connection, whenLost: [MeshMetadata.lost: MeshMetadata.Lost.replica]) { [self] in
                    self.state.withLock { $0.plugins[key]?.ended(id, on: connection) }
                })
        }
    }

    /// It is this node that refuses, and no plugin: a host asks another one, and other clients are told why.
    private static func notHere(_ code: StatusCode, _ problem: String) -> ForwardingDecision {
        .refuse(RPCError(code, problem, metadata: [MeshMetadata.lost: MeshMetadata.Lost.plugin]))
    }

    /// What hosts may call on plugins, and of which kind.
    private static let forwarded: [String: PluginKind] = Dictionary(
        uniqueKeysWithValues: ProviderService.all.flatMap { service in
            service.methods.filter(\.isForwarded).map { ($0.path, service.kind) }
        })
}
