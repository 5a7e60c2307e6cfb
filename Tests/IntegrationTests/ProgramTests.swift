import Foundation
import FoundationNetworking
import Testing

extension Integration {
    /// The two programs as a person starts and stops them.
    @Suite(.timeLimit(.minutes(1)))
    struct ProgramTests {
        private static let echo = "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm")), replicas: 2}}"

        // MARK: wrong words

        @Test(arguments: [
            ["hector", "sevre"], ["hector", "serve", "--confg", "x"], ["hector", "serve", "--log-level", "loud"], ["hector", "call"],
            ["hector-plugin-agent", "walk"], ["hector-plugin-agent", "run", "--config"], ["hector-plugin-agent", "run", "now"],
        ]) func `A wrong command line ends with 2`(command: [String]) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let program = try scene.start(command[0], Array(command.dropFirst()))
            #expect(try await program.exit() == 2)
            #expect(program.said.hasPrefix("\(command[0]): "), "\(program.said)")
        }

        @Test(arguments: [["hector", "--help"], ["hector", "serve", "--help"], ["hector-plugin-agent", "run", "--help"], ["hector", "--version"]])
        func `Help that was asked for ends with 0`(command: [String]) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let program = try scene.start(command[0], Array(command.dropFirst()))
            #expect(try await program.exit() == 0)
            #expect(!program.said.isEmpty)
        }

        @Test(arguments: [["hector", "serve"], ["hector", "config", "check"], ["hector-plugin-agent", "run"]])
        func `A wrong configuration ends with 1, and every fault is told with its place`(command: [String]) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let path = try scene.write(
                "wrong.yaml",
                """
                mesh:
                  nam: home
                plugins:
                  llm_providers:
                    echo-llm: {path: ./nowhere, replicas: many}
                """)
            let program = try scene.start(command[0], command.dropFirst() + ["--config", path])
            #expect(try await program.exit() == 1)
            for place in ["wrong.yaml:2:3: ", "wrong.yaml:5:22: ", "wrong.yaml:5:43: "] {
                #expect(program.said.contains(place), "\(place) is missing:\n\(program.said)")
            }
            #expect(program.said.contains("name"), "the nearest known key")
        }

        @Test func `Hidden agents stay hidden`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let path = try scene.write(
                "hidden.yaml",
                """
                server: {listen: "127.0.0.1:0"}
                plugins:
                \(Self.echo)
                agents:
                  inner: {llm: echo-llm, visibility: internal}
                  secret: {llm: echo-llm, visibility: private}
                  helper: {llm: echo-llm}
                """)
            let (_, url) = try await scene.startHost(path)
            try await scene.replica("echo-llm-1", "local", "ready", of: url)

            let list = try await scene.hector("list", server: url).output
            #expect(list.contains("*  helper") && !list.contains("inner") && !list.contains("secret"), "\(list)")
            #expect(try await scene.hector("call", "inner", "psst", server: url).output == "psst\n")
            let refused = try await scene.hector("call", "secret", "psst", server: url)
            #expect(refused.status == 1 && refused.output.contains("There is no agent named \"secret\""), "\(refused.output)")
        }

        @Test(arguments: [["hector", "serve"], ["hector-plugin-agent", "run"]])
        func `A configuration that is not there ends with 1`(command: [String]) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let program = try scene.start(command[0], command.dropFirst() + ["--config", "\(scene.folder)/nowhere.yaml"])
            #expect(try await program.exit() == 1)
            #expect(program.said.contains("nowhere.yaml"), "\(program.said)")
        }

        @Test func `A port that is taken ends the program with 1 and the address`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: Self.echo))
            let second = try scene.start(
                "hector-plugin-agent", ["run", "--config", scene.nodeConfiguration(port: port, plugins: Self.echo)])
            #expect(try await second.exit() == 1)
            #expect(second.said.contains("cannot listen on 127.0.0.1:\(port): the port is in use"), "\(second.said)")
        }

        @Test func `A host whose port is taken says which`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (_, url) = try await scene.startHost(scene.hostConfiguration(llm: "echo-llm", plugins: Self.echo))
            let address = url.dropFirst("http://".count)
            let second = try scene.start("hector", ["serve", "--config", scene.write("second.yaml", "server: {listen: \"\(address)\"}\n")])
            #expect(try await second.exit() == 1)
            #expect(second.said == "hector: cannot listen on \(address): already in use: is another `hector serve` running? Stop it, or set server.listen to another port\n")
        }

        @Test func `What config check calls good can be served, and each problem is one line`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let text = try scene.write("text", "words\n")
            for (tls, plugins, expected) in [
                (scene.tls("host-near"), Self.echo, []),
                (scene.tls("host-near").replacing("host-near.key", with: "agent-far.key"), Self.echo, ["does not belong to"]),
                (scene.tls("agent-far"), Self.echo, ["needs spiffe://home/host/"]),
                (scene.tls("host-near"), "  llm_providers:\n    a: {path: \(text)}\n    b: {path: \(text)}\n    echo-llm: {path: \(Scene.product("echo-llm"))}",
                    ["plugin a: ", "plugin b: "]),
                (scene.tls("host-near"), "  llm_providers:\n    echo-llm: {path: ./nowhere, replicas: many}", ["does not exist", "expected a whole number"]),
            ] {
                let path = try scene.hostConfiguration(nodes: [1], tls: tls, llm: "echo-llm", plugins: plugins)
                let check = try await scene.hector("config", "check", "--config", path)
                let lines = check.output.split(separator: "\n")
                #expect(check.status == (expected.isEmpty ? 0 : 1), "\(check.output)")
                #expect(lines.count == max(1, expected.count) && zip(lines, expected).allSatisfy { $0.contains($1) }, "\(check.output)")
                #expect(expected.isEmpty == check.output.contains("is good"))
                let json = try await scene.hector("config", "check", "--json", "--config", path)
                #expect(json.status == check.status && json.output.contains("\"good\" : \(expected.isEmpty)"), "\(json.output)")
                let served = try scene.start("hector", ["serve", "--config", path])
                if expected.isEmpty {
                    try await served.says("listening")
                } else {
                    #expect(try await served.exit() == 1)
                    let lines = served.said.split(separator: "\n").filter { line in expected.contains { line.contains($0) } }
                    #expect(lines.count == expected.count, "\(served.said)")
                }
            }
        }

        @Test func `What is off is warned of by config check, and by nothing else`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let path = try scene.hostConfiguration(
                llm: "echo-llm", plugins: Self.echo.replacing("}}", with: "}, openai: {enabled: false, path: nowhere, config: {key: \"${NO_SUCH_KEY}\"}}}"))
            let check = try await scene.hector("config", "check", "--config", path)
            #expect(check.status == 0 && check.output.split(separator: "\n").count == 2, "\(check.output)")
            #expect(check.output.contains("warning: ") && check.output.contains("NO_SUCH_KEY is not set"), "\(check.output)")
            let (host, _) = try await scene.startHost(path)
            #expect(!host.said.contains("NO_SUCH_KEY"), "\(host.said)")
        }

        @Test(arguments: ["hector", "hector-plugin-agent"])
        func `A plugin that cannot be run is told at the start`(program name: String) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let path = try scene.write("not-a-program", "words\n")
            let plugins = "  llm_providers: {model: {path: \(path)}}"
            let program = try scene.start(
                name,
                name == "hector"
                    ? ["serve", "--config", scene.hostConfiguration(plugins: plugins)]
                    : ["run", "--config", scene.nodeConfiguration(plugins: plugins)])
            #expect(try await program.exit() == 1)
            #expect(program.said.contains(path), "\(program.said)")
            #expect(program.said.contains("chmod"), "\(program.said)")
        }

        // MARK: the end

        @Test(arguments: [SIGTERM, SIGINT]) func `Told to stop, both leave nothing behind`(signal: Int32) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: Self.echo))
            let (host, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port], llm: "echo-llm", plugins: Self.echo))
            try await scene.replica("echo-llm-2", "lan", "ready", of: url)
            try await scene.replica("echo-llm-2", "local", "ready", of: url)
            let children = node.children + host.children
            #expect(children.count == 4)
            #expect(try !FileManager.default.contentsOfDirectory(atPath: scene.temporary).isEmpty)
            for program in [host, node] {
                program.signal(signal)
                #expect(try await program.exit() == 0, "\(program.said)")
            }
            #expect(children.filter(Program.exists) == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: scene.temporary) == [])
        }

        @Test(arguments: ["hector", "hector-plugin-agent"])
        func `Killed, they leave no child behind`(name: String) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let program =
                if name == "hector" {
                    try await scene.startHost(scene.hostConfiguration(llm: "echo-llm", plugins: Self.echo)).program
                } else {
                    try await scene.startNode(scene.nodeConfiguration(plugins: Self.echo)).program
                }
            try await eventually(within: .seconds(10)) { program.children.count == 2 }
            let children = program.children
            try #require(children.count == 2)
            program.signal(SIGKILL)
            _ = try await program.exit()
            try await eventually(within: .seconds(5)) { !children.contains(where: Program.exists) }
            #expect(children.filter(Program.exists) == [])
        }

        // MARK: the mesh

        @Test func `A node that was killed is lost at once, and found again when it is back`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: Self.echo))
            let (_, url) = try await scene.startHost(
                scene.hostConfiguration(
                    nodes: [port], llm: "echo-llm", plugins: "  llm_providers: {echo-llm: {}}"))
            try await scene.replica("echo-llm-1", "lan", "ready", of: url)
            node.signal(SIGKILL)
            _ = try await node.exit()
            try await scene.replica("echo-llm-1", "lan", "lost", of: url, within: .seconds(2))
            let (_, again) = try await scene.startNode(scene.nodeConfiguration(port: port, plugins: Self.echo))
            #expect(again == port)
            try await scene.replica("echo-llm-1", "lan", "ready", of: url)
            #expect(try await scene.hector("call", "helper", "back again", server: url).output == "back again\n")
        }

        @Test func `One name may stand for plugins of two kinds, here and under a node`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let both = """
                  llm_providers: {ollama: {path: \(Scene.product("echo-llm"))}}
                  embedder_providers: {ollama: {path: \(Scene.product("foreign-embedder"))}}
                """
            let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: both))
            let (_, url) = try await scene.startHost(scene.hostConfiguration(nodes: [port], llm: "ollama", plugins: both))
            for (replica, path) in [("ollama-llm-1", "local"), ("ollama-embedder-1", "local"), ("ollama-llm-1", "lan"), ("ollama-embedder-1", "lan")] {
                try await scene.replica(replica, path, "ready", of: url)
            }
            // Both models answer, thus also the one behind the node.
            for round in 0..<4 { #expect(try await scene.hector("call", "helper", "round \(round)", server: url).output == "round \(round)\n") }
        }

        @Test func `A child that was killed is started again, here and under a node`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let one = "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}}"
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: one))
            let (host, url) = try await scene.startHost(scene.hostConfiguration(nodes: [port], llm: "echo-llm", plugins: one))
            for (program, path) in [(node, "lan"), (host, "local")] {
                try await scene.replica("echo-llm-1", path, "ready", of: url)
                let child = try #require(program.children.first)
                kill(child, SIGKILL)
                try await eventually(within: .seconds(10)) { program.children.first.map { $0 != child } ?? false }
                try await scene.replica("echo-llm-1", path, "ready", of: url)
                #expect(program.children.first != child)
            }
            #expect(try await scene.hector("call", "helper", "here", server: url).output == "here\n")
        }

        @Test(arguments: ["local", "lan"]) func `What a request is called reaches the plugin, and what was called is counted`(path: String) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let plugin = "  llm_providers: {model: {path: \(try scene.conformancePlugin("llm"))}}"
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: plugin))
            let (host, url) =
                path == "local"
                ? try await scene.startHost(scene.hostConfiguration(plugins: plugin))
                : try await scene.startHost(scene.hostConfiguration(nodes: [port], plugins: "  llm_providers: {model: {}}"))
            try await scene.replica("model-1", path, "ready", of: url)

            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            var request = URLRequest(url: try #require(URL(string: url + "/v1/chat/completions")))
            request.httpMethod = "POST"
            request.httpBody = Data(#"{"model": "helper", "messages": [{"role": "user", "content": "trace"}]}"#.utf8)
            for (name, value) in [("Content-Type", "application/json"), ("traceparent", parent), ("X-Request-Id", "r-1")] {
                request.setValue(value, forHTTPHeaderField: name)
            }
            let (answer, response) = try await URLSession.shared.data(for: request)
            #expect(String(decoding: answer, as: UTF8.self).contains("r-1 \(parent)"), "\(String(decoding: answer, as: UTF8.self))")
            #expect((response as? HTTPURLResponse)?.value(forHTTPHeaderField: "x-request-id") == "r-1")

            let metrics = try await URLSession.shared.data(from: try #require(URL(string: url + "/metrics"))).0
            let lines = String(decoding: metrics, as: UTF8.self).split(separator: "\n")
            #expect(lines.contains(#"hector_rpc_calls_total{method="/hector.plugin.LLMProvider/Generate",code="OK"} 1"#), "\(lines)")
            #expect(lines.contains(#"hector_rpc_call_duration_seconds_count{method="/hector.plugin.LLMProvider/Generate"} 1"#))
            let peer = path == "local" ? "model-1" : "far"
            #expect(lines.contains { $0.hasPrefix("hector_rpc_connection_sent_bytes_total{peer=\"\(peer)\"} ") }, "\(lines)")

            for program in [host, node] {
                program.signal(SIGTERM)
                #expect(try await program.exit() == 0, "\(program.said)")
            }
            if path == "lan" { #expect(node.said.contains("forwarded_calls=model:"), "\(node.said)") }
        }

        @Test(arguments: ["local", "lan"]) func `A client that is gone cancels the plugin's work`(path: String) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let plugin = "  llm_providers: {model: {path: \(try scene.conformancePlugin("llm"))}}"
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: plugin))
            let (host, url) =
                path == "local"
                ? try await scene.startHost(scene.hostConfiguration(plugins: plugin))
                : try await scene.startHost(scene.hostConfiguration(nodes: [port], plugins: "  llm_providers: {model: {}}"))
            try await scene.replica("model-1", path, "ready", of: url)
            let client = try scene.start("hector", ["call", "helper", "forever client"], environment: ["HECTOR_SERVER": url])
            try await eventually(within: .seconds(10)) { client.said.contains("more more") }
            let begun = try await scene.hector("call", "helper", "state client", server: url).output
            #expect(begun == "begun\n", "\(client.said.suffix(300))\n\(host.said)\n\(node.said)")
            // The task would outlive its client, which therefore cancels it.
            client.signal(SIGINT)
            #expect(try await client.exit() == 130)
            var state = ""
            let end = ContinuousClock.now + .seconds(10)
            while state != "cancelled\n", ContinuousClock.now < end {
                state = try await scene.hector("call", "helper", "state client", server: url).output
            }
            #expect(state == "cancelled\n")
            #expect(host.isRunning && node.isRunning)
        }
    }
}
