import Foundation
import Testing

extension Integration {
    /// The examples of the plugin guide, as they stand.
    @Suite(.timeLimit(.minutes(2)))
    struct PluginGuideTests {
        /// What the guide's reader has in the environment.
        private static let keys = ["MY_API_KEY": "key-1", "LLM_API_KEY": "key-2"]

        private static func fixture(_ name: String) throws -> String {
            try String(contentsOf: Scene.package.appending(path: "Tests/Fixtures/plugin-guide/\(name)"), encoding: .utf8)
        }

        /// A folder as the guide's reader has it: `plugins` beside the configuration, with real executables. The other folders
        /// of its discovery do not exist.
        private func reader(_ scene: Scene, manifests: Bool = true) throws -> [String: String] {
            try FileManager.default.createDirectory(atPath: scene.folder + "/plugins", withIntermediateDirectories: true)
            let kinds = [
                ("my-llm", "llm_provider", Scene.product("echo-llm")), ("my-db", "database_provider", try scene.conformancePlugin("database")),
                ("my-embedder", "embedder_provider", try scene.conformancePlugin("embedder")),
                ("my-llm-plugin", "llm_provider", Scene.product("echo-llm")),
            ]
            for (name, kind, program) in kinds {
                try scene.script("plugins/\(name)", "exec \(program)")
                guard manifests else { continue }
                try scene.write(
                    "plugins/\(name).plugin.yaml",
                    name == "my-llm-plugin"
                        ? Self.fixture("my-llm-plugin.plugin.yaml")
                        : "plugin: {name: \(name), version: 1.0.0, type: \(kind), protocol: grpc}\n")
            }
            return Self.keys.merging(["HOME": scene.folder]) { $1 }
        }

        @Test(arguments: ["quick-start.yaml", "discovery.yaml", "explicit.yaml", "agents.yaml"])
        func `Each example is a good configuration`(name: String) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let environment = try reader(scene)
            let path = try scene.write("hector.yaml", Self.fixture(name))
            let check = try scene.start("hector", ["config", "check", "--config", path], environment: environment)
            #expect(try await check.exit() == 0, "\(check.said)")
            #expect(check.said.contains("hector.yaml is good"), "\(check.said)")
            let skipped = check.said.split(separator: "\n").filter { $0.contains("skipped, because") }
            #expect(skipped.count == (name == "discovery.yaml" ? 1 : 0), "\(check.said)")
        }

        @Test(arguments: [
            (["quick-start.yaml"], ["my-custom-llm-1"]), (["discovery.yaml", "agents.yaml"], ["my-llm-1", "my-db-1", "my-embedder-1"]),
            (["explicit.yaml", "agents.yaml"], ["my-llm-1", "my-db-1", "my-embedder-1"]), (["agents.yaml"], ["my-llm-1", "my-db-1", "my-embedder-1"]),
        ])
        func `The examples are served, and their agent answers`(names: [String], replicas: [String]) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let environment = try reader(scene)
            let path = try scene.write("hector.yaml", "server: {listen: \"127.0.0.1:0\"}\n" + names.map(Self.fixture).joined())
            let (_, url) = try await scene.startHost(path, environment: environment)
            for replica in replicas { try await scene.replica(replica, "ready", of: url) }
            #expect(try await scene.hector("call", "my-agent", "good morning", server: url).output == "good morning\n")
        }

        @Test func `The numbers of an example arrive as they are written, and the manifest's defaults with them`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let environment = try reader(scene)
            for (name, plugin, expected) in [
                ("quick-start.yaml", "my-custom-llm", ["api_key=key-1", "max_tokens=2000", "model=my-model-v1", "temperature=0.7"]),
                ("explicit.yaml", "my-llm", ["api_key=key-2", "endpoint=https://api.example.com", "timeout=30"]),
            ] {
                try scene.script("plugins/my-llm", "exec \(scene.conformancePlugin("llm"))")
                try scene.script("plugins/my-llm-plugin", "exec \(scene.conformancePlugin("llm"))")
                let path = try scene.write("hector.yaml", Self.fixture(name))
                let request = #"{"messages": [{"role": "user", "content": "config"}]}"#
                let call = try scene.start(
                    "hector", ["plugin", "call", plugin, "Generate", request, "--config", path], environment: environment)
                #expect(try await call.exit() == 0, "\(call.said)")
                #expect(call.said.contains(expected.joined(separator: " ")), "\(call.said)")
            }
        }
    }
}
