package import HectorAgents
package import HectorCore
package import HectorDocuments
package import HectorMesh
package import HectorMetrics
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
package import ServiceLifecycle

/// The HTTP front: OpenAI's, Anthropic's and A2A's ways to call agents, and what goes on in the server.
package struct HectorAPI: Sendable {
    private let backend: ChatBackend
    private let snapshot: @Sendable () -> MeshSnapshot
    private let documents: @Sendable () -> [StoreStatus]
    private let metrics: MetricsRegistry
    private let security: Live<APISecurity>
    private let limits: APILimits
    private let version: String
    private let publicURL: Live<String?>
    private let surroundings: Surroundings
    private let group: (any EventLoopGroup)?
    private let executor: FrontExecutor?
    private let tracer: Tracer?
    private let changes: [ChangingRoute]
    private let parts: Parts

    /// - Parameters:
    ///   - snapshot: What is known of the replicas at that moment; must not block.
    ///   - documents: How far the indexes of document stores are; must not block.
    ///   - metrics: What `/metrics` tells; the front's own are added.
    ///   - version: Hector's own, for the agents' cards.
    ///   - publicURL: Where clients reach this server when that is not the `Host` they send, as behind a proxy
    ///     that speaks TLS: scheme, host, perhaps port and path. Agents' cards name it.
    ///   - tracer: Records what requests cause; nil: nothing is recorded.
    ///   - changes: What the administrator can change.
    ///   - group: Where connections are answered; nil: on the event loops that all of the process shares.
    ///   - executor: Runs tasks on an event loop. Nil: requests are answered on Swift's own threads.
    package init(
        backend: ChatBackend, snapshot: @escaping @Sendable () -> MeshSnapshot, documents: @escaping @Sendable () -> [StoreStatus] = { [] },
        metrics: MetricsRegistry = MetricsRegistry(),
        security: APISecurity, limits: APILimits = APILimits(), version: String, publicURL: String? = nil,
        surroundings: Surroundings, tracer: Tracer? = nil, changes: [ChangingRoute] = [],
        group: (any EventLoopGroup)? = nil, executor: FrontExecutor? = nil
    ) {
        self.backend = backend
        self.snapshot = snapshot
        self.documents = documents
        self.metrics = metrics
        self.security = Live(security)
        self.limits = limits
        self.version = version
        self.publicURL = Live(Self.withoutSlash(publicURL))
        self.surroundings = surroundings
        self.group = group
        self.executor = executor
        self.tracer = tracer
        self.changes = changes
        parts = Parts(limits, metrics)
    }

    private static func withoutSlash(_ url: String?) -> String? { url.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } }

    /// Requests that come from now on are held to this. Connections stand, and calls at work go on.
    package func apply(security: APISecurity, publicURL: String?, concurrentCalls: Int) {
        self.security.value = security
        self.publicURL.value = Self.withoutSlash(publicURL)
        parts.atWork.limit = concurrentCalls
    }

    /// Calls of agents and models in progress.
    package var callsInProgress: Int { parts.atWork.current }

    /// What answers at an address.
    package enum Offering: Sendable {
        case everything
        /// Ollama's API and nothing else, as its clients find it on a port of its own.
        case ollama
        /// Everything, to the administrator, on a Unix socket.
        case control
    }

    /// The front on a Unix socket, whose clients are this user's and root's, and have the administrator's rights.
    ///
    /// - Parameters:
    ///   - socket: Its path. Nothing may be there.
    ///   - onListening: Told once it is bound.
    package func controlService(socket: String, logger: Logger, onListening: @escaping @Sendable () async -> Void) -> any Service {
        application(socket: socket, logger: logger, sharing: shared(.control)) { _, _ in await onListening() }
    }

    /// The front as a service that listens. Services of one front share its limits.
    ///
    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - tls: Encrypts connections. Nil: they are not encrypted.
    ///   - onListening: Told once the port is bound: the host as given, and the port.
    /// - Throws: `APIError` where the host is not a loopback one and there is no token.
    package func service(
        _ offering: Offering = .everything, host: String = "127.0.0.1", port: Int, tls: FrontTLS? = nil, logger: Logger,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
    ) throws -> any Service {
        try security.value.permitListening(on: host)
        let shared = shared(offering, isEncrypted: tls != nil)
        guard host.lowercased() == "localhost" else {
            return application(host: host, port: port, tls: tls, logger: logger, sharing: shared, onListening: onListening)
        }
        return LocalhostService(port: port, log: logger) { family, port, isListening in
            // Once: it is one address for people.
            let isFirst = family == LocalhostService.families[0]
            return application(host: family, port: port, tls: tls, logger: logger, sharing: shared, runsTasks: isFirst) { _, port in
                isListening(port)
                if isFirst { await onListening(host, port) }
            }
        }
    }

    /// What the front is made of, however many addresses it listens on.
    private struct Parts: Sendable {
        let connections: Connections
        let memory: FrontMemory
        /// Calls of models at work, each until its answer is written to the end.
        let atWork: Permit.Gauge
        let figures: FrontFigures

        init(_ limits: APILimits, _ metrics: MetricsRegistry) {
            connections = Connections(limit: limits.connections, reserve: limits.connectionReserve)
            memory = FrontMemory(requestBytes: limits.requestMemory, answerBytes: limits.answerMemory)
            atWork = Permit.Gauge(limit: limits.concurrentCalls)
            figures = FrontFigures(metrics)
            metrics.collect { [atWork, connections] text in
                text.metric("hector_http_connections", .gauge, "Connections of clients.")
                text.sample("hector_http_connections", [], connections.count)
                text.metric("hector_http_calls_in_progress", .gauge, "Calls of agents and models that are at work.")
                text.sample("hector_http_calls_in_progress", [], atWork.current)
            }
        }
    }

    /// What answers at one address, or at both of localhost.
    struct Shared: Sendable {
        fileprivate let responder: FrontResponder
        fileprivate let runner: TaskRunner
    }

    func shared(_ offering: Offering = .everything, isEncrypted: Bool = false) -> Shared {
        let runner = TaskRunner()
        let security = security(offering, isEncrypted: isEncrypted)
        let routes = routes(offering, security, runner)
        let addresses = Addresses()
        addresses.learn(routes.routes)
        parts.figures.learn(routes.routes)
        let responder = FrontResponder(
            routes: routes.table(), memory: parts.memory, addresses: addresses, security: security,
            newID: surroundings.newID, figures: parts.figures, now: surroundings.timing.now, tracer: tracer)
        return Shared(responder: responder, runner: runner)
    }

    func application(
        host: String = "127.0.0.1", port: Int = 0, socket: String? = nil, tls: FrontTLS? = nil, logger: Logger, sharing given: Shared? = nil, runsTasks: Bool = true,
        onListening: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
    ) -> some ApplicationProtocol {
        let shared = given ?? shared(isEncrypted: tls != nil)
        let connections = parts.connections
        var application = Application(
            responder: shared.responder,
            // Hummingbird's own way to the responder is not taken, see `Conversation`.
            server: HTTPServerBuilder { [limits, executor, surroundings] _ in
                FrontChannel(
                    responder: shared.responder, date: HTTPDate(secondsSince1970: surroundings.timing.secondsSince1970), limits: limits,
                    connections: connections, executor: executor, tls: tls, isControl: socket != nil)
            },
            configuration: ApplicationConfiguration(
                address: socket.map { .unixDomainSocket(path: $0) } ?? .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections, logger: logger)
            ),
            onServerRunning: { channel in
                let acceptGuard = AcceptGuard(connections: connections, log: logger)
                // It fails only where the channel is closed already.
                try? await channel.pipeline.addHandler(acceptGuard, position: .first).get()
                await onListening(host, channel.localAddress?.port ?? port)
            },
            eventLoopGroupProvider: group.map { .shared($0) } ?? .singleton,
            logger: logger
        )
        if runsTasks { application.addServices(shared.runner) }
        return application
    }

    private func security(_ offering: Offering, isEncrypted: Bool) -> @Sendable () -> APISecurity {
        { [live = security] in
            guard offering != .control else { return .controlSocket }
            var security = live.value
            if isEncrypted { security.scheme = "https" }
            return security
        }
    }

    func routes(_ offering: Offering, _ security: @escaping @Sendable () -> APISecurity, _ runner: TaskRunner) -> Routes {
        let routes = Routes()
        func group(_ dialect: some Dialect, atWork: Permit.Gauge? = nil) -> RouteGroup {
            routes.group(DialectEntrance(dialect: dialect, security: security, atWork: atWork))
        }
        func calls(_ dialect: some Dialect) -> RouteGroup { group(dialect, atWork: parts.atWork) }

        let backend = Recipients(backend)
        let ollama = OllamaDialect(backend: backend, limits: limits, surroundings: surroundings)
        ollama.add(to: group(ollama), calls: calls(ollama))
        if offering == .ollama {
            ollama.addGreeting(to: group(ollama))
        } else {
            let plain = group(PlainDialect())
            StatusRoutes(backend: backend, snapshot: snapshot, documents: documents, metrics: metrics, now: surroundings.timing.secondsSince1970).add(to: plain)
            SessionRoutes(sessions: backend.sessions).add(to: plain)
            RunRoutes(backend: backend, limits: limits, surroundings: surroundings).add(to: plain)
            for change in changes { change.add(to: plain, limits: limits) }

            let openAI = OpenAIDialect(backend: backend, snapshot: snapshot, limits: limits, surroundings: surroundings)
            openAI.add(to: group(openAI), calls: calls(openAI))

            let responses = ResponsesDialect(
                backend: backend, store: ResponseStore(limits: limits, now: surroundings.timing.now), limits: limits, surroundings: surroundings)
            responses.add(to: group(responses), calls: calls(responses))

            let anthropic = AnthropicDialect(backend: backend, limits: limits, surroundings: surroundings)
            anthropic.add(to: calls(anthropic))

            let a2a = A2ADialect(
                backend: backend, tasks: TaskStore(maxTasks: limits.tasks, maxBytes: limits.taskBytes), runner: runner, limits: limits,
                surroundings: surroundings, version: version, security: security, publicURL: { [publicURL] in publicURL.value })
            a2a.add(to: plain, calls: calls(a2a))
        }
        return routes
    }
}
