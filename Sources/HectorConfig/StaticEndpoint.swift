package import HectorCore
import HectorYAML

/// Where a node is, written as `HOST:PORT` or as `{address: HOST:PORT, plugins: {NAME: KIND}}`.
package struct StaticEndpoint: Sendable, Equatable {
    package let address: HostPort
    /// What a gRPC server serves that is no `hector-plugin-agent` and cannot tell.
    package let plugins: [PluginKey]

    package init(_ address: HostPort, plugins: [PluginKey] = []) {
        self.address = address
        self.plugins = plugins
    }

    init?(_ cursor: Cursor) {
        let example = "gpu-1.example.org:7443"
        guard cursor.node.isMapping else {
            guard let address = cursor.hostPort(example: example) else { return nil }
            self.init(address)
            return
        }
        let endpoint = cursor.fields { fields -> StaticEndpoint? in
            let address = fields.required("address", "HOST:PORT such as \(example)")?.hostPort(example: example)
            let plugins = fields["plugins"]?.entries()?.compactMap { name, value -> PluginKey? in
                let kind = value.word(PluginKind.self)
                return value.checkLabel(name).flatMap { name in kind.map { PluginKey($0, name) } }
            }
            if (plugins?.count ?? 0) > ConfigurationLimits.pluginsOfEndpoint {
                fields["plugins"]?.fail("more than \(ConfigurationLimits.pluginsOfEndpoint) plugins at one address")
            }
            return address.map { StaticEndpoint($0, plugins: plugins ?? []) }
        }
        guard let endpoint = endpoint ?? nil else { return nil }
        self = endpoint
    }
}
