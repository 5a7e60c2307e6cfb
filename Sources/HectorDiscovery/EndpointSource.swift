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
}

/// Whether a source works.
package enum SourceState: Equatable, Sendable {
    case starting
    case running
    /// It does not work now; the error says why and what to do. What it knew stays in the set.
    case unavailable(DiscoveryError)
}

/// One node as one source sees it: a hint where to try.
package struct NodeSighting: Equatable, Sendable {
    /// What the node says of itself; nil for a static address, whose node is known by its certificate.
    package let record: NodeRecord?
    /// Addresses to try, the likeliest first; never empty.
    package let endpoints: [HostPort]
    /// False once its records are gone: then the endpoints are the last ones known.
    package let isAnnounced: Bool

    package init(record: NodeRecord?, endpoints: [HostPort], isAnnounced: Bool) {
        self.record = record
        self.endpoints = endpoints
        self.isAnnounced = isAnnounced
    }

    package var id: String? { record?.id }
}
