package import HectorCore

/// A place that a person wrote down.
package struct StaticNode: Sendable, Equatable {
    package let address: HostPort
    /// What is served there, where that is a server that cannot tell.
    package let plugins: [PluginKey]

    package init(_ address: HostPort, plugins: [PluginKey] = []) {
        self.address = address
        self.plugins = plugins
    }
}

/// The places written in the configuration. A name is looked up again and again: each of its addresses may be a machine of its own.
package struct StaticSource: EndpointSource {
    package static let name = "static"
    package var name: String { Self.name }
    private let nodes: [StaticNode]
    private let timing: Timing
    private let limits: DiscoveryLimits
    private let lookUp: @Sendable (String) async -> NameAnswer

    package init(
        _ nodes: [StaticNode], timing: Timing, limits: DiscoveryLimits = DiscoveryLimits(),
        lookUp: @escaping @Sendable (String) async -> NameAnswer = NameLookup.addresses
    ) {
        self.nodes = nodes
        self.timing = timing
        self.limits = limits
        self.lookUp = lookUp
    }

    package func run(publish: @escaping @Sendable (EndpointSet) async -> Void) async {
        let (answers, answered) = AsyncStream.makeStream(of: (Int, NameAnswer).self)
        var names = nodes.map { $0.isName ? ResolvedName(limits) : nil }
        await withTaskGroup(of: Void.self) { group in
            for (index, node) in nodes.enumerated() where node.isName {
                group.addTask { [lookUp, timing, limits] in
                    repeat {
                        answered.yield((index, await lookUp(node.address.host)))
                    } while (try? await timing.sleep(for: limits.nameInterval)) != nil
                }
            }
            func publishAll() async {
                let sightings = zip(nodes, names).flatMap { node, name in node.sightings(name) }
                await publish(EndpointSet(source: self.name, state: .running, nodes: sightings))
            }
            await publishAll()
            // Ends when the task is cancelled; without names there is nothing else to wait for.
            for await (index, answer) in answers {
                names[index]?.take(answer, now: timing.now())
                await publishAll()
            }
        }
        answered.finish()
    }
}

/// What a name service says of a name.
package enum NameAnswer: Sendable, Equatable {
    /// Numeric, the likeliest first; empty where there is no such name.
    case addresses([String])
    /// No answer, which says nothing of the name.
    case none
}

/// The addresses that a name stands for.
struct ResolvedName: Sendable {
    private let limits: DiscoveryLimits
    /// In the order of the last answer, those of earlier ones behind.
    private(set) var addresses: [(host: String, until: Instant)] = []

    init(_ limits: DiscoveryLimits) {
        self.limits = limits
    }

    mutating func take(_ answer: NameAnswer, now: Instant) {
        let until = now.advanced(by: limits.nameLifetime)
        switch answer {
        case .addresses(let found):
            let found = found.prefix(limits.addressesPerName)
            let left = addresses.filter { $0.until > now && !found.contains($0.host) }
            addresses = Array((found.map { ($0, until) } + left).prefix(limits.addressesPerName))
        case .none:
            for index in addresses.indices { addresses[index].until = until }
        }
    }
}

extension StaticNode {
    fileprivate var isName: Bool { !address.isNumeric && !isLocalhost }
    private var isLocalhost: Bool { address.host.lowercased() == "localhost" }

    fileprivate func sightings(_ name: ResolvedName?) -> [NodeSighting] {
        guard let name, !name.addresses.isEmpty else {
            // `localhost` is an address in each family, whatever the machine's hosts file says of it (RFC 6761 §6.3).
            let hosts = isLocalhost ? ["127.0.0.1", "::1"] : [address.host]
            return [
                NodeSighting(
                    key: address.description, endpoints: hosts.map { HostPort(host: $0, port: address.port) }, plugins: plugins,
                    lifetime: .permanent)
            ]
        }
        return name.addresses.map { host, until in
            let endpoint = HostPort(host: host, port: address.port)
            return NodeSighting(
                key: "\(address) \(host)", name: address.description, endpoints: [endpoint], plugins: plugins, lifetime: .until(until))
        }
    }
}
