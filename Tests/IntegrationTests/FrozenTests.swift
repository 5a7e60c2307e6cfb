import Foundation
import Glibc
import HectorConfig
import HectorMesh
import HectorProviders
import Logging
import Synchronization
import Testing

@testable import HectorHost

extension Integration {
    /// Processes that stand still in the middle of calls, as by SIGSTOP. They cost nothing but a moment: what has no answer yet is answered
    /// by others, and what has begun waits.
    @Suite(.timeLimit(.minutes(2)))
    struct FrozenTests {
        /// What calls may take at most. Meant are two and a half seconds, which a machine that is busy with other tests does not keep; without
        /// what is tested they take twenty.
        private static let longest = Duration.seconds(6)

        // MARK: processes

        /// A plugin that is known by its path among all processes.
        private func plugin(_ scene: Scene, _ name: String) throws -> String {
            let path = "\(scene.folder)/\(name)"
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: Scene.product("moody-llm"))
            return path
        }

        private func processes(_ path: String) -> [pid_t] {
            let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return all.compactMap { pid_t($0) }.filter { id in
                (try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8))?.split(separator: "\0").first.map(String.init) == path
            }
        }

        /// Runs the body when so many replicas of `model` are ready.
        private func run(
            _ configuration: String, in scene: Scene, replicas: Int, _ body: @escaping @Sendable (MeshDirectory) async throws -> Void
        ) async throws {
            let host = try scene.host(configuration, log: .critical)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await host.run() }
                group.addTask {
                    try await eventually(within: .seconds(20)) {
                        host.directory.router.snapshot().replicas.count { $0.state == .ready } == replicas
                    }
                    try await body(host.directory)
                }
                // The host runs until it is cancelled.
                defer { group.cancelAll() }
                try await group.next()
            }
        }

        private static func model(_ directory: MeshDirectory) -> any LLMProvider { MeshLLMProvider(caller: directory.caller(.llm, "model")) }

        private static func request(_ words: String) -> GenerateRequest {
            var request = GenerateRequest()
            request.messages = [Message()]
            request.messages[0].role = "user"
            request.messages[0].content = words
            return request
        }

        // MARK: load

        /// A value that several tasks change.
        private final class Shared<Value: Sendable>: Sendable {
            private let value: Mutex<Value>

            init(_ value: Value) { self.value = Mutex(value) }

            func withLock<R: Sendable>(_ body: (inout sending Value) -> sending R) -> R { value.withLock(body) }
        }

        private struct Load: Sendable {
            var calls = 0
            var failures: [String] = []
            var slowest = Duration.zero
        }

        /// Calls for a while, four whole ones and four streams at a time, whose first token comes after 0.3 s: all at once stand still in
        /// the middle of them.
        private func load(_ directory: MeshDirectory, freezing freeze: @escaping @Sendable () throws -> Void) async throws -> Load {
            let model = Self.model(directory)
            let load = Shared(Load())
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<8 {
                    group.addTask {
                        while start.duration(to: .now) < .seconds(5) {
                            let began = ContinuousClock.now
                            var failure: String?
                            do {
                                if caller.isMultiple(of: 2) {
                                    _ = try await model.generate(Self.request("sleep 300"))
                                } else {
                                    _ = try await model.generateStreaming(Self.request("sleep 300")) { _ in }
                                }
                            } catch {
                                failure = "\(error)"
                            }
                            let took = began.duration(to: .now)
                            load.withLock { load in
                                load.calls += 1
                                load.slowest = max(load.slowest, took)
                                if let failure { load.failures.append(failure) }
                            }
                        }
                    }
                }
                group.addTask {
                    try await Task.sleep(for: .milliseconds(1_150))
                    try freeze()
                }
                try await group.waitForAll()
            }
            return load.withLock { $0 }
        }

        private func expectNoLoss(_ load: Load) {
            #expect(load.failures == [], "\(load.failures)")
            #expect(load.calls > 40, "\(load.calls)")
            #expect(load.slowest < Self.longest, "\(load.slowest)")
        }

        private static func reasons(_ directory: MeshDirectory) -> [String] { directory.router.snapshot().replicas.map(\.reason) }

        // MARK: plugins

        @Test func `A plugin that freezes under the host costs its calls less than two seconds, and none fails`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let path = try plugin(scene, "model")
            let configuration = try scene.hostConfiguration(plugins: "  llm_providers: {model: {path: \(path), replicas: 3}}")
            try await run(configuration, in: scene, replicas: 3) { directory in
                let all = processes(path)
                let frozen = try #require(all.first)
                defer { kill(frozen, SIGCONT) }
                expectNoLoss(try await load(directory) { kill(frozen, SIGSTOP) })
                #expect(Self.reasons(directory).contains("frozen: no response and no processor time for 1.8 s"), "\(Self.reasons(directory))")
                kill(frozen, SIGCONT)
                try await eventually(within: .seconds(5)) { directory.router.snapshot().replicas.allSatisfy { $0.state == .ready } }
                #expect(directory.router.snapshot().replicas.allSatisfy { $0.state == .ready }, "\(Self.reasons(directory))")
                #expect(Set(processes(path)) == Set(all), "it was not restarted")
            }
        }

        @Test func `A plugin that freezes under a node costs its calls less than two seconds, and none fails`() async throws {
            let scene = try await Scene(node: "far=model")
            defer { scene.close() }
            let path = try plugin(scene, "model")
            let (_, port) = try await scene.startNode(
                scene.nodeConfiguration(plugins: "  llm_providers: {model: {path: \(path), replicas: 3}}"))
            let configuration = try scene.hostConfiguration(nodes: [port], plugins: "  llm_providers: {model: {}}")
            try await run(configuration, in: scene, replicas: 3) { directory in
                let frozen = try #require(processes(path).first)
                defer { kill(frozen, SIGCONT) }
                expectNoLoss(try await load(directory) { kill(frozen, SIGSTOP) })
                #expect(Self.reasons(directory).contains("frozen: no response and no processor time for 1.8 s"), "\(Self.reasons(directory))")
            }
        }

        // MARK: nodes

        private func withNode(
            replicas: Int, local: Int, silenceStreams: String? = nil, _ body: @escaping @Sendable (MeshDirectory, Program) async throws -> Void
        ) async throws {
            let scene = try await Scene(node: "far=model")
            defer { scene.close() }
            let far = try plugin(scene, "far")
            let near = try plugin(scene, "near")
            let (node, port) = try await scene.startNode(
                scene.nodeConfiguration(plugins: "  llm_providers: {model: {path: \(far), replicas: \(replicas)}}"))
            let here = local > 0 ? "{path: \(near), replicas: \(local)}" : "{}"
            let configuration = try scene.hostConfiguration(nodes: [port], silenceStreams: silenceStreams, plugins: "  llm_providers: {model: \(here)}")
            try await run(configuration, in: scene, replicas: replicas + local) { directory in
                defer { node.signal(SIGCONT) }
                try await body(directory, node)
            }
        }

        @Test func `A node that freezes costs its calls a second and a half, and none fails`() async throws {
            try await withNode(replicas: 4, local: 1, silenceStreams: "1m") { directory, node in
                expectNoLoss(try await load(directory) { node.signal(SIGSTOP) })
            }
        }

        @Test func `A stall of two seconds ends no stream`() async throws {
            try await withNode(replicas: 1, local: 0) { directory, node in
                let texts = Shared<[String]>([])
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = try await Self.model(directory).generateStreaming(Self.request("say 40")) { chunk in texts.withLock { $0.append(chunk.text) } }
                    }
                    try await eventually(within: .seconds(10)) { texts.withLock { $0.count > 3 } }
                    node.signal(SIGSTOP)
                    try await eventually(within: .seconds(2)) { Self.reasons(directory) == ["no response for 1.5 s"] }
                    #expect(Self.reasons(directory) == ["no response for 1.5 s"])
                    try await Task.sleep(for: .milliseconds(500))
                    node.signal(SIGCONT)
                    try await group.waitForAll()
                }
                #expect(texts.withLock { $0 } == (0..<40).map { "\($0) " } + ["done"])
                #expect(directory.router.snapshot().replicas.map(\.state) == [.ready])
                let calls = try await Self.model(directory).generate(Self.request("sleep 1"))
                #expect(calls.text == "done")
            }
        }

        @Test func `A stream of a node that stays frozen ends UNAVAILABLE after five seconds`() async throws {
            try await withNode(replicas: 1, local: 0) { directory, node in
                let began = Shared<ContinuousClock.Instant?>(nil)
                let error = await #expect(throws: ProviderError.self) {
                    _ = try await Self.model(directory).generateStreaming(Self.request("forever")) { _ in
                        let isFirst = began.withLock { began in
                            defer { began = began ?? .now }
                            return began == nil
                        }
                        if isFirst { node.signal(SIGSTOP) }
                    }
                }
                let took = try #require(began.withLock { $0 }).duration(to: .now)
                #expect(error?.code == .unavailable)
                #expect(took > .seconds(4.5) && took < .seconds(15), "\(took)")
            }
        }
    }
}
