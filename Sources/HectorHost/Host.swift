internal import HectorAPI
package import HectorAgents
package import HectorConfig
internal import HectorCore
internal import HectorDiscovery
internal import HectorDocuments
internal import HectorMembership
package import HectorMesh
package import HectorMetrics
internal import HectorPlugins
internal import HectorProgram
internal import HectorProto
internal import HectorProviders
internal import HectorRPC
internal import HectorTrust
package import Logging
internal import NIOCore
internal import NIOPosix
internal import OrderedCollections
internal import ServiceLifecycle

/// `hector serve`: agents, their plugins here and elsewhere, and the HTTP front.
package struct Host {
    /// Every provider that agents can use.
    let directory: MeshDirectory
    let agents: Agents
    let documents: DocumentIndexes
    /// The language models that agents use, for a program that calls them without agents.
    package var models: any ProviderDirectory { directory }
    /// All replicas that are known here.
    package var mesh: MeshSnapshot { directory.router.snapshot() }
    private let services: [any Service]
    private let runtime: RuntimeDirectory
    private let hangup: @Sendable () -> Void
    private let log: Logger

    /// Sets everything up; nothing runs yet.
    ///
    /// - Parameters:
    ///   - name: This machine's host name, of which its name for people is made.
    ///   - metrics: Where everything is counted, and what `/metrics` tells.
    ///   - listening: Told once the HTTP front listens: host and port.
    /// - Throws: `ConfigurationError`, `TrustError`, `TLSError` or `PluginProblems`: what is wrong and what to do.
    package init(
        _ configuration: HostConfiguration, name: String, environment: [String: String], log: Logger,
        metrics: MetricsRegistry = MetricsRegistry(), listening: @escaping @Sendable (String, Int) async -> Void
    ) throws {
        self.log = log
        let name = machineName(name) ?? "host"
        let timing = Timing.system()
        let router = Router(
            mesh: configuration.mesh.name, host: name,
            limits: Self.meshLimits(configuration), timing: timing,
            seed: .random(in: 0 ... .max), classify: classifyFailure)

        // Starts now rather than with the first plugin: as process 1 of a container it has orphans to reap in any case.
        _ = ProcessThread.shared
        // Plugins of this machine.
        runtime = try RuntimeDirectory(environment: environment)
        let setup = try PluginSetup(starting: configuration.plugins, environment: environment)
        for warning in configuration.unencrypted + setup.warnings { log.warning("\(warning)") }
        let plugins = setup.plugins
        let figures = CallFigures()
        metrics.collect { await figures.write(to: &$0) }
        metrics.collect { router.snapshot().replicas.write(to: &$0) }
        var pluginEnvironment = PluginEnvironment(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, directory: runtime,
            variables: environment, logger: log,
            timing: timing)
        pluginEnvironment.metrics = figures.metrics
        pluginEnvironment.limits.silenceStreams = configuration.mesh.silenceStreams
        let supervisors = plugins.flatMap { plugin in
            plugin.replicaIDs.map { PluginSupervisor(plugin, replica: $0, environment: pluginEnvironment) }
        }
        let missing = configuration.missingPlugins(discovered: plugins.map(\.key))
        guard missing.problems.isEmpty else { throw ConfigurationError(missing.problems) }
        for diagnostic in missing.warnings { log.warning("\(diagnostic)") }
        // Where the configuration gives a model another name, its own is the one to wait for.
        let used = configuration.referencedPlugins.map(\.key).map { key in
            key.kind == .llm || key.kind == .embedder ? PluginKey(key.kind, configuration.models[key.name] ?? key.name) : key
        }
        router.expect(Set(used))

        let stores = Stores(shared: Set(configuration.plugins.entries.filter(\.shared).map(\.key)))

        // Plugins of other machines.
        let nodes = try Self.remoteNodes(configuration, router: router, stores: stores, figures: figures, timing: timing, log: log)

        // Agents and their front.
        let configured = configuration.plugins.entries.filter(\.enabled).map(\.key)
        let here = plugins.map(\.key)
        let children = Children()
        let directory = MeshDirectory(
            known: OrderedSet(configured + here + used), router: router, now: timing.now,
            limits: CallLimits(progress: configuration.mesh.callTimeout, total: configuration.mesh.callTotalTimeout),
            aliases: configuration.models, children: children,
            metered: Self.metered(configuration), log: FailedCalls(log))
        self.directory = directory
        var limits = APILimits()
        limits.concurrentCalls = configuration.server.maxCalls
        limits.connections = max(limits.connections, 2 * limits.concurrentCalls)
        let descriptors = Descriptors.raiseLimit()
        limits.connections = descriptors.connections(
            replicas: supervisors.count, nodes: nodes == nil ? 0 : PathRoster.Limits().paths, processors: System.coreCount,
            ceiling: limits.connections)
        if limits.connections < limits.concurrentCalls + limits.connectionReserve {
            log.warning(
                "the limit on open files allows \(limits.connections) connections: fewer than server.max_calls (\(limits.concurrentCalls)) needs; raise it with `ulimit -n` or LimitNOFILE")
        }
        let certificate = try configuration.server.tls.map {
            try LiveServerCertificate(certificate: $0.certificate, key: $0.key, log: log, timing: timing)
        }
        let documents = DocumentIndexes(configuration, directory, records: RecordsInMemory(), timing: timing, log: log)
        self.documents = documents
        let conditions = Conditions(log: log, timing: timing)
        conditions.add { (nodes?.conditions ?? []) + (certificate?.conditions(date: timing.secondsSince1970()) ?? []) }
        conditions.add { directory.conditions + router.snapshot().givenUp + descriptors.conditions() }
        metrics.collect { conditions.counts().write(to: &$0) }
        let ids = UUIDSource()
        let agents = Agents(configuration.definitions, providers: directory, timing: timing, newID: { ids.next() })
        self.agents = agents
        metrics.collect { agents.figures.write(to: &$0) }
        let api = HectorAPI(
            backend: ChatBackend(agents, models: directory),
            snapshot: {
                var snapshot = router.snapshot()
                snapshot.conditions = conditions.shown()
                snapshot.absent = nodes?.absent ?? []
                return snapshot
            },
            documents: { documents.statuses },
            metrics: metrics,
            security: Self.security(configuration.server), limits: limits,
            version: HectorVersion.current, publicURL: configuration.server.publicURL,
            surroundings: Surroundings(timing: timing, newID: { ids.next() }),
            executor: { $0.taskExecutor })
        let tls = certificate.map(Self.frontTLS)
        let front = try ListeningFront(
            api, .everything, at: configuration.server.listen, key: "server.listen", tls: tls, log: log, listening: listening)
        let ollama = try configuration.server.ollama.map { address in
            // On the machine itself, where the clients of Ollama expect no encryption.
            let tls = address.isLoopback ? nil : tls
            return try ListeningFront(api, .ollama, at: address, key: "server.ollama", tls: tls, log: log) { _, port in
                let url = "\(tls == nil ? "http" : "https")://\(HostPort(host: address.host, port: UInt16(clamping: port)))"
                log.info("listening for clients of Ollama", metadata: ["url": "\(url)"])
            }
        }

        let (meshHangups, meshHangup) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (frontHangups, frontHangup) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.hangup = {
            log.info("SIGHUP: \(nodes == nil && certificate == nil ? "nothing to reload without certificates" : "rereading the certificates"); a changed configuration takes effect at the next start")
            meshHangup.yield()
            frontHangup.yield()
        }
        // Stopped in reverse order: the front first, the children last.
        services = [
            Loop {
                await router.run { _, connection in
                    await connection.replica.isHealthy(within: .seconds(2))
                } load: { replica, connection in
                    await connection.replica.load(of: replica, within: .seconds(1))
                }
            },
            Loop { await conditions.run() },
            LocalPlugins(supervisors: supervisors, host: name, router: router, stores: stores, figures: figures, metrics: metrics, children: children),
            Loop { await nodes?.run(demands: meshHangups) },
            Loop { await documents.run() },
            Loop { await certificate?.run(demands: frontHangups) },
            front,
        ] + (ollama.map { [$0] } ?? [])
    }

    package func run() async throws {
        defer { runtime.remove() }
        MessageMemory.keepForTheNextMessage()
        try await ProgramRun(services, log: log, hangup: hangup).run()
    }

    // MARK: -

    /// What runs until it is told to stop.
    private struct Loop: Service {
        let body: @Sendable () async -> Void

        init(_ body: @escaping @Sendable () async -> Void) { self.body = body }

        func run() async { await cancelWhenGracefulShutdown { await body() } }
    }

    private static func frontTLS(_ certificate: LiveServerCertificate) -> FrontTLS {
        { eventLoop, log in try certificate.current.tls.handler(on: eventLoop, log: log) }
    }

    private static func security(_ server: HostConfiguration.Server) -> APISecurity {
        let clients = server.clients.map { APIClient(name: $0.name, token: $0.token, agents: $0.agents.map(Set.init)) }
        return APISecurity(token: server.token, clients: clients, corsOrigins: server.corsOrigins)
    }

    /// A call that was admitted can wait for a replica.
    private static func meshLimits(_ configuration: HostConfiguration) -> MeshLimits {
        var limits = MeshLimits()
        limits.waitersPerPlugin = max(limits.waitersPerPlugin, configuration.server.maxCalls)
        return limits
    }

    private static func metered(_ configuration: HostConfiguration) -> [PluginKey: Bool] {
        var metered: [PluginKey: Bool] = [:]
        for entry in configuration.plugins.entries {
            if let value = entry.metered { metered[entry.key] = value }
        }
        return metered
    }

    private static func remoteNodes(
        _ configuration: HostConfiguration, router: Router, stores: Stores, figures: CallFigures,
        timing: Timing, log: Logger
    ) throws -> RemoteNodes? {
        let mesh = configuration.mesh
        guard mesh.hasRemoteSources, let tls = mesh.tls else { return nil }
        let credentials = try LiveCredentials(
            mesh: mesh.name, role: .host, ca: tls.ca, certificate: tls.certificate, key: tls.key, log: log, timing: timing)
        var sources: [any EndpointSource] = []
        if mesh.avahi { sources.append(AvahiSource(mesh: mesh.name, logger: log, timing: timing)) }
        if !mesh.staticEndpoints.isEmpty {
            sources.append(
                StaticSource(mesh.staticEndpoints.map { StaticNode($0.address, plugins: $0.plugins) }, timing: timing))
        }
        let switchedOff = configuration.plugins.entries.filter { !$0.enabled }
        let configured = configuration.plugins.entries.filter(\.enabled).map(\.key) + configuration.referencedPlugins.map(\.key)
        let kinds: @Sendable (String) -> Set<PluginKind> = { name in
            let serving = router.snapshot().replicas.filter { $0.plugin == name && $0.state == .ready }.compactMap { PluginKind(rawValue: $0.type) }
            return Set(configured.filter { $0.name == name }.map(\.kind) + serving)
        }
        return RemoteNodes(
            sources: sources,
            context: NodeContext(
                credentials: credentials, router: router, stores: stores, switchedOff: Set(switchedOff.map(\.key)),
                kinds: kinds, figures: figures,
                on: MultiThreadedEventLoopGroup.singleton, log: log, timing: timing,
                silence: mesh.silence, silenceStreams: mesh.silenceStreams))
    }
}
