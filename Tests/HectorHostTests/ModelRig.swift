import HectorCore
import Glibc
import HectorMesh
import HectorProto
import HectorProviders
import HectorRPC
import Logging
import NIOPosix
import SwiftProtobuf
import Synchronization

@testable import HectorHost
@testable import HectorMembership

/// One replica of a language model: a server of its own that does what the test says.
struct Model: Sendable {
    typealias Whole = @Sendable (GenerateRequest, ServerContext) async throws -> GenerateResponse
    typealias Stream = @Sendable (GenerateRequest, ResponseWriter<StreamChunk>, ServerContext) async throws -> Void

    var generate: Whole = { _, _ in .with { $0.text = "fine" } }
    var stream: Stream = { _, writer, _ in
        try await writer.write(.with { $0.type = .text; $0.text = "fine" })
        try await writer.write(.with { $0.type = .done })
    }
    /// Whether it knows the methods at all.
    var isKnown = true
    var metered = false
    /// Those that its node forwards; nil: all.
    var methods: Set<String>?
    var abilities: Abilities = []

    static func failing(_ code: StatusCode, _ message: String = "") -> Model {
        Model(
            generate: { _, _ in throw RPCError(code, message) }, stream: { _, _, _ in throw RPCError(code, message) })
    }

    /// Sends these texts, an empty one too.
    static func saying(_ texts: [String], every pause: Duration = .zero, thenHang: Bool = false) -> Model {
        Model(stream: { _, writer, _ in
            for text in texts {
                try await writer.write(.with { $0.type = .text; $0.text = text })
                try await Task.sleep(for: pause)
            }
            if thenHang { try await Task.sleep(for: .seconds(50)) }
            try await writer.write(.with { $0.type = .done })
        })
    }
}

/// Replicas behind a router, called as the host calls them, over sockets.
struct ModelRig: Sendable {
    static let plugin = PluginKey(.llm, "model")

    let router: Router
    let provider: MeshLLMProvider
    let lines: Lines

    func replica(_ index: Int) -> ReplicaStatus { router.snapshot().replicas[index] }

    static func run<T: Sendable>(
        _ models: [Model], limits: CallLimits = CallLimits(progress: .seconds(30)), metered: Bool? = nil,
        _ body: @Sendable (ModelRig) async throws -> T
    ) async throws -> T {
        let start = ContinuousClock.now
        let now: @Sendable () -> Instant = { Instant(start.duration(to: .now)) }
        let router = Router(
            mesh: "", host: "here",
            timing: Timing(now: now, sleepUntil: { try await Task.sleep(for: now().duration(to: $0)) }, random: { .random(in: $0) }),
            seed: 1, classify: classifyFailure)
        let lines = Lines()
        let group = MultiThreadedEventLoopGroup.singleton
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await router.run { _, connection in await connection.replica.isHealthy(within: .seconds(2)) } }
            var connections: [ClientConnection] = []
            var replicas: [PublishedReplica] = []
            for (index, model) in models.enumerated() {
                var services = RPCServices()
                services.unary(LLMProviderMethods.common.health) { _, _ in .with { $0.healthy = true } }
                if model.isKnown {
                    services.unary(LLMProviderMethods.generate, handler: model.generate)
                    services.serverStreaming(LLMProviderMethods.generateStreaming, handler: model.stream)
                }
                let path = "/tmp/hector-model-\(UInt32.random(in: 0 ... .max)).sock"
                let server = try RPCServer(
                    .unix(path: path), security: .plaintext, services: services, on: group, random: { _ in 1 },
                    log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                let (bound, listening) = AsyncStream.makeStream(of: Void.self)
                tasks.addTask {
                    defer { unlink(path) }
                    try await server.run { _ in listening.yield() }
                }
                for await _ in bound { break }
                let connection = try await ClientConnection.connect(to: .unix(path: path), security: .plaintext, on: group)
                connections.append(connection)
                replicas.append(PublishedReplica(
                    ReplicaDescription(
                        id: ReplicaID(plugin, host: "here", replica: "model-\(index + 1)"), host: "here", path: .local,
                        metered: model.metered, methods: model.methods, abilities: model.abilities),
                    .ready(ReplicaConnection(client: connection, methods: LLMProviderMethods.common, address: [:]))))
            }
            router.source(named: "models").publish(replicas)
            let caller = MeshCaller(
                plugin: plugin, router: router, now: now, limits: limits, metered: metered,
                log: FailedCalls(Logger(label: "host") { _ in lines }))
            let result = try await body(ModelRig(router: router, provider: MeshLLMProvider(caller: caller), lines: lines))
            for connection in connections { await connection.close() }
            tasks.cancelAll()
            return result
        }
    }
}

/// Keeps what is logged, a line each: level, message, metadata in the order of their names.
final class Lines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    var warnings: [String] { all.filter { $0.hasPrefix("warning ") } }

    func log(event: LogEvent) {
        let words = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
        lines.withLock { $0.append("\(event.level) \(event.message) \(words)") }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    var logLevel: Logger.Level {
        get { .debug }
        set {}
    }
}
