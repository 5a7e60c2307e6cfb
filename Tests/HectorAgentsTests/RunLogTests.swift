import HectorCore
import HectorProviders
import ScriptedProviders
import Synchronization
import Testing

@testable import HectorAgents

@Suite(.timeLimit(.minutes(1))) struct RunLogTests {
    private let limits = { () -> AgentLimits in
        var limits = AgentLimits()
        (limits.runs, limits.runEvents, limits.runText) = (3, 4, 5)
        return limits
    }()

    @Test func `A run is followed from any position, to its end`() async throws {
        let log = RunLog(limits: limits)
        let record = log.begin("r", agent: "a", owner: "anna", began: 1_000)
        record.note(.note("one"), at: 1_001)
        record.note(.toolCalled(id: "1", title: "t", arguments: "too long"), at: 1_002)
        #expect(record.steps(after: 1).steps.map(\.event) == [.toolCalled(id: "1", title: "t", arguments: "too l…")])
        async let news = record.news(after: 2)
        record.note(.note("three"), at: 1_003)
        #expect(try await news.steps.map(\.at) == [1_003])
        async let end = record.news(after: 3)
        record.delivered([.text("αβ"), .text("c")])
        log.end(record, .failed, failure: RunSummary.Failure(code: "unavailable", message: "gone"), at: 1_004)
        let (steps, summary) = try await end
        #expect(steps.isEmpty && summary.ended == 1_004 && summary.state == .failed && summary.deliveredPieces == 2 && summary.deliveredBytes == 5)
        #expect(log.run("r", at: 1_005)?.summary == summary)
        #expect(log.run("r", at: 1_005 + 86_400_000) == nil && log.all(at: 0).isEmpty)
    }

    @Test func `Events, runs and each client's share are bounded, and a run at work is not forgotten`() {
        let log = RunLog(limits: limits)
        let working = log.begin("w", agent: "a", owner: "anna", began: 0)
        for number in 0..<6 { working.note(.note("\(number)"), at: 0) }
        #expect(working.summary.events == 4 && working.summary.leftOut == 2)
        for (id, owner) in [("1", "bert"), ("2", "anna"), ("3", "anna"), ("4", "anna")] {
            log.end(log.begin(id, agent: "a", owner: owner, began: 0), .completed, at: 0)
        }
        #expect(log.all(at: 0).map(\.id) == ["4", "1", "w"])
    }

    @Test func `A stream that had delivered and ends UNAVAILABLE is recorded with the count`() async throws {
        let llm = ScriptedLLM { _, onChunk in
            try await onChunk(.text("half "))
            try await onChunk(.text("an answer"))
            throw ProviderError(.unavailable, "gone")
        }
        let providers = Directory(llms: ["m": llm], tools: ["t": ScriptedTools([tool("x")])])
        let agents = Agents(
            [AgentDefinition(id: "guide", name: "Guide", llm: "m", acting: Acting(tools: [Acting.Tools(provider: "t")])), AgentDefinition(id: "plain", name: "Plain", llm: "m")],
            providers: providers, timing: .still, newID: { "id" })
        let backend = ChatBackend(agents, models: providers).reaching(.all, owner: "anna")
        let run = backend.open(Chat(messages: [user("?")]), to: .agent(try backend.agent("guide")))
        #expect(run.id == "id")
        let error = await #expect(throws: ProviderError.self) { try await run.answer { _ in } }
        #expect(error?.code == .unavailable && error?.message == "gone (after 14 bytes of the answer in 2 pieces)")
        let summary = try #require(agents.runs.run("id", at: 0)?.summary)
        #expect(summary.state == .failed && summary.owner == "anna" && summary.deliveredBytes == 14 && summary.failure?.code == "unavailable")
        // One that asks its model once has no run.
        let plain = backend.open(Chat(messages: [user("?")]), to: .agent(try backend.agent("plain")))
        _ = try? await plain.answer { _ in }
        #expect(plain.id == nil && agents.runs.all(at: 0).count == 1)
    }
}

@Suite(.timeLimit(.minutes(1))) struct LineageTests {
    private func backend(_ llm: any LLMProvider, tools: [String: any ToolProvider] = [:], acting: Acting?) -> (ChatBackend, any ProviderDirectory) {
        let providers = Directory(llms: ["m": llm], tools: tools)
        let agents = Agents([AgentDefinition(id: "guide", name: "Guide", llm: "m", acting: acting)], providers: providers, timing: .still, newID: { "id" })
        return (ChatBackend(agents, models: providers), providers)
    }

    private func ask(_ backend: ChatBackend, _ askedBy: Lineage?) async throws -> Answer {
        var chat = Chat(messages: [user("?")])
        chat.askedBy = askedBy
        return try await backend.open(chat, to: .agent(try backend.agent("guide"))).answer()
    }

    @Test func `A turn that agents elsewhere ask for too deep ends with a named error`() async throws {
        let (backend, _) = backend(ScriptedLLM(), acting: nil)
        #expect(try await ask(backend, Lineage(path: ["a", "b", "c", "d"])).text == "? ")
        let error = await #expect(throws: AgentError.self) { try await ask(backend, Lineage(path: ["a", "b", "c", "d", "e"])) }
        #expect(error?.code == .tooDeep && error?.message.contains("a → b → c → d → e") == true)
    }

    @Test func `An agent elsewhere is told the path and what is left, and what it used counts`() async throws {
        let llm = ScriptedLLM { request, onChunk in
            if request.messages.last?.role == "tool" {
                try await onChunk(.text("done"))
            } else {
                try await onChunk(.toolCall(call("agent__far", #"{"message": "hi"}"#, id: "1")))
            }
            var usage = Usage()
            (usage.promptTokens, usage.completionTokens) = (5, 5)
            return GenerationEnd(tokensUsed: 5, usage: usage)
        }
        let far = ScriptedTools({ [Tool(name: "ask", description: "Far.", parameters: ToolTable.agentSchema)] }) { _, onOutput in
            try await onOutput(.text("hello"))
            var end = ToolEnd.done
            (end.spent.tokens, end.spent.toolCalls) = (30, 2)
            return end
        }
        let acting = Acting(agentsElsewhere: ["far"], budget: TurnBudget(toolCalls: 9, tokens: 100, time: .seconds(60)))
        let (backend, _) = backend(llm, tools: ["far": far], acting: acting)
        let answer = try await ask(backend, Lineage(path: ["boss"], budget: TurnBudget(toolCalls: 4, tokens: 50, time: .seconds(10))))
        #expect(answer.text == "done" && answer.spent.tokens == 50 && answer.spent.toolCalls == 3)
        let turn = try #require(far.calls.first?.turn)
        #expect(turn.path == ["boss", "guide"] && turn.milliseconds == 10_000 && turn.tokens == 40 && turn.toolCalls == 3)
    }

    @Test func `A plugin that asks no agent, and one that is away, are named`() async throws {
        let table = ToolTable(
            [], lists: ["shop": .known([tool("buy")]), "far": .absent("nothing listens")], elsewhere: ["shop", "far", "gone"])
        #expect(table.isEmpty && table.problems == [
            "the plugin shop asks no agent: it has no tool named 'ask'", "the agent far is not available now: nothing listens", "the agent gone is not available now",
        ])
    }
}
