internal import Glibc
package import HectorConfig
package import HectorCore
internal import HectorDiscovery
internal import HectorPlugins
package import HectorProgram
internal import HectorProto
internal import HectorRPC
internal import HectorStore
internal import HectorTrust
package import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// `hector-plugin-agent run`: plugins as children, offered to the hosts of the mesh.
package struct NodeHost {
    private let services: [any Service]
    private let directory: RuntimeDirectory
    /// What outlives a restart; locked for as long as the value lives.
    private let store: StateStore
    private let drainTimeout: Live<Duration>
    private let hangup: @Sendable () -> Void
    private let log: Logger
    /// Moves what runs to what the configuration says.
    package let reload: Reload<NodeDesiredState>

    /// Sets everything up; nothing runs yet.
    ///
    /// - Parameters:
    ///   - machine: This machine's host name, of which the node's is made where the configuration names none.
    ///   - source: Reads the configuration again, for a reload. Nil where it has no file.
    ///   - setLogLevel: Told how much to log, as the configuration says; nil where it does not say.
    ///   - listening: Told once hosts can connect: where.
    /// - Throws: `NodeCannotStart` or `ConnectionError`: what is wrong and what to do, a line each.
    package init(
        _ configuration: NodeConfiguration, machine: String, environment: [String: String], log: Logger,
        source: RereadableFile<NodeConfiguration>? = nil, setLogLevel: @escaping @Sendable (LogThreshold?) -> Void = { _ in },
        listening: @escaping @Sendable (String) async -> Void
    ) throws {
        self.log = log
        let mesh = configuration.mesh
        let timing = Timing.system()
        let live: LiveCredentials
        do {
            live = try LiveCredentials(
                mesh: mesh.name, role: .node, ca: mesh.tls.ca, certificate: mesh.tls.certificate, key: mesh.tls.key, log: log, timing: timing)
        } catch let error as UnusableCertificates {
            // Everything that is wrong at once.
            let plan = NodePlan(configuration, machine: machine, identity: nil, environment: environment)
            throw NodeCannotStart(problems: error.problems.map(\.description) + plan.problems)
        }
        let credentials = live.current
        let plan = NodePlan(configuration, machine: machine, identity: credentials.identity.name, environment: environment)
        guard plan.problems.isEmpty, let setup = plan.plugins, let listeningAt = plan.listening else {
            throw NodeCannotStart(problems: plan.problems)
        }

        // What outlives a restart.
        store = StateStore(of: "hector-plugin-agent", in: StateDirectory(configured: configuration.stateDirectory, environment: environment))

        // Starts now rather than with the first plugin: as process 1 of a container it has orphans to reap in any case.
        _ = ProcessThread.shared
        // One loop for hosts and children: a forwarded call never changes threads.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        directory = try RuntimeDirectory(environment: environment)
        let pluginEnvironment = PluginEnvironment(
            eventLoopGroup: group, directory: directory,
            variables: environment, logger: log,
            timing: timing)

        let forwarder = PluginForwarder(now: timing.now)
        var state = Hector_Mesh_V1_NodeState()
        state.agentID = credentials.identity.name
        state.process = String(UInt64.random(in: .min ... .max), radix: 36)
        state.name = plan.name
        state.version = HectorVersion.current
        state.certificateExpires = credentials.expiry
        let node = NodeService(state)
        let offered = OfferedPlugins(forwarder: forwarder, node: node, log: log)
        let drainTimeout = Live(configuration.drainTimeout)
        self.drainTimeout = drainTimeout
        let fleet = PluginFleet(environment: pluginEnvironment, drainTimeout: { drainTimeout.value }, report: offered.take)
        // The start is the first change.
        let owners = Reload<NodeDesiredState>.Owners(
            put: { state in
                setLogLevel(state.logLevel)
                fleet.apply(state.plugins)
                drainTimeout.value = state.drainTimeout
            }, settle: { await fleet.settle(within: $0) }, failures: { fleet.conditions.map(\.text) })
        @Sendable func read(_ source: RereadableFile<NodeConfiguration>) throws -> NodeDesiredState {
            let configuration = try source.read()
            let plan = NodePlan(configuration, machine: machine, identity: live.current.identity.name, environment: environment)
            guard let setup = plan.plugins, plan.problems.isEmpty else { throw NodeCannotStart(problems: plan.problems) }
            return NodeDesiredState(configuration, plugins: setup.plugins.map { DesiredPlugin($0) }, warnings: plan.warnings)
        }
        let rereading: (@Sendable () throws -> NodeDesiredState)? = if let source { { try read(source) } } else { nil }
        let reload = try Reload(
            NodeDesiredState(configuration, plugins: setup.plugins.map { DesiredPlugin($0) }, warnings: plan.warnings), of: owners,
            file: source?.path, log: log, read: rereading)
        self.reload = reload

        var rpc = RPCServices()
        rpc.forwarder = forwarder
        node.register(in: &rpc, now: timing.secondsSince1970, load: forwarder.load(of:replica:))
        let health = HealthService()
        health.register(in: &rpc)
        let draining = Draining(store: store, log: log) { drained in
            forwarder.drain(drained)
            node.drain(drained)
            health.setAll(drained.node == nil ? .serving : .notServing)
        }
        ReflectionService.register(in: &rpc)
        var limits = RPCLimits()
        let descriptors = Descriptors.raiseLimit()
        limits.maximumConnections = descriptors.connections(
            replicas: setup.plugins.reduce(0) { $0 + $1.replicas }, nodes: 0, processors: 1, ceiling: limits.maximumConnections)
        let servers = try listeningAt.endpoints.map { endpoint in
            try RPCServer(
                endpoint, security: .mutualTLS(credentials.serving()), services: rpc, on: group, limits: limits, keepalive: .mesh,
                policy: .mesh, random: { Double.random(in: $0) }, log: log)
        }
        let (bound, boundTo) = AsyncStream.makeStream(of: UInt16.self)

        let (hangups, hangup) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (reloads, demandReload) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.hangup = {
            log.info("SIGHUP: rereading the configuration and the certificates")
            hangup.yield()
            demandReload.yield()
        }
        // Stopped in reverse order: goodbye first, the children last.
        let conditions = Conditions(log: log, timing: timing)
        conditions.add { [store] in reload.conditions + fleet.conditions + store.conditions }
        conditions.add { live.conditions(date: timing.secondsSince1970()) + descriptors.conditions() }
        services = [
            ConditionWatch(conditions: conditions),
            CertificateReload(credentials: live, servers: servers, node: node, hangups: hangups),
            RunningFleet(fleet: fleet, end: offered.end),
            Reloads(reload: reload, demands: reloads, timing: timing),
            NodeControlSocket(
                control: NodeControl(node: node, forwarder: forwarder, draining: draining, drainTimeout: { drainTimeout.value }, reload: reload),
                directory: ControlDirectory.path(environment: environment, user: geteuid()), group: group, log: log),
            ListeningServers(servers: servers, node: node, health: health, forwarder: forwarder, grace: { drainTimeout.value }, timing: timing, log: log) { endpoint in
                if case .tcp(let address) = endpoint { boundTo.yield(address.port) }
                await listening("\(endpoint)")
            },
            NodeAnnouncement(record: plan.record, bound: bound, node: node, ready: offered.changes, timing: timing, log: log),
        ]
    }

    package func run() async throws {
        MessageMemory.keepForTheNextMessage()
        defer { directory.remove() }
        // Half a second for goodbyes.
        let stopTime = PluginLimits().stopTime + .milliseconds(500)
        try await ProgramRun(services, log: log, stopTime: { [drainTimeout] in drainTimeout.value + stopTime }, hangup: hangup).run()
    }
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

/// Reads the configuration again when it is asked to.
private struct Reloads: Service {
    let reload: Reload<NodeDesiredState>
    let demands: AsyncStream<Void>
    let timing: Timing

    func run() async {
        await cancelWhenGracefulShutdown { await reload.run(demands: demands, timing: timing) }
    }
}

/// Tells the log what a person should know.
private struct ConditionWatch: Service {
    let conditions: Conditions

    func run() async { await cancelWhenGracefulShutdown { await conditions.run() } }
}

/// Follows the certificate files: new connections get the new certificate, and hosts are told until when it is valid.
private struct CertificateReload: Service {
    let credentials: LiveCredentials
    let servers: [RPCServer]
    let node: NodeService
    let hangups: AsyncStream<Void>

    func run() async {
        await cancelWhenGracefulShutdown {
            await credentials.run(demands: hangups) { new in
                for server in servers { try server.reload(new.serving()) }
                node.change { $0.certificateExpires = new.expiry }
            }
        }
    }
}

/// The gRPC port: on graceful shutdown it tells the hosts, and finishes the calls in flight.
private struct ListeningServers: Service {
    /// One for each address.
    let servers: [RPCServer]
    let node: NodeService
    let health: HealthService
    let forwarder: PluginForwarder
    let grace: @Sendable () -> Duration
    let timing: Timing
    let log: Logger
    let listening: @Sendable (Endpoint) async -> Void

    func run() async throws {
        let began = Live<Duration?>(nil)
        try await withGracefulShutdownHandler {
            try await withTaskCancellationHandler {
                try await serve()
            } onCancel: {
                // A second signal: what is left is cut off now.
                forwarder.drain(within: .zero)
            }
        } onGracefulShutdown: {
            let grace = grace()
            began.value = timing.elapsed()
            forwarder.drain(within: grace)
            log.info("draining", metadata: ["forwarded_calls": "\(forwarder.forwarded)", "within": "\(grace.inSeconds)"])
            health.setAll(.notServing)
            node.finish()
            for server in servers { server.shutDown(grace: grace) }
        }
        guard let began = began.value else { return }
        let (cut, took) = (forwarder.cut, (timing.elapsed() - began).inSeconds)
        if cut > 0 {
            log.warning("calls were cut off, which had not finished when agent.drain_timeout was over, or a second signal came", metadata: ["calls": "\(cut)", "took": "\(took)"])
        } else {
            log.info("drained: no call is left", metadata: ["took": "\(took)"])
        }
    }

    private func serve() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in servers {
                group.addTask {
                    do {
                        try await server.run { await listening($0) }
                    } catch {
                        throw ListeningError(error, at: server.endpoint) ?? error
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
