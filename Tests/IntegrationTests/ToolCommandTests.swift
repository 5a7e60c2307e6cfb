import Foundation
import Testing

extension Integration {
    /// `hector plugin call` for tools and strategies.
    @Suite(.timeLimit(.minutes(2)))
    struct ToolCommandTests {
        private func configuration(_ scene: Scene) throws -> String {
            try scene.hostConfiguration(plugins: """
                  llm_providers: {model: {path: \(Scene.product("moody-llm"))}}
                  tool_providers: {calculator: {path: \(Scene.product("calculator"))}}
                  reasoning_strategies: {planner: {path: \(try scene.conformancePlugin("strategy"))}}
                """)
        }

        private func call(_ scene: Scene, _ words: String...) async throws -> (status: Int32, output: String) {
            let program = try scene.start("hector", ["plugin", "call"] + words + ["--config", configuration(scene)])
            return (try await program.exit(), program.said)
        }

        @Test func `Tools are listed, and one is called`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let list = try await call(scene, "calculator")
            #expect(list.status == 0 && list.output.contains("calculate  read-only, idempotent  Works out"), "\(list.output)")
            let json = try await call(scene, "calculator", "--json")
            #expect(json.output.contains(#"\"type\": \"object\""#), "\(json.output)")
            let sum = try await call(scene, "calculator", "calculate", #"{"expression": "2 * (3 + 4)"}"#)
            #expect(sum.status == 0 && sum.output == "14.0\n", "\(sum.output)")
            let refused = try await call(scene, "calculator", "calculate", #"{"expression": "1 / 0"}"#)
            #expect(refused.status == 1 && refused.output == "it divides by 0\nhector: calculator: calculate failed\n", "\(refused.output)")
        }

        @Test func `Output comes as it is made, with progress beside it`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let waited = try await call(scene, "calculator", "wait", #"{"seconds": 2}"#)
            #expect(waited.status == 0 && waited.output == "0 of 2 waiting\n1 of 2 waiting\nwaited 2 s\n", "\(waited.output)")
            let json = try await call(scene, "calculator", "wait", #"{"seconds": 1}"#, "--json")
            #expect(json.output.split(separator: "\n").count == 3 && json.output.contains(#"{"text":"waited 1 s"}"#), "\(json.output)")
        }

        @Test func `What cannot be called is told in words`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            for (words, expected) in [
                (["calculator", "calculat"], "calculator has no tool 'calculat'; did you mean 'calculate'?"),
                (["calculator", "calculate", "[]"], "the arguments of 'calculate' are not a JSON object"),
                (["calculator", "calculate", "{}"], "the arguments of calculate are not what its schema says"),
                (["model"], "name a method of the llm_provider 'model': "), (["planner"], "name a method of the reasoning_strategy 'planner': Decide"),
            ] {
                let program = try scene.start("hector", ["plugin", "call"] + words + ["--config", configuration(scene)])
                #expect(try await program.exit() == 1)
                #expect(program.said.contains(expected) && program.said.split(separator: "\n").count == 1, "\(program.said)")
            }
        }

        @Test func `A strategy decides a request in JSON`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let request = #"{"messages": [{"role": "user", "content": "hi"}], "step": 2}"#
            for method in ["Decide", "decide"] {
                let decided = try await call(scene, "planner", method, request)
                let lines = decided.output.split(separator: "\n")
                #expect(decided.status == 0 && lines.count == 3, "\(decided.output)")
                #expect(lines.first == #"{"note":"step 2"}"# && lines.last?.contains(#""answer":{"text":"hi"}"#) == true, "\(lines)")
            }
        }
    }
}
