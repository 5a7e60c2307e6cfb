package import HectorAgents
package import HectorMesh
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import ServiceLifecycle

/// The HTTP front: OpenAI's and A2A's ways to call agents, and what goes on in the server.
package struct HectorAPI: Sendable {
    private let agents: PublishedAgents
    private let directory: any ProviderDirectory
    private let snapshot: @Sendable () -> MeshSnapshot
    private let calls: @Sendable () async -> CallReport
    private let security: APISecurity
    private let limits: APILimits
    private let version: String
    private let publicURL: String?
    private let surroundings: Surroundings

    /// - Parameters:
    ///   - snapshot: What is known of the replicas at that moment; must not block.
    ///   - calls: What calls to replicas came to.
    ///   - version: Hector's own, for the agents' cards.
    ///   - publicURL: Where clients reach this server when that is not `http://` and the `Host` they send, as behind a proxy
    ///     that speaks TLS: scheme, host, perhaps port and path. Agents' cards name it.
    package init(
        agents: Agents, directory: any ProviderDirectory, snapshot: @escaping @Sendable () -> MeshSnapshot,
        calls: @escaping @Sendable () async -> CallReport = { CallReport() },
        security: APISecurity, limits: APILimits = APILimits(), version: String, publicURL: String? = nil,
        surroundings: Surroundings
    ) {
        self.agents = PublishedAgents(agents)
        self.directory = directory
        self.snapshot = snapshot
        self.calls = calls
        self.security = security
        self.limits = limits
        self.version = version
        self.publicURL = publicURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.surroundings = surroundings
    }

    /// The front as a service that listens.
    ///
    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - onListening: Told once the port is bound: the host as given, and the port.
    /// - Throws: `APIError` where the host is not a loopback one and there is no token.
    package func service(
        host: String = "127.0.0.1", port: Int, logger: Logger,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
    ) throws -> any Service {
        try security.permitListening(on: host)
        guard host.lowercased() == "localhost" else {
            return application(host: host, port: port, logger: logger, onListening: onListening)
        }
        let shared = shared()
        return LocalhostService(port: port, log: logger) { family, port, isListening in
            application(host: family, port: port, logger: logger, sharing: shared) { _, port in
                isListening(port)
                // Once: it is one address for people.
                if family == LocalhostService.families[0] { await onListening(host, port) }
            }
        }
    }

    /// What the front is made of, however many addresses it listens on.
    struct Shared: Sendable {
        let responder: RouterResponder<APIContext>
        let connections: Connections
    }

    private func shared() -> Shared {
        let connections = Connections(limit: limits.connections, reserve: limits.connectionReserve)
        return Shared(responder: router(connections).buildResponder(), connections: connections)
    }

    func application(
        host: String = "127.0.0.1", port: Int = 0, logger: Logger, sharing given: Shared? = nil,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
    ) -> some ApplicationProtocol {
        let shared = given ?? shared()
        let connections = shared.connections
        return Application(
            responder: shared.responder,
            server: HTTPServerBuilder { [limits] in FrontChannel(responder: $0, limits: limits, connections: connections) },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "hector",
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: logger)
            ),
            onServerRunning: { channel in
                let acceptGuard = AcceptGuard(connections: connections, log: logger)
                // It fails only where the channel is closed already.
                try? await channel.pipeline.addHandler(acceptGuard, position: .first).get()
                await onListening(host, channel.localAddress?.port ?? port)
            },
            logger: logger
        )
    }

    private func router(_ connections: Connections) -> Routes {
        let router = Routes(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        let addresses = Addresses()
        let memory = FrontMemory(requestBytes: limits.requestMemory, answerBytes: limits.answerMemory)
        router.add(middleware: ConnectionMiddleware(connections: connections, memory: memory))
        router.add(middleware: TraceMiddleware(newID: surroundings.newID))
        router.add(middleware: CORSMiddleware(security: security))
        router.add(middleware: ErrorMiddleware(addresses: addresses))
        router.add(middleware: SecurityMiddleware(security: security))
        router.add(middleware: AnswerMiddleware())
        let calls = router.group().add(middleware: AdmissionMiddleware(limit: limits.concurrentCalls))

        StatusRoutes(agents: agents, snapshot: snapshot, calls: self.calls).add(to: router)
        OpenAIRoutes(
            agents: agents, directory: directory, snapshot: snapshot, limits: limits, surroundings: surroundings
        ).add(to: router, calls: calls)
        A2ARoutes(
            agents: agents, tasks: TaskStore(maxTasks: limits.tasks, maxBytes: limits.taskBytes), limits: limits,
            surroundings: surroundings, version: version, wantsToken: security.hasToken, publicURL: publicURL
        ).add(to: router, calls: calls)
        addresses.learn(router.routes)
        return router
    }
}
