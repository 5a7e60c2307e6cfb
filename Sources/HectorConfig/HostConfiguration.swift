import HectorCore
package import HectorYAML

/// `hector.yaml`: what `hector serve` does.
package struct HostConfiguration: Sendable, Equatable {
    package struct Server: Sendable, Equatable {
        package let listen: HostPort
        /// The bearer token that callers must show; nil only on loopback.
        package let token: String?

        static let standard = Server(listen: HostPort(host: "127.0.0.1", port: 8080), token: nil)
    }

    package struct Mesh: Sendable, Equatable {
        package let name: String
        /// Present whenever a remote source is on.
        package let tls: MeshTLS?
        /// Whether agents on the local network are looked for.
        package let avahi: Bool
        /// Agents to dial wherever they are.
        package let staticEndpoints: [HostPort]
        /// How long a call without a deadline of its own may take.
        package let callTimeout: Duration

        static let standard = Mesh(
            name: "local", tls: nil, avahi: false, staticEndpoints: [], callTimeout: .seconds(120))

        /// Whether plugins on other machines can be found at all.
        package var hasRemoteSources: Bool { avahi || !staticEndpoints.isEmpty }
    }

    package let server: Server
    package let mesh: Mesh
    package let plugins: PluginsConfiguration
    /// In the order of the file.
    package let agents: [AgentEntry]
    /// The id of the public agent that answers where none is named; nil when there is none.
    package let defaultAgent: String?
}

extension HostConfiguration: ConfigurationFile {
    package static let nothing = HostConfiguration(
        server: .standard, mesh: .standard, plugins: .none, agents: [], defaultAgent: nil)

    package init(_ fields: Fields, site: ConfigurationSite) {
        mesh = fields["mesh"].flatMap { Mesh($0, site: site) } ?? .standard
        server = fields["server"].flatMap(Server.init) ?? .standard
        plugins = PluginsConfiguration(
            fields["plugins"], site: site, remote: mesh.hasRemoteSources ? .some : .none)
        agents = (fields["agents"]?.entries() ?? []).compactMap { AgentEntry($1, id: $0) }
        for reference in agents.flatMap(\.plugins) where plugins.entry(reference.kind, reference.name)?.enabled == false {
            fields.report(reference.origin.diagnostic(
                "the plugin \(quoted(reference.name)) is switched off in plugins.\(reference.kind.section): set its 'enabled' to true"))
        }
        let ids = agents.map(\.id)
        let listed = agents.filter { $0.visibility == .public }.map(\.id)
        defaultAgent = fields["default_agent"].map { cursor in
            let id = cursor.nonEmptyString() ?? ""
            if !id.isEmpty, !ids.contains(id) {
                let hint = nearest(to: id, among: ids).map { "did you mean \(quoted($0))?" }
                    ?? (ids.isEmpty ? "there are none" : "there are \(ids.joined(separator: ", "))")
                cursor.fail("expected the id of an agent below 'agents', found \(quoted(id)): \(hint)")
            } else if !id.isEmpty, !listed.contains(id) {
                cursor.fail("the server's own card shows the default agent: give \(quoted(id)) the visibility public, or name another")
            }
            return id
        } ?? listed.first
    }
}

extension HostConfiguration.Server {
    fileprivate init?(_ cursor: Cursor) {
        let server = cursor.fields { fields in
            let address = fields["listen"]
            let listen = address?.hostPort(example: "127.0.0.1:8080", allowsAnyPort: true)
            let token = fields["token"].flatMap(Self.token)
            if let address, let listen, !listen.isLoopback, token == nil {
                address.fail(
                    "\(listen) can be reached from other machines: set server.token, or listen on 127.0.0.1:\(listen.port)")
            }
            return Self(listen: listen ?? Self.standard.listen, token: token)
        }
        guard let server else { return nil }
        self = server
    }

    /// An empty token is none, so that `${HECTOR_TOKEN:-}` works. The message never shows it.
    private static func token(_ cursor: Cursor) -> String? {
        // Something was written, so there is no reason to ask for a token as well.
        let wrong = ""
        guard let token = cursor.string() else { return wrong }
        guard !token.isEmpty else { return nil }
        let isVisible = token.utf8.allSatisfy { (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) }
        guard isVisible, ConfigurationLimits.tokenCharacters.contains(token.utf8.count) else {
            let count = ConfigurationLimits.tokenCharacters
            cursor.fail(
                "expected \(count.lowerBound) to \(count.upperBound) visible ASCII characters without spaces: 'openssl rand -hex 32' makes a good token")
            return wrong
        }
        return token
    }
}

extension HostConfiguration.Mesh {
    fileprivate init?(_ cursor: Cursor, site: ConfigurationSite) {
        let mesh = cursor.fields { fields in
            let sources = fields["sources"]?.fields { fields in
                (avahi: fields["avahi"]?.bool() ?? true, endpoints: fields["static"].map(Self.endpoints) ?? [])
            } ?? (avahi: true, endpoints: [])
            let needsTLS = sources.avahi || !sources.endpoints.isEmpty
            let tls = needsTLS ? fields.required("tls", MeshTLS.expected) : fields["tls"]
            return Self(
                name: fields.required("name", "the mesh's name, such as home")?.label() ?? "",
                tls: tls.flatMap { MeshTLS($0, site: site) }, avahi: sources.avahi, staticEndpoints: sources.endpoints,
                callTimeout: fields["call_timeout"]?.duration(in: ConfigurationLimits.callTimeout)
                    ?? Self.standard.callTimeout)
        }
        guard let mesh else { return nil }
        self = mesh
    }

    private static func endpoints(_ cursor: Cursor) -> [HostPort] {
        var endpoints: [HostPort] = []
        for item in cursor.list() ?? [] {
            guard let endpoint = item.hostPort(example: "gpu-1.example.org:7443") else { continue }
            if endpoints.contains(endpoint) {
                item.fail("\(endpoint) is given twice: remove one")
            } else if endpoints.count == ConfigurationLimits.staticEndpoints {
                item.fail("more than \(ConfigurationLimits.staticEndpoints) addresses: use another source")
                break
            } else {
                endpoints.append(endpoint)
            }
        }
        return endpoints
    }
}
