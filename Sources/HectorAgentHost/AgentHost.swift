internal import Foundation
package import HectorConfig
internal import HectorDiscovery
internal import HectorPluginSetup
internal import HectorPlugins
internal import HectorProto
internal import HectorRPC
internal import HectorTrust
package import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import UnixSignals

/// `hector-plugin-agent run`: plugins as children, offered to the hosts of the mesh.
package struct AgentHost {
    private let services: [any Service]
    private let directory: RuntimeDirectory
    private let log: Logger

    /// Sets everything up; nothing runs yet.
    ///
    /// - Parameters:
    ///   - machine: This machine's name, used where the configuration names none.
    ///   - listening: Told once hosts can connect: where.
    /// - Throws: `TrustError`, `TLSError`, `ConnectionError` or `PluginError`: what is wrong and what to do.
    package init(
        _ configuration: AgentConfiguration, machine: String, environment: [String: String], log: Logger,
        listening: @escaping @Sendable (String) async -> Void
    ) throws {
        self.log = log
        let mesh = configuration.mesh
        let live = try LiveCredentials(
            mesh: mesh.name, role: .agent, ca: mesh.tls.ca, certificate: mesh.tls.certificate, key: mesh.tls.key, log: log)
        let credentials = live.current
        let name = configuration.name ?? machine

        // One loop for hosts and children: a forwarded call never changes threads.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        directory = try RuntimeDirectory(environment: environment)
        let pluginEnvironment = PluginEnvironment(
            eventLoopGroup: group, directory: directory,
            // The token of the HTTP front is none of a plugin's business.
            variables: environment.filter { $0.key != "HECTOR_TOKEN" }, logger: log,
            clock: PluginClock(ContinuousClock()), secondsSince1970: { Int64(Date().timeIntervalSince1970) },
            random: { Double.random(in: 0..<1) })
        let setup = try PluginSetup(configuration.plugins, environment: environment)
        for warning in setup.warnings { log.warning("\(warning)") }

        let forwarder = PluginForwarder()
        var state = Hector_Mesh_V1_NodeState()
        state.agentID = credentials.identity.name
        state.name = name
        state.version = HectorVersion.current
        state.certificateExpires = credentials.expiry
        let node = NodeService(state)
        let offered = OfferedPlugins(
            supervisors: setup.plugins.flatMap { plugin in
                plugin.replicaIDs.map { PluginSupervisor(plugin, replica: $0, environment: pluginEnvironment) }
            }, forwarder: forwarder, node: node)

        var rpc = RPCServices()
        rpc.forwarder = forwarder
        node.register(in: &rpc)
        HealthService().register(in: &rpc)
        ReflectionService.register(in: &rpc)
        var limits = RPCLimits()
        limits.maximumConnections = Descriptors.raiseLimit().connections(
            replicas: offered.supervisors.count, agents: 0, processors: 1, ceiling: limits.maximumConnections)
        let server = try RPCServer(
            .tcp(host: configuration.listen.host, port: configuration.listen.port),
            security: .mutualTLS(credentials.serving()), services: rpc, on: group, limits: limits, keepalive: .mesh,
            policy: .mesh, random: { Double.random(in: $0) }, log: log)
        let (bound, boundTo) = AsyncStream.makeStream(of: Int.self)

        // Stopped in reverse order: goodbye first, the children last.
        services = [
            CertificateReload(credentials: live, server: server, node: node),
            offered,
            ListeningServer(server: server, node: node, forwarder: forwarder, grace: configuration.drainTimeout, log: log) { endpoint in
                if case .tcp(_, let port) = endpoint { boundTo.yield(port) }
                await listening("\(endpoint)")
            },
            AgentAnnouncement(
                isOn: mesh.avahi, mesh: mesh.name, port: configuration.advertise?.port, bound: bound, node: node,
                ready: offered.changes, log: log),
        ]
    }

    package func run() async throws {
        MessageMemory.keepForTheNextMessage()
        defer { directory.remove() }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0, successTerminationBehavior: .ignore) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: log))
        try await group.run()
    }
}

/// Follows the certificate files: new connections get the new certificate, and hosts are told until when it is valid.
private struct CertificateReload: Service {
    let credentials: LiveCredentials
    let server: RPCServer
    let node: NodeService

    func run() async {
        await cancelWhenGracefulShutdown {
            let hangups = await UnixSignalsSequence(trapping: .sighup).map { _ in }
            await credentials.run(sleep: { try await Task.sleep(for: $0) }, demands: hangups) { new in
                try server.reload(new.serving())
                node.change { $0.certificateExpires = new.expiry }
            }
        }
    }
}

/// The gRPC port: on graceful shutdown it tells the hosts, and finishes the calls in flight.
private struct ListeningServer: Service {
    let server: RPCServer
    let node: NodeService
    let forwarder: PluginForwarder
    let grace: Duration
    let log: Logger
    let listening: @Sendable (HectorRPC.Endpoint) async -> Void

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await server.run { await listening($0) }
        } onGracefulShutdown: {
            forwarder.drain()
            log.info("draining", metadata: ["forwarded_calls": "\(forwarder.forwarded)"])
            node.finish()
            server.shutDown(grace: grace)
        }
    }
}
