internal import HectorCore
import Foundation
import HectorConfig
@testable import HectorHost
import HectorMesh
import HectorProviders
import Logging
import ServiceLifecycle
import Synchronization
import Testing

extension Integration {
    /// A child that is no embedder answers as if it were one: calls fail with words, and nothing else breaks.
    @Suite(.timeLimit(.minutes(1)))
    struct ForeignAnswerTests {
        @Test func `Somebody else's message fails the call, is logged, and takes the replica out for a while`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let lines = Lines()
            let configuration = try scene.hostConfiguration(
                plugins: """
                      llm_providers: {model: {path: \(Scene.product("echo-llm"))}}
                      embedder_providers: {letters: {path: \(Scene.product("foreign-embedder"))}}
                    """)
            let environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": scene.temporary]) { $1 }
            let host = try HectorHost.Host(
                HostConfiguration.load(path: configuration, environment: environment), name: "near",
                environment: environment, log: Logger(label: "host") { _ in lines }, listening: { _, _ in })
            let embedder = MeshEmbedderProvider(caller: host.directory.caller(.embedder, "letters"))
            func state() -> ReplicaStatus? {
                host.directory.router.snapshot().replicas.first { $0.plugin == "letters" }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await host.run() }
                let before = try await embedder.embed("fine")
                #expect(before == [0, 0])

                // It declares no batches: they are made of single calls, and what these cannot carry is refused by name.
                var batch = EmbedBatchRequest()
                (batch.texts, batch.purpose) = (["fine", "fine"], .query)
                let together = try await embedder.embedBatch(batch)
                #expect(together.embeddings.map(\.vector) == [[0, 0], [0, 0]])
                batch.dimension = 1
                let refusal = await #expect(throws: ProviderError.self) { try await embedder.embedBatch(batch) }
                #expect(refusal?.code == .invalidRequest && refusal?.message.contains("the dimension of vectors") == true)

                for (text, words) in [("undecodable", "EmbedResponse"), ("foreign", "has no vector")] {
                    let error = await #expect(throws: ProviderError.self) { try await embedder.embed(text) }
                    #expect(error?.code == .failed)
                    #expect(error?.message.contains(words) == true, "\(String(describing: error))")
                    #expect(lines.all.contains { $0.hasPrefix("warning a call failed") && $0.contains(words) && $0.contains("letters-1") })
                    if text == "undecodable" { #expect(state()?.state == .ready, "one may be chance") }
                }
                #expect(state()?.state == .ejected)
                #expect(state()?.reason.hasPrefix("its calls fail") == true)

                // Its process and connection live on, and it comes back by its health.
                let after = try await embedder.embed("fine")
                #expect(after == [0, 0])
                #expect(lines.all.filter { $0.contains("plugin ready") && $0.contains("foreign.sock") }.count == 1)
                #expect(!lines.all.contains { $0.contains("restart_in") })
                group.cancelAll()
                while let _ = try? await group.next() {}
            }
        }

        /// Not told to stop, but cancelled: there is nobody left who would wait.
        @Test func `A cancelled host ends soon and leaves nothing behind`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let configuration = try scene.hostConfiguration(
                plugins: "  llm_providers: {model: {path: \(Scene.product("echo-llm")), replicas: 2}}")
            let environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": scene.temporary]) { $1 }
            let host = try HectorHost.Host(
                HostConfiguration.load(path: configuration, environment: environment), name: "near",
                environment: environment, log: Logger(label: "host") { _ in Lines() }, listening: { _, _ in })
            let began = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await host.run() }
                try await eventually(within: .seconds(30)) {
                    host.directory.router.snapshot().replicas.filter { $0.state == .ready }.count == 2
                }
                let began = ContinuousClock.now
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
                return began
            }
            let time = ContinuousClock.now - began
            #expect(time < .seconds(3), "\(time)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: scene.temporary) == [])
        }
    }
}

/// Keeps what is logged, a line each: level, message, metadata.
private final class Lines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func log(event: LogEvent) {
        let words = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.joined(separator: " ")
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
        get { .info }
        set {}
    }
}
