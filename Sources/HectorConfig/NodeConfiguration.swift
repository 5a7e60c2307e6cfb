package import HectorCore
package import HectorYAML

/// `agent.yaml`: what `hector-plugin-agent run` does.
package struct NodeConfiguration: Sendable, Equatable {
    package struct Mesh: Sendable, Equatable {
        package let name: String
        package let tls: MeshTLS
        /// Whether the node announces itself on the local network.
        package let avahi: Bool
    }

    /// For people; nil to use the machine's.
    package let name: String?
    package let listen: HostPort
    /// Whether `listen` is the default, which is 0.0.0.0 without IPv6.
    package let listensByDefault: Bool
    /// Where hosts reach it, when that is not the address it listens on.
    package let advertise: HostPort?
    /// How long calls in flight may take to finish when the node stops.
    package let drainTimeout: Duration
    package let mesh: Mesh
    /// Where what outlives a restart is kept, or `none`; nil where the environment says it.
    package let stateDirectory: String?
    package let plugins: PluginsConfiguration
    /// When this is read again.
    package let reload: ReloadMode
    /// How much is logged where the command line does not say; nil where this does not say either.
    package let logLevel: LogThreshold?
    /// Variables that are not set, in parts that are switched off.
    package let unused: [Remark]
}

extension NodeConfiguration: ConfigurationFile {
    package static let nothing = NodeConfiguration(
        name: nil, listen: standardListen, listensByDefault: true, advertise: nil, drainTimeout: .zero, mesh: .nothing, stateDirectory: nil,
        plugins: .none, reload: .onRequest, logLevel: nil, unused: [])

    private static let standardListen = HostPort(host: "::", port: 7443)

    /// `server` and `default_agent` are a host's alone; what holds mappings below `agents` holds agents.
    package static func isOther(_ root: [YAMLNode.Entry]) -> YAMLNode.Key? {
        root.first { entry in
            ["server", "default_agent"].contains(entry.key.text)
                || entry.key.text == "agents" && !entry.members.isEmpty && entry.members.allSatisfy { $0.value.isMapping }
        }?.key
    }

    package static let other = "`hector serve` reads it; hector-plugin-agent needs a file of its own, agent.yaml"

    package init(_ fields: Fields, site: ConfigurationSite) {
        let node = fields["agent"]?.fields { fields in
            (
                name: fields["name"]?.label(),
                listen: fields["listen"]?.hostPort(example: "[::]:7443", allowsAnyPort: true),
                advertise: fields["advertise"]?.hostPort(example: "gpu-1.example.org:7443"),
                drain: fields["drain_timeout"]?.duration(in: ConfigurationLimits.drainTimeout)
            )
        }
        name = node?.name
        listen = node?.listen ?? Self.standardListen
        listensByDefault = node?.listen == nil
        advertise = node?.advertise
        drainTimeout = node?.drain ?? ConfigurationLimits.standardDrainTimeout
        stateDirectory = fields["state_directory"]?.stateDirectory(site)
        mesh = fields.required("mesh", "name and tls of the mesh to join").flatMap { Mesh($0, site: site) } ?? .nothing
        let section = fields.required("plugins", "the plugins that this machine runs")
        plugins = PluginsConfiguration(section, site: site, remote: .outOfPlace, variables: fields.variables)
        if section != nil, !plugins.entries.contains(where: \.enabled), !plugins.discovery.enabled {
            fields.fail("plugins", "a node without plugins does nothing: add one below llm_providers, or plugin_discovery")
        }
        reload = fields["reload"]?.word() ?? .onRequest
        logLevel = fields["log_level"]?.word()
        unused = fields.remarks
    }
}

extension NodeConfiguration.Mesh {
    fileprivate static let nothing = Self(name: "", tls: MeshTLS(ca: "", certificate: "", key: ""), avahi: false)

    fileprivate init?(_ cursor: Cursor, site: ConfigurationSite) {
        let mesh = cursor.fields { fields in
            Self(
                name: fields.required("name", "the mesh's name, such as home")?.label() ?? "",
                tls: fields.required("tls", MeshTLS.expected).flatMap { MeshTLS($0, site: site) } ?? Self.nothing.tls,
                avahi: (fields["announce"]?.fields { $0["avahi"]?.bool() } ?? nil) ?? true)
        }
        guard let mesh else { return nil }
        self = mesh
    }
}
