internal import Glibc
internal import HectorAPI
package import HectorAgents
package import HectorConfig
package import HectorCore
internal import HectorDiscovery
internal import HectorDocuments
internal import HectorMembership
package import HectorMesh
package import HectorMetrics
internal import HectorPlugins
package import HectorProgram
internal import HectorProto
internal import HectorProviders
internal import HectorRPC
internal import HectorStore
internal import HectorTrust
package import Logging
internal import NIOCore
internal import NIOPosix
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
    /// Moves what runs to what the configuration says.
    package let reload: Reload<DesiredState>
    private let services: [any Service]
    private let runtime: RuntimeDirectory
    /// Carries clients and plugins.
    private let group: MultiThreadedEventLoopGroup
    private let exporter: SpanExporter?
    private let drainTimeout: Live<Duration>
    private let hangup: @Sendable () -> Void
    private let log: Logger

    /// Sets everything up; nothing runs yet.
    ///
    /// - Parameters:
    ///   - name: This machine's host name, of which its name for people is made.
    ///   - metrics: Where everything is counted, and what `/metrics` tells.
    ///   - source: Reads the configuration again, for a reload. Nil where it has no file.
    ///   - setLogLevel: Told how much to log, as the configuration says; nil where it does not say.
    ///   - listening: Told once the HTTP front listens: host and port.
    /// - Throws: `ConfigurationError`, `TrustError`, `TLSError` or `PluginProblems`: what is wrong and what to do.
    package init(
        _ configuration: HostConfiguration, name: String, environment: [String: String], log: Logger,
        metrics: MetricsRegistry = MetricsRegistry(), source: RereadableFile<HostConfiguration>? = nil,
        setLogLevel: @escaping @Sendable (LogThreshold?) -> Void = { _ in },
        listening: @escaping @Sendable (String, Int) async -> Void
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
        // What outlives a restart.
        let state = StateStore(of: "hector", in: StateDirectory(configured: configuration.stateDirectory, environment: environment))
        runtime = try RuntimeDirectory(environment: environment)
        let desired = try DesiredState.read(configuration, environment: environment)
        let figures = CallFigures()
        metrics.collect { await figures.write(to: &$0) }
        metrics.collect { router.snapshot().replicas.write(to: &$0) }
        let stores = Stores(shared: desired.shared)
        let children = Children()
        let directory = MeshDirectory(
            settings: Live(desired.directory), router: router, now: timing.now, children: children, log: FailedCalls(log))
        self.directory = directory

        // With one loop for clients and plugins a call changes no threads, and what is ready together is sent together.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.server.threads)
        self.group = group

        // Plugins of this machine.
        var pluginEnvironment = PluginEnvironment(
            eventLoopGroup: group, directory: runtime,
            variables: environment, logger: log,
            timing: timing)
        pluginEnvironment.metrics = figures.metrics
        pluginEnvironment.limits.silenceStreams = configuration.mesh.silenceStreams
        let local = LocalPlugins(host: name, router: router, stores: stores, figures: figures, metrics: metrics, children: children)
        let drainTimeout = Live(desired.front.drainTimeout)
        self.drainTimeout = drainTimeout
        let fleet = PluginFleet(
            environment: pluginEnvironment, elsewhere: { router.snapshot().elsewhere($0) }, drainTimeout: { drainTimeout.value }, report: local.take)

        // Plugins of other machines.
        let membership = HostMembership(
            HostMembership.Surroundings(
                router: router, stores: stores,
                kinds: { name in
                    let serving = router.snapshot().replicas.filter { $0.plugin == name && $0.state == .ready }.compactMap { PluginKind(rawValue: $0.type) }
                    return Set(directory.settings.value.known.filter { $0.name == name }.map(\.kind) + serving)
                }, figures: figures, group: group, log: log, timing: timing))

        // Agents and their front.
        var limits = APILimits()
        limits.concurrentCalls = configuration.server.maxCalls
        limits.connections = max(limits.connections, 2 * limits.concurrentCalls)
        let descriptors = Descriptors.raiseLimit()
        limits.connections = descriptors.connections(
            replicas: desired.plugins.reduce(0) { $0 + $1.specification.replicas }, nodes: desired.membership.isOn ? PathRoster.Limits().paths : 0,
            processors: System.coreCount, ceiling: limits.connections)
        if limits.connections < limits.concurrentCalls + limits.connectionReserve {
            log.warning(
                "the limit on open files allows \(limits.connections) connections: fewer than server.max_calls (\(limits.concurrentCalls)) needs; raise it with `ulimit -n` or LimitNOFILE")
        }
        let certificate = try configuration.server.tls.map {
            try LiveServerCertificate(certificate: $0.certificate, key: $0.key, log: log, timing: timing)
        }
        let documents = DocumentIndexes(directory, records: StoredDocuments(state: state), timing: timing, log: log)
        self.documents = documents
        let drains = HostDrains(router: router, state: state, now: timing.secondsSince1970) {
            var snapshot = router.snapshot()
            snapshot.absent = membership.absent
            return snapshot
        }
        let conditions = Conditions(log: log, timing: timing)
        conditions.add { membership.conditions + (certificate?.conditions(date: timing.secondsSince1970()) ?? []) }
        conditions.add { directory.conditions + { $0.givenUp + $0.drainedThere }(router.snapshot()) + descriptors.conditions() }
        conditions.add { state.conditions + documents.statuses.compactMap(\.condition) + drains.conditions }
        metrics.collect { conditions.counts().write(to: &$0) }
        let ids = UUIDSource()
        let agents = Agents(
            desired.agents, providers: directory, timing: timing, sessions: Sessions(timing: timing, store: StoredSessions(state: state)),
            newID: { ids.next() })
        self.agents = agents
        metrics.collect { agents.figures.write(to: &$0) }
        let exporter = configuration.tracing.map {
            SpanExporter($0, host: name, on: group, timing: timing, log: log)
        }
        if let exporter { metrics.collect { exporter.write(to: &$0) } }
        let tracer = exporter.map { exporter in
            Tracer(sample: configuration.tracing?.sample ?? 1, timing: timing, newID: { .random(in: 1 ... .max) }, take: { exporter.take($0) })
        }
        let reloading = Live<Reload<DesiredState>?>(nil)
        let api = HectorAPI(
            backend: ChatBackend(agents, models: directory),
            snapshot: {
                var snapshot = router.snapshot()
                snapshot.conditions = conditions.shown()
                snapshot.absent = membership.absent
                return snapshot
            },
            documents: { documents.statuses },
            metrics: metrics,
            security: desired.front.security, limits: limits,
            version: HectorVersion.current, publicURL: desired.front.publicURL,
            surroundings: Surroundings(timing: timing, newID: { ids.next() }), tracer: tracer,
            // One that waits for a plugin must not hold up the stop.
            changes: [.reload { await cancelWhenGracefulShutdown { await reloading.value?.run() } }, .reindex(documents)] + drains.routes,
            group: group, executor: { $0.taskExecutor })
        let tls = certificate.map(Self.frontTLS)
        let isServing = Signal<Void>()
        let front = try ListeningFront(
            api, .everything, at: configuration.server.listen, key: "server.listen", tls: tls, log: log
        ) { host, port in
            isServing.set()
            await listening(host, port)
        }
        let ollama = try configuration.server.ollama.map { address in
            // On the machine itself, where the clients of Ollama expect no encryption.
            let tls = address.isLoopback ? nil : tls
            return try ListeningFront(api, .ollama, at: address, key: "server.ollama", tls: tls, log: log) { _, port in
                let url = "\(tls == nil ? "http" : "https")://\(HostPort(host: address.host, port: UInt16(clamping: port)))"
                log.info("listening for clients of Ollama", metadata: ["url": "\(url)"])
            }
        }

        let control = ControlFront(
            api: api, directory: ControlDirectory.path(environment: environment, user: geteuid()), isServing: isServing, log: log)
        let fronts = Fronts(
            [front, control] + (ollama.map { [$0] } ?? []), calls: { api.callsInProgress }, drainTimeout: { drainTimeout.value }, router: router,
            timing: timing, log: log)

        // The start is the first change.
        let owners = HostOwners(
            router: router, directory: directory, fleet: fleet, membership: membership, documents: documents, agents: agents, api: api, drainTimeout: drainTimeout,
            setLogLevel: setLogLevel)
        let read: (@Sendable () throws -> DesiredState)? =
            if let source { { try DesiredState.read(source.read(), environment: environment) } } else { nil }
        let moving = Reload<DesiredState>.Owners(
            put: { try owners.put($0) }, settle: { await fleet.settle(within: $0) }, failures: { fleet.conditions.map(\.text) })
        let reload = try Reload(desired, of: moving, file: source?.path, log: log, read: read)
        self.reload = reload
        reloading.value = reload
        conditions.add { reload.conditions + fleet.conditions }

        let (hangups, hangup) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (frontHangups, frontHangup) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.hangup = {
            log.info("SIGHUP: rereading the configuration and the certificates")
            hangup.yield()
            membership.lookAtCertificates()
            frontHangup.yield()
        }
        self.exporter = exporter
        // Stopped in reverse order: calls finish first, then the children end, and what is left of the front.
        services = (exporter.map { [$0] } ?? []) + [
            fronts.serving,
            Loop {
                await router.run { _, connection in
                    await connection.replica.isHealthy(within: .seconds(2))
                } load: { replica, connection, arrived in
                    await connection.replica.load(of: replica, within: .seconds(1), onAnswer: arrived)
                }
            },
            Loop { await conditions.run() },
            RunningFleet(fleet: fleet, end: local.end),
            Loop { await membership.run() },
            Loop { await documents.run() },
            Loop { await agents.runSummaries() },
            Loop { await certificate?.run(demands: frontHangups) },
            Loop { await reload.run(demands: hangups, timing: timing) },
            fronts.draining,
        ]
    }

    package func run() async throws {
        defer { runtime.remove() }
        MessageMemory.keepForTheNextMessage()
        do {
            try await ProgramRun(
                services, log: log, stopTime: { [drainTimeout] in drainTimeout.value + PluginLimits().stopTime + Fronts.lastWords }, hangup: hangup).run()
        } catch {
            try? await group.shutdownGracefully()
            throw error
        }
        await exporter?.flush()
        // Its threads and descriptors would stay where the process goes on.
        try? await group.shutdownGracefully()
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

    /// A call that was admitted can wait for a replica.
    private static func meshLimits(_ configuration: HostConfiguration) -> MeshLimits {
        var limits = MeshLimits()
        limits.waitersPerPlugin = max(limits.waitersPerPlugin, configuration.server.maxCalls)
        return limits
    }

    /// The children; told when all of them are gone.
    private struct RunningFleet: Service {
        let fleet: PluginFleet
        let end: @Sendable () -> Void

        func run() async {
            await fleet.run()
            end()
        }
    }
}

extension MeshSnapshot {
    /// What is known of a plugin's replicas on other machines.
    fileprivate func elsewhere(_ key: PluginKey) -> FleetState.Elsewhere {
        let others = replicas.filter { $0.plugin == key.name && $0.type == key.kind.rawValue && $0.path == .lan }
        return others.isEmpty ? .none : others.contains { $0.state == .ready } ? .ready : .notReady
    }
}
