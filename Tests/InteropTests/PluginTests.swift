internal import HectorCore
import Foundation
import HectorPlugins
import HectorProgram
import HectorProto
import HectorRPC
import Logging
import NIOPosix
import SwiftProtobuf
import Testing

/// A host on the real go-plugin library runs our plugin.
@Suite(.enabled(if: Foreign.hasGo, Comment(rawValue: Foreign.needsGo)), .serialized, .timeLimit(.minutes(5)))
struct GoHostTests {
    @Test func ourPluginPlainAndWithAutoMTLS() async throws {
        let scratch = try Scratch()
        let built = try await Program("\(Foreign.root)/Tests/InteropTests/go-host/build", [scratch.path]).run()
        try #require(built.status == 0, "\(built.lastWords)")
        for flags in [[], ["-auto-mtls"]] {
            let expect = ["-prompt", "the quick brown fox", "-expect", "brown fox"]
            let result = try await Program("\(scratch.path)/go-host", flags + expect + [Foreign.product("echo-llm")]).run()
            #expect(result.status == 0, "\(flags): \(result.lastWords)")
        }
    }
}

/// Our host runs plugins that others wrote.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ForeignPluginTests {
    /// Runs one replica, hands over its ready connection, and stops it: then process and files must be gone.
    private func withPlugin(
        _ name: String, _ executable: String, autoMTLS: AutoMTLS, config: [String: String] = [:],
        variables: [String: String] = [:], _ body: @Sendable (ReadyPlugin) async throws -> Void
    ) async throws {
        let directory = try RuntimeDirectory(environment: ["TMPDIR": "/tmp"])
        defer { directory.remove() }
        let specification = PluginSpecification(key: PluginKey(.llm, name), executable: executable, config: config, replicas: 1, autoMTLS: autoMTLS)
        let environment = PluginEnvironment(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, directory: directory,
            variables: ProcessInfo.processInfo.environment.merging(variables) { $1 }, logger: Logger(label: "interop"),
            timing: .system())
        let supervisor = PluginSupervisor(specification, replica: "\(name)-1", environment: environment)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await supervisor.run() }
            var pid: Int32 = 0
            for await state in supervisor.states {
                switch state {
                case .ready(let plugin):
                    pid = plugin.pid
                    #expect(plugin.isSecure == (autoMTLS != .off))
                    try await body(plugin)
                    supervisor.stop()
                case .restarting(let error, _), .failed(let error): throw error
                default: continue
                }
            }
            try await group.waitForAll()
            #expect(pid > 0 && kill(pid, 0) != 0, "the process is still there")
            #expect(try directory.paths.flatMap { try FileManager.default.contentsOfDirectory(atPath: $0) } == [".hector-runtime"])
        }
    }

    /// Says something to a model in every way, and checks that what it streams is what it answers in one piece.
    private func exercise(_ plugin: ReadyPlugin, _ prompt: String, pieces: ClosedRange<Int>) async throws -> String {
        let client = plugin.connection
        try await #expect(client.unary(LLMProviderMethods.getModelInfo, Empty()).modelName != "")
        let request = GenerateRequest.with {
            $0.messages = [.with {
                $0.role = "user"
                $0.content = prompt
            }]
        }
        let options = CallOptions(timeout: .seconds(120))
        let whole = try await client.unary(LLMProviderMethods.generate, request, options: options)
        #expect(whole.tokensUsed > 0)
        let chunks = try await client.serverStreaming(LLMProviderMethods.generateStreaming, request, options: options) { responses in
            var chunks: [StreamChunk] = []
            for try await chunk in responses { chunks.append(chunk) }
            return chunks
        }
        let texts = chunks.filter { $0.type == .text }.map(\.text)
        #expect(pieces.contains(texts.count), "\(texts)")
        #expect(chunks.last?.type == .done)
        // Left early: the plugin must be there for the next.
        try await client.serverStreaming(LLMProviderMethods.generateStreaming, request, options: options) { for try await _ in $0 { break } }
        let error = await #expect(throws: RPCError.self) {
            try await client.unary(LLMProviderMethods.generate, GenerateRequest(), options: options)
        }
        #expect(error?.code == .invalidArgument)
        return texts.joined()
    }

    /// With AutoMTLS it shows a P-521 certificate that go-plugin made.
    @Test(.enabled(if: Foreign.hasGo, Comment(rawValue: Foreign.needsGo)))
    func goEcho() async throws {
        let scratch = try Scratch()
        let built = try await Program("\(Foreign.root)/examples/plugins/go-echo/build", [scratch.path]).run()
        try #require(built.status == 0, "\(built.lastWords)")
        for autoMTLS in [AutoMTLS.required, .off] {
            try await withPlugin("go-echo", "\(scratch.path)/go-echo", autoMTLS: autoMTLS, config: ["delay_milliseconds": "1"]) { plugin in
                let answer = try await exercise(plugin, "the quick brown fox", pieces: 4...4)
                #expect(answer == "the quick brown fox")
            }
        }
    }

    // MARK: questions to plugins that are silent

    /// Has a call wait for longer than it takes to ask many times, and expects the connection to stand.
    private func askWhileItWaits(_ plugin: ReadyPlugin, _ prompt: String, for least: Duration) async throws {
        let request = GenerateRequest.with {
            $0.messages = [.with {
                $0.role = "user"
                $0.content = prompt
            }]
        }
        let before = await plugin.connection.counters()?.bytesSent ?? 0
        let start = ContinuousClock.now
        _ = try await plugin.connection.unary(LLMProviderMethods.generate, request, options: CallOptions(timeout: .seconds(60)))
        let took = start.duration(to: .now)
        #expect(took > least)
        let sent = (await plugin.connection.counters()?.bytesSent ?? 0) - before
        // A frame without content has 9 bytes; three pings would have been too many.
        #expect(sent > 10 * 9 + 400, "it was asked: \(sent) bytes")
        #expect(plugin.connection.isReady, "it closed the connection")
    }

    /// grpc-go counts pings and closes after the third; what a child is asked with it does not count.
    @Test(.enabled(if: Foreign.hasGo, Comment(rawValue: Foreign.needsGo)))
    func `A Go plugin whose call takes long is asked as often as it likes`() async throws {
        let scratch = try Scratch()
        let built = try await Program("\(Foreign.root)/examples/plugins/go-echo/build", [scratch.path]).run()
        try #require(built.status == 0, "\(built.lastWords)")
        try await withPlugin("go-echo", "\(scratch.path)/go-echo", autoMTLS: .off, config: ["delay_milliseconds": "600"]) { plugin in
            try await askWhileItWaits(plugin, Array(repeating: "word", count: 20).joined(separator: " "), for: .seconds(11))
        }
    }

    /// gRPC's C core likewise. Its only thread waits, so that not even a health call would be answered.
    @Test(.enabled(if: Foreign.python != nil, Comment(rawValue: Foreign.needsPython)))
    func `A Python plugin that waits on its only thread answers all the same`() async throws {
        let python = try #require(Foreign.python)
        let scratch = try Scratch()
        let plugin = "\(scratch.path)/waiting"
        let script = "#!/bin/sh\nPYTHONPATH='\(Foreign.root)/proto' exec '\(python)' '\(Foreign.script("waiting_plugin.py"))'\n"
        try Data(script.utf8).write(to: URL(fileURLWithPath: plugin))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: plugin)
        try await withPlugin("waiting", plugin, autoMTLS: .off) { plugin in
            try await askWhileItWaits(plugin, "12", for: .seconds(11))
        }
    }

    /// gRPC's own server ends each connection by GOAWAY after a while; the process goes on, and so do the calls.
    @Test(.enabled(if: Foreign.python != nil, Comment(rawValue: Foreign.needsPython)))
    func aPythonServerThatLimitsTheAgeOfConnections() async throws {
        let python = try #require(Foreign.python)
        let scratch = try Scratch()
        let plugin = "\(scratch.path)/ageing"
        let script = "#!/bin/sh\nPYTHONPATH='\(Foreign.root)/proto' exec '\(python)' '\(Foreign.script("ageing_plugin.py"))'\n"
        try Data(script.utf8).write(to: URL(fileURLWithPath: plugin))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: plugin)
        let directory = try RuntimeDirectory(environment: ["TMPDIR": "/tmp"])
        let environment = PluginEnvironment(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, directory: directory,
            variables: ProcessInfo.processInfo.environment.merging(["AGEING_MILLISECONDS": "1000"]) { $1 }, logger: Logger(label: "interop"),
            timing: .system())
        let supervisor = PluginSupervisor(
            PluginSpecification(key: PluginKey(.llm, "ageing"), executable: plugin, autoMTLS: .off), replica: "ageing-1", environment: environment)
        var processes: [Int32] = []
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await supervisor.run() }
            for await state in supervisor.states {
                switch state {
                case .ready(let ready):
                    processes.append(ready.pid)
                    guard processes.count == 3 else { continue }
                    _ = try await exercise(ready, "one two", pieces: 3...3)
                    supervisor.stop()
                case .restarting(let error, _), .failed(let error): throw error
                case .unhealthy(_, let reason): Issue.record("\(reason)")
                default: continue
                }
            }
            try await group.waitForAll()
        }
        #expect(processes.count >= 3 && Set(processes).count == 1, "\(processes)")
    }

    /// A real model: real tokens.
    @Test(.enabled(if: Foreign.smollmPython != nil, Comment(rawValue: Foreign.needsSmollm)))
    func smollm() async throws {
        let python = try #require(Foreign.smollmPython)
        for autoMTLS in [AutoMTLS.required, .off] {
            try await withPlugin(
                "smollm", "\(Foreign.root)/examples/plugins/smollm/smollm", autoMTLS: autoMTLS,
                config: ["max_tokens": "12", "temperature": "0"], variables: ["SMOLLM_PYTHON": python]
            ) { plugin in
                let answer = try await exercise(plugin, "Tell a long story about three colours.", pieces: 3...13)
                #expect(answer.count > 10 && answer.hasSuffix(" […]"), "It was cut and has to say so: \(answer)")
            }
        }
    }
}
