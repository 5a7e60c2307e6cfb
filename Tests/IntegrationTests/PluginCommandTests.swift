import Foundation
import Testing

extension Integration {
    /// `hector plugin call` and `validate`: one plugin by itself.
    @Suite(.timeLimit(.minutes(2)))
    struct PluginCommandTests {
        private func configuration(_ scene: Scene, _ config: String = "") throws -> String {
            try scene.hostConfiguration(plugins: "  llm_providers: {model: {path: \(Scene.product("moody-llm")), config: {\(config)}}}")
        }

        @Test func `A pipe that closes ends a call without a word`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let command = "\(Scene.product("hector")) plugin call model GetManifest --config \(try configuration(scene))"
            let shell = try scene.start(executable: "/bin/bash", ["-c", "\(command) | true; echo status ${PIPESTATUS[0]}"])
            #expect(try await shell.exit() == 0)
            #expect(shell.said == "status 141\n")
        }

        @Test func `A plugin that does not start is one line, and nothing is said of a restart`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let validation = try await scene.hector("plugin", "validate", "/bin/true", "--type", "llm_provider")
            #expect(validation.status == 1)
            let problems = validation.output.split(separator: "\n").filter { !$0.hasPrefix("note ") }
            #expect(problems == ["hector: plugin true: it exited before it was ready, with exit status 0"], "\(validation.output)")
            let call = try await scene.hector("plugin", "call", "model", "GetManifest", "--config", configuration(scene, "refuse: not today"))
            #expect(call.status == 1)
            #expect(call.output.split(separator: "\n").count == 1 && call.output.contains("not today"), "\(call.output)")
        }

        @Test func `A plugin that ends while it is called is told by its end`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let path = try configuration(scene)
            let call = try scene.start(
                "hector", ["plugin", "call", "model", "GenerateStreaming", #"{"messages": [{"role": "user", "content": "forever"}]}"#, "--config", path])
            try await call.says("again")
            for child in call.children { kill(child, SIGKILL) }
            #expect(try await call.exit() == 1)
            let told = call.said.split(separator: "\n").filter { !$0.hasPrefix("{") }
            #expect(told.count == 1 && told.first?.hasPrefix("hector: plugin model: it exited while it served, with signal 9") == true, "\(told)")
        }

        @Test(arguments: [
            ("{bad", "in JSON: not valid JSON"), (#"{"x": 1}"#, "unknown field 'x'"), (#"{"messages": 7}"#, "a field has a value of the wrong type"),
            (#"{"messages": [{"role": 7}]}"#, "a field has a value of the wrong type"),
        ]) func `A request that is none is told in words`(request: String, expected: String) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let call = try await scene.hector("plugin", "call", "model", "Generate", request, "--config", configuration(scene))
            #expect(call.status == 1)
            #expect(call.output.hasPrefix("hector: the request of Generate is not a valid ") && call.output.contains(expected), "\(call.output)")
            #expect(call.output.split(separator: "\n").count == 1, "\(call.output)")
        }

        @Test func `A path where nothing is needs no manifest first`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let validation = try await scene.hector("plugin", "validate", "\(scene.folder)/nothere")
            #expect(validation.status == 1)
            #expect(validation.output == "hector: \(scene.folder)/nothere does not exist: give the path of the plugin's executable\n")
        }

        @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
        func `A signal ends a call with nothing left behind, and the plugin is told`(signal: Int32) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let farewell = "\(scene.folder)/farewell"
            let path = try configuration(scene, "farewell_file: \(farewell)")
            let call = try scene.start(
                "hector", ["plugin", "call", "model", "GenerateStreaming", #"{"messages": [{"role": "user", "content": "forever"}]}"#, "--config", path])
            try await call.says("again")
            let children = call.children
            #expect(children.count == 1)
            call.signal(signal)
            // The plugin takes its time with its farewell, and gets two seconds.
            #expect(try await call.exit(within: .seconds(8)) == 128 + signal, "\(call.said)")
            #expect(FileManager.default.fileExists(atPath: farewell), "the plugin was not told")
            #expect(!children.contains(where: Program.exists))
            let left = try FileManager.default.contentsOfDirectory(atPath: scene.temporary).filter { $0.hasPrefix("hector-") }
            #expect(left == [])
        }

        @Test func `A signal that a call was started to ignore does not end it`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let request = #"{"messages": [{"role": "user", "content": "wait 2"}]}"#
            let command = "trap '' HUP; exec \(Scene.product("hector")) plugin call model Generate '\(request)' --config \(try configuration(scene))"
            let call = try scene.start(executable: "/bin/sh", ["-c", command])
            try await eventually(within: .seconds(10)) { !call.children.isEmpty }
            call.signal(SIGHUP)
            #expect(try await call.exit() == 0, "\(call.said)")
            #expect(call.said.contains("done"))
        }

        @Test func `Standard input that is no text is refused`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            for command in ["call helper -", "plugin call model Generate - --config \(try configuration(scene))"] {
                let shell = try scene.start(
                    executable: "/bin/sh", ["-c", "printf 'gr\\374n' | \(Scene.product("hector")) \(command)"], environment: ["HECTOR_SERVER": "http://127.0.0.1:1"])
                #expect(try await shell.exit() == 1)
                #expect(shell.said.hasPrefix("hector: Standard input is not UTF-8 text"), "\(shell.said)")
            }
        }
    }
}
