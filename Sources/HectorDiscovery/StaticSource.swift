package import HectorCore

/// The addresses written in the configuration.
package struct StaticSource: EndpointSource {
    package let name = "static"
    private let endpoints: [HostPort]

    package init(_ endpoints: [HostPort]) {
        self.endpoints = endpoints
    }

    /// `localhost` is an address in each family, whatever the machine's hosts file says of it (RFC 6761 §6.3).
    private static func addresses(_ endpoint: HostPort) -> [HostPort] {
        guard endpoint.host.lowercased() == "localhost" else { return [endpoint] }
        return ["127.0.0.1", "::1"].map { HostPort(host: $0, port: endpoint.port) }
    }

    package func run(publish: @escaping @Sendable (EndpointSet) async -> Void) async {
        let nodes = endpoints.map { NodeSighting(record: nil, endpoints: Self.addresses($0), isAnnounced: true) }
        await publish(EndpointSet(source: name, state: .running, nodes: nodes))
        // Nothing changes until the task is cancelled, which ends the stream.
        let (never, continuation) = AsyncStream.makeStream(of: Never.self)
        for await _ in never {}
        continuation.finish()
    }
}
