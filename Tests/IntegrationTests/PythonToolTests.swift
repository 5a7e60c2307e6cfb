import Foundation
import Testing

extension Integration {
    /// The example plugins in Python, as they stand.
    @Suite(.enabled(if: TestPython.path != nil, TestPython.missing), .timeLimit(.minutes(2)))
    struct PythonToolTests {
        private func run(_ scene: Scene, _ words: [String]) async throws -> (status: Int32, output: String) {
            let python = try #require(TestPython.path)
            let program = try scene.start("hector", ["plugin"] + words, environment: ["WORD_TOOLS_PYTHON": python, "REACT_PYTHON": python])
            return (try await program.exit(), program.said)
        }

        private func plugin(_ name: String) -> String { Scene.package.appending(path: "examples/plugins/\(name)/\(name)").path }

        @Test func `The tools for texts are listed and called`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let path = try scene.hostConfiguration(plugins: "  llm_providers: {model: {path: /bin/true}}\n  tool_providers: {word-tools: {path: \(plugin("word-tools"))}}")
            for (words, status, expected) in [
                (["validate", plugin("word-tools")], 0, "ok    tools: count_words, find_lines\n"),
                (["call", "word-tools", "--config", path], 0, "find_lines   read-only, idempotent"),
                (["call", "word-tools", "count_words", #"{"text": "three blind mice"}"#, "--config", path], 0, #""words": 3"#),
                (["call", "word-tools", "find_lines", #"{"text": "one\ntwo\nTwo ü", "words": "two"}"#, "--config", path], 0, "2: two\n3: Two ü\n"),
                (["call", "word-tools", "find_lines", #"{"text": "one", "words": "x"}"#, "--config", path], 1, "find_lines failed"),
                (["call", "word-tools", "find_lines", #"{"text": 1}"#, "--config", path], 1, "text must be a text"),
            ] {
                let result = try await run(scene, words)
                #expect(result.status == status && result.output.contains(expected), "\(words): \(result.output)")
            }
        }

        @Test func `The strategy asks the model, calls tools, answers, and keeps to its budget`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let path = try scene.hostConfiguration(plugins: "  llm_providers: {model: {path: /bin/true}}\n  reasoning_strategies: {react: {path: \(plugin("react"))}}")
            let user = #"{"role": "user", "content": "2+2?"}"#
            let wants = #"{"role": "assistant", "tool_calls": [{"id": "1", "name": "calculate", "arguments_json": "{}"}]}"#
            let says = #"{"role": "assistant", "content": "4"}"#
            for (messages, budget, expected) in [
                (user, "{}", #""callModel":{"tools":["calculate"]}"#), (user, #"{"steps": 1}"#, #""callModel":{}"#), ("\(user), \(wants)", "{}", #""callTools":{}"#),
                ("\(user), \(wants)", #"{"tool_calls": 0}"#, "giveUp"), ("\(user), \(says)", #"{"steps": 0}"#, #""answer":{"text":"4"}"#),
                (user, #"{"steps": 0}"#, "no steps are left"),
            ] {
                let request = #"{"messages": [\#(messages)], "tools": [{"name": "calculate"}], "budget": \#(budget)}"#
                let result = try await run(scene, ["call", "react", "Decide", request, "--config", path])
                #expect(result.status == 0 && result.output.contains(expected), "\(request): \(result.output)")
            }
        }
    }
}
