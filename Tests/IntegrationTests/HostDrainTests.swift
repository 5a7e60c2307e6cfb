import Foundation
import Testing

extension Integration {
    /// What a person drains on a host, and how a host ends: with real programs.
    @Suite(.timeLimit(.minutes(3)))
    struct HostDrainTests {
        private static func host(_ scene: Scene, _ server: String = "", replicas: Int = 1, config: String = "") throws -> String {
            try scene.write(
                "h.yaml",
                """
                server: {listen: "127.0.0.1:0"\(server)}
                state_directory: \(scene.folder)/state
                plugins:
                  llm_providers: {model: {path: \(Scene.product("moody-llm")), replicas: \(replicas), config: {\(config)}}}
                agents: {helper: {llm: model}}
                """)
        }

        private static func chat(_ scene: Scene, _ url: String, _ words: String, stream: Bool = true) throws -> Program {
            let body = #"{"model": "helper", "stream": \#(stream), "messages": [{"role": "user", "content": "\#(words)"}]}"#
            return try scene.start(
                executable: "/usr/bin/env",
                ["curl", "-sSN", "-w", "\n%{http_code}\n", "-H", "content-type: application/json", "-d", body, "\(url)/v1/chat/completions"])
        }

        @Test func `What is drained gets no new calls, over a restart, until it is undrained`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let environment = ["HECTOR_STATE_DIR": ""]
            let path = try Self.host(scene, replicas: 2)
            var (program, url) = try await scene.startHost(path, environment: environment)
            for replica in ["model-1", "model-2"] { try await scene.replica(replica, "ready", of: url) }

            // Its call goes on, and --wait waits for it.
            let callers = try (0..<2).map { _ in try Self.chat(scene, url, "say 15") }
            for caller in callers { try await caller.says("\"3 \"") }
            let began = ContinuousClock.now
            let drained = try await scene.hector("mesh", "drain", "model-1", "--reason", "new fan", "--wait")
            #expect(drained.status == 0 && drained.output.contains("gets no new calls of this server; 1 call is in progress"), "\(drained)")
            #expect(drained.output.contains("its calls have finished") && ContinuousClock.now - began > .milliseconds(500), "\(drained)")
            for caller in callers {
                #expect(try await caller.exit() == 0)
                #expect(caller.said.contains("\"14 \"") && caller.said.contains("[DONE]"), "\(caller.said)")
            }
            for again in [false, true] {
                if again {
                    program.signal(SIGTERM)
                    #expect(try await program.exit() == 0, "\(program.said)")
                    (program, url) = try await scene.startHost(path, environment: environment)
                    try await scene.replica("model-2", "ready", of: url)
                }
                try await scene.replica("model-1", "draining: drained on this host: new fan", of: url)
                try await eventually { try await scene.hector("mesh", "status", server: url).output.contains("note: model-1@") }
                for _ in 0..<4 { #expect(try await scene.hector("call", "helper", "hello", server: url).output == "done\n") }
                let counts = try await scene.hector("mesh", "status", "--json", server: url).output
                let mesh = try JSONDecoder().decode(Mesh.self, from: Data(counts.utf8))
                #expect(mesh.replicas.first { $0.replica == "model-1" }?.calls == (again ? 0 : 1), "\(counts)")
            }

            let wrong = try await scene.hector("mesh", "drain", "model")
            #expect(wrong.status == 1 && wrong.output.contains("is a plugin: name one of its replicas, model-1@"), "\(wrong)")
            let last = try await scene.hector("mesh", "drain", "model-2")
            #expect(last.status == 0 && last.output.contains("no replica of model takes calls now, so its calls are refused"), "\(last)")
            let tcp = try await scene.hector("mesh", "undrain", "--all", "--server", url)
            #expect(tcp.status == 1 && tcp.output.contains("server.token"), "\(tcp)")
            let refused = try Self.chat(scene, url, "hello")
            #expect(try await refused.exit() == 0 && refused.said.contains("drained on this host: new fan") && refused.said.hasSuffix("\n503\n"), "\(refused.said)")
            let undrained = try await scene.hector("mesh", "undrain", "model-2")
            #expect(undrained.status == 0 && undrained.output.contains("may get calls of this server again"), "\(undrained)")
            #expect(try await scene.hector("call", "helper", "hello", server: url).output == "done\n")
            let not = try await scene.hector("mesh", "undrain", "model-2")
            #expect(not.status == 1 && not.output.contains("is not drained: these are: model-1@"), "\(not)")
            #expect(try await scene.hector("mesh", "undrain", "--all").status == 0)
            try await scene.replica("model-1", "ready", of: url)
            program.signal(SIGTERM)
            #expect(try await program.exit() == 0, "\(program.said)")
        }

