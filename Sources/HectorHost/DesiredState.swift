internal import HectorAPI
internal import HectorAgents
package import HectorConfig
package import HectorCore
internal import HectorPlugins
internal import HectorProgram
internal import OrderedCollections

/// All that this host should be, as its configuration says: one part for each owner. A pure value; what it needs to know of files, such as
/// manifests, was read before.
package struct DesiredState: DesiredStateOfProgram {
    /// The addresses of the HTTP server, and who may call it.
    struct Front: Sendable, Equatable {
        var listen: HostPort
        var ollama: HostPort?
        var tls: ServerTLS?
        var token: String?
        var clients: [APIClient]
        var publicURL: String?
        var corsOrigins: [String]
        var maxCalls: Int
        var threads: Int
        var drainTimeout: Duration

        var wantsToken: Bool { token?.isEmpty == false || !clients.isEmpty }
        /// Whether other machines can reach it.
        var isOpen: Bool { !listen.isLoopback || ollama.map { !$0.isLoopback } ?? false }

        var security: APISecurity {
            APISecurity(token: token, clients: clients, corsOrigins: corsOrigins)
        }
    }

    /// Where plugins of other machines are found, and how they are reached.
    struct Membership: Sendable, Equatable {
        var mesh: String
        /// Nil where nothing of the network is used.
        var tls: MeshTLS?
        var avahi: Bool
        var endpoints: [StaticEndpoint]
        var switchedOff: Set<PluginKey>
        var silence: Duration
        var silenceStreams: Duration

        var isOn: Bool { (avahi || !endpoints.isEmpty) && tls != nil }
    }

    /// Plugins of this machine.
    var plugins: [DesiredPlugin]
    /// Databases whose replicas share their data by themselves.
    var shared: Set<PluginKey>
    var directory: MeshDirectory.Settings
    var membership: Membership
    /// The default agent first.
    var agents: [AgentDefinition]
    /// Of document stores.
    var documents: [DesiredIndex]
    var front: Front
    var tracing: TracingEntry?
    package var reload: ReloadMode
    var logLevel: LogThreshold?
    package var warnings: [String]
    package var files: [String] { plugins.flatMap(\.files) }

    /// - Parameters:
    ///   - plugins: Those of this machine, with their manifests.
    ///   - warnings: What was found on the way there.
    /// - Throws: Agents use plugins that nothing can offer.
    init(_ configuration: HostConfiguration, plugins: [DesiredPlugin], warnings: [String] = []) throws(ConfigurationError) {
        let missing = configuration.missingPlugins(discovered: plugins.map(\.key))
        guard missing.problems.isEmpty else { throw ConfigurationError(missing.problems) }
        self.plugins = plugins
        let entries = configuration.plugins.entries
        shared = Set(entries.filter(\.shared).map(\.key))
        // Where the configuration gives a model another name, its own is the one to wait for.
        let used = configuration.referencedPlugins.map(\.key).map { key in
            key.kind == .llm || key.kind == .embedder ? PluginKey(key.kind, configuration.models[key.name] ?? key.name) : key
        }
        let mesh = configuration.mesh
        directory = MeshDirectory.Settings(
            known: OrderedSet(entries.filter(\.enabled).map(\.key) + plugins.map(\.key) + used), used: Set(used), aliases: configuration.models,
            metered: Dictionary(entries.compactMap { entry in entry.metered.map { (entry.key, $0) } }, uniquingKeysWith: { first, _ in first }),
            limits: CallLimits(progress: mesh.callTimeout, total: mesh.callTotalTimeout))
        membership = Membership(
            mesh: mesh.name, tls: mesh.hasRemoteSources ? mesh.tls : nil, avahi: mesh.avahi, endpoints: mesh.staticEndpoints,
            switchedOff: Set(entries.filter { !$0.enabled }.map(\.key)), silence: mesh.silence, silenceStreams: mesh.silenceStreams)
        agents = configuration.definitions
        documents = configuration.indexes
        let server = configuration.server
        front = Front(
            listen: server.listen, ollama: server.ollama, tls: server.tls, token: server.token,
            clients: server.clients.map { APIClient(name: $0.name, token: $0.token, agents: $0.agents.map(Set.init)) },
            publicURL: server.publicURL, corsOrigins: server.corsOrigins, maxCalls: server.maxCalls, threads: server.threads, drainTimeout: server.drainTimeout)
        tracing = configuration.tracing
        reload = configuration.reload
        logLevel = configuration.logLevel
        self.warnings = configuration.unencrypted + warnings + missing.warnings.map { "\($0)" }
    }

    /// Reads what the configuration names: directories of plugins, manifests, the stamps of executables.
    ///
    /// - Throws: `ConfigurationError` or `PluginProblems`: what is wrong and what to do.
    package static func read(_ configuration: HostConfiguration, environment: [String: String]) throws -> DesiredState {
        let setup = try PluginSetup(starting: configuration.plugins, environment: environment)
        return try DesiredState(configuration, plugins: setup.plugins.map { DesiredPlugin($0) }, warnings: setup.warnings)
    }
}
