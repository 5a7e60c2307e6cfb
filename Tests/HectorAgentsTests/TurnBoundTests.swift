import HectorCore
import HectorProviders
import ScriptedProviders
import Synchronization
import Testing

@testable import HectorAgents

/// Whatever a model, a strategy and tools do, a turn ends within its budget. A failure prints its seed.
@Suite(.timeLimit(.minutes(3))) struct TurnBoundTests {
    /// SplitMix64 (Steele, Lea and Flood).
    private struct Chance: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return z ^ z >> 31
        }

        mutating func below(_ number: Int) -> Int { Int(next() % UInt64(number)) }
        mutating func isOne(in number: Int) -> Bool { below(number) == 0 }
    }

    private static let names = ["p__add", "p__ask", "p__none", "agent__b", "weather", "", "x"]

    private func calls(_ chance: inout Chance) -> [ToolCall] {
        (0..<chance.below(6)).map { _ in
            let arguments = ["", "{}", #"{"x": 1}"#, #"{"message": "?"}"#, "[", #"{"x": "#, String(repeating: "[", count: 500)]
            return call(Self.names[chance.below(Self.names.count)], arguments[chance.below(arguments.count)], id: chance.isOne(in: 2) ? "same" : "")
        }
    }

    private func answer(_ chance: inout Chance) -> Answer {
        let endings: [Ending] = [.stop, .toolCalls, .stop, .toolCalls, .length, .contentFilter]
        let text = ["", "hm", "{}", String(repeating: "long ", count: 20_000)][chance.below(4)]
        return Answer(text: text, toolCalls: calls(&chance), tokensUsed: chance.below(50), finishReason: endings[chance.below(chance.isOne(in: 20) ? 6 : 4)])
    }

    private func step(_ chance: inout Chance) -> DecideEvent {
        switch chance.below(14) {
        case 0: return .answer("so")
        case 1: return .giveUp("")
        case 2...6: return .callModel(tools: chance.isOne(in: 4) ? ["p__add"] : [], isAnswer: chance.isOne(in: 2))
        case 7...10: return .callTools(chance.isOne(in: 2) ? [] : calls(&chance))
        case 11, 12:
            var event = DecideEvent()
            event.askAgent.name = chance.isOne(in: 3) ? "z" : "b"
            return event
        default: return chance.isOne(in: 2) ? DecideEvent() : .note("")
        }
    }

    @Test(arguments: 0..<40) func `A turn ends within its budget`(block: Int) throws {
        for seed in UInt64(block * 100)..<UInt64(block * 100 + 100) {
            var chance = Chance(state: seed)
            let schema = #"{"type": "object", "required": ["x"]}"#
            var plan = Turn.Plan(table: ToolTable(
                [Acting.Tools(provider: "p")], lists: ["p": .known([tool("add", schema), tool("ask", asks: true)])], agents: [("b", "")]))
            plan.budget = TurnBudget(
                iterations: 1 + chance.below(8), toolCalls: chance.below(20), tokens: chance.isOne(in: 3) ? chance.below(400) : nil, time: .seconds(100))
            plan.engine = chance.isOne(in: 2) ? .builtIn : .plugin("s")
            if chance.isOne(in: 3) { plan.clientTools = [definition("weather")] }
            if chance.isOne(in: 4) { plan.options.format = .json }
            if chance.isOne(in: 5) { plan.options.maxTokens = chance.below(60) }
            if chance.isOne(in: 5) { plan.options.toolChoice = [.none, .required, .named("p__add")][chance.below(3)] }
            plan.limits.turnBytes = 300_000
            plan.id = "t"
            var now = Instant()
            var turn = Turn(plan, conversation: [user("hi")], turnBegins: 0, at: now)
            var (models, works, steps, waited) = (0, 0, 0, Duration.zero)
            var action = turn.begin(at: now)
            var hasEnded = false
            while !hasEnded {
                steps += 1
                try #require(steps < 200, "seed \(seed)")
                if chance.isOne(in: 10) { now = now + .seconds(chance.below(30)) }
                switch action {
                case .ask(let step):
                    models += 1
                    #expect(models <= plan.budget.iterations && step.number == models, "seed \(seed)")
                    action = turn.answered(answer(&chance), at: now)
                case .agree(let asked):
                    #expect(!asked.isEmpty && asked.allSatisfy(\.entry.asks), "seed \(seed)")
                    let time = Duration.seconds(chance.below(700))
                    (now, waited) = (now + time, waited + time)
                    action = turn.agreed([.given, .refused, .expired, .impossible][chance.below(4)], waited: time, at: now)
                case .run(let made):
                    works += made.count
                    let shares = made.map { if case .agent = $0.entry.target { $0.budget.toolCalls } else { 0 } }
                    #expect(shares.reduce(works, +) <= plan.budget.toolCalls, "seed \(seed)")
                    var results: [Int: ToolResult] = [:]
                    for work in made where !chance.isOne(in: 8) {
                        var result = ToolResult(text: String(repeating: "x", count: chance.isOne(in: 10) ? 65_536 : 3), isFailure: chance.isOne(in: 2))
                        if case .agent = work.entry.target {
                            result.spent = TurnSpending(toolCalls: chance.below(work.budget.toolCalls + 1), tokens: chance.below(30))
                            works += result.spent.toolCalls
                        }
                        results[work.index] = result
                    }
                    #expect(works <= plan.budget.toolCalls, "seed \(seed)")
                    action = turn.ran(results, at: now)
                case .decide(let request):
                    #expect(request.step <= 2 * Int32(plan.budget.iterations) && request.budget.steps >= 0, "seed \(seed)")
                    action = turn.decided(step(&chance), text: chance.isOne(in: 5) ? "piece" : "", at: now)
                case .finish(let outcome):
                    hasEnded = true
                    #expect(outcome.answer.toolCalls.allSatisfy { $0.name == "weather" }, "seed \(seed)")
                    // Each call in what is remembered has its result, but for the client's own.
                    let results = Set(outcome.added.filter { $0.role == "tool" }.map(\.toolCallID))
                    let missing = outcome.added.flatMap(\.toolCalls).filter { !results.contains($0.id) && $0.name != "weather" }
                    if plan.engine == .builtIn { #expect(missing.isEmpty, "seed \(seed)") }
                case .fail: hasEnded = true
                }
                if !hasEnded { #expect(Instant().duration(to: now) <= .seconds(130) + waited, "seed \(seed)") }
            }
        }
    }

    /// A clock that runs a thousand times as fast.
    private static func fast() -> Timing {
        let begin = ContinuousClock.now
        let now: @Sendable () -> Instant = { Instant((ContinuousClock.now - begin) * 1000) }
        return Timing(now: now, sleepUntil: { try await Task.sleep(for: now().duration(to: $0) / 1000) }, random: { $0.lowerBound })
    }

    /// What a model does beside answering, now and then.
    private enum Mood: Int {
        case silent, lost, endless, slow, endlessCall, half, broken
    }

    @Test(arguments: UInt64(0)..<60) func `Agents come to an end whatever their models and tools do`(seed: UInt64) async throws {
        let chance = Mutex(Chance(state: seed))
        let llm = ScriptedLLM { request, onChunk in
            let (answer, mood) = chance.withLock { (self.answer(&$0), Mood(rawValue: $0.below(60))) }
            if mood == .silent { try await Task.sleep(for: .seconds(3600)) }
            if mood == .lost { throw ProviderError(.unavailable, "gone") }
            if !answer.text.isEmpty { try await onChunk(.text(answer.text)) }
            for call in answer.toolCalls where !call.name.isEmpty { try await onChunk(.toolCall(call)) }
            switch mood {
            case .endless: while true { try await onChunk(.text(String(repeating: "z", count: 64 << 10))) }
            case .slow:
                while true {
                    try await onChunk(.text("z"))
                    try await Task.sleep(for: .milliseconds(1))
                }
            case .endlessCall:
                for index in 0... { try await onChunk(.toolCallDelta(index: 0, id: "1", name: index == 0 ? "p__add" : "", arguments: String(repeating: " ", count: 64 << 10))) }
            case .half: try await Task.sleep(for: .seconds(3600))
            case .broken: throw ProviderError(.unavailable, "gone")
            case .silent, .lost, nil: break
            }
            return GenerationEnd(tokensUsed: answer.tokensUsed)
        }
        let tools = ScriptedTools({ [tool("add", #"{"required": ["x"]}"#, idempotent: true), tool("ask", asks: true)] }) { request, onOutput in
            switch chance.withLock({ $0.below(8) }) {
            case 0: try await Task.sleep(for: .seconds(3600))
            case 1: throw ProviderError(.unavailable, "gone")
            case 2: throw ProviderError(.failed, "broken")
            case 3: while true { try await onOutput(.text(String(repeating: "y", count: 1 << 20))) }
            case 4: return .failure
            default: try await onOutput(.text("1"))
            }
            return .done
        }
        let strategy = ScriptedStrategy { _, _ in chance.withLock { self.step(&$0) } }
        let timing = Self.fast()
        let budget = TurnBudget(iterations: 6, toolCalls: 20, time: .seconds(40))
        let engine: Acting.Engine = seed % 3 == 0 ? .plugin("s") : .builtIn
        let providers = Directory(llms: ["m": llm], tools: ["p": tools], strategies: ["s": strategy])
        let acting = { (id: String) in
            Acting(tools: [Acting.Tools(provider: "p", timeout: .seconds(5))], engine: engine, agents: [id], budget: budget)
        }
        let agents = Agents(
            [AgentDefinition(id: "a", name: "A", llm: "m", acting: acting("b")), AgentDefinition(id: "b", name: "B", llm: "m", acting: acting("a"))],
            providers: providers, timing: timing, newID: { "t" })
        let backend = ChatBackend(agents, models: providers)
        var chat = Chat(messages: [user("go")], tools: seed % 2 == 0 ? [definition("weather")] : [])
        if seed % 5 != 0 { chat.agreement = { _ in chance.withLock { $0.isOne(in: 2) } } }
        let began = timing.now()
        do {
            _ = try await backend.open(chat, to: .agent(try backend.agent("a"))).answer { _ in }
        } catch let error as AgentError {
            #expect([.outOfTime, .wrongStep, .gaveUp, .notAsAsked, .answerTooLong].contains(error.code), "\(error)")
        } catch let error as ProviderError {
            #expect(error.code == .unavailable, "\(error)")
        }
        // The clock is fast, and this machine may be slow: seconds of its own stand beside the budget's.
        #expect(began.duration(to: timing.now()) < budget.time + .seconds(20_000))
        // Each call of a tool or agent allows one more question, beside the first ones of each turn; and each question may be lost once.
        #expect(llm.requests.count <= 2 * 6 * 21 && tools.calls.count <= 2 * 20, "\(llm.requests.count) \(tools.calls.count)")
    }
}
