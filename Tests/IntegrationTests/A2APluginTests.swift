import Foundation
import FoundationNetworking
import Testing

extension Integration {
    /// Agents elsewhere: of another host of ours, and of the A2A project's own server.
    @Suite(.enabled(if: TestPython.path != nil, TestPython.missing), .timeLimit(.minutes(3)))
    struct A2APluginTests {
        private static func script(_ path: String) -> String { Scene.package.appending(path: path).path }

        private func asking(_ agent: String, _ message: String) throws -> String {
            "use agent__\(agent) " + String(decoding: try JSONEncoder().encode(["message": message]), as: UTF8.self)
        }

        private func user(_ text: String) throws -> String {
            #"{"role": "user", "content": \#(String(decoding: try JSONEncoder().encode(text), as: UTF8.self))}"#
        }

        private func stock(_ scene: Scene, _ options: String...) async throws -> (program: Program, url: String) {
            let program = try scene.start(executable: try #require(TestPython.path), [Self.script("Tests/Fixtures/a2a/a2a_agent.py")] + options)
            let line = try await program.says("listening url=", within: .seconds(30))
            return (program, String(try #require(line.split(separator: "url=").last)))
        }

        /// A host with the agents, in YAML below `agents`, and with tool plugins, below `tool_providers`.
        private func host(_ scene: Scene, port: Int = 0, agents: String, tools: String, more: String = "") async throws -> (program: Program, url: String) {
            let path = try scene.write("host-\(UUID().uuidString.prefix(4)).yaml", """
                server: {listen: "127.0.0.1:\(port)"}
                \(more)
                plugins:
                  llm_providers: {actor: {path: \(Scene.product("actor"))}}
                  tool_providers:
                \(tools)
                agents:
                \(agents)
                """)
            return try await scene.startHost(path)
        }

        private func freePort() throws -> Int {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1 }
            }
            try #require(status == 0)
            return Int(UInt16(bigEndian: address.sin_port))
        }

        @Test func `A supervisor asks an agent of another host, a stock client asks the supervisor, and a circle ends with a named error`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (_, first) = try await host(
                scene, agents: "  clerk: {llm: actor, tools: [calculator]}", tools: "    calculator: {path: \(Scene.product("calculator"))}")
            let (_, url) = try await host(
                scene, agents: "  boss: {llm: actor, reasoning: {engine: supervisor}, agents: [{plugin: clerk}]}",
                tools: "    clerk: {a2a: {url: \"\(first)/agents/clerk\"}}")
            try await scene.replica("clerk-1", "ready", of: url)
            try await scene.replica("calculator-1", "ready", of: first)
            let sum = #"use calculator__calculate {"expression": "2 * (3 + 4)"}"#
            let answer = try await ChatAnswer(model: "boss", user(asking("clerk", sum)), streamed: false, of: url)
            #expect(answer.text == "The tool said: The tool said: 14.0", "\(answer.body)")

            let client = try scene.start(
                executable: try #require(TestPython.path), [Self.script("Tests/Fixtures/a2a/ask.py"), "\(url)/agents/boss/", try asking("clerk", sum)])
            #expect(try await client.exit(within: .seconds(60)) == 0 && client.said.contains("The tool said: The tool said: 14.0"), "\(client.said)")
            let runs = try await scene.hector("call", "--verbose", "boss", asking("clerk", sum), server: url)
            #expect(runs.output.contains("→ agent clerk {") && runs.output.contains("← agent clerk by clerk-1@"), "\(runs.output)")
            #expect(runs.output.contains("run: "), "\(runs.output)")
        }

        @Test func `Two hosts whose agents ask each other end with a named error`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (a, b) = (try freePort(), try freePort())
            let (_, first) = try await host(
                scene, port: a, agents: "  boss: {llm: actor, reasoning: {engine: supervisor}, agents: [{plugin: clerk}]}",
                tools: "    clerk: {a2a: {url: \"http://127.0.0.1:\(b)/agents/clerk\"}}")
            let (_, second) = try await host(
                scene, port: b, agents: "  clerk: {llm: actor, reasoning: {engine: supervisor}, agents: [{plugin: boss}]}",
                tools: "    boss: {a2a: {url: \"http://127.0.0.1:\(a)/agents/boss\"}}")
            try await scene.replica("clerk-1", "ready", of: first, within: .seconds(30))
            try await scene.replica("boss-1", "ready", of: second, within: .seconds(30))
            try await scene.replica("actor-1", "ready", of: second)
            var circle = "x"
            for level in (0..<6).reversed() { circle = try asking(level % 2 == 0 ? "clerk" : "boss", circle) }
            let deep = try await ChatAnswer(model: "boss", user(circle), streamed: false, of: first)
            #expect(deep.text.contains("Agents may ask each other 5 levels deep") && deep.text.contains("boss → clerk → boss → clerk → boss"), "\(deep.body)")
        }

