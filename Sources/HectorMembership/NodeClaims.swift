internal import HectorMesh
internal import Synchronization

/// Each node that was ever connected, once, however many addresses lead to it: the link that serves it, and its replicas.
///
/// A node's replicas have one source, which outlives the links. Only the link that holds the node may speak for it: what a link
/// says that lost it, or never had it, counts for nothing.
final class NodeClaims: Sendable {
    private struct Node {
        let source: ReplicaSource<ReplicaConnection>
        /// Whose word counts; nil while no connection stands.
        var holder: ObjectIdentifier?
        /// Links that served it, and may again.
        var links: Set<ObjectIdentifier> = []
        var replicas: [PublishedReplica<ReplicaConnection>] = []
        /// Links that found it served, and want to know when it is not.
        var standingBy: [ObjectIdentifier: AsyncStream<Never>.Continuation] = [:]

        mutating func letGo() {
            holder = nil
            for standby in standingBy.values { standby.finish() }
            standingBy = [:]
        }
    }

    private let router: Router<ReplicaConnection>
    private let nodes = Mutex<[String: Node]>([:])

    init(router: Router<ReplicaConnection>) {
        self.router = router
    }

    /// The link serves the node from now on; false where another one does.
    func claim(_ node: String, by link: AnyObject) -> Bool {
        nodes.withLock { nodes in
            var known = nodes[node] ?? Node(source: router.source(named: "node \(node)"))
            guard known.holder == nil || known.holder == ObjectIdentifier(link) else { return false }
            known.holder = ObjectIdentifier(link)
            known.links.insert(ObjectIdentifier(link))
            nodes[node] = known
            return true
        }
    }

    /// Returns once no link holds the node, or the task is cancelled.
    func waitUntilFree(_ node: String, for link: AnyObject) async {
        let (free, standby) = AsyncStream.makeStream(of: Never.self)
        let isHeld = nodes.withLock { nodes in
            guard nodes[node]?.holder != nil else { return false }
            nodes[node]?.standingBy[ObjectIdentifier(link)] = standby
            return true
        }
        guard isHeld else { return }
        for await _ in free {}
    }

    /// All that the node has now.
    func publish(_ replicas: [PublishedReplica<ReplicaConnection>], of node: String, by link: AnyObject) {
        nodes.withLock { nodes in
            guard nodes[node]?.holder == ObjectIdentifier(link) else { return }
            nodes[node]?.replicas = replicas
            nodes[node]?.source.publish(replicas)
        }
    }

    /// The link's connection to the node has ended: another link may have it.
    func lost(_ node: String, by link: AnyObject, reason: String) {
        nodes.withLock { nodes in
            guard var known = nodes[node], known.holder == ObjectIdentifier(link) else { return }
            known.letGo()
            for index in known.replicas.indices { known.replicas[index].state = .lost(reason: reason) }
            known.source.publish(known.replicas)
            nodes[node] = known
        }
    }

    /// The link is gone for good. A node that no other link ever served is forgotten with it.
    func leave(_ link: AnyObject) {
        nodes.withLock { nodes in
            for (name, node) in nodes where node.links.contains(ObjectIdentifier(link)) {
                nodes[name]?.links.remove(ObjectIdentifier(link))
                if node.holder == ObjectIdentifier(link) { nodes[name]?.letGo() }
                if node.links.count == 1 {
                    node.source.end()
                    nodes[name] = nil
                }
            }
        }
    }
}
