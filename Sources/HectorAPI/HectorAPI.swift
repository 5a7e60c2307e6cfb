package import HectorAgents
import HectorCore
package import HectorMesh
package import HectorMetrics
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import ServiceLifecycle

/// The HTTP front: OpenAI's, Anthropic's and A2A's ways to call agents, and what goes on in the server.
package struct HectorAPI: Sendable {
    private let backend: ChatBackend
    private let snapshot: @Sendable () -> MeshSnapshot
    private let metrics: MetricsRegistry
    private let security: APISecurity
    private let limits: APILimits
    private let version: String
    private let publicURL: String?
    private let surroundings: Surroundings
    private let executor: FrontExecutor?

    /// - Parameters:
    ///   - snapshot: What is known of the replicas at that moment; must not block.
    ///   - metrics: What `/metrics` tells; the front's own are added.
    ///   - version: Hector's own, for the agents' cards.
    ///   - publicURL: Where clients reach this server when that is not `http://` and the `Host` they send, as behind a proxy
    ///     that speaks TLS: scheme, host, perhaps port and path. Agents' cards name it.
    ///   - executor: Runs tasks on an event loop. Nil: requests are answered on Swift's own threads.
    package init(
        backend: ChatBackend, snapshot: @escaping @Sendable () -> MeshSnapshot,
        metrics: MetricsRegistry = MetricsRegistry(),
        security: APISecurity, limits: APILimits = APILimits(), version: String, publicURL: String? = nil,
        surroundings: Surroundings, executor: FrontExecutor? = nil
    ) {
        self.backend = backend
        self.snapshot = snapshot
        self.metrics = metrics
        self.security = security
        self.limits = limits
        self.version = version
        self.publicURL = publicURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.surroundings = surroundings
        self.executor = executor
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
            // Once: it is one address for people.
            let isFirst = family == LocalhostService.families[0]
            return application(host: family, port: port, logger: logger, sharing: shared, runsTasks: isFirst) { _, port in
                isListening(port)
                if isFirst { await onListening(host, port) }
            }
        }
    }

    /// What the front is made of, however many addresses it listens on.
    struct Shared: Sendable {
        let responder: RouterResponder<APIContext>
        let connections: Connections
        let runner = TaskRunner()

        fileprivate init(_ connections: Connections, routes: (Connections, TaskRunner) -> Routes) {
            self.connections = connections
            responder = routes(connections, runner).buildResponder()
        }
    }

    private func shared() -> Shared {
        Shared(Connections(limit: limits.connections, reserve: limits.connectionReserve), routes: router)
    }

    func application(
        host: String = "127.0.0.1", port: Int = 0, logger: Logger, sharing given: Shared? = nil, runsTasks: Bool = true,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
    ) -> some ApplicationProtocol {
        let shared = given ?? shared()
        let connections = shared.connections
        var application = Application(
            responder: shared.responder,
            server: HTTPServerBuilder { [limits, executor] in
                FrontChannel(responder: $0, limits: limits, connections: connections, executor: executor)
            },
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
        if runsTasks { application.addServices(shared.runner) }
        return application
    }

    private func router(_ connections: Connections, _ runner: TaskRunner) -> Routes {
        let router = Routes(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        let addresses = Addresses()
        let figures = FrontFigures(metrics)
        router.add(middleware: FrontMiddleware(
            connections: connections, memory: FrontMemory(requestBytes: limits.requestMemory, answerBytes: limits.answerMemory),
            addresses: addresses, security: security, newID: surroundings.newID, figures: figures, now: surroundings.timing.now))
        let admission = AdmissionMiddleware(limit: limits.concurrentCalls)
        func group(_ dialect: some Dialect) -> RouteGroup {
            router.group().add(middleware: DialectMiddleware(dialect: dialect, security: security))
        }

        let plain = group(PlainDialect())
        StatusRoutes(backend: backend, snapshot: snapshot, metrics: metrics).add(to: plain)

        let models = ModelList(backend: backend, snapshot: snapshot)
        let openAI = OpenAIDialect(backend: backend, models: models, limits: limits, surroundings: surroundings)
        openAI.add(to: group(openAI), calls: group(openAI).add(middleware: admission))

        let anthropic = AnthropicDialect(backend: backend, limits: limits, surroundings: surroundings)
        anthropic.add(to: group(anthropic).add(middleware: admission))

        let a2a = A2ADialect(
            backend: backend, tasks: TaskStore(maxTasks: limits.tasks, maxBytes: limits.taskBytes), runner: runner, limits: limits,
            surroundings: surroundings, version: version, wantsToken: security.hasToken, publicURL: publicURL)
        a2a.add(to: plain, calls: group(a2a).add(middleware: admission))
        addresses.learn(router.routes)
        figures.learn(router.routes)
        metrics.collect { [atWork = admission.atWork] text in
            text.metric("hector_http_connections", .gauge, "Connections of clients.")
            text.sample("hector_http_connections", [], connections.count)
            text.metric("hector_http_calls_in_progress", .gauge, "Calls of agents and models that are at work.")
            text.sample("hector_http_calls_in_progress", [], atWork.current)
        }
        return router
    }
}
