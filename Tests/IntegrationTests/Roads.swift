internal import HectorCore
import ConformanceProviders
import Foundation
import HectorConfig
@testable import HectorHost
import HectorMesh
import HectorProviders
import Logging
import ServiceLifecycle
import Testing

/// The three ways in which a provider is reached. It must look the same on all of them.
enum Road: String, CaseIterable, Sendable {
    /// The provider itself.
    case memory
    /// A host over a child of its own.
    case child
    /// A host over mutual TLS to a node, whose child it is.
    case remote
}

/// The same three providers at the end of every road, for as long as a suite runs.
struct Roads: Sendable {
    @TaskLocal static var current: Roads?

    private let models: [Road: any LLMProvider]
    private let databases: [Road: any DatabaseProvider]
    private let embedders: [Road: any EmbedderProvider]
    private let tools: [Road: any ToolProvider]
    private let strategies: [Road: any ReasoningStrategy]

    static func model(_ road: Road) throws -> any LLMProvider { try #require(current?.models[road]) }
    static func database(_ road: Road) throws -> any DatabaseProvider { try #require(current?.databases[road]) }
    static func embedder(_ road: Road) throws -> any EmbedderProvider { try #require(current?.embedders[road]) }
    static func tools(_ road: Road) throws -> any ToolProvider { try #require(current?.tools[road]) }
    static func strategy(_ road: Road) throws -> any ReasoningStrategy { try #require(current?.strategies[road]) }

    /// Starts a node and two hosts, runs the body, and stops them.
    static func open(_ body: @Sendable () async throws -> Void) async throws {
        let scene = try await Scene()
        defer { scene.close() }
        let here = """
              llm_providers: {model: {path: \(try scene.conformancePlugin("llm"))}}
              database_providers: {vectors: {path: \(try scene.conformancePlugin("database"))}}
              embedder_providers: {letters: {path: \(try scene.conformancePlugin("embedder"))}}
              tool_providers: {toolbox: {path: \(try scene.conformancePlugin("tools"))}}
              reasoning_strategies: {planner: {path: \(try scene.conformancePlugin("strategy"))}}
            """
        let elsewhere = """
              llm_providers: {model: {}}
              database_providers: {vectors: {}}
              embedder_providers: {letters: {}}
              tool_providers: {toolbox: {}}
              reasoning_strategies: {planner: {}}
            """
        let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: here))
        let child = try scene.host(scene.hostConfiguration(plugins: here), log: .warning)
        let remote = try scene.host(scene.hostConfiguration(nodes: [port], plugins: elsewhere), log: .warning)
        let roads = Roads(
            models: [
                .memory: ConformanceModel(), .child: MeshLLMProvider(caller: child.directory.caller(.llm, "model")),
                .remote: MeshLLMProvider(caller: remote.directory.caller(.llm, "model")),
            ],
            databases: [
                .memory: ConformanceDatabase(),
                .child: MeshDatabaseProvider(caller: child.directory.caller(.database, "vectors")),
                .remote: MeshDatabaseProvider(caller: remote.directory.caller(.database, "vectors")),
            ],
            embedders: [
                .memory: ConformanceEmbedder(),
                .child: MeshEmbedderProvider(caller: child.directory.caller(.embedder, "letters")),
                .remote: MeshEmbedderProvider(caller: remote.directory.caller(.embedder, "letters")),
            ],
            tools: [
                .memory: ConformanceTools(), .child: try #require(child.directory.toolProvider("toolbox")),
                .remote: try #require(remote.directory.toolProvider("toolbox")),
            ],
            strategies: [
                .memory: ConformanceStrategy(), .child: try #require(child.directory.reasoningStrategy("planner")),
                .remote: try #require(remote.directory.reasoningStrategy("planner")),
            ])
        let hosts = ServiceGroup(services: [Running(host: child), Running(host: remote)], logger: Logger(label: "hosts"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await hosts.run() }
            for road in Road.allCases { try await roads.isReady(road) }
            try await $current.withValue(roads, operation: body)
            await hosts.triggerGracefulShutdown()
            try await group.waitForAll()
        }
        node.signal(SIGTERM)
        let status = try await node.exit()
        #expect(status == 0, "\(node.said)")
        // Neither sockets nor folders are left.
        #expect(try FileManager.default.contentsOfDirectory(atPath: scene.temporary) == [])
    }

    /// Waits until every provider answers. A busy machine may start the plugins slower than calls wait for them.
    private func isReady(_ road: Road) async throws {
        for provider in [models[road], databases[road], embedders[road], tools[road], strategies[road]] as [(any Provider)?] {
            let end = ContinuousClock.now + .seconds(30)
            while try await !isWell(#require(provider)), ContinuousClock.now < end {}
        }
    }

    private func isWell(_ provider: any Provider) async throws -> Bool {
        do {
            return try await provider.health().isHealthy
        } catch let error as ProviderError where error.code == .unavailable {
            return false
        }
    }
}

/// A host that is told to stop as by SIGTERM.
struct Running: Service {
    let host: HectorHost.Host

    func run() async throws { try await host.run() }
}

struct RoadsTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Roads.open(function)
    }
}

extension Trait where Self == RoadsTrait {
    static var roads: Self { RoadsTrait() }
}

extension Scene {
    /// A host in this process, not running yet.
    func host(_ configuration: String, log level: Logger.Level) throws -> HectorHost.Host {
        let environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": temporary]) { $1 }
        var log = Logger(label: "host") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = level
        return try HectorHost.Host(
            HostConfiguration.load(path: configuration, environment: environment), name: "near", environment: environment,
            log: log, listening: { _, _ in })
    }
}
