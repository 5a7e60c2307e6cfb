import Foundation
import FoundationNetworking
import Testing

extension Integration {
    /// Agents that act, with tools, strategies and models in processes of their own.
    @Suite(.timeLimit(.minutes(3)))
    struct AgentTests {
        private static let plugins = """
              llm_providers: {actor: {path: \(Scene.product("actor"))}}
              tool_providers: {calculator: {path: \(Scene.product("calculator"))}}
            """

        /// A host's file with these agents, in YAML below `agents`.
        private func configuration(_ scene: Scene, nodes: [Int] = [], plugins: String, agents: String) throws -> String {
            let path = try scene.hostConfiguration(nodes: nodes, llm: "actor", plugins: plugins)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            return try scene.write("agents.yaml", text.replacing("agents:\n  helper: {llm: actor}", with: "agents:\n" + agents))
        }

        private func user(_ text: String) throws -> String {
            #"{"role": "user", "content": \#(String(decoding: try JSONEncoder().encode(text), as: UTF8.self))}"#
        }

        private static let sum = #"use calculator__calculate {"expression": "2 * (3 + 4)"}"#

        @Test func `A tool of a child is called, in every way in`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (program, url) = try await scene.startHost(configuration(scene, plugins: Self.plugins, agents: "  helper: {llm: actor, tools: [calculator.calculate]}"))
            try await scene.replica("calculator-1", "ready", of: url)
            try await scene.replica("actor-1", "ready", of: url)
            for streamed in [false, true] {
                let answer = try await ChatAnswer(user(Self.sum), streamed: streamed, of: url)
                #expect(answer.text == "The tool said: 14.0" && !answer.body.contains("tool_calls\":["), "\(answer.body)")
            }
            let wrong = try await ChatAnswer(user("use calculator__calculate {}\nuse calculator__wait {\"seconds\": 1}"), streamed: false, of: url)
            #expect(wrong.text.contains("$.expression is missing") && wrong.text.contains("There is no tool named 'calculator__wait'"), "\(wrong.body)")
            let called = try await scene.hector("call", "helper", Self.sum, server: url)
            #expect(called.status == 0 && called.output == "The tool said: 14.0\n", "\(called.output)")
            let verbose = try await scene.hector("call", "--verbose", "helper", Self.sum, server: url)
            #expect(verbose.output.contains("→ calculator.calculate {\"expression\"") && verbose.output.contains("14.0\nasks the model (2): 3 messages, 1 tools"), "\(verbose.output)")
            #expect(verbose.output.contains(#/← calculator\.calculate by calculator-1@\S+, /#), "\(verbose.output)")
            // A client may choose among the agent's tools; the actor calls what it must.
            let choice = { (name: String) in #", "tool_choice": {"type": "function", "function": {"name": "\#(name)"}}"# }
            let chosen = try await ChatAnswer(user(Self.sum), choice("calculator__calculate"), streamed: false, of: url)
            #expect(chosen.text == "The tool said: 14.0", "\(chosen.body)")
            let unknown = try await ChatAnswer(user(Self.sum), choice("calculator__calculat"), streamed: false, of: url)
            #expect(unknown.status == 400 && unknown.body.contains("did you mean calculator__calculate?"), "\(unknown.body)")
            let none = try await ChatAnswer(user(Self.sum), #", "tool_choice": "none""#, streamed: false, of: url)
            #expect(none.text.hasPrefix("use calculator__calculate"), "\(none.body)")
            let chat = try await scene.chat("helper", Self.sum, server: url)
            #expect(chat.status == 0 && chat.output.contains("→ calculator.calculate {") && chat.output.contains("The tool said: 14.0\nthe model answered: "), "\(chat.output)")
            #expect(chat.output.contains(#/the model answered: .* by actor-1@/#), "\(chat.output)")
            #expect(!program.said.contains("no effect"))
            let metrics = try #require(URL(string: url + "/metrics"))
            let (text, _) = try await URLSession.shared.data(from: metrics)
            #expect(String(decoding: text, as: UTF8.self).contains(#"hector_agent_tool_calls_total{agent="helper"} 6"#))
        }

        @Test func `Tools and model of a node are used over mutual TLS, and one that is missing is named`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let node = try await scene.startNode(scene.nodeConfiguration(plugins: Self.plugins))
            let agents = "  helper: {llm: actor, tools: [calculator, absent]}"
            let (_, url) = try await scene.startHost(configuration(scene, nodes: [node.port], plugins: "  llm_providers: {actor: {}}", agents: agents))
            try await scene.replica("calculator-1", "ready", of: url)
            try await scene.replica("actor-1", "ready", of: url)
            #expect(try await ChatAnswer(user(Self.sum), streamed: false, of: url).text == "The tool said: 14.0")
        }

