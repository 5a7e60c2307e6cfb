import HectorCore
import Testing

@testable import HectorConfig

@Suite struct AdoptionTests {
    private func adopted(_ text: String, more: String = "") throws -> [PluginEntry] {
        try host("plugins:\n  adopt: \(text)\n\(more)agents: {a: {llm: \"phi3\"}}\n").plugins.entries.filter { $0.builtin == .adopt }
    }

    @Test func `A list is of engines, each a plugin of its own`() throws {
        let entries = try adopted(#"[ollama, "llama.cpp:8081", "llama.cpp:8082"]"#)
        #expect(entries.map(\.name) == ["adopted-ollama", "adopted-llama-cpp-8081", "adopted-llama-cpp-8082"])
        #expect(entries.allSatisfy { $0.kind == .llm && $0.path?.hasSuffix("/hector-plugins") == true && $0.enabled })
        #expect(entries[0].config == ["engine": "ollama", "port": "11434", "users": #"["ollama"]"#, "names": "{}", "taken": "[]"])
        #expect(entries[2].config["port"] == "8082")
    }

    @Test func `A mapping says whose programs are asked, and what models are called`() throws {
        let entries = try adopted(
            #"{engines: [vllm, lm-studio], users: [models], names: {"Qwen/Qwen3": big}}"#, more: "  llm_providers: {echo: {path: plugins/echo}}\n")
        #expect(entries.map { $0.config["port"] } == ["8000", "1234"])
        #expect(entries[0].config["users"] == #"["models"]"# && entries[0].config["names"] == #"{"Qwen/Qwen3":"big"}"#)
        #expect(entries[0].config["taken"] == #"["echo"]"#)
    }

    @Test(arguments: [
        ("[olama]", "expected an engine, or ENGINE:PORT, found 'olama': did you mean 'ollama'?"),
        (#"["ollama:0"]"#, "expected an engine, or ENGINE:PORT"), (#"[ollama, "vllm:11434"]"#, "port 11434 is there twice: remove one of them"),
        ("{users: [a]}", "engines"), ("{engines: [ollama], ports: [1]}", "ports"),
    ])
    func `What is wrong is told`(_ text: String, _ problem: String) {
        let problems = hostProblems("plugins: {adopt: \(text)}\nagents: {a: {llm: \"phi3\"}}\n")
        #expect(problems.contains { $0.contains(problem) }, "\(problems)")
    }

    @Test func `Models of engines are not known beforehand`() throws {
        let configuration = try host("plugins: {adopt: [ollama]}\nagents: {a: {llm: phi3}}\n")
        let missing = configuration.missingPlugins(discovered: [])
        #expect(missing.problems.isEmpty && missing.warnings.count == 1)
    }
}
