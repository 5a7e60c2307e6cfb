import Foundation
import Testing

extension Integration {
    /// What plugins get of the environment, however they are started.
    @Suite(.timeLimit(.minutes(2)))
    struct EnvironmentTests {
        private static let variables = [
            "HECTOR_TOKEN": "token-of-the-client", "HECTOR_OTHER": "x", "FRONT_TOKEN": "0123456789abcdef", "ALPHA_KEY": "alpha",
            "BETA_KEY": "beta", "SPARE_KEY": "spare", "PLAIN": "plain", "HTTPS_PROXY": "http://127.0.0.1:1", "LC_TIME": "C",
        ]
        private static let secrets = ["FRONT_TOKEN", "ALPHA_KEY", "BETA_KEY", "SPARE_KEY"]

        /// The section of both files. Each plugin writes its environment beside itself.
        private func plugins(_ scene: Scene) throws -> String {
            try FileManager.default.createDirectory(atPath: scene.folder + "/found", withIntermediateDirectories: true)
            for name in ["alpha", "beta", "found/gamma"] {
                try scene.script(name, "cd \(scene.folder) && env > \(name).part && mv \(name).part \(name).env\nexec \(Scene.product("echo-llm"))")
            }
            try scene.write("found/gamma.plugin.yaml", "plugin: {name: gamma, version: 1.0.0, type: llm_provider, protocol: grpc}\n")
            return """
                  plugin_discovery: {paths: [found]}
                  llm_providers:
                    alpha: {path: alpha, config: {key: "${ALPHA_KEY}", proxy: "${HTTPS_PROXY}"}}
                    beta: {path: beta, config: {key: "${BETA_KEY}"}, env: {inherit: false, set: {ONLY: "for-${BETA_KEY}"}}}
                    spare: {path: alpha, enabled: false, config: {key: "${SPARE_KEY}", time: "${LC_TIME}", unset: "${NO_SUCH_KEY}"}}
                """
        }

        private func hostFile(_ scene: Scene) throws -> String {
            try scene.write(
                "hector.yaml",
                "server: {listen: \"127.0.0.1:0\", token: \"${FRONT_TOKEN}\"}\nplugins:\n\(plugins(scene))\nagents: {helper: {llm: alpha}}\n")
        }

        /// Once the plugin has written it to its end.
        private func environment(of plugin: String, _ scene: Scene) async throws -> [String: String] {
            var found: [String: String] = [:]
            try await eventually(within: .seconds(15)) {
                let text = (try? String(contentsOfFile: "\(scene.folder)/\(plugin).env", encoding: .utf8)) ?? ""
                let pairs = text.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
                found = Dictionary(pairs.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) }) { first, _ in first }
                return found["HECTOR_PLUGIN"] != nil && found["PATH"] != nil
            }
            return found
        }

        private func check(_ plugins: [String], _ scene: Scene, at location: SourceLocation = #_sourceLocation) async throws {
            for plugin in plugins {
                let found = try await environment(of: plugin, scene)
                let own = ["alpha": ["ALPHA_KEY"]][plugin] ?? []
                #expect(found.keys.filter { $0.hasPrefix("HECTOR_") } == ["HECTOR_PLUGIN"], "\(plugin)", sourceLocation: location)
                #expect(Self.secrets.filter { found[$0] != nil } == own, "\(plugin)", sourceLocation: location)
                let inherits = plugin != "beta"
                for name in ["PLAIN", "HTTPS_PROXY", "LC_TIME"] {
                    #expect(found[name] == (inherits ? Self.variables[name] : nil), "\(plugin) \(name)", sourceLocation: location)
                }
                #expect(found["ONLY"] == (inherits ? nil : "for-beta"), "\(plugin)", sourceLocation: location)
                #expect(found["HOME"] != nil && found["TMPDIR"] != nil, "\(plugin)", sourceLocation: location)
            }
        }

        @Test func `A host's plugins have their own keys, and nobody else's`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (host, _) = try await scene.startHost(hostFile(scene), environment: Self.variables)
            try await check(["alpha", "beta", "found/gamma"], scene)
            #expect(!host.said.contains("NO_SUCH_KEY"), "\(host.said)")
        }

        @Test func `So have those of a node`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let file = try scene.nodeConfiguration(plugins: plugins(scene) + "\nx-front: \"${FRONT_TOKEN}\"\n")
            _ = try await scene.startNode(file, environment: Self.variables)
            try await check(["alpha", "beta", "found/gamma"], scene)
        }

        @Test(arguments: ["alpha", "beta", "gamma"]) func `So has one that is called by itself`(plugin: String) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let call = try scene.start(
                "hector", ["plugin", "call", plugin, "GetModelInfo", "--config", hostFile(scene)], environment: Self.variables)
            #expect(try await call.exit() == 0, "\(call.said)")
            try await check([plugin == "gamma" ? "found/gamma" : plugin], scene)
        }

        @Test func `One that is validated gets nothing of Hector's own`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            _ = try hostFile(scene)
            let validation = try scene.start("hector", ["plugin", "validate", "\(scene.folder)/found/gamma"], environment: Self.variables)
            #expect(try await validation.exit() == 0, "\(validation.said)")
            let found = try await environment(of: "found/gamma", scene)
            #expect(found.keys.filter { $0.hasPrefix("HECTOR_") } == ["HECTOR_PLUGIN"])
            #expect(found["PLAIN"] == "plain")
        }
    }
}