        /// The configurations of `docs/agents.md` with this machine's paths, and a model that does as it is told.
        @Test func `The page's examples run`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let page = try String(contentsOf: Scene.package.appending(path: "docs/agents.md"), encoding: .utf8)
            let examples = page.components(separatedBy: "```yaml\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
            try #require(examples.count == 4)
            let plugins = """
                plugins:
                  llm_providers:
                    smollm: {path: plugins/smollm/smollm}
                  tool_providers:
                    calculator: {path: plugins/calculator/calculator}

                """
            let boss = "use agent__clerk " + String(decoding: try JSONEncoder().encode(["message": Self.sum]), as: UTF8.self)
            let questions = [
                ("helper", Self.sum, "The tool said: 14.0"), ("helper", Self.sum, "The tool said: 14.0"),
                ("boss", boss.replacing("agent__clerk", with: "agent__helper"), "The tool said: The tool said: 14.0"), ("boss", boss, "The tool said: The tool said: 14.0"),
            ]
            // The first host stays: the last example asks its agent.
            var elsewhere = "http://other-host:8080/agents/clerk"
            for (number, (example, (agent, question, answer))) in zip(examples, questions).enumerated() {
                #expect(number < 3 || example.contains("http://other-host:8080/agents/clerk"))
                let text = (example.contains("plugins:\n") ? example : plugins + example)
                    .replacing("plugins/smollm/smollm", with: Scene.product("actor")).replacing("plugins/calculator/calculator", with: Scene.product("calculator"))
                    .replacing("http://other-host:8080/agents/clerk", with: elsewhere)
                let configuration = try scene.write("example-\(number).yaml", "server: {listen: \"127.0.0.1:0\"}\n" + text)
                let check = try await scene.hector("config", "check", "--config", configuration)
                #expect(check.status == 0 && !check.output.contains("warning"), "\(check.output)")
                let (host, url) = try await scene.startHost(configuration)
                if number == 0 { elsewhere = "\(url)/agents/helper" }
                for replica in ["smollm-1", number < 3 ? "calculator-1" : "clerk-1"] { try await scene.replica(replica, "ready", of: url) }
                let said = try await scene.hector("call", agent, question, server: url)
                #expect(said.status == 0 && said.output == answer + "\n", "example \(number + 1): \(said.output)")
                guard number > 0 else { continue }
                host.signal(SIGTERM)
                #expect(try await host.exit() == 0)
            }
        }

