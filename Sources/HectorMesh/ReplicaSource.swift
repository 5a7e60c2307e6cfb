/// What a source says of one replica.
package struct PublishedReplica: Sendable {
    package var description: ReplicaDescription
    package var state: ReplicaState<any CallTarget>

    package init(_ description: ReplicaDescription, _ state: ReplicaState<any CallTarget>) {
        self.description = description
        self.state = state
    }
}

/// The one owner of some replicas: it alone says which there are and how each is doing.
///
/// A source always tells its whole set. What stands in it no more is forgotten, and so there is nothing that two sources could
/// write, or that a late message could bring back.
package struct ReplicaSource: Sendable {
    let id: SourceID
    let router: Router

    /// Replaces everything that the source said before. A replica whose state and connection are as before goes on as it was; one
    /// that is ready over an unequal connection begins anew. Calls in flight on replicas that are gone go on.
    ///
    /// Calls of one source must not overlap: the last one counts.
    ///
    /// - Returns: Replicas that another source owns. That is a mistake in this program: they stay as their owner says. Traps in
    ///   debug builds.
    @discardableResult
    package func publish(_ replicas: [PublishedReplica]) -> [ReplicaID] {
        let refused = router.locked { $0.publish(replicas, from: id, now: $1) }
        assert(refused.isEmpty, "another source owns \(refused)")
        return refused
    }

    /// Forgets all of the source's replicas. What it publishes after that counts for nothing.
    package func end() {
        router.locked { $0.end(id, now: $1) }
    }
}

extension Router {
    /// A new source, which owns nothing yet.
    ///
    /// - Parameter name: For messages.
    package func source(named name: String) -> ReplicaSource {
        ReplicaSource(id: locked { state, _ in state.addSource(name) }, router: self)
    }
}

/// Never used again within one router.
typealias SourceID = UInt64

/// What each source has published.
struct Sources: Sendable {
    private struct Source: Sendable {
        let name: String
        var replicas: Set<ReplicaID> = []
    }

    private var sources: [SourceID: Source] = [:]
    private var owners: [ReplicaID: SourceID] = [:]
    private var ids: SourceID = 0

    mutating func add(_ name: String) -> SourceID {
        ids += 1
        sources[ids] = Source(name: name)
        return ids
    }

    /// The source's set is now this.
    ///
    /// - Returns: What it owns no more, and what it may not say anything about, since others own it. Nil where it has ended.
    mutating func take(_ replicas: Set<ReplicaID>, from id: SourceID) -> (gone: Set<ReplicaID>, refused: Set<ReplicaID>)? {
        guard let source = sources[id] else { return nil }
        let refused = replicas.filter { owners[$0].map { $0 != id } ?? false }
        let gone = source.replicas.subtracting(replicas)
        for replica in gone { owners[replica] = nil }
        for replica in replicas.subtracting(refused) { owners[replica] = id }
        sources[id]?.replicas = replicas.subtracting(refused)
        return (gone, refused)
    }

    /// - Returns: What it owned.
    mutating func end(_ id: SourceID) -> Set<ReplicaID> {
        guard let source = sources.removeValue(forKey: id) else { return [] }
        for replica in source.replicas { owners[replica] = nil }
        return source.replicas
    }
}
