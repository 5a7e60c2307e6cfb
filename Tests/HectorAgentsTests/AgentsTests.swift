import HectorAgents
import HectorCore
import HectorProviders
import ScriptedProviders
import Synchronization
import Testing

/// One turn with the agent of that id.
private struct Turn {
    var agent: String
    var session: String?
    var messages: [Message]
    var tools: [ToolDefinition] = []
    var options = GenerationOptions()
}

/// Agents, asked as the ways in ask them.
struct Rig {
    let agents: Agents
    let backend: ChatBackend

    fileprivate func run(_ turn: Turn, onEvents: TurnEventHandler? = nil) async throws -> Answer {
        let chat = Chat(session: turn.session, messages: turn.messages, tools: turn.tools, options: turn.options)
        return try await backend.open(chat, to: .agent(try backend.agent(turn.agent))).answer(onEvents)
    }

    func generate(plugin: String, messages: [Message], options: GenerationOptions = GenerationOptions()) async throws -> Answer {
        try await backend.open(Chat(messages: messages, options: options), to: try backend.model(plugin)).answer()
    }

    func replace(_ definitions: [AgentDefinition]) { agents.replace(definitions) }

    var all: [AgentDefinition] { agents.all }

    subscript(id: String) -> AgentDefinition? { agents[id] }
}

@Suite struct AgentsTests {
    func agents(_ llm: any LLMProvider, limits: AgentLimits = AgentLimits(), prompt: String = "Be brief.") -> Rig {
        let providers = Directory(llms: ["m": llm])
        let agents = Agents(
            [
                AgentDefinition(id: "guide", name: "Guide", llm: "m", systemPrompt: prompt),
                AgentDefinition(id: "lost", name: "Lost", llm: "nowhere"),
            ],
            providers: providers, limits: limits, timing: .still, newID: { "turn" }
        )
        return Rig(agents: agents, backend: ChatBackend(agents, models: providers))
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
            return GenerationEnd(tokensUsed: request.tools.count)
        }
        var tool = ToolDefinition()
        tool.name = "weather"
        let events = Mutex<[TurnEvent]>([])
        let answer = try await agents(llm, prompt: "").run(
            Turn(agent: "guide", messages: user("hi"), tools: [tool])
        ) { new in events.withLock { $0 += new } }
        #expect(events.withLock { $0 } == [.text("Let me see"), .toolCall(call)])
        #expect(answer == Answer(text: "Let me see", toolCalls: [call], tokensUsed: 1, finishReason: .toolCalls))
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

