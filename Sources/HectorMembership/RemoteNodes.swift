internal import HectorCore
package import HectorDiscovery
package import HectorMesh
internal import HectorRPC
internal import HectorTrust
internal import Synchronization

/// All nodes that the sources tell of, each with its link.
///
/// A record that is gone says little, the connection says all: the roster decides who stays wanted.
package final class RemoteNodes: Sendable {
    private struct State {
        var links: [String: NodeLink] = [:]
        /// The newest set of each source.
        var sets: [String: EndpointSet] = [:]
        var roster = NodeRoster()
    }

    private let context: NodeContext
    private let sources: [any EndpointSource]
    private let state = Mutex(State())

    package init(sources: [any EndpointSource], context: NodeContext) {
        self.sources = sources
        self.context = context
    }

    /// What the operator should know of sources that do not work, and of nodes that offer what they may not.
    package var notices: [String] {
        let (sets, links) = state.withLock { ($0.sets, $0.links) }
        let ofSources = sets.sorted { $0.key < $1.key }.compactMap { source, set in
            if case .unavailable(let error) = set.state { "\(source): \(error)" } else { nil }
        }
        return ofSources + links.sorted { $0.key < $1.key }.compactMap { $0.value.notice }
    }

    /// Nodes that are known and not connected, static ones last.
    package var absent: [AbsentNode] {
        state.withLock { $0.links }.sorted { $0.key < $1.key }.compactMap { $0.value.absence }
    }

    /// - Parameter demands: When to look at our own certificate files at once.
    package func run(demands: some AsyncSequence<Void, Never> & Sendable) async {
        let (news, publish) = AsyncStream.makeStream(of: NodeLink.self)
        await withDiscardingTaskGroup { group in
            for source in sources {
                group.addTask {
                    await source.run { [self] set in take(set) { publish.yield($0) } }
                }
            }
            group.addTask { [self] in
                // Ends when it is cancelled.
                while (try? await context.timing.sleep(for: Self.turn)) != nil { take(nil) { publish.yield($0) } }
            }
            group.addTask { [context] in
                // New connections are made with what is in force then.
                await context.credentials.run(demands: demands) { _ in }
            }
            for await link in news {
                group.addTask { await link.run() }
            }
        }
    }

    /// Takes in what a source says now; without a set, looks again at what all of them said last.
    private func take(_ set: EndpointSet?, start: (NodeLink) -> Void) {
        state.withLock { state in
            if let set { state.sets[set.source] = set }
            let sightings = state.sets.sorted { $0.key < $1.key }.flatMap { $0.value.nodes }.map { node in
                NodeRoster.Sighting(
                    id: node.id, endpoints: node.endpoints.map { .tcp($0) },
                    isAnnounced: node.isAnnounced)
            }
            for change in state.roster.take(sightings, now: context.timing.now()) {
                switch change {
                case .start(let node):
                    let link = NodeLink(nodeID: node.id, endpoints: node.endpoints, context: context) { [weak self] status in
                        self?.note(status, of: node.key)
                    }
                    state.links[node.key] = link
                    start(link)
                case .update(let node): state.links[node.key]?.update(node.endpoints, isAnnounced: node.isAnnounced)
                case .stop(let key): state.links.removeValue(forKey: key)?.stop()
                }
            }
        }
    }

    private func note(_ status: NodeLink.Status, of key: String) {
        state.withLock { state in
            switch status {
            case .dialling: break
            case .connected, .standingBy: state.roster.connected(key)
            case .absent: state.roster.disconnected(key, now: context.timing.now())
            }
        }
    }

    /// How often to look for nodes that are no longer announced.
    private static let turn = Duration.seconds(10)
}
