internal import HectorCore
import Foundation
@testable import HectorHost
import HectorPlugins
import HectorProviders
import Logging
import Testing

/// Holds a plugin to the checks of `hector plugin test`, in this process.
func checked(
    _ executable: String, _ kind: PluginKind, manifest: PluginManifest? = nil, config: [String: String] = [:], only names: [String] = [],
    limits: ConformanceLimits = ConformanceLimits(), environment: [String: String] = [:], in scene: Scene
) async throws -> [PluginCheckResult] {
    let specification = PluginSpecification(
        key: PluginKey(kind, "plugin"), executable: executable, config: config, manifest: try manifest ?? .beside(executable: executable))
    let variables = ProcessInfo.processInfo.environment.merging(["TMPDIR": scene.temporary]) { $1 }.merging(environment) { $1 }
    var log = Logger(label: "kit") { StreamLogHandler.standardError(label: $0) }
    log.logLevel = .critical
    return try await PluginTester(specification, only: names, limits: limits, environment: variables, log: log).run()
}

extension Integration {
    /// `hector plugin test`: good plugins pass, and each fault fails its check.
    @Suite(.timeLimit(.minutes(3)))
    struct PluginKitTests {
        @Test(arguments: [("llm", PluginKind.llm), ("database", .database), ("embedder", .embedder), ("tools", .tool), ("strategy", .reasoning)])
        func `The plugins of the conformance tests pass`(name: String, kind: PluginKind) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let results = try await checked(scene.conformancePlugin(name), kind, in: scene)
            #expect(results.filter { $0.verdict == .failed } == [])
            #expect(results.map(\.name) == PluginCheck.all(of: kind).map(\.name))
            #expect(results.first { $0.name == "auto-mtls" }?.verdict == .ok)
        }

