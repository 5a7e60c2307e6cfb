package import HectorCore
package import HectorYAML

/// `hector.yaml`: what `hector serve` does.
package struct HostConfiguration: Sendable, Equatable {
    package struct Server: Sendable, Equatable {
        package let listen: HostPort
        /// A second address, where Ollama's API answers and nothing else; nil for none.
        package let ollama: HostPort?
        /// The administrator's bearer token. Without one and without clients, callers need none; only on loopback.
        package let token: String?
        /// Who else may call, each with a token of its own.
        package let clients: [ClientEntry]
        /// Nil where connections are not encrypted.
        package let tls: ServerTLS?
        /// Where clients reach the front when a proxy stands before it: scheme, host, perhaps port and path, without a
        /// slash at the end. Nil where the address they used is the right one.
        package let publicURL: String?
        /// Origins whose pages may read answers, as browsers write them: scheme, host in lower case, port unless it is
        /// the scheme's own.
        package let corsOrigins: [String]
        /// Calls of models in progress at once.
        package let maxCalls: Int
        /// Threads that answer clients and speak with plugins.
        package let threads: Int
        /// How long calls in progress may take to finish when the host stops, or one of its plugins is replaced.
        package let drainTimeout: Duration

        static let standard = Server(
            listen: HostPort(host: "127.0.0.1", port: 8080), ollama: nil, token: nil, clients: [], tls: nil, publicURL: nil, corsOrigins: [],
            maxCalls: ConfigurationLimits.standardCalls, threads: ConfigurationLimits.standardThreads, drainTimeout: ConfigurationLimits.standardDrainTimeout)
    }

    package struct Mesh: Sendable, Equatable {
        package let name: String
        /// Present whenever a remote source is on.
        package let tls: MeshTLS?
        /// Whether to look for nodes on the local network.
        package let avahi: Bool
        /// Nodes to dial wherever they are.
        package let staticEndpoints: [StaticEndpoint]
        /// How long a call without a deadline of its own may take until its answer, or the first message of a stream and
        /// each one after that.
        package let callTimeout: Duration
        /// How long all of a call may take, streams included; nil for as long as it makes progress.
        package let callTotalTimeout: Duration?
        /// Time without a sign of life of a node after which its calls without a response go elsewhere.
        package let silence: Duration
        /// The same for calls whose response has begun. Not shorter.
        package let silenceStreams: Duration

        static let standard = Mesh(
            name: "local", tls: nil, avahi: false, staticEndpoints: [], callTimeout: ConfigurationLimits.standardCallTimeout, callTotalTimeout: nil,
            silence: ConfigurationLimits.standardSilence, silenceStreams: ConfigurationLimits.standardSilenceStreams)

        /// Whether plugins on other machines can be found at all.
        package var hasRemoteSources: Bool { avahi || !staticEndpoints.isEmpty }
    }

    package let server: Server
    package let mesh: Mesh
    /// Where what outlives a restart is kept, or `none`; nil where the environment says it.
    package let stateDirectory: String?
    /// Where traces are sent; nil: nothing is recorded.
    package let tracing: TracingEntry?
    package let plugins: PluginsConfiguration
    /// Other names for models, by these names.
    package let models: [String: String]
    /// In the order of the file.
    package let agents: [AgentEntry]
    /// Folders of documents, in the order of the file.
    package let documentStores: [DocumentStoreEntry]
    /// The id of the public agent that answers if a request names none; nil if no agent is public.
    package let defaultAgent: String?
    /// When this is read again.
    package let reload: ReloadMode
    /// How much is logged where the command line does not say; nil where this does not say either.
    package let logLevel: LogThreshold?
    /// Variables that are not set, in parts that are switched off.
    package let unused: [Remark]
}

extension HostConfiguration: ConfigurationFile {
    package static let nothing = HostConfiguration(
        server: .standard, mesh: .standard, stateDirectory: nil, tracing: nil, plugins: .none, models: [:], agents: [], documentStores: [],
        defaultAgent: nil, reload: .onRequest, logLevel: nil, unused: [])