        @Test(arguments: [false, true])
        func `A call that kills its plugin is begun once, and twice where the tool may be repeated`(isRemote: Bool) async throws {
            let scene = try await Scene(certificates: isRemote)
            defer { scene.close() }
            let box = "  tool_providers: {box: {path: \(try scene.conformancePlugin("tools")), replicas: 3}}"
            let actor = "  llm_providers: {actor: {path: \(Scene.product("actor"))}}"
            let nodes = isRemote ? [try await scene.startNode(scene.nodeConfiguration(plugins: box)).port] : []
            let plugins = isRemote ? actor : "\(actor)\n\(box)"
            let (_, url) = try await scene.startHost(configuration(scene, nodes: nodes, plugins: plugins, agents: "  helper: {llm: actor, tools: [box]}"))
            try await scene.replica("actor-1", "ready", of: url)
            for (tool, begun) in [("die", 1), ("late", 1), ("die__again", 2), ("late__again", 2)] {
                for number in 1...3 { try await scene.replica("box-\(number)", "ready", of: url, within: .seconds(30)) }
                let file = "\(scene.folder)/\(tool)"
                let answer = try await ChatAnswer(user(#"use box__\#(tool) {"file": "\#(file)"}"#), streamed: false, of: url)
                #expect(answer.text.hasPrefix("The tool said: Error: The tool failed"), "\(tool): \(answer.body)")
                if begun == 1 { #expect(answer.text.contains("the tool may have run; the call was not repeated"), "\(tool): \(answer.body)") }
                #expect(try String(contentsOfFile: file, encoding: .utf8).count == begun, "\(tool)")
            }
        }

        @Test func `Without a person at the terminal, a tool that asks is not called`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let agents = "  helper: {llm: actor, tools: [{name: calculator.calculate, ask: true}]}"
            let (_, url) = try await scene.startHost(configuration(scene, plugins: Self.plugins, agents: agents))
            try await scene.replica("calculator-1", "ready", of: url)
            try await scene.replica("actor-1", "ready", of: url)
            let called = try await scene.hector("call", "helper", Self.sum, server: url)
            #expect(called.status == 0 && called.output.contains("nobody is here to be asked"), "\(called.output)")
            #expect(called.output.contains("The tool said: Error: A person was asked and did not agree"), "\(called.output)")
        }

        @Test func `A client's tool ends the turn, and the agent's own results are known again`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (_, url) = try await scene.startHost(configuration(scene, plugins: Self.plugins, agents: "  helper: {llm: actor, tools: [calculator]}"))
            try await scene.replica("calculator-1", "ready", of: url)
            try await scene.replica("actor-1", "ready", of: url)
            let tools = #", "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]"#
            let question = try user(Self.sum + "\nuse weather {\"city\": \"Rome\"}")
            let first = try await ChatAnswer(question, tools, streamed: false, of: url)
            let id = try #require(first.body.firstMatch(of: #/"id":"(turn_\w+)"/#)?.output.1, "\(first.body)")
            #expect(first.body.contains(#""finish_reason":"tool_calls""#) && !first.body.contains("calculator__"), "\(first.body)")
            let called = #"{"role": "assistant", "content": null, "tool_calls": [{"id": "\#(id)", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]}"#
            let result = #"{"role": "tool", "tool_call_id": "\#(id)", "content": "sunny"}"#
            let second = try await ChatAnswer([question, called, result].joined(separator: ","), tools, streamed: false, of: url)
            #expect(second.text == "The tool said: 14.0; sunny", "\(second.body)")
        }

        @Test func `A supervisor asks agents, also private ones, and a circle ends`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let agents = """
                  boss: {llm: actor, reasoning: {engine: supervisor}, agents: [clerk]}
                  clerk: {llm: actor, visibility: private, tools: [calculator], reasoning: {engine: supervisor}, agents: [boss]}
                """
            let (_, url) = try await scene.startHost(configuration(scene, plugins: Self.plugins, agents: agents))
            try await scene.replica("calculator-1", "ready", of: url)
            try await scene.replica("actor-1", "ready", of: url)
            func asking(_ agent: String, _ message: String) throws -> String {
                "use agent__\(agent) " + String(decoding: try JSONEncoder().encode(["message": message]), as: UTF8.self)
            }
            let answer = try await ChatAnswer(model: "boss", user(asking("clerk", Self.sum)), streamed: false, of: url)
            #expect(answer.text == "The tool said: The tool said: 14.0", "\(answer.body)")
            var circle = "x"
            for level in (0..<6).reversed() { circle = try asking(level % 2 == 0 ? "clerk" : "boss", circle) }
            let deep = try await ChatAnswer(model: "boss", user(circle), streamed: false, of: url)
            #expect(deep.text.contains("boss → clerk → boss → clerk → boss"), "\(deep.body)")
        }

        @Test(.enabled(if: TestPython.path != nil, TestPython.missing)) func `A reasoning plugin decides, and any replica takes the next step`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let react = Scene.package.appending(path: "examples/plugins/react/react").path
            let plugins = Self.plugins + "\n  reasoning_strategies: {react: {path: \(react), replicas: 2}}"
            let agents = "  helper: {llm: actor, tools: [calculator], reasoning: {engine: react, max_iterations: 3}}"
            let program = try scene.start(
                "hector", ["serve", "--config", configuration(scene, plugins: plugins, agents: agents)], environment: ["REACT_PYTHON": try #require(TestPython.path)])
            let line = try await program.says("listening", "url=http://")
            let url = "http://127.0.0.1:\(try #require(line.firstMatch(of: #/url=\S*:(\d+)/#)).output.1)"
            for name in ["calculator-1", "actor-1", "react-1", "react-2"] { try await scene.replica(name, "ready", of: url, within: .seconds(30)) }
            for streamed in [false, true] {
                let answer = try await ChatAnswer(user(Self.sum), streamed: streamed, of: url)
                #expect(answer.text == "The tool said: 14.0", "\(answer.body)")
            }
        }
    }
}