        @Test(arguments: [["--v03"], ["--plain"], ["--key", "s3cret"], ["--v03", "--plain"]])
        func `The A2A project's own server is asked, in both versions, with and without streams`(options: [String]) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let program = try scene.start(executable: try #require(TestPython.path), [Self.script("Tests/Fixtures/a2a/a2a_agent.py")] + options)
            let line = try await program.says("listening url=", within: .seconds(30))
            let stock = String(try #require(line.split(separator: "url=").last))
            let key = options.contains("--key") ? ", key: s3cret" : ""
            let (_, url) = try await host(
                scene, agents: "  boss: {llm: actor, reasoning: {engine: supervisor, budget: {time: 3s}}, agents: [{plugin: stock}]}",
                tools: "    stock: {a2a: {url: \"\(stock)\"\(key)}}")
            try await scene.replica("stock-1", "ready", of: url)
            func ask(_ text: String) async throws -> String { try await ChatAnswer(model: "boss", user(asking("stock", text)), streamed: false, of: url).text }
            #expect(try await ask("hello") == "The tool said: heard: hello")
            #expect(try await ask("slowly now") == "The tool said: heard: slowly now")
            #expect(try await ask("data").contains("Rome"))
            #expect(try await ask("fail").contains("The agent did not do it: The oven is broken."))
            #expect(try await ask("input").contains("it needs input that it cannot get here: Which city?"))
            try await program.says("cancelled")
            #expect(program.said.contains(#"heard "hello" {"#) && program.said.contains(#""path": ["boss"]"#), "\(program.said)")
        }

        @Test(arguments: ["endless", "quiet"]) func `An agent that never ends is bounded by our own limits, and cancelled`(word: String) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (program, stock) = try await stock(scene)
            let (_, url) = try await host(
                scene, agents: "  boss: {llm: actor, reasoning: {engine: supervisor, budget: {time: 2s}}, agents: [{plugin: stock}]}",
                tools: "    stock: {a2a: {url: \"\(stock)\"}}")
            try await scene.replica("stock-1", "ready", of: url)
            let began = ContinuousClock.now
            let answer = try await ChatAnswer(model: "boss", user(asking("stock", word)), streamed: false, of: url)
            #expect(ContinuousClock.now - began < .seconds(20))
            #expect(answer.status == 504 || answer.text.contains("The output was cut here"), "\(answer.body)")
            try await program.says("cancelled", within: .seconds(20))
        }

