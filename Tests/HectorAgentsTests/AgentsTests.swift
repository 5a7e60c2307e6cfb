import HectorAgents
import HectorProviders
import ScriptedProviders
import Synchronization
import Testing

@Suite struct AgentsTests {
    func agents(_ llm: any LLMProvider, limits: AgentLimits = AgentLimits(), prompt: String = "Be brief.") -> Agents {
        let start = ContinuousClock.now
        return Agents(
            [
                AgentDefinition(id: "guide", name: "Guide", llm: "m", systemPrompt: prompt),
                AgentDefinition(id: "lost", name: "Lost", llm: "nowhere"),
            ],
            providers: Directory(llms: ["m": llm]), limits: limits, now: { start }
        )
    }

    func user(_ text: String) -> [Message] { [Message(role: "user", content: text)] }

    @Test func asksWithSystemPromptAndHistory() async throws {
        let llm = ScriptedLLM()
        let agents = agents(llm)
        let answer = try await agents.run(Turn(agent: "guide", session: "s", messages: user("one two")))
        #expect(answer == Answer(text: "one two ", tokensUsed: 7))
        _ = try await agents.run(Turn(agent: "guide", session: "s", messages: user("three")))
        _ = try await agents.run(Turn(agent: "guide", messages: user("alone")))

        #expect(llm.requests.map { $0.messages.map(\.role) } == [
            ["system", "user"], ["system", "user", "assistant", "user"], ["system", "user"],
        ])
        #expect(llm.requests[1].messages.map(\.content) == ["Be brief.", "one two", "one two ", "three"])
    }

    @Test func streamsPiecesInOrderAndToolCalls() async throws {
        var call = ToolCall()
        call.id = "c1"
        call.name = "weather"
        call.argumentsJson = "{}"
        let llm = ScriptedLLM { [call] request, onChunk in
            try await onChunk(.text("Let me see"))
            try await onChunk(.text(""))
            try await onChunk(.toolCall(call))
            return request.tools.count
        }
        var tool = ToolDefinition()
        tool.name = "weather"
        let events = Mutex<[TurnEvent]>([])
        let answer = try await agents(llm, prompt: "").run(
            Turn(agent: "guide", messages: user("hi"), tools: [tool])
        ) { event in events.withLock { $0.append(event) } }
        #expect(events.withLock { $0 } == [.text("Let me see"), .toolCall(call)])
        #expect(answer == Answer(text: "Let me see", toolCalls: [call], tokensUsed: 1))
        #expect(llm.requests[0].messages.count == 1)
    }

    @Test func aFailedTurnLeavesNoTrace() async throws {
        let fails = Mutex(true)
        let llm = ScriptedLLM { _, onChunk in
            try await onChunk(.text("half"))
            if fails.withLock({ $0 }) { throw ProviderError(.unavailable, "gone") }
            return 0
        }
        let agents = agents(llm)
        let error = await #expect(throws: ProviderError.self) {
            try await agents.run(Turn(agent: "guide", session: "s", messages: user("one"))) { _ in }
        }
        #expect(error?.code == .unavailable)
        fails.withLock { $0 = false }
        _ = try await agents.run(Turn(agent: "guide", session: "s", messages: user("two"))) { _ in }
        #expect(llm.requests[1].messages.map(\.content) == ["Be brief.", "two"])
    }

    @Test func anErrorChunkFailsTheTurn() async {
        let llm = ScriptedLLM { _, onChunk in
            var chunk = StreamChunk()
            chunk.type = .error
            chunk.error = "out of memory"
            try await onChunk(chunk)
            return 0
        }
        let error = await #expect(throws: ProviderError.self) {
            try await agents(llm).run(Turn(agent: "guide", messages: user("one"))) { _ in }
        }
        #expect(error?.message == "out of memory")
    }

    /// Even where the provider swallows the cancellation and returns half an answer.
    @Test(arguments: [false, true]) func cancellationReachesTheProviderAndLeavesNoTrace(swallowed: Bool) async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let cancelled = Mutex(false)
        let patience = Mutex(true)
        let llm = ScriptedLLM { _, onChunk in
            try await onChunk(.text("half"))
            guard patience.withLock({ $0 }) else { return 0 }
            start.yield()
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                cancelled.withLock { $0 = true }
                if !swallowed { throw error }
            }
            return 0
        }
        let agents = agents(llm)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = try await agents.run(Turn(agent: "guide", session: "s", messages: [Message(role: "user", content: "one")])) { _ in }
            }
            for await _ in started { break }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
        #expect(cancelled.withLock { $0 })

        patience.withLock { $0 = false }
        _ = try await agents.run(Turn(agent: "guide", session: "s", messages: user("two"))) { _ in }
        #expect(llm.requests[1].messages.map(\.content) == ["Be brief.", "two"])
    }

    @Test func aReaderThatIsGoneEndsTheTurn() async {
        struct Gone: Error {}
        await #expect(throws: Gone.self) {
            try await agents(ScriptedLLM()).run(Turn(agent: "guide", messages: user("one two"))) { _ in throw Gone() }
        }
    }

    @Test func anEndlessAnswerIsStopped() async {
        let llm = ScriptedLLM { _, onChunk in
            while true { try await onChunk(.text(String(repeating: "a", count: 100))) }
        }
        var limits = AgentLimits()
        limits.answerBytes = 1000
        await #expect(throws: AgentError(.answerTooLong, "")) {
            try await agents(llm, limits: limits).run(Turn(agent: "guide", messages: user("one"))) { _ in }
        }
        await #expect(throws: AgentError(.answerTooLong, "")) {
            try await agents(ScriptedLLM(), limits: limits)
                .run(Turn(agent: "guide", messages: user(String(repeating: "b", count: 1001))))
        }
    }

    @Test func saysWhatIsWrong() async {
        let agents = agents(ScriptedLLM())
        await #expect(throws: AgentError(.notFound, "")) { try await agents.run(Turn(agent: "x", messages: user("a"))) }
        await #expect(throws: AgentError(.missingProvider, "")) { try await agents.run(Turn(agent: "lost", messages: user("a"))) }
        await #expect(throws: AgentError(.invalidRequest, "")) { try await agents.run(Turn(agent: "guide", messages: [])) }
        await #expect(throws: AgentError(.invalidRequest, "")) {
            try await agents.run(Turn(agent: "guide", session: String(repeating: "s", count: 129), messages: user("a")))
        }
        await #expect(throws: AgentError(.notFound, "")) { try await agents.generate(plugin: "x", messages: user("a")) }
    }

    @Test func generatesRaw() async throws {
        let llm = ScriptedLLM()
        let answer = try await agents(llm).generate(plugin: "m", messages: user("one"))
        #expect(answer.text == "one ")
        #expect(llm.requests[0].messages.map(\.role) == ["user"])
    }

    @Test func agentsAreReplacedWhileSessionsGoOn() async throws {
        let llm = ScriptedLLM()
        let agents = agents(llm)
        _ = try await agents.run(Turn(agent: "guide", session: "s", messages: user("one")))
        agents.replace([AgentDefinition(id: "guide", name: "Other", llm: "m", systemPrompt: "New.")])
        _ = try await agents.run(Turn(agent: "guide", session: "s", messages: user("two")))
        #expect(llm.requests[1].messages.map(\.content) == ["New.", "one", "one ", "two"])
        #expect(agents.all.map(\.id) == ["guide"])
        #expect(agents["lost"] == nil)
    }
}