        @Test(arguments: ["echo-llm", "calculator"]) func `The examples in Swift pass, with their manifests`(name: String) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let manifest = try String(contentsOf: Scene.package.appending(path: "examples/plugins/\(name)/\(name).plugin.yaml"), encoding: .utf8)
            try scene.write("\(name).plugin.yaml", manifest)
            try FileManager.default.createSymbolicLink(atPath: "\(scene.folder)/\(name)", withDestinationPath: Scene.product(name))
            let test = try await scene.hector("plugin", "test", "\(scene.folder)/\(name)")
            #expect(test.status == 0, "\(test.output)")
            #expect(test.output.contains("ok       manifest ") && test.output.contains(" 0 failed, "), "\(test.output)")
        }

        @Test(.enabled(if: TestPython.path != nil, TestPython.missing), arguments: ["word-tools", "react"])
        func `The examples in Python pass`(name: String) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let python = try #require(TestPython.path)
            let path = Scene.package.appending(path: "examples/plugins/\(name)/\(name)").path
            let results = try await checked(
                path, name == "react" ? .reasoning : .tool, environment: ["WORD_TOOLS_PYTHON": python, "REACT_PYTHON": python], in: scene)
            #expect(results.filter { $0.verdict == .failed } == [])
        }

        @Test(.enabled(if: TestGo.isHere, TestGo.missing)) func `The example in Go passes`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let build = try scene.start(executable: Scene.package.appending(path: "examples/plugins/go-echo/build").path, [scene.folder])
            #expect(try await build.exit(within: .seconds(120)) == 0, "\(build.said)")
            let results = try await checked("\(scene.folder)/go-echo", .llm, in: scene)
            #expect(results.filter { $0.verdict == .failed } == [])
            #expect(results.first { $0.name == "wrong-configuration" }?.verdict == .ok)
        }

        // MARK: faults

        private static let faults: [(PluginKind, String, [String])] = [
            (.llm, "llm", [
                "initialize", "health", "get-manifest", "status", "model-info", "generate", "generate-refuses", "stream", "stream-refuses", "options-known",
                "options-ignored", "option-max-tokens", "option-stop", "option-seed", "option-tool-call-deltas", "option-token-ids",
                "option-response-format", "generate-from-text", "generate-from-undeclared", "count-tokens", "count-tokens-undeclared", "unicode", "long-text", "concurrent", "cancelled",
                "deadline", "sigint", "shutdown", "plain", "output", "leaves-nothing",
            ]),
            (.database, "database", ["keeps", "replaces", "forgets", "refuses", "finds-nothing", "upsert-batch", "search-filtered", "count", "unicode"]),
            (.embedder, "embedder", ["embed", "embed-repeats", "embedder-info", "embed-nothing", "embed-batch", "embed-dimension", "embed-purpose"]),
            (.tool, "tools", ["list-tools", "tool-schemas", "call-tool", "call-unknown-tool", "call-refuses", "call-incomplete"]),
            (.reasoning, "strategy", ["decide", "decide-refuses", "decide-repeats", "turn"]),
        ]
        /// Faults that are named otherwise than the check that finds them.
        private static let others = [
            ("no-done", "stream"), ("behind-done", "stream"), ("error-chunk", "stream"), ("refusal-without-reason", "initialize"),
            ("shutdown-status", "shutdown"), ("option-tool-choice", "option-tool-choice"), ("cancelled-working", "cancelled"),
        ]

        @Test(arguments: faults.flatMap { kind, folder, names in names.map { (kind, "\(folder)/\($0)", $0) } } + others.map { (.llm, "llm/\($0)", $1) } + [(.tool, "tools/no-end", "call-tool")])
        func `A fault fails its check, and says what to do`(kind: PluginKind, fault: String, check: String) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            var limits = ConformanceLimits()
            limits.call = .seconds(2)
            // With others that it passes: it prints its traceback in Generate.
            let results = try await checked(
                Scene.product("faulty-plugin"), kind, only: [check, "handshake"] + (check == "output" ? ["generate"] : []), limits: limits, environment: ["TEST_FAULT": fault], in: scene)
            let failed = results.filter { $0.verdict == .failed }
            #expect(failed.map(\.name) == [check], "\(results)")
            #expect(failed.allSatisfy { $0.detail.count > 20 }, "\(failed)")
        }

        @Test func `A plugin that takes a wrong configuration, or refuses a right one, is found`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let manifest = PluginManifest(
                name: "conformance", version: SemanticVersion(1, 2, 3), kind: .llm, configSchema: ConfigSchema(required: ["model"], optional: [], defaults: [:]))
            let results = try await checked(
                Scene.product("faulty-plugin"), .llm, manifest: manifest, config: ["model": "m"], only: ["wrong-configuration", "manifest"], in: scene)
            #expect(results.map(\.verdict) == [.ok, .failed] && results[1].detail.contains("whose model is wrong"), "\(results)")
        }

        @Test func `A script that does not exec its program is found, and so is one that prints something else`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let waiting = try scene.script("waiting", "\(Scene.product("faulty-plugin"))\ntrue")
            let one = try await checked(waiting, .llm, only: ["process"], in: scene)
            #expect(one.map(\.verdict) == [.failed] && one[0].detail.contains("exec"), "\(one)")
            let talking = try scene.script("talking", "echo Welcome to my plugin\nexec \(Scene.product("faulty-plugin"))")
            let two = try await checked(talking, .llm, in: scene)
            #expect(two.filter { $0.verdict == .failed }.map(\.name) == ["handshake"])
            #expect(two.first { $0.name == "stream" } == PluginCheckResult("stream", .skipped, "it does not start"))
            let newer = try scene.script("newer", "echo '1|2|unix|/tmp/x.sock|grpc|'\nsleep 5")
            let three = try await checked(newer, .llm, only: ["stream"], in: scene)
            #expect(three.map(\.name) == ["handshake", "stream"] && three[0].verdict == .failed && three[0].detail.contains("protocol '2'"), "\(three)")
        }

        @Test func `A plugin that lacks what every provider has is told so, and nothing else is said of its kind`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let results = try await checked(Scene.product("foreign-embedder"), .embedder, only: ["get-manifest", "status", "health", "unknown-method", "shutdown"], in: scene)
            #expect(results.map(\.verdict) == [.ok, .failed, .failed, .ok, .failed], "\(results)")
            #expect(results[1].detail.contains("Every provider answers"))
        }

        @Test func `The protocol's page names every check`() throws {
            let page = try String(contentsOf: Scene.package.appending(path: "docs/plugin-protocol.md"), encoding: .utf8)
            let table = try #require(page.range(of: "## 9. Check it").map { page[$0.upperBound...] })
            for name in Set(PluginCheck.all.map(\.name)) {
                let group = ["option-", "generate-from-"].first(where: name.hasPrefix).map { "\($0)…" } ?? name
                #expect(table.contains("`\(group)`"), "\(name)")
            }
        }

        // MARK: the command

        @Test func `A plugin of a configuration is checked by its name, and JSON says the same`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let configuration = try scene.hostConfiguration(plugins: "  llm_providers: {model: {path: \(Scene.product("faulty-plugin"))}}")
            func test(_ words: String..., fault: String = "") async throws -> (status: Int32, output: String) {
                let program = try scene.start("hector", ["plugin", "test"] + words + ["--config", configuration], environment: ["TEST_FAULT": fault])
                return (try await program.exit(within: .seconds(60)), program.said)
            }
            let good = try await test("model", "--only", "stream", "--only", "generate")
            #expect(good.status == 0 && good.output.contains("2 ok, 0 failed, 0 skipped"), "\(good.output)")
            let bad = try await test("model", "--only", "stream", fault: "llm/no-done")
            #expect(bad.status == 1)
            #expect(bad.output == """
                failed   stream  GenerateStreaming ends without DONE. Send a chunk of type DONE last, with tokens_used

                model: 0 ok, 1 failed, 0 skipped
                hector: model does not pass: 1 of 1 checks failed

                """)
            let json = try await test("model", "--only", "stream", "--json")
            let report = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
            #expect(report?["passed"] as? Bool == true && (report?["checks"] as? [[String: String]])?.first?["verdict"] == "ok", "\(json.output)")
            for (words, expected) in [
                (["model", "--only", "streem"], "an llm_provider has no check 'streem'; did you mean stream?"), (["modle"], "runs no plugin 'modle'"),
                (["./nothing"], "does not exist"), (["model", "--set", "a=b"], "--set is for a plugin that is given by its path"),
            ] {
                let program = try scene.start("hector", ["plugin", "test"] + words + ["--config", configuration])
                #expect(try await program.exit() == 1)
                #expect(program.said.contains(expected), "\(program.said)")
            }
        }
    }
}
