import Synchronization

@testable import HectorMesh

/// A source that is told of one replica at a time.
final class Feed: Sendable {
    let source: ReplicaSource
    private let replicas = Mutex<[ReplicaID: PublishedReplica]>([:])

    init(_ router: Router) {
        source = router.source(named: "feed")
    }

    func say(_ description: ReplicaDescription, _ state: ReplicaState<any CallTarget>) {
        change { $0[description.id] = PublishedReplica(description, state) }
    }

    func forget(_ name: String) {
        change { $0[ReplicaID(echo, host: "here", replica: name)] = nil }
    }

    private func change(_ body: (inout [ReplicaID: PublishedReplica]) -> Void) {
        replicas.withLock { replicas in
            body(&replicas)
            source.publish(Array(replicas.values))
        }
    }
}
