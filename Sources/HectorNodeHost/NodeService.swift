internal import HectorCore
internal import HectorLoad
internal import HectorProto
internal import HectorRPC
internal import HectorTrust
internal import Synchronization

/// `hector.mesh.v1.Node`: tells hosts what this node has, now and at every change, and how busy a replica is when they ask.
final class NodeService: Sendable {
    private struct Watcher {
        /// Nil where there is no certificate.
        let host: MeshIdentity?
        let changes: AsyncStream<Void>.Continuation
    }

    private struct State {
        var node: Hector_Mesh_V1_NodeState
        var drained = Drained()
        var watchers: [UInt64: Watcher] = [:]
        var nextWatcher: UInt64 = 0
        var isFinished = false

        /// - Returns: Those to tell.
        mutating func countHosts() -> [Watcher] {
            // A host that has lost one connection and has another is one host.
            let hosts = UInt32(clamping: Set(watchers.values.compactMap(\.host)).count)
            guard node.hosts != hosts else { return [] }
            node.hosts = hosts
            return Array(watchers.values)
        }
    }

    private let state: Mutex<State>

    init(_ node: Hector_Mesh_V1_NodeState) {
        state = Mutex(State(node: node))
    }

    /// As its plugins are doing, drained or not.
    var node: Hector_Mesh_V1_NodeState { state.withLock { $0.node } }

    /// As hosts are told.
    private var told: Hector_Mesh_V1_NodeState {
        let (node, drained) = state.withLock { ($0.node, $0.drained) }
        return drained == Drained() ? node : node.draining(drained)
    }

    func drain(_ drained: Drained) {
        state.withLock { $0.drained = drained }
        change { _ in }
    }

    func change(_ body: (inout Hector_Mesh_V1_NodeState) -> Void) {
        let watchers = state.withLock { state in
            body(&state.node)
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.changes.yield() }
    }

    /// Tells the hosts that the node goes away, and ends their streams.
    func finish() {
        let watchers = state.withLock { state in
            state.node.draining = true
            state.isFinished = true
            return Array(state.watchers.values)
        }
        for watcher in watchers {
            watcher.changes.yield()
            watcher.changes.finish()
        }
    }

    /// - Parameters:
    ///   - now: The time, in seconds since 1970.
    ///   - load: How busy a replica is; nil where it takes no calls now.
    func register(in services: inout RPCServices, now: @escaping @Sendable () -> Int64, load: @escaping @Sendable (PluginKey, _ replica: String) -> LoadReport?) {
        services.serverStreaming(NodeMethods.watch) { [self] _, writer, context in
            // A slow host gets the newest state, not every one.
            let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            let id = watch(Watcher(host: context.peer.flatMap { try? MeshIdentity($0) }, changes: continuation))
            defer { unwatch(id) }
            continuation.yield()
            if state.withLock({ $0.isFinished }) { continuation.finish() }
            for await _ in changes {
                var node = told
                node.time = now()
                try await writer.write(node)
            }
        }
        services.inlineUnary(NodeMethods.probe) { [self] request, _ in
            let unknown = RPCError(
                .notFound, "this node has no replica \(quoted(request.replica)) of a plugin \(quoted(request.plugin)) of the type \(quoted(request.type))")
            guard let kind = PluginKind(rawValue: request.type), has(PluginKey(kind, request.plugin), request.replica) else { throw unknown }
            guard let report = load(PluginKey(kind, request.plugin), request.replica) else {
                throw RPCError(.unavailable, "the replica \(quoted(request.replica)) takes no calls now")
            }
            return report.message
        }
    }

    private func has(_ key: PluginKey, _ replica: String) -> Bool {
        state.withLock { $0.node.plugins.contains { $0.isOf(key) && $0.replicas.contains { $0.id == replica } } }
    }

    private func watch(_ watcher: Watcher) -> UInt64 {
        let (id, told) = state.withLock { state in
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = watcher
            return (state.nextWatcher, state.countHosts())
        }
        for watcher in told { watcher.changes.yield() }
        return id
    }

    private func unwatch(_ id: UInt64) {
        let told = state.withLock { state in
            state.watchers[id] = nil
            return state.countHosts()
        }
        for watcher in told { watcher.changes.yield() }
    }
}

extension Hector_Mesh_V1_NodeState {
    /// With replicas of drained plugins as ones that finish their calls, which hosts of all versions understand.
    func draining(_ drained: Drained) -> Hector_Mesh_V1_NodeState {
        var told = self
        for index in plugins.indices {
            let plugin = plugins[index]
            guard let kind = PluginKind(rawValue: plugin.type),
                let reason = drained.reason(for: PluginKey(kind, plugin.original.isEmpty ? plugin.name : plugin.original))
            else { continue }
            for replica in plugin.replicas.indices {
                switch plugin.replicas[replica].phase {
                case .ready, .starting, .unhealthy:
                    told.plugins[index].replicas[replica].phase = .stopping
                    told.plugins[index].replicas[replica].reason = reason.cut(to: NodeReportLimits().reason)
                // What has failed needs somebody, drained or not.
                default: break
                }
            }
        }
        return told
    }
}