    /// What is below `agent` in a node's file is no agent, whose id would stand there.
    package static func isOther(_ root: [YAMLNode.Entry]) -> YAMLNode.Key? {
        root.first { entry in
            entry.key.text == "agent" && !entry.members.isEmpty
                && entry.members.allSatisfy { ["name", "listen", "advertise", "drain_timeout"].contains($0.key.text) }
        }?.key
    }

    package static let other = "`hector-plugin-agent run` reads it; hector needs a file of its own, hector.yaml"

    package init(_ fields: Fields, site: ConfigurationSite) {
        mesh = fields["mesh"].flatMap { Mesh($0, site: site) } ?? .standard
        stateDirectory = fields["state_directory"]?.stateDirectory(site)
        server = fields["server"].flatMap { Server($0, site: site) } ?? .standard
        tracing = fields["tracing"].flatMap(TracingEntry.init)
        agents = (fields["agents"]?.entries() ?? []).compactMap { AgentEntry($1, id: $0, site: site) }
        documentStores = Self.stores(fields, agents: agents, site: site)
        plugins = PluginsConfiguration(
            fields["plugins"], site: site, remote: mesh.hasRemoteSources ? .some : .none, used: agents.flatMap(\.plugins),
            variables: fields.variables)
        let ids = agents.map(\.id)
        models = fields["models"].map { Self.models($0, agents: ids) } ?? [:]
        for reference in agents.flatMap(\.plugins) where plugins.entry(reference.key)?.enabled == false {
            fields.report(reference.origin.diagnostic(
                "the plugin \(cited(reference.key.name)) is disabled in plugins.\(reference.key.kind.section): set its 'enabled' to true"))
        }
        for reference in agents.flatMap(\.agents) where !ids.contains(reference.id) {
            let hint = nearest(to: reference.id, among: ids).map { "did you mean \(cited($0))?" } ?? "the agents are \(ids.joined(separator: ", "))"
            fields.report(reference.origin.diagnostic("there is no agent \(cited(reference.id)): \(hint)"))
        }
        let reachable = plugins.entries.map(\.key).filter { $0.kind == .llm }.map(\.name) + agents.map(\.llm) + models.keys
        for client in server.clients {
            client.check(agents, plugins: reachable, knowsAllPlugins: !mesh.hasRemoteSources && !plugins.discovery.enabled && !plugins.isAdopting) { fields.report($0) }
        }
        let listed = agents.filter { $0.visibility == .public }.map(\.id)
        defaultAgent = fields["default_agent"].map { cursor in
            let id = cursor.nonEmptyString() ?? ""
            if !id.isEmpty, !ids.contains(id) {
                let hint = nearest(to: id, among: ids).map { "did you mean \(cited($0))?" }
                    ?? (ids.isEmpty ? "no agent is defined" : "the agents are \(ids.joined(separator: ", "))")
                cursor.fail("expected the id of an agent below 'agents', found \(cited(id)): \(hint)")
            } else if !id.isEmpty, !listed.contains(id) {
                cursor.fail("the server's own card shows the default agent: set the visibility of \(cited(id)) to public, or name another agent")
            }
            return id
        } ?? listed.first
        reload = fields["reload"]?.word() ?? .onRequest
        logLevel = fields["log_level"]?.word()
        unused = fields.remarks
    }
}

extension HostConfiguration {
    /// `models: {NAME: ORIGINAL}`
    fileprivate static func models(_ cursor: Cursor, agents: [String]) -> [String: String] {
        var models: [String: String] = [:]
        for (name, value) in cursor.entries() ?? [] {
            guard value.checkName(name) != nil, let meant = value.string().flatMap(value.checkName) else { continue }
            if agents.contains(name) {
                value.fail("there is an agent \(cited(name)), which is asked by that name: choose another one")
            } else if models.count == ConfigurationLimits.models {
                value.fail("more than \(ConfigurationLimits.models) names: remove some")
                break
            } else {
                models[name] = meant
            }
        }
        return models
    }
}