    @Test func `A chunk that no provider may hand over fails the turn`() async {
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
        #expect(error?.code == .failed)
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

    @Test func `An endless answer of empty calls is stopped`() async {
        let llm = ScriptedLLM { _, onChunk in
            for _ in 1...10_000 { try await onChunk(.toolCall(ToolCall())) }
            return 1
        }
        var limits = AgentLimits()
        limits.answerBytes = 100_000
        await #expect(throws: AgentError(.answerTooLong, "")) {
            try await agents(llm, limits: limits).run(Turn(agent: "guide", messages: user("one"))) { _ in }
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

    // MARK: what the host holds itself

    /// Says one number after another, and remembers whether it was stopped.
    final class Counting: LLMProvider {
        let about = PluginDescription(name: "counting", version: "1.0.0")
        let last = Mutex(0)
        let wasStopped = Mutex(false)
        let wasAskedForOnePiece = Mutex(false)

        func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
            wasAskedForOnePiece.withLock { $0 = true }
            var response = GenerateResponse()
            response.text = "1 2 3 4 5 6 7 8 9 10 11 12"
            response.tokensUsed = 99
            return response
        }

        func generateStreaming(
            _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
        ) async throws -> GenerationEnd {
            do {
                for number in 1... {
                    last.withLock { $0 = number }
                    try await onChunk(.text("\(number) "))
                }
            } catch {
                wasStopped.withLock { $0 = true }
                throw error
            }
            return 0
        }
    }

    @Test(arguments: [false, true]) func `A cut answer ends its call, whole or streamed`(streams: Bool) async throws {
        let cases: [(GenerationOptions, Answer, last: Int)] = [
            (GenerationOptions(stop: ["5"]), Answer(text: "1 2 3 4 ", tokensUsed: 5, stoppedAt: "5"), 5),
            (GenerationOptions(stop: ["3 4", "9"]), Answer(text: "1 2 ", tokensUsed: 4, stoppedAt: "3 4"), 4),
            (GenerationOptions(maxTokens: 3), Answer(text: "1 2 3 ", tokensUsed: 3, finishReason: .length), 4),
        ]
        for (options, expected, last) in cases {
            let llm = Counting()
            let told = Mutex("")
            let handler: TurnEventHandler = { events in
                for case .text(let text) in events { told.withLock { $0 += text } }
            }
            let answer = try await agents(llm).run(
                Turn(agent: "guide", messages: user("count"), options: options), onEvents: streams ? handler : nil)
            #expect(answer == expected)
            #expect(told.withLock { $0 } == (streams ? expected.text : ""))
            #expect(llm.last.withLock { $0 } == last)
            #expect(llm.wasStopped.withLock { $0 })
            #expect(!llm.wasAskedForOnePiece.withLock { $0 })
        }
    }

    @Test func `A model that is asked for nothing of the kind answers in one piece`() async throws {
        let llm = Counting()
        let answer = try await agents(llm).run(Turn(agent: "guide", messages: user("count")))
        #expect(answer.tokensUsed == 99 && answer.finishReason == .stop)
        #expect(llm.wasAskedForOnePiece.withLock { $0 })
    }

    @Test func `A model that cannot stream is asked for one piece, which is cut`() async throws {
        final class Plain: LLMProvider {
            let about = PluginDescription(name: "plain", version: "1.0.0")
            func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
                try await Counting().generate(request)
            }
            func generateStreaming(
                _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
            ) async throws -> GenerationEnd { throw ProviderError(.unsupported, "GenerateStreaming is not implemented") }
        }
        let agents = agents(Plain())
        let stopped = try await agents.run(
            Turn(agent: "guide", messages: user("count"), options: GenerationOptions(stop: ["6"])))
        #expect(stopped == Answer(text: "1 2 3 4 5 ", tokensUsed: 1, stoppedAt: "6"))
        let cut = try await agents.generate(plugin: "m", messages: user("count"), options: GenerationOptions(maxTokens: 2))
        #expect(cut == Answer(text: "1 2 3 4 5 6 7 8 9 10", tokensUsed: 2, finishReason: .length))
        let events = Mutex<[TurnEvent]>([])
        let whole = try await agents.run(Turn(agent: "guide", messages: user("count"))) { new in events.withLock { $0 += new } }
        #expect(whole.tokensUsed == 99)
        #expect(events.withLock { $0 } == [.text("1 2 3 4 5 6 7 8 9 10 11 12")])
    }

    @Test func `What was held back is told at the end, and remembered`() async throws {
        let llm = ScriptedLLM()
        let agents = agents(llm)
        let events = Mutex<[TurnEvent]>([])
        let turn = Turn(agent: "guide", session: "s", messages: user("one two"), options: GenerationOptions(stop: ["two three"]))
        let answer = try await agents.run(turn) { new in events.withLock { $0 += new } }
        #expect(answer == Answer(text: "one two ", tokensUsed: 7))
        #expect(events.withLock { $0 } == [.text("one "), .text("two ")])
        _ = try await agents.run(Turn(agent: "guide", session: "s", messages: user("four")))
        #expect(llm.requests[1].messages.map(\.content) == ["Be brief.", "one two", "one two ", "four"])
    }

    @Test func `A reader that is gone is no cut answer`() async {
        struct Gone: Error {}
        let turn = Turn(agent: "guide", messages: user("count"), options: GenerationOptions(maxTokens: 1))
        await #expect(throws: Gone.self) { try await agents(Counting()).run(turn) { _ in throw Gone() } }
    }

    @Test func `A second call is not told where one answer may have but one`() async throws {
        let llm = ScriptedLLM { _, onChunk in
            for id in 1...3 {
                var call = ToolCall()
                call.id = "c\(id)"
                try await onChunk(.toolCall(call))
            }
            return 0
        }
        let turn = Turn(agent: "guide", messages: user("one"), options: GenerationOptions(parallelToolCalls: false))
        let answer = try await agents(llm).run(turn)
        #expect(answer.toolCalls.map(\.id) == ["c1"])
        #expect(answer.finishReason == .toolCalls)
    }
}
