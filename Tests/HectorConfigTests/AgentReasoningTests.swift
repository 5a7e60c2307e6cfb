import HectorCore
import HectorConfig
import Testing

/// What an agent may do, as it is written.
@Suite struct AgentReasoningTests {
    private func agent(_ keys: String) throws -> AgentEntry { try host("agents:\n  b: {llm: echo}\n  a: {llm: echo, \(keys)}\n").agents[1] }

    private func problems(_ keys: String) -> [String] {
        hostProblems("agents:\n  b: {llm: echo}\n  a: {llm: echo, \(keys)}\n").map { String($0.split(separator: " ", maxSplits: 1)[1]) }
    }

    @Test func `An agent may ask agents where its engine does so`() throws {
        let boss = try agent("agents: [b], reasoning: {engine: supervisor}")
        #expect(boss.agents.map(\.id) == ["b"] && boss.plugins.map(\.key.kind) == [.llm])
        #expect(boss.reasoning.maxIterations == 10 && boss.reasoning.toolCalls == 100 && boss.reasoning.tokens == nil)
        #expect(try agent("agents: [b], reasoning: {engine: planner}").plugins.map(\.key.kind) == [.llm, .reasoning])
    }

    @Test(arguments: [
        ("agents: [b]", "agents.a.agents: only an engine that asks agents uses them: set reasoning.engine to supervisor or to a reasoning plugin"),
        ("reasoning: {engine: supervisor}", "agents.a.agents: the engine supervisor needs agents that it may ask: write agents: [ID]"),
        ("reasoning: {engine: supervisor}, agents: [a]", "agents.a.agents[0]: an agent does not ask itself: remove it"),
        ("reasoning: {engine: supervisor}, agents: [c]", "agents.a.agents[0]: there is no agent 'c': did you mean 'b'?"),
        ("tools: [p, p]", "agents.a.tools[1]: it is named twice: remove one of them"),
        ("tools: [p.]", "agents.a.tools[0]: expected PROVIDER or PROVIDER.TOOL with a tool's name of 1 to 64 bytes, found 'p.'"),
        ("tools: [{ask: true}]", "agents.a.tools[0].name: this key is required: write PROVIDER or PROVIDER.TOOL"),
        ("tools: [P]", "agents.a.tools[0]: expected 1 to 62 lower-case letters, digits and inner hyphens, found 'P': write 'p'"),
        ("tools: [{name: p, timeout: 1ms}]", "agents.a.tools[0].timeout: expected a time from 100ms to 24h, found '1ms'"),
        ("reasoning: {budget: {time: 0s}}", "agents.a.reasoning.budget.time: expected a time from 1s to 24h, found '0s'"),
        ("output: {schema: '{'}", "agents.a.output.schema: expected a JSON Schema, which is an object in JSON: it is not valid JSON: unexpected end"),
        ("output: {schema: '{\"pattern\": 1}'}", "agents.a.output.schema: the JSON Schema cannot be held to: $.pattern is not supported"),
        ("output: {}", "agents.a.output.schema: expected either 'schema', a JSON Schema as text, or 'schema_file', the path of one"),
        ("prompt: {examples: [{user: x}]}", "agents.a.prompt.examples[0].assistant: this key is required: write what a good answer is"),
    ]) func `What is wrong is told`(keys: String, problem: String) { #expect(problems(keys) == [problem]) }

    @Test func `What belongs together is asked for together`() {
        func problems(_ keys: String) -> [String] { hostProblems("plugins: {llm_providers: {m: {path: m}}}\nagents: {a: {llm: m, \(keys)}}") }
        #expect(problems("memory: {summarise: true}").count == 1 && problems("limits: {queue: 1}").count == 1)
        #expect(problems("memory: {tokens: 99}").count == 1 && problems("memory: {keep: 1s}").count == 1 && problems("limits: {calls: 0}").count == 1)
    }
}