        @Test func `A drained machine stays so when its node comes back, and its calls go elsewhere`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let plugins = "  llm_providers: {model: {path: \(Scene.product("moody-llm"))}}"
            var (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: plugins))
            let (host, url) = try await scene.startHost(scene.hostConfiguration(nodes: [port], plugins: plugins))
            try await scene.replica("far-away", "ready", of: url)
            let drained = try await scene.hector("mesh", "drain", "far-away", "--reason", "new fan")
            #expect(drained.status == 0 && drained.output.contains("gets no new calls of this server"), "\(drained)")
            for again in [false, true] {
                if again {
                    node.signal(SIGKILL)
                    try await scene.replica("far-away", "lost", of: url)
                    (node, _) = try await scene.startNode(scene.nodeConfiguration(port: port, plugins: plugins))
                }
                try await scene.replica("far-away", "draining: drained on this host: new fan", of: url)
                for _ in 0..<4 { #expect(try await scene.hector("call", "helper", "hello", server: url).output == "done\n") }
            }
            #expect(try await scene.hector("mesh", "undrain", "far-away").status == 0)
            try await scene.replica("far-away", "ready", of: url)
            host.signal(SIGTERM)
            #expect(try await host.exit() == 0, "\(host.said)")
        }

        @Test func `A reload that waits for a plugin does not hold up the stop, and what cannot be kept is said`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (program, url) = try await scene.startHost(Self.host(scene))
            try await scene.replica("model-1", "ready", of: url)
            let drained = try await scene.hector("mesh", "drain", "model-1")
            #expect(drained.status == 0 && drained.output.contains("it is so until the server ends only, since nothing is kept on disk"), "\(drained)")
            // The new process loads for longer than the test lasts.
            _ = try Self.host(scene, config: "load_milliseconds: \"600000\"")
            let reload = try scene.start("hector", ["reload"])
            try await program.says("a new process is being started")
            program.signal(SIGTERM)
            #expect(try await program.exit(within: .seconds(12)) == 0, "\(program.said)")
            #expect(try await reload.exit() == 1 && reload.said.contains("still on their way"), "\(reload.said)")
        }

        private struct Mesh: Decodable {
            struct Replica: Decodable {
                var replica: String
                var calls: Int
            }

            var replicas: [Replica]
        }

        @Test func `A stop lets calls finish, cuts off and tells those that outlast the time, and ends within its bound`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            // A plugin that does not return from its shutdown.
            let farewell = "\(scene.folder)/farewell"
            let (program, url) = try await scene.startHost(Self.host(scene, ", drain_timeout: 3s", config: "farewell_file: \(farewell)"))
            try await scene.replica("model-1", "ready", of: url)
            let short = try Self.chat(scene, url, "say 15")
            let endless = try Self.chat(scene, url, "forever")
            let silent = try Self.chat(scene, url, "sleep 60000", stream: false)
            try await short.says("\"0 \"")
            try await endless.says("again")
            try await eventually { try await scene.hector("mesh", "status", "--json", server: url).output.contains("\"in_flight\":3") }

            let began = ContinuousClock.now
            program.signal(SIGTERM)
            try await program.says("calls may finish")
            // Nothing new is accepted.
            #expect(try await scene.hector("call", "helper", "hello", server: url).status == 1)
            #expect(try await program.exit(within: .seconds(16)) == 0, "\(program.said)")
            let time = ContinuousClock.now - began
            #expect(.seconds(3) < time && time < .seconds(13), "\(time)")

            #expect(try await short.exit() == 0 && short.said.contains("\"14 \"") && short.said.contains("[DONE]"), "\(short.said)")
            let told = "the server is stopping, and the call had not finished within 3 s (server.drain_timeout)"
            for cut in [endless, silent] {
                _ = try await cut.exit()
                #expect(cut.said.contains(told) && !cut.said.contains("[DONE]"), "\(cut.said.suffix(600))")
            }
            #expect(silent.said.hasSuffix("\n503\n"), "\(silent.said)")
            #expect(program.said.contains("calls=2") && program.said.contains("calls are cut off, which had not finished within 3 s"), "\(program.said)")
            #expect(FileManager.default.fileExists(atPath: farewell), "the plugin was not told")
        }
    }
}
