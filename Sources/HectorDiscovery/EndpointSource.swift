package import HectorCore

/// Where nodes are found: the network, the configuration, and others to come.
package protocol EndpointSource: Sendable {
    /// A short word for people: `avahi`, `static`.
    nonisolated var name: String { get }

    /// Publishes what it knows, whole, at the start and after every change, until the task is cancelled.
    /// A source that cannot work says so in the set's state and goes on trying. While `publish` runs,
    /// changes are collected; the next set has them all.
    func run(publish: @escaping @Sendable (EndpointSet) async -> Void) async
}

/// All that one source knows at one moment.
package struct EndpointSet: Equatable, Sendable {
    package let source: String
    package let state: SourceState
    package let nodes: [NodeSighting]

    package init(source: String, state: SourceState, nodes: [NodeSighting]) {
        self.source = source
        self.state = state
        self.nodes = nodes
    }
}

/// Whether a source works.
package enum SourceState: Equatable, Sendable {
    case starting
    case running
    /// It does not work now; the error says why and what to do. What it knew stays in the set.
    case unavailable(DiscoveryError)
}

/// One way to reach a node, as one source sees it: a hint where to try.
package struct NodeSighting: Equatable, Sendable {
    /// For how long a sighting counts.
    package enum Lifetime: Equatable, Sendable {
        /// As long as the source tells of it: a person wrote it.
        case permanent
        /// Until then, unless it is told again: what a name stands for.
        case until(Instant)
        /// The network announces it.
        case announced
        /// The network announced it and does so no more: its endpoints are the last ones known.
        case withdrawn
    }

    /// Names the sighting within its source.
    package let key: String
    /// What the node says of itself; nil where a person or a name service says where it is, and its certificate who it is.
    package let record: NodeRecord?
    /// The name that stands for it and perhaps for others, where it was looked up.
    package let name: String?
    /// Addresses of one machine to try, the likeliest first; never empty.
    package let endpoints: [HostPort]
    /// What is served there, as a person says.
    package let plugins: [PluginKey]
    package let lifetime: Lifetime

    package init(
        key: String, record: NodeRecord? = nil, name: String? = nil, endpoints: [HostPort], plugins: [PluginKey] = [], lifetime: Lifetime
    ) {
        self.key = key
        self.record = record
        self.name = name
        self.endpoints = endpoints
        self.plugins = plugins
        self.lifetime = lifetime
    }

    /// Announced by the node itself.
    package init(record: NodeRecord, endpoints: [HostPort], isAnnounced: Bool) {
        self.init(key: record.id, record: record, endpoints: endpoints, lifetime: isAnnounced ? .announced : .withdrawn)
    }

    /// The node's id, as it says itself.
    package var id: String? { record?.id }

    package var isAnnounced: Bool { lifetime != .withdrawn }
}
