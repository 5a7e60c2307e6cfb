import HectorCore
import HectorProviders
import ScriptedProviders
import Synchronization
import Testing

@testable import HectorAgents

/// What an agent's model is given of a session, and how a session is kept.
@Suite(.timeLimit(.minutes(1))) struct MemoryTests {
    private let key = SessionKey(agent: "a", session: "s")

    /// A turn of about that many tokens.
    private func turn(_ question: String, tokens: Int = 100) -> [Message] {
        [Message(role: "user", content: question), Message(role: "assistant", content: String(repeating: "x", count: (tokens - 8) * 4 - (question.utf8.count + 3) / 4 * 4))]
    }

    private func record(_ turns: [[Message]]) -> SessionRecord {
        var record = SessionRecord(key: key, began: 1, used: 2)
        record.turns = turns
        return record
    }

    @Test func `The budget holds whole turns, the newest ones`() {
        let record = record([turn("one"), turn("two"), turn("three")])
        let limits = AgentLimits()
        #expect(record.part(tokens: nil, limits: limits).messages.count == 6)
        #expect(record.part(tokens: 300, limits: limits).messages.count == 6)
        #expect(record.part(tokens: 299, limits: limits).messages.first?.content == "two")
        #expect(record.part(tokens: 100, limits: limits).messages.first?.content == "three")
        #expect(record.part(tokens: 99, limits: limits).messages.isEmpty)
    }

    @Test func `Calls of tools are left out with their results`() {
        var call = ToolCall()
        (call.id, call.name, call.argumentsJson) = ("c", "t", "{}")
        var asks = Message(role: "assistant", content: "")
        asks.toolCalls = [call]
        var result = Message(role: "tool", content: "42")
        result.toolCallID = "c"
        let acted = [Message(role: "user", content: "use it"), asks, result, Message(role: "assistant", content: "42")]
        let record = record([acted, turn("next")])
        for tokens in 0..<160 {
            let roles = record.part(tokens: tokens, limits: AgentLimits()).messages.map(\.role)
            #expect([[], ["user", "assistant"], ["user", "assistant", "tool", "assistant", "user", "assistant"]].contains(roles), "\(tokens): \(roles)")
        }
    }

    @Test func `A summary takes the place of the turns that it is of`() {
        var record = record([turn("one"), turn("two"), turn("three")])
        record.forgotten = 2
        #expect(record.overflow(tokens: 300, limits: AgentLimits()) == nil)
        let overflow = record.overflow(tokens: 250, limits: AgentLimits())
        #expect(overflow?.turns.map { $0[0].content } == ["one", "two"] && overflow?.through == 4 && overflow?.earlier == nil)
        record.summary = .init(text: "s", turns: 4)
        #expect(record.part(tokens: 250, limits: AgentLimits()) == .init(summary: "s", messages: turn("three")))
        #expect(record.overflow(tokens: 250, limits: AgentLimits()) == nil)
        // Of turns that are forgotten since.
        record.forgotten = 9
        #expect(record.part(tokens: 400, limits: AgentLimits()).messages.count == 6)
    }

    private func agents(_ llm: ScriptedLLM, _ memory: AgentMemory, store: (any SessionStore)? = nil, limits: TurnAllowance = TurnAllowance()) -> Rig {
        let providers = Directory(llms: ["m": llm])
        let agents = Agents(
            [AgentDefinition(id: "a", name: "A", llm: "m", systemPrompt: "Be brief.", memory: memory, turnLimits: limits)], providers: providers, timing: .still,
            sessions: Sessions(timing: .still, store: store), newID: { "turn" })
        return Rig(agents: agents, backend: ChatBackend(agents, models: providers))
    }

    private func say(_ text: String, to rig: Rig, owner: String = "") async throws -> Answer {
        let chat = Chat(session: "s", messages: [Message(role: "user", content: text)])
        return try await rig.backend.reaching(.all, owner: owner).open(chat, to: .agent(try rig.backend.agent("a"))).answer()
    }

    @Test func `The model sums up what the budget leaves out, once, after the turn`() async throws {
        let llm = ScriptedLLM { request, onChunk in
            let isSummary = request.messages.first?.content.hasPrefix("Sum up") == true
            try await onChunk(.text(isSummary ? "They counted." : String(repeating: "y", count: 200)))
            return GenerationEnd(tokensUsed: 3)
        }
        let rig = agents(llm, AgentMemory(tokens: 150, summarises: true))
        let summaries = Task { await rig.agents.runSummaries() }
        for text in ["one", "two", "three"] { _ = try await say(text, to: rig) }
        while rig.agents.sessions[key]?.summary == nil { await Task.yield() }
        #expect(llm.requests.count == 4)
        _ = try await say("four", to: rig)
        let asked = try #require(llm.requests.last { $0.messages.first?.content.hasPrefix("Be brief.") == true }).messages
        #expect(asked[0].content == "Be brief.\n\nSummary of the earlier conversation:\nThey counted." && asked.last?.content == "four")
        #expect(!asked.contains { $0.content == "one" })
        #expect(rig.agents.figures["a"]?.tokens == 3)
        summaries.cancel()
        await summaries.value
    }

    /// Keeps sessions as values, and fails as told.
    private final class Store: SessionStore {
        let kept = Mutex<[SessionKey: SessionRecord]>([:])
        let fails = Mutex(false)

        func all() -> [SessionRecord] { kept.withLock { Array($0.values) } }

        func write(_ keys: [SessionKey], _ latest: @escaping @Sendable (SessionKey) -> SessionRecord?) async throws {
            if fails.withLock({ $0 }) { throw ProviderError(.failed, "full") }
            kept.withLock { kept in for key in keys { kept[key] = latest(key) } }
        }
    }

    @Test func `A session goes on where another process left it`() async throws {
        let (store, llm) = (Store(), ScriptedLLM())
        _ = try await say("one", to: agents(llm, AgentMemory(), store: store))
        _ = try await say("two", to: agents(llm, AgentMemory(), store: store))
        #expect(llm.requests[1].messages.map(\.content) == ["Be brief.", "one", "one ", "two"])
    }

    @Test func `What could not be written is answered, and written with the next turn`() async throws {
        let (store, llm) = (Store(), ScriptedLLM())
        let rig = agents(llm, AgentMemory(), store: store)
        store.fails.withLock { $0 = true }
        _ = try await say("one", to: rig, owner: "anna")
        #expect(store.all().isEmpty)
        store.fails.withLock { $0 = false }
        _ = try await say("two", to: rig)
        #expect(Set(store.all().map(\.key.owner)) == ["", "anna"])
        try await rig.agents.sessions.delete(store.all().map(\.key))
        #expect(store.all().isEmpty && rig.agents.sessions.all.isEmpty)
    }

    @Test func `A session that was idle too long before the start is gone`() {
        var table = SessionTable(limits: AgentLimits())
        let day: Int64 = 86_400
        for (name, age, keep) in [("old", day, nil), ("kept", day, Duration.seconds(2 * day)), ("new", 60, nil)] as [(String, Int64, Duration?)] {
            var record = SessionRecord(key: .init(agent: "a", session: name), began: 0, used: 10 * day - age)
            record.keep = keep
            table.restore(record, at: Instant(), wall: 10 * day)
        }
        #expect(Set(table.records.map(\.key.session)) == ["kept", "new"])
        #expect(table.takeForgotten().map(\.session) == ["old"])
    }

    @Test func `So many turns run at once, so many wait in their order, and the rest is refused`() async throws {
        let gate = TurnGate("a", calls: 1, queue: 1)
        try await gate.enter(mayWait: true)
        let waiting = Task { try await gate.enter(mayWait: true) }
        while gate.load.waiting == 0 { await Task.yield() }
        #expect(throws: AgentError(.busy, "")) { try gate.check() }
        await #expect(throws: AgentError(.busy, "")) { try await gate.enter(mayWait: true) }
        await #expect(throws: AgentError(.busy, "")) { try await gate.enter(mayWait: false) }
        gate.leave()
        try await waiting.value
        #expect(gate.load == (1, 0))
        let given = Task { try await gate.enter(mayWait: true) }
        while gate.load.waiting == 0 { await Task.yield() }
        given.cancel()
        await #expect(throws: CancellationError.self) { try await given.value }
        #expect(gate.load == (1, 0))
        gate.leave()
        #expect(gate.load == (0, 0))
    }

    @Test func `An agent refuses what is beyond its limits`() async throws {
        let (began, end) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        let llm = ScriptedLLM { _, onChunk in
            began.continuation.yield()
            for await _ in end.stream { break }
            try await onChunk(.text("done"))
            return 1
        }
        let rig = agents(llm, AgentMemory(), limits: TurnAllowance(calls: 1))
        async let first = say("one", to: rig)
        for await _ in began.stream { break }
        await #expect(throws: AgentError(.busy, "")) { _ = try await say("two", to: rig) }
        end.continuation.yield()
        #expect(try await first.text == "done")
    }
}
