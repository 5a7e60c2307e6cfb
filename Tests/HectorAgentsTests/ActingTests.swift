import HectorCore
import HectorProviders
import ScriptedProviders
import Synchronization
import Testing

@testable import HectorAgents

/// Agents that act, asked as the ways in ask them, with models, tools and strategies of this process.
@Suite(.timeLimit(.minutes(1))) struct ActingTests {
    /// A model that goes through these answers, one for each question.
    private func model(_ answers: [(String, [ToolCall])]) -> ScriptedLLM {
        let next = Mutex(0)
        return ScriptedLLM { _, onChunk in
            let number = next.withLock { number in
                defer { number += 1 }
                return number
            }
            let (text, calls) = number < answers.count ? answers[number] : ("done", [])
            if !text.isEmpty { try await onChunk(.text(text)) }
            for call in calls { try await onChunk(.toolCall(call)) }
            return GenerationEnd(tokensUsed: 5, usage: .with(prompt: 3, completion: 5))
        }
    }

    private func backend(
        _ llm: any LLMProvider, _ tools: [String: any ToolProvider] = [:], strategies: [String: any ReasoningStrategy] = [:], ready: Set<String>? = nil,
        timing: Timing = .still, limits: AgentLimits = AgentLimits(), agents: [AgentDefinition]? = nil, acting: Acting? = nil
    ) -> (ChatBackend, Agents) {
        let providers = Directory(llms: ["m": llm], tools: tools, strategies: strategies, ready: ready.map { $0.union(["m"]) })
        let own = acting ?? Acting(tools: tools.keys.sorted().map { Acting.Tools(provider: $0) })
        let ids = Mutex(0)
        let agents = Agents(
            agents ?? [AgentDefinition(id: "guide", name: "Guide", llm: "m", systemPrompt: "Be brief.", acting: own)], providers: providers,
            limits: limits, timing: timing, newID: { ids.withLock { $0 += 1; return "id\($0)" } })
        return (ChatBackend(agents, models: providers), agents)
    }

    private func ask(_ backend: ChatBackend, _ chat: Chat, agent: String = "guide", onEvents: TurnEventHandler? = nil) async throws -> Answer {
        try await backend.open(chat, to: .agent(try backend.agent(agent))).answer(onEvents)
    }

    @Test func `Tools are called, text of all answers streams, and usage is summed`() async throws {
        let llm = model([("Let me see. ", [call("calc__add", #"{"x":1}"#, id: "1")]), ("It is 2.", [])])
        let tools = ScriptedTools([tool("add")])
        let (backend, agents) = backend(llm, ["calc": tools])
        let events = Mutex<[TurnEvent]>([])
        let seen = Mutex<[RunEvent]>([])
        var chat = Chat(session: "s", messages: [user("1+1?")])
        chat.watch = { event in seen.withLock { $0.append(event) } }
        let answer = try await ask(backend, chat) { new in events.withLock { $0 += new } }
        #expect(answer.text == "Let me see. \n\nIt is 2." && answer.toolCalls.isEmpty && answer.finishReason == .stop)
        #expect(answer.usage?.promptTokens == 6 && answer.usage?.completionTokens == 10)
        #expect(events.withLock { $0 } == [.text("Let me see. "), .text("\n\n"), .text("It is 2.")])
        #expect(tools.calls.map(\.argumentsJson) == [#"{"x":1}"#] && tools.calls[0].callID == "1")
        #expect(llm.requests.map { $0.tools.map(\.name) } == [["calc__add"], ["calc__add"]])
        #expect(seen.withLock { $0 } == [
            .modelCalled(number: 1, messages: 2, tools: 1), .modelAnswered(number: 1, tokens: 8, calls: ["calc__add"], took: .zero),
            .toolCalled(id: "1", title: "calc.add", arguments: #"{"x":1}"#),
            .toolEnded(id: "1", title: "calc.add", isFailure: false, text: #"add {"x":1}"#, took: .zero),
            .modelCalled(number: 2, messages: 4, tools: 1), .modelAnswered(number: 2, tokens: 8, calls: [], took: .zero),
            .ended(modelCalls: 2, toolCalls: 1, tokens: 16),
        ])
        // The session remembers what was done.
        _ = try await ask(backend, Chat(session: "s", messages: [user("and?")]))
        #expect(llm.requests[2].messages.map(\.role) == ["system", "user", "assistant", "tool", "assistant", "user"])
        var figures = AgentFigures()
        (figures.turns, figures.modelCalls, figures.toolCalls, figures.tokens) = (2, 3, 1, 24)
        #expect(agents.figures == ["guide": figures])
    }

    @Test func `Calls of one answer run side by side, so many at once`() async throws {
        let running = Mutex(0)
        let most = Mutex(0)
        let tools = ScriptedTools({ [tool("wait")] }) { _, onOutput in
            let now = running.withLock { $0 += 1; return $0 }
            most.withLock { $0 = max($0, now) }
            try await Task.sleep(for: .milliseconds(20))
            running.withLock { $0 -= 1 }
            return .done
        }
        var limits = AgentLimits()
        limits.callsAtOnce = 3
        let (backend, _) = backend(model([("", (0..<7).map { call("p__wait", id: "\($0)") })]), ["p": tools], limits: limits)
        _ = try await ask(backend, Chat(messages: [user("go")]))
        #expect(tools.calls.count == 7 && most.withLock { $0 } == 3)
    }

    @Test func `Output is put together, and what is too long is cut with a note`() async throws {
        let tools = ScriptedTools({ [tool("all"), tool("long"), tool("none"), tool("refuse"), tool("fail")] }) { request, onOutput in
            switch request.name {
            case "all":
                for output in [.text("a"), .progress(1, "half"), .data(json: #"{"b": 1}"#), .image([1, 2], mediaType: "image/png")] as [ToolOutput] { try await onOutput(output) }
            case "long": try await onOutput(.text(String(repeating: "é", count: 40)))
            case "refuse":
                try await onOutput(.text("not today"))
                return .failure
            case "fail": throw ProviderError(.exhausted, "out of paper")
            default: break
            }
            return .done
        }
        var limits = AgentLimits()
        limits.resultBytes = 65
        let llm = model([("", ["all", "long", "none", "refuse", "fail"].map { call("p__\($0)", id: $0) })])
        let (backend, _) = backend(llm, ["p": tools], limits: limits)
        _ = try await ask(backend, Chat(messages: [user("go")]))
        #expect(llm.requests[1].messages.suffix(5).map(\.content) == [
            "a\n{\"b\": 1}\n[an image of image/png, 2 bytes, which you cannot see]",
            "\(String(repeating: "é", count: 32))\n[The output was cut here: these are the first 65 of 80 bytes.]", "(no output)", "Error: not today",
            "Error: The tool failed: out of paper",
        ])
    }

    @Test func `A tool whose output does not end is stopped, and one that hangs too`() async throws {
        let floodHasEnded = Signal<Void>()
        let tools = ScriptedTools({ [tool("flood"), tool("hang")] }) { request, onOutput in
            if request.name == "hang" { try await Task.sleep(for: .seconds(3600)) }
            defer { floodHasEnded.set() }
            while true { try await onOutput(.text(String(repeating: "x", count: 1000))) }
        }
        var limits = AgentLimits()
        (limits.resultBytes, limits.outputBytes) = (10, 5000)
        let clock = SetClock()
        let llm = model([("", [call("p__flood"), call("p__hang")])])
        let acting = Acting(tools: [Acting.Tools(provider: "p", timeout: .seconds(7))])
        let (backend, _) = backend(llm, ["p": tools], timing: clock.timing, limits: limits, acting: acting)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await ask(backend, Chat(messages: [user("go")])) }
            group.addTask {
                // Else its own time would end as well.
                try await floodHasEnded.wait()
                while tools.calls.count < 2 { await Task.yield() }
                while !Task.isCancelled {
                    clock.advanceToSleepers(within: .seconds(8))
                    await Task.yield()
                }
            }
            try await group.next()
            group.cancelAll()
        }
        let results = llm.requests[1].messages.suffix(2).map(\.content)
        #expect(results[0].contains("first 10 of more than 6000 bytes, after which the tool was stopped"), "\(results)")
        #expect(results[1].contains("did not end within 7 s"), "\(results)")
    }

    /// What a lost answer had begun with: its text, or a call of a tool.
    @Test(arguments: ["half ", ""]) func `An answer that is lost in the middle is asked for once more while its reader has seen nothing of it`(half: String) async throws {
        func lossy(_ times: Int, _ capabilities: [String: String] = [:]) -> ScriptedLLM {
            let lost = Mutex(0)
            return ScriptedLLM(capabilities: capabilities) { request, onChunk in
                if lost.withLock({ $0 += 1; return $0 }) <= times {
                    try await onChunk(half.isEmpty ? .toolCall(call("t__x", "{}", id: "1")) : .text(half))
                    throw ProviderError(.unavailable, "gone")
                }
                try await onChunk(.text(request.options.responseFormat.kind == .text ? "whole" : "{}"))
                return 1
            }
        }
        func ask(_ llm: ScriptedLLM, _ options: GenerationOptions = GenerationOptions(), streamed: Bool) async throws -> (text: String, told: [TurnEvent]) {
            let agent = backend(llm, ["t": ScriptedTools([tool("x")])]).0
            let told = Mutex<[TurnEvent]>([])
            let chat = Chat(messages: [user("?")], options: options)
            guard streamed else { return (try await self.ask(agent, chat).text, []) }
            let answer = try await self.ask(agent, chat) { events in told.withLock { $0 += events } }
            return (answer.text, told.withLock { $0 })
        }
        // Its pieces are counted: it comes as a stream, which nobody reads here.
        var cut = GenerationOptions()
        cut.maxTokens = 100
        let counted = lossy(1)
        #expect(try await ask(counted, cut, streamed: false).text == "whole" && counted.requests.count == 2)
        var formed = cut
        formed.format = .json
        let checked = lossy(1)
        #expect(try await ask(checked, formed, streamed: true).told == [.text("{}")])
        // A reader of text knows nothing of calls.
        let read = lossy(1)
        if half.isEmpty {
            #expect(try await ask(read, streamed: true).told == [.text("whole")] && read.requests.count == 2)
        } else {
            await #expect(throws: ProviderError.self) { try await ask(read, streamed: true) }
            #expect(read.requests.count == 1)
        }
        let never = lossy(10)
        await #expect(throws: ProviderError.self) { try await ask(never, cut, streamed: false) }
        #expect(never.requests.count == 2)
        // What was paid for once is not paid for again.
        let paid = lossy(1, ["metered": "true"])
        await #expect(throws: ProviderError.self) { try await ask(paid, cut, streamed: false) }
        #expect(paid.requests.count == 1)
    }

    @Test(arguments: [false, true]) func `A call that was lost is made again only where that does no harm`(isIdempotent: Bool) async throws {
        let tools = ScriptedTools({ [tool("pay", idempotent: isIdempotent)] }) { _, _ in throw ProviderError(.unavailable, "the replica is gone") }
        let llm = model([("", [call("p__pay")])])
        let (backend, _) = backend(llm, ["p": tools])
        _ = try await ask(backend, Chat(messages: [user("go")]))
        #expect(tools.calls.count == (isIdempotent ? 2 : 1))
        #expect(llm.requests[1].messages.filter { $0.content.contains("the replica is gone") }.count == 1)
    }

    @Test func `A provider that is not ready is told in words, and does not hold up the others`() async throws {
        let llm = model([])
        let broken = ScriptedTools({ throw ProviderError(.failed, "its list is odd") }) { _, _ in .done }
        let (backend, _) = backend(llm, ["p": ScriptedTools([tool("add")]), "gone": ScriptedTools([]), "odd": broken], ready: ["p", "odd"])
        let notes = Mutex<[String]>([])
        var chat = Chat(messages: [user("go")])
        chat.watch = { event in if case .note(let note) = event { notes.withLock { $0.append(note) } } }
        _ = try await ask(backend, chat)
        #expect(llm.requests[0].tools.map(\.name) == ["p__add"])
        let system = llm.requests[0].messages[0].content
        #expect(system.hasPrefix("Be brief.\n\nSome of your tools are missing") && system.contains("the tools of gone are not available now") && system.contains("its list is odd"), "\(system)")
        #expect(notes.withLock { $0.count } == 2)
    }

    @Test func `One tool of a provider is offered alone, with what is said of it`() async throws {
        let tools = ScriptedTools([tool("add"), tool("del")])
        let acting = Acting(tools: [Acting.Tools(provider: "p", tool: "del", asks: true), Acting.Tools(provider: "p", tool: "mul")])
        let llm = model([("", [call("p__del")])])
        let (backend, _) = backend(llm, ["p": tools], acting: acting)
        _ = try await ask(backend, Chat(messages: [user("go")]))
        #expect(llm.requests[0].tools.map(\.name) == ["p__del"] && tools.calls.isEmpty)
        #expect(llm.requests[0].messages[0].content.contains("p has no tool named 'mul' now"))
        #expect(llm.requests[1].messages.last?.content.contains("has no means to ask for it") == true)
    }

    @Test(arguments: [true, false, nil] as [Bool?]) func `A person is asked about the very arguments`(agrees: Bool?) async throws {
        let tools = ScriptedTools([tool("del", asks: true)])
        let llm = model([("", [call("p__del", #"{"path": "/"}"#, id: "7")])])
        let clock = SetClock()
        let (backend, _) = backend(llm, ["p": tools], timing: clock.timing)
        var chat = Chat(messages: [user("go")])
        let asked = Mutex<[AskedCall]>([])
        chat.agreement = { calls in
            asked.withLock { $0 += calls }
            guard let agrees else {
                while true {
                    clock.advance(by: .seconds(601))
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            return agrees
        }
        _ = try await ask(backend, chat)
        #expect(asked.withLock { $0 } == [AskedCall(id: "7", title: "p.del", arguments: #"{"path": "/"}"#)])
        #expect(tools.calls.count == (agrees == true ? 1 : 0))
        let words = agrees == true ? "del {" : agrees == false ? "did not agree" : "did not answer in time"
        #expect(llm.requests[1].messages.last?.content.contains(words) == true)
    }

    @Test func `A client's tools and the agent's own work together, over two requests`() async throws {
        let llm = model([("Wait. ", [call("weather", id: "c1"), call("calc__add", id: "c1")]), ("Sunny and 2.", [])])
        let (backend, _) = backend(llm, ["calc": ScriptedTools([tool("add")])])
        var chat = Chat(messages: [user("both")], tools: [definition("weather")])
        chat.wantsCallPieces = true
        let events = Mutex<[TurnEvent]>([])
        let first = try await ask(backend, chat) { new in events.withLock { $0 += new } }
        #expect(first.finishReason == .toolCalls && first.toolCalls.map(\.name) == ["weather"])
        #expect(events.withLock { $0 } == [.text("Wait. "), .toolCall(first.toolCalls[0])])
        var result = Message(role: "tool", content: "sunny")
        result.toolCallID = first.toolCalls[0].id
        let second = try await ask(backend, Chat(messages: [user("both"), first.message, result], tools: [definition("weather")]))
        #expect(second.text == "Sunny and 2.")
        #expect(llm.requests[1].messages.map(\.role) == ["system", "user", "assistant", "tool", "tool"])
        #expect(llm.requests[1].messages.suffix(2).map(\.content) == ["add {}", "sunny"])
        let error = await #expect(throws: AgentError.self) { try await ask(backend, Chat(messages: [user("x")], tools: [definition("calc__add")])) }
        #expect(error?.code == .invalidRequest)
    }

    @Test func `A schema of the agent's own holds for what it answers`() async throws {
        let json = try JSONText(Array(#"{"type": "object", "required": ["sum"]}"#.utf8))
        var options = GenerationOptions()
        options.format = .schema(try AnswerSchema(json, name: "guide"))
        let llm = model([("", [call("calc__add")]), ("It is two.", []), (#"{"sum": 2}"#, [])])
        let agent = AgentDefinition(id: "guide", name: "Guide", llm: "m", options: options, acting: Acting(tools: [Acting.Tools(provider: "calc")]))
        let (backend, _) = backend(llm, ["calc": ScriptedTools([tool("add")])], agents: [agent])
        let events = Mutex<[TurnEvent]>([])
        let answer = try await ask(backend, Chat(messages: [user("1+1")])) { new in events.withLock { $0 += new } }
        #expect(answer.text == #"{"sum": 2}"# && events.withLock { $0 } == [.text(#"{"sum": 2}"#)])
        #expect(llm.requests.map { $0.options.responseFormat.kind } == [.text, .text, .jsonSchema])
    }

    // MARK: Agents that ask agents

    @Test func `A supervisor asks agents, whose use of the budget is its own`() async throws {
        let llm = ScriptedLLM { request, onChunk in
            let last = request.messages.last
            switch last?.role == "user" ? last?.content : nil {
            case "go": for id in ["x", "y"] { try await onChunk(.toolCall(call("agent__\(id)", #"{"message": "hello \#(id)"}"#))) }
            case let text? where text.hasPrefix("hello"): try await onChunk(.text("I say \(text)"))
            default: try await onChunk(.text("end"))
            }
            return 10
        }
        let agents = [
            AgentDefinition(id: "boss", name: "Boss", llm: "m", acting: Acting(agents: ["x", "y"])),
            AgentDefinition(id: "x", name: "X", description: "Knows x.", llm: "m", visibility: .private),
            AgentDefinition(id: "y", name: "Y", llm: "m", visibility: .private, acting: Acting(tools: [])),
        ]
        let (backend, _) = backend(llm, agents: agents)
        let seen = Mutex<[RunEvent]>([])
        var chat = Chat(messages: [user("go")])
        chat.watch = { event in seen.withLock { $0.append(event) } }
        #expect(try await ask(backend, chat, agent: "boss").text == "end")
        #expect(llm.requests[0].tools.map(\.description_p) == ["Asks the agent x: Knows x.", "Asks the agent y."])
        #expect(llm.requests.last?.messages.suffix(2).map(\.content) == ["I say hello x", "I say hello y"])
        #expect(seen.withLock { $0 }.last == .ended(modelCalls: 2, toolCalls: 2, tokens: 40))
        #expect(seen.withLock { $0 }.contains(.within(agent: "y", .ended(modelCalls: 1, toolCalls: 0, tokens: 10))))
    }

    @Test func `Agents that ask each other in a circle come to an end that has a name`() async throws {
        let llm = ScriptedLLM { request, onChunk in
            if request.messages.last?.role == "tool" {
                try await onChunk(.text(request.messages.last?.content ?? ""))
            } else {
                try await onChunk(.toolCall(call(request.tools[0].name, #"{"message": "you"}"#)))
            }
            return 1
        }
        let agents = [
            AgentDefinition(id: "a", name: "A", llm: "m", acting: Acting(agents: ["b"])), AgentDefinition(id: "b", name: "B", llm: "m", acting: Acting(agents: ["a"])),
        ]
        let (backend, _) = backend(llm, agents: agents)
        let answer = try await ask(backend, Chat(messages: [user("go")]), agent: "a")
        #expect(answer.text.contains("5 levels deep") && answer.text.contains("a → b → a → b → a"), "\(answer.text)")
        #expect(llm.requests.count == 10)
    }

    // MARK: Strategies

    @Test func `A strategy decides, and one that is lost before it said anything is asked again`() async throws {
        let lost = Mutex(0)
        let llm = model([("2", [])])
        let strategy = ScriptedStrategy { request, onEvent in
            if lost.withLock({ $0 += 1; return $0 == 1 }) { throw ProviderError(.unavailable, "gone") }
            switch request.step {
            case 0:
                try await onEvent(.note("adds"))
                return .callTools([call("calc__add", id: "s1")])
            case 1: return .callModel()
            default:
                try await onEvent(.text("It is "))
                return .answer(request.messages.last?.content ?? "")
            }
        }
        let acting = Acting(tools: [Acting.Tools(provider: "calc")], engine: .plugin("planner"))
        let (backend, _) = backend(llm, ["calc": ScriptedTools([tool("add")])], strategies: ["planner": strategy], acting: acting)
        let events = Mutex<[TurnEvent]>([])
        let notes = Mutex<[RunEvent]>([])
        var chat = Chat(messages: [user("1+1")])
        chat.watch = { event in if case .note = event { notes.withLock { $0.append(event) } } }
        #expect(try await ask(backend, chat) { new in events.withLock { $0 += new } }.text == "It is 2")
        #expect(events.withLock { $0 } == [.text("It is "), .text("2")] && notes.withLock { $0 } == [.note("adds")])
        #expect(strategy.requests.map(\.step) == [0, 0, 1, 2] && strategy.requests[0].turnBegins == 1)
        #expect(strategy.requests[2].messages.map(\.role) == ["system", "user", "assistant", "tool"])
        #expect(llm.requests[0].tools.isEmpty)
    }

    @Test func `The turn's time holds while the model thinks`() async throws {
        let clock = SetClock()
        let llm = ScriptedLLM { _, _ in
            while true {
                clock.advance(by: .seconds(61))
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        let acting = Acting(budget: TurnBudget(time: .seconds(60)))
        let (backend, _) = backend(llm, timing: clock.timing, acting: acting)
        let error = await #expect(throws: AgentError.self) { try await ask(backend, Chat(messages: [user("go")])) }
        #expect(error?.code == .outOfTime)
    }

    @Test func `An agent without anything to do beside asks its model once, with its examples`() async throws {
        let llm = model([("x", [call("calc__add")])])
        let agent = AgentDefinition(
            id: "guide", name: "Guide", llm: "m", systemPrompt: "Be brief.", examples: [user("a"), Message(role: "assistant", content: "b")])
        let (backend, agents) = backend(llm, agents: [agent])
        _ = try await ask(backend, Chat(messages: [user("c")]))
        #expect(llm.requests.map { $0.messages.map(\.content) } == [["Be brief.", "a", "b", "c"]] && agents.figures.isEmpty)
    }
}

extension Usage {
    fileprivate static func with(prompt: Int32, completion: Int32) -> Usage {
        var usage = Usage()
        usage.promptTokens = prompt
        usage.completionTokens = completion
        return usage
    }
}