        @Test func `One trace leads from the client to a plugin on a node, and an agent on another host`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let collector = try scene.start(executable: try #require(TestPython.path), [Self.script("Tests/Fixtures/collector/collector.py"), "--token", "t0ken"])
            let line = try await collector.says("listening url=", within: .seconds(30))
            let endpoint = String(try #require(line.split(separator: "url=").last))
            let tracing = "tracing: {endpoint: \"\(endpoint)\", headers: {authorization: t0ken}}"
            let (_, elsewhere) = try await host(
                scene, agents: "  clerk: {llm: actor, tools: [calculator]}", tools: "    calculator: {path: \(Scene.product("calculator"))}", more: tracing)
            let node = try await scene.startNode(scene.nodeConfiguration(plugins: "  llm_providers: {actor: {path: \(Scene.product("actor"))}, model: {path: \(scene.conformancePlugin("llm"))}}"))
            let path = try scene.hostConfiguration(
                nodes: [node.port], llm: "actor", plugins: "  llm_providers: {actor: {}, model: {}}\n  tool_providers: {clerk: {a2a: {url: \"\(elsewhere)/agents/clerk\"}}}")
            let text = try String(contentsOfFile: path, encoding: .utf8).replacing(
                "helper: {llm: actor}", with: "helper: {llm: actor, reasoning: {engine: supervisor}, agents: [{plugin: clerk}]}")
            let (_, url) = try await scene.startHost(scene.write("traced.yaml", text + "\n" + tracing))
            try await scene.replica("clerk-1", "ready", of: url)
            try await scene.replica("actor-1", "ready", of: url)
            try await scene.replica("calculator-1", "ready", of: elsewhere)
            let trace = "0af7651916cd43dd8448eb211c80319c"
            var request = URLRequest(url: try #require(URL(string: url + "/v1/chat/completions")))
            request.httpMethod = "POST"
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.setValue("00-\(trace)-b7ad6b7169203331-01", forHTTPHeaderField: "traceparent")
            request.httpBody = Data(#"{"model": "helper", "messages": [\#(try user(asking("clerk", #"use calculator__calculate {"expression": "6 * 7"}"#)))]}"#.utf8)
            let (body, response) = try await URLSession.shared.data(for: request)
            #expect(String(decoding: body, as: UTF8.self).contains("42.0"), "\(String(decoding: body, as: UTF8.self))")
            let run = try #require((response as? HTTPURLResponse)?.value(forHTTPHeaderField: "x-hector-run"))

            // The plugin on the node is told the span of the attempt that reached it.
            try await scene.replica("model-1", "ready", of: url)
            request.httpBody = Data(#"{"model": "model", "messages": [{"role": "user", "content": "trace"}]}"#.utf8)
            let (told, _) = try await URLSession.shared.data(for: request)
            let parent = try #require(String(decoding: told, as: UTF8.self).firstMatch(of: #/00-0af7651916cd43dd8448eb211c80319c-([0-9a-f]{16})-01/#)).output.1

            struct Line: Decodable {
                let trace: String, id: String, parent: String, name: String, error: String
                let attributes: [String: Attribute]
                enum Attribute: Decodable {
                    case text(String), number(Int)
                    init(from decoder: any Decoder) throws {
                        let value = try decoder.singleValueContainer()
                        self = try (try? value.decode(Int.self)).map { .number($0) } ?? .text(value.decode(String.self))
                    }
                }
            }
            func spans() throws -> [Line] {
                try collector.said.split(separator: "\n").filter { $0.hasPrefix("span ") }.map { try JSONDecoder().decode(Line.self, from: Data($0.dropFirst(5).utf8)) }
                    .filter { $0.trace == trace }
            }
            try await eventually(within: .seconds(15)) { try spans().contains { $0.name == "POST /v1/chat/completions" } && spans().count { $0.name.hasPrefix("POST ") } == 3 }
            let all = try spans()
            let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })
            func way(_ span: Line) -> [String] { (byID[span.parent].map(way) ?? []) + [span.name] }
            let ways = Set(all.map { way($0).joined(separator: " > ") })
            let top = "POST /v1/chat/completions"
            let turn = "\(top) > invoke_agent helper"
            let asked = "\(turn) > execute_tool agent clerk > hector.plugin.ToolProvider/CallTool"
            #expect(ways.isSuperset(of: [
                top, turn, "\(turn) > chat actor > hector.plugin.LLMProvider/Generate", asked,
                "\(asked) > POST /agents/clerk/ > invoke_agent clerk > execute_tool calculator.calculate > hector.plugin.ToolProvider/CallTool",
            ]), "\(ways.sorted().joined(separator: "\n"))")
            #expect(all.filter { $0.parent == "b7ad6b7169203331" }.map(\.name) == [top, top])
            #expect(byID[String(parent)]?.name == "hector.plugin.LLMProvider/Generate")
            guard case .text(let replica)? = byID[String(parent)]?.attributes["hector.replica"] else { throw POSIXError(.ENOENT) }
            #expect(replica.hasPrefix("model-1@"), "\(replica)")
            let (logged, _) = try await URLSession.shared.data(from: try #require(URL(string: "\(url)/runs/\(run)")))
            let json = String(decoding: logged, as: UTF8.self)
            #expect(json.contains(#""trace_id":"\#(trace)""#) && json.contains(#""state":"completed""#) && json.contains(#""event":"tool_ended""#), "\(json)")
        }
    }
}
