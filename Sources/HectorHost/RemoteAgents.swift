internal import HectorDiscovery
internal import HectorRPC
internal import HectorTrust
internal import Synchronization

/// All agents that the sources tell of, each with its link.
///
/// An agent, once found, stays wanted: a record that is gone says little, the connection says all.
final class RemoteAgents: Sendable {
    private struct State {
        var links: [String: AgentLink] = [:]
        var sources: [String: SourceState] = [:]
    }

    private let context: AgentLink.Context
    private let sources: [any EndpointSource]
    private let state = Mutex(State())

    /// More agents than this on one network are not dialled.
    private static let mostAgents = 256

    init(sources: [any EndpointSource], context: AgentLink.Context) {
        self.sources = sources
        self.context = context
    }

    /// What the operator should know of sources that do not work.
    var notices: [String] {
        state.withLock { state in
            state.sources.sorted { $0.key < $1.key }.compactMap { source, state in
                if case .unavailable(let error) = state { "\(source): \(error)" } else { nil }
            }
        }
    }

    /// - Parameter demands: When to look at our own certificate files at once.
    func run(demands: some AsyncSequence<Void, Never> & Sendable) async {
        let (news, publish) = AsyncStream.makeStream(of: AgentLink.self)
        await withDiscardingTaskGroup { group in
            for source in sources {
                group.addTask {
                    await source.run { [self] set in take(set) { publish.yield($0) } }
                }
            }
            group.addTask { [context] in
                // New connections are made with what is in force then.
                await context.credentials.run(sleep: context.sleep, demands: demands) { _ in }
            }
            for await link in news {
                group.addTask { await link.run() }
            }
        }
    }

    private func take(_ set: EndpointSet, start: (AgentLink) -> Void) {
        state.withLock { $0.sources[set.source] = set.state }
        for agent in set.agents {
            let endpoints = agent.endpoints.map { HectorRPC.Endpoint.tcp(host: $0.host, port: Int($0.port)) }
            guard let first = endpoints.first else { continue }
            let key = agent.id ?? "static \(first)"
            let (link, isNew) = state.withLock { state -> (AgentLink?, Bool) in
                if let link = state.links[key] { return (link, false) }
                guard state.links.count < Self.mostAgents else { return (nil, false) }
                let link = AgentLink(agentID: agent.id, endpoints: endpoints, context: context)
                state.links[key] = link
                return (link, true)
            }
            guard let link else { continue }
            if isNew { start(link) } else { link.update(endpoints, isAnnounced: agent.isAnnounced) }
        }
    }
}
