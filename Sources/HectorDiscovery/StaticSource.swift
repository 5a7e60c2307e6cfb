/// The addresses written in the configuration.
package struct StaticSource: EndpointSource {
    package let name = "static"
    private let endpoints: [Endpoint]

    package init(_ endpoints: [Endpoint]) {
        self.endpoints = endpoints
    }

    package func run(publish: @escaping @Sendable (EndpointSet) async -> Void) async {
        let agents = endpoints.map { AgentSighting(record: nil, endpoints: [$0], isAnnounced: true) }
        await publish(EndpointSet(source: name, state: .running, agents: agents))
        // Nothing changes until the task is cancelled, which ends the stream.
        let (never, continuation) = AsyncStream.makeStream(of: Never.self)
        for await _ in never {}
        continuation.finish()
    }
}
