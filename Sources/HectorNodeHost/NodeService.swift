internal import HectorProto
internal import HectorRPC
internal import Synchronization

/// `hector.mesh.v1.Node`: tells hosts what this node has, now and at every change.
final class NodeService: Sendable {
    private struct State {
        var node: Hector_Mesh_V1_NodeState
        var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var nextWatcher: UInt64 = 0
        var isFinished = false
    }

    private let state: Mutex<State>

    init(_ node: Hector_Mesh_V1_NodeState) {
        state = Mutex(State(node: node))
    }

    var node: Hector_Mesh_V1_NodeState { state.withLock { $0.node } }

    func change(_ body: (inout Hector_Mesh_V1_NodeState) -> Void) {
        let watchers = state.withLock { state in
            body(&state.node)
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.yield() }
    }

    /// Tells the hosts that the node goes away, and ends their streams.
    func finish() {
        let watchers = state.withLock { state in
            state.node.draining = true
            state.isFinished = true
            return Array(state.watchers.values)
        }
        for watcher in watchers {
            watcher.yield()
            watcher.finish()
        }
    }

    func register(in services: inout RPCServices) {
        services.serverStreaming(NodeMethods.watch) { [self] _, writer, _ in
            // A slow host gets the newest state, not every one.
            let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            let id = state.withLock { state in
                state.nextWatcher += 1
                state.watchers[state.nextWatcher] = continuation
                return state.nextWatcher
            }
            defer { state.withLock { _ = $0.watchers.removeValue(forKey: id) } }
            continuation.yield()
            if state.withLock({ $0.isFinished }) { continuation.finish() }
            for await _ in changes { try await writer.write(node) }
        }
    }
}
