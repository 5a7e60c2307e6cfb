internal import HectorCore
internal import HectorMembership
internal import HectorMesh
internal import HectorPlugins
internal import HectorRPC
internal import Logging
internal import ServiceLifecycle

/// The HTTP front at all its addresses, and its stop, which has two parts. First nothing new is accepted, and calls in progress may finish:
/// `draining` is the service that stops first. What has not finished then ends with the plugins that it uses, and clients are told so:
/// `serving` is the service that stops last.
struct Fronts: Sendable {
    private let group: ServiceGroup
    private let haveEnded = Signal<Void>()
    /// Calls of agents and models in progress.
    private let calls: @Sendable () -> Int
    /// How long they may take to finish.
    private let drainTimeout: @Sendable () -> Duration
    private let router: Router
    private let timing: Timing
    private let log: Logger

    init(
        _ fronts: [any Service], calls: @escaping @Sendable () -> Int, drainTimeout: @escaping @Sendable () -> Duration, router: Router,
        timing: Timing, log: Logger
    ) {
        group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: fronts.map { .init(service: $0, successTerminationBehavior: .ignore) }, logger: log))
        self.calls = calls
        self.drainTimeout = drainTimeout
        self.router = router
        self.timing = timing
        self.log = log
    }

    /// How long clients may take to read what they are told at the end.
    static let lastWords = Duration.milliseconds(500)

    var serving: some Service { Serving(fronts: self) }
    var draining: some Service { Draining(fronts: self) }

    private func serve() async throws {
        try await withThrowingTaskGroup(of: Void.self) { race in
            race.addTask {
                do {
                    defer { haveEnded.set() }
                    try await group.run()
                }
                // A service that ends before it is told to ends all others.
                try await gracefulShutdown()
            }
            race.addTask {
                try await gracefulShutdown()
                // All that they need has ended.
                try await timing.sleep(for: Self.lastWords)
            }
            defer { race.cancelAll() }
            try await race.next()
        }
    }

    private func drain() async {
        guard (try? await gracefulShutdown()) != nil else { return }
        await group.triggerGracefulShutdown()
        let time = drainTimeout()
        if calls() > 0 { log.info("calls may finish", metadata: ["calls": "\(calls())", "within": "\(time.inSeconds)"]) }
        _ = try? await timing.limit(time) { try await haveEnded.wait() }
        let reason = Task.isCancelled ? "before a second signal came" : "within \(time.inSeconds) (server.drain_timeout)"
        if !haveEnded.isSet, calls() > 0 { log.warning("calls are cut off, which had not finished \(reason)", metadata: ["calls": "\(calls())"]) }
        // What is left of calls is not made elsewhere, and has ended when plugins are told to shut down.
        for target in router.stop() { target.replica.client.endCalls("the server is stopping, and the call had not finished \(reason)") }
    }

    private struct Serving: Service {
        let fronts: Fronts

        func run() async throws { try await fronts.serve() }
    }

    private struct Draining: Service {
        let fronts: Fronts

        func run() async { await fronts.drain() }
    }
}