extension HostConfiguration.Server {
    fileprivate init?(_ cursor: Cursor, site: ConfigurationSite) {
        let server = cursor.fields { fields in
            let listen = fields["listen"]?.hostPort(example: "127.0.0.1:8080", allowsAnyPort: true)
            let ollama = fields["ollama"]?.hostPort(example: "127.0.0.1:11434", allowsAnyPort: true)
            // An empty token means none, so that `${HECTOR_TOKEN:-}` works.
            let token = fields["token"].flatMap { $0.token(mayBeEmpty: true) }
            let clients = fields["clients"].map { ClientEntry.all($0, admin: token) } ?? []
            for (key, address) in [("listen", listen), ("ollama", ollama)] {
                guard let address, !address.isLoopback, token == nil, clients.isEmpty else { continue }
                fields[key]?.fail(
                    "\(address) can be reached from other machines: set server.token, or listen on 127.0.0.1:\(address.port)")
            }
            if let ollama, ollama.port != 0, ollama == listen ?? Self.standard.listen {
                fields["ollama"]?.fail("\(ollama) is server.listen, which answers Ollama's clients as well: choose another port, or remove this")
            }
            return Self(
                listen: listen ?? Self.standard.listen, ollama: ollama, token: token, clients: clients,
                tls: fields["tls"].flatMap { ServerTLS($0, site: site) }, publicURL: fields["public_url"]?.webAddress(),
                corsOrigins: fields["cors_origins"]?.webOrigins() ?? [],
                maxCalls: fields["max_calls"]?.integer(in: ConfigurationLimits.calls) ?? Self.standard.maxCalls,
                threads: fields["threads"]?.integer(in: ConfigurationLimits.threads) ?? Self.standard.threads,
                drainTimeout: fields["drain_timeout"]?.duration(in: ConfigurationLimits.drainTimeout) ?? Self.standard.drainTimeout)
        }
        guard let server else { return nil }
        self = server
    }
}

extension HostConfiguration.Mesh {
    fileprivate init?(_ cursor: Cursor, site: ConfigurationSite) {
        let mesh = cursor.fields { fields in
            // What names a mesh is meant to find its members; what only sets limits of calls is not.
            let isNamed = fields["name"] != nil || fields["tls"] != nil
            let sources = fields["sources"]?.fields { fields in
                (avahi: fields["avahi"]?.bool() ?? true, endpoints: fields["static"].map(Self.endpoints) ?? [])
            } ?? (avahi: isNamed, endpoints: [])
            let callTimeout = fields["call_timeout"]?.duration(in: ConfigurationLimits.callTimeout)
            let callTotalTimeout = fields["call_total_timeout"]?.duration(in: ConfigurationLimits.callTotalTimeout)
            let silence = fields["silence"]?.duration(in: ConfigurationLimits.silence) ?? Self.standard.silence
            let streams = fields["silence_streams"]
            let silenceStreams = streams?.duration(in: ConfigurationLimits.silenceStreams)
            if let silenceStreams, silenceStreams < silence {
                streams?.fail(
                    "\(silenceStreams.inSeconds) is less than mesh.silence (\(silence.inSeconds)): a stream is not given up before other calls; set it to at least that")
            }
            fields.isUsed = sources.avahi || !sources.endpoints.isEmpty
            return Self(
                name: fields.required("name", "the mesh's name, such as home")?.label() ?? Self.standard.name,
                tls: fields.required("tls", MeshTLS.expected).flatMap { MeshTLS($0, site: site) }, avahi: sources.avahi,
                staticEndpoints: sources.endpoints, callTimeout: callTimeout ?? Self.standard.callTimeout,
                callTotalTimeout: callTotalTimeout, silence: silence,
                silenceStreams: silenceStreams ?? max(silence, Self.standard.silenceStreams))
        }
        guard let mesh else { return nil }
        self = mesh
    }

    private static func endpoints(_ cursor: Cursor) -> [StaticEndpoint] {
        var endpoints: [StaticEndpoint] = []
        for item in cursor.list() ?? [] {
            guard let endpoint = StaticEndpoint(item) else { continue }
            if endpoints.contains(where: { $0.address == endpoint.address }) {
                item.fail("\(endpoint.address) is given twice: remove one")
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
