import HectorCore
import HectorProviders
import Testing

@testable import HectorAgents

/// A turn as a state machine: what it is told, and what it says is to be done.
@Suite struct TurnTests {
    private static let schema = #"{"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}"#
    private let start = Instant()

    private func plan(_ tools: [Tool] = [tool("add", schema), tool("ask", asks: true)], _ change: (inout Turn.Plan) -> Void = { _ in }) -> Turn.Plan {
        var plan = Turn.Plan(table: ToolTable([Acting.Tools(provider: "p")], lists: ["p": .known(tools)], agents: [("b", "Knows."), ("c", "")]))
        plan.id = "t1"
        change(&plan)
        return plan
    }

    private func turn(_ plan: Turn.Plan) -> Turn { Turn(plan, conversation: [user("hi")], turnBegins: 0, at: start) }

    private func asked(_ action: Turn.Action, _ location: SourceLocation = #_sourceLocation) throws -> Turn.ModelStep {
        guard case .ask(let step) = action else { return try #require(nil, "\(action)", sourceLocation: location) }
        return step
    }

    private func works(_ action: Turn.Action, _ location: SourceLocation = #_sourceLocation) throws -> [Turn.Work] {
        guard case .run(let works) = action else { return try #require(nil, "\(action)", sourceLocation: location) }
        return works
    }

    private func ended(_ action: Turn.Action, _ location: SourceLocation = #_sourceLocation) throws -> Turn.Outcome {
        guard case .finish(let outcome) = action else { return try #require(nil, "\(action)", sourceLocation: location) }
        return outcome
    }

    private func failure(_ action: Turn.Action, _ location: SourceLocation = #_sourceLocation) throws -> AgentError {
        guard case .fail(let error) = action else { return try #require(nil, "\(action)", sourceLocation: location) }
        return error
    }

    @Test func `The model is asked, its call is made, and it is asked again with the result`() throws {
        var turn = turn(plan())
        var step = try asked(turn.begin(at: start))
        #expect(step.tools.map(\.name) == ["agent__b", "agent__c", "p__add", "p__ask"])
        let add = try works(turn.answered(Answer(text: "Let me see", toolCalls: [call("p__add", #"{"x": 1}"#, id: "1")], tokensUsed: 9), at: start))
        #expect(add.count == 1 && add[0].call.argumentsJson == #"{"x": 1}"#)
        step = try asked(turn.ran([0: ToolResult(text: "2")], at: start))
        #expect(step.messages.map(\.role) == ["user", "assistant", "tool"] && step.messages[2].content == "2" && step.messages[2].toolCallID == "1")
        #expect(step.separator == "\n\n")
        let end = try ended(turn.answered(Answer(text: "It is 2", tokensUsed: 5), at: start))
        #expect(end.answer == Answer(text: "Let me see\n\nIt is 2", tokensUsed: 14))
        #expect(end.added.map(\.content) == ["Let me see", "2", "It is 2"] && end.unsaid.isEmpty)
        #expect(end.spent == TurnSpending(toolCalls: 1, tokens: 14))
    }

    @Test(arguments: [
        ("p__sub", "{}", "Error: There is no tool named 'p__sub'"),
        ("p__add", "{}", "Error: The tool was not called, since the arguments are not what its schema allows: $.x is missing"),
        ("p__add", #"{"x": "1"}"#, "$.x must be of type integer"), ("p__add", "1", "they are not a JSON object"), ("p__add", "{x", "they are no JSON"),
        ("agent__b", #"{"question": 1}"#, "$.question is not allowed"),
    ]) func `A wrong call is told to the model, and is not made`(name: String, arguments: String, words: String) throws {
        var turn = turn(plan())
        _ = turn.begin(at: start)
        let step = try asked(turn.answered(Answer(toolCalls: [call(name, arguments)]), at: start))
        #expect(step.messages.last?.role == "tool" && step.messages.last?.content.contains(words) == true, "\(step.messages)")
        #expect(turn.spent.toolCalls == 1)
    }

    @Test func `No arguments are an empty object, and what the checker does not know is left to the tool`() throws {
        var turn = turn(plan([tool("a"), tool("b", #"{"type": "object", "properties": {"x": {"pattern": "^a"}}}"#)]))
        _ = turn.begin(at: start)
        let made = try works(turn.answered(Answer(toolCalls: [call("p__a", ""), call("p__b", #"{"x": 1}"#)]), at: start))
        #expect(made.map(\.call.argumentsJson) == ["{}", #"{"x": 1}"#])
        #expect(made.map(\.call.id) == ["call_1", "call_2"])
    }

    @Test func `Results keep the order of their calls, and ids that come twice are made new`() throws {
        var turn = turn(plan())
        _ = turn.begin(at: start)
        for round in 0..<2 {
            let calls = [call("p__add", #"{"x": 1}"#, id: "call-1"), call("p__x", id: "call-1"), call("p__add", #"{"x": 3}"#, id: "call-3")]
            #expect(try works(turn.answered(Answer(toolCalls: calls), at: start)).map(\.index) == [0, 2])
            let step = try asked(turn.ran([2: ToolResult(text: "three"), 0: ToolResult(text: "one")], at: start))
            #expect(step.messages.suffix(3).map(\.content) == ["one", "Error: There is no tool named 'p__x'", "three"])
            let ids = step.messages.flatMap { $0.toolCalls.map(\.id) }
            #expect(Set(ids).count == 3 * (round + 1) && step.messages.filter { $0.role == "tool" }.map(\.toolCallID) == ids)
        }
    }

    @Test func `The last call of the model has no tools, and what it calls then is not made`() throws {
        var turn = turn(plan { $0.budget.iterations = 2 })
        #expect(try !asked(turn.begin(at: start)).isLast)
        let step = try asked(turn.answered(Answer(toolCalls: [call("p__x")]), at: start))
        #expect(step.isLast && step.tools.isEmpty)
        #expect(try ended(turn.answered(Answer(toolCalls: [call("p__add", #"{"x": 1}"#)]), at: start)).answer.finishReason == .length)
    }

    @Test func `When the calls are used up, further ones fail, and the model answers without tools`() throws {
        var turn = turn(plan { $0.budget.toolCalls = 1 })
        _ = turn.begin(at: start)
        let calls = [call("p__add", #"{"x": 1}"#), call("p__add", #"{"x": 2}"#)]
        #expect(try works(turn.answered(Answer(toolCalls: calls), at: start)).count == 1)
        let step = try asked(turn.ran([0: ToolResult(text: "1")], at: start))
        #expect(step.isLast && step.messages.last?.content.contains("budget of 1 calls") == true)
    }

    @Test func `A budget of tokens ends the turn with what was said`() throws {
        var turn = turn(plan { $0.budget.tokens = 10 })
        _ = turn.begin(at: start)
        let end = try ended(turn.answered(Answer(text: "So", toolCalls: [call("p__x")], tokensUsed: 10), at: start))
        #expect(end.answer.finishReason == .length && end.answer.text == "So")
    }

    @Test func `The limit of tokens holds for all answers of the turn together`() throws {
        var turn = turn(plan { $0.options.maxTokens = 10 })
        #expect(try asked(turn.begin(at: start)).options.maxTokens == 10)
        let step = try asked(turn.answered(Answer(toolCalls: [call("p__x")], tokensUsed: 7), at: start))
        #expect(step.options.maxTokens == 3)
        #expect(try ended(turn.answered(Answer(text: "abc", tokensUsed: 3, finishReason: .length), at: start)).answer.finishReason == .length)
    }

    @Test func `Time ends the turn by name, and a person's time does not count`() throws {
        var turn = turn(plan { $0.budget.time = .seconds(10) })
        _ = turn.begin(at: start)
        guard case .agree(let asked) = turn.answered(Answer(toolCalls: [call("p__ask")]), at: start) else { return #expect(Bool(false)) }
        #expect(asked.map(\.entry.title) == ["p.ask"])
        let later = start + .seconds(300)
        _ = try works(turn.agreed(.given, waited: .seconds(300), at: later))
        _ = try self.asked(turn.ran([0: ToolResult(text: "done")], at: later + .seconds(9)))
        #expect(try failure(turn.answered(Answer(text: "late"), at: later + .seconds(11))).code == .outOfTime)
    }

    @Test(arguments: [Turn.Agreement.refused, .expired, .impossible]) func `Without agreement a call is not made, others are`(_ agreement: Turn.Agreement) throws {
        var turn = turn(plan())
        _ = turn.begin(at: start)
        guard case .agree = turn.answered(Answer(toolCalls: [call("p__ask"), call("p__add", #"{"x": 1}"#)]), at: start) else { return #expect(Bool(false)) }
        let made = try works(turn.agreed(agreement, waited: .zero, at: start))
        #expect(made.map(\.entry.title) == ["p.add"])
        let step = try asked(turn.ran([1: ToolResult(text: "1")], at: start))
        #expect(step.messages.suffix(2).map(\.content) == ["Error: \(agreement.words)", "1"])
    }

    // MARK: A client's tools

    @Test func `A client's tool ends the turn after the agent's own calls, and these are kept for its return`() throws {
        var turn = turn(plan { $0.clientTools = [definition("weather")] })
        #expect(try asked(turn.begin(at: start)).tools.map(\.name).suffix(1) == ["weather"])
        let calls = [call("weather", #"{"city": "Rome"}"#, id: "a"), call("p__add", #"{"x": 1}"#, id: "b")]
        _ = try works(turn.answered(Answer(text: "One moment", toolCalls: calls), at: start))
        let end = try ended(turn.ran([0: ToolResult(text: "2")], at: start))
        #expect(end.answer.finishReason == .toolCalls && end.answer.toolCalls.map(\.name) == ["weather"] && end.isOpen)
        #expect(OpenTurns.turn(ofCall: end.answer.toolCalls[0].id) == "t1")

        var open = OpenTurns(limits: AgentLimits())
        let key = OpenTurns.Key(owner: "", agent: "guide", turn: "t1")
        open.keep(end.added, for: key, at: start)
        var said = Message(role: "assistant", content: "One moment")
        said.toolCalls = end.answer.toolCalls
        var result = Message(role: "tool", content: "sunny")
        result.toolCallID = end.answer.toolCalls[0].id
        let restored = open.restored([user("hi"), said, result], owner: "", agent: "guide", at: start)
        #expect(restored.map(\.role) == ["user", "assistant", "tool", "tool"] && restored.map(\.content) == ["hi", "One moment", "2", "sunny"])
        #expect(restored[1].toolCalls.map(\.name) == ["p__add", "weather"] && restored[1].toolCalls.map(\.id) == restored[2...].map(\.toolCallID))
        // Another client, another agent, and too late.
        for (owner, agent, time) in [("x", "guide", start), ("", "other", start), ("", "guide", start + .seconds(3601))] {
            let told = open.restored([user("hi"), said, result], owner: owner, agent: agent, at: time)
            #expect(told.count == 3 && told[1].content.contains("no longer known"))
        }
    }

    @Test func `A client's call of a turn without anything else keeps its id`() throws {
        var turn = turn(plan { $0.clientTools = [definition("weather")] })
        _ = turn.begin(at: start)
        let end = try ended(turn.answered(Answer(toolCalls: [call("weather", id: "model-1")]), at: start))
        #expect(end.answer.toolCalls.map(\.id) == ["model-1"] && !end.isOpen)
    }

    @Test func `Tools that must be called are asked for once`() throws {
        var turn = turn(plan { $0.options.toolChoice = .required })
        #expect(try asked(turn.begin(at: start)).options.toolChoice == .required)
        _ = try works(turn.answered(Answer(toolCalls: [call("p__add", #"{"x": 1}"#)]), at: start))
        #expect(try asked(turn.ran([0: ToolResult(text: "1")], at: start)).options.toolChoice == .auto)

        var silent = self.turn(plan { $0.options.toolChoice = .none; $0.clientTools = [definition("weather")] })
        #expect(try asked(silent.begin(at: start)).tools.isEmpty)
    }

    // MARK: Forms

    @Test func `A form is asked for in the last answer, and one that has it already is taken`() throws {
        let plan = plan { $0.options.format = .json }
        var turn = turn(plan)
        let first = try asked(turn.begin(at: start))
        #expect(first.options.format == .text && !first.isAnswer)
        let last = try asked(turn.answered(Answer(text: "Some words", tokensUsed: 2), at: start))
        #expect(last.options.format == .json && last.isLast && last.isAnswer && last.messages.count == 1)
        let end = try ended(turn.answered(Answer(text: "{}", tokensUsed: 1), at: start))
        #expect(end.answer == Answer(text: "{}", tokensUsed: 3) && end.unsaid.isEmpty)

        var quick = self.turn(plan)
        _ = quick.begin(at: start)
        let taken = try ended(quick.answered(Answer(text: "```json\n{\"a\": 1}\n```"), at: start))
        #expect(taken.answer.text == #"{"a": 1}"# && taken.unsaid == taken.answer.text)
    }

    // MARK: Agents

    @Test func `Agents that are asked side by side share what is left`() throws {
        var turn = turn(plan { $0.budget = TurnBudget(toolCalls: 12, tokens: 1003, time: .seconds(60)) })
        _ = turn.begin(at: start)
        let calls = ["b", "c"].map { call("agent__\($0)", #"{"message": "?"}"#) }
        let asked = try works(turn.answered(Answer(toolCalls: calls, tokensUsed: 3), at: start + .seconds(20)))
        #expect(asked.map(\.budget) == Array(repeating: TurnBudget(iterations: 10, toolCalls: 5, tokens: 500, time: .seconds(40)), count: 2))
        let spent = ToolResult(text: "!", spent: TurnSpending(toolCalls: 5, tokens: 500))
        _ = turn.ran([0: spent, 1: spent], at: start + .seconds(30))
        #expect(turn.spent == TurnSpending(toolCalls: 12, tokens: 1003))
    }

    // MARK: Strategies

    private func strategic(_ change: (inout Turn.Plan) -> Void = { _ in }) -> Turn {
        turn(plan {
            $0.engine = .plugin("planner")
            change(&$0)
        })
    }

    private func request(_ action: Turn.Action, _ location: SourceLocation = #_sourceLocation) throws -> DecideRequest {
        guard case .decide(let request) = action else { return try #require(nil, "\(action)", sourceLocation: location) }
        return request
    }

    private func step(_ event: DecideEvent, state: [UInt8] = []) -> DecideEvent {
        var event = event
        event.state.append(contentsOf: state)
        return event
    }

    @Test func `A strategy is told everything, and its steps are taken`() throws {
        var turn = strategic { $0.budget = TurnBudget(iterations: 5, toolCalls: 7, tokens: 100, time: .seconds(60)) }
        var request = try request(turn.begin(at: start))
        #expect(request.messages.count == 1 && request.turnBegins == 0 && request.tools.map(\.name) == ["p__add", "p__ask"])
        #expect(request.agents.map(\.name) == ["b", "c"] && request.step == 0 && request.state.isEmpty)
        #expect(request.budget.steps == 10 && request.budget.toolCalls == 7 && request.budget.tokens == 100 && request.budget.milliseconds == 60_000)
        let step = try asked(turn.decided(self.step(.callModel(tools: ["p__add"]), state: [1, 2]), text: "", at: start))
        #expect(step.tools.map(\.name) == ["p__add"] && !step.isAnswer)
        request = try self.request(turn.answered(Answer(toolCalls: [call("p__add", #"{"x": 1}"#, id: "1")], tokensUsed: 4), at: start))
        #expect(Array(request.state) == [1, 2] && request.step == 1 && request.messages.last?.toolCalls.count == 1 && request.budget.tokens == 96)
        #expect(try works(turn.decided(.callTools(), text: "", at: start)).count == 1)
        request = try self.request(turn.ran([0: ToolResult(text: "2")], at: start))
        #expect(request.messages.map(\.role) == ["user", "assistant", "tool"] && request.budget.toolCalls == 6)
        var ask = DecideEvent()
        ask.askAgent.name = "b"
        ask.askAgent.message = "say \"it\""
        let asking = try works(turn.decided(ask, text: "", at: start))
        #expect(asking[0].call.argumentsJson == #"{"message":"say \"it\""}"#)
        _ = turn.ran([0: ToolResult(text: "it")], at: start)
        let end = try ended(turn.decided(.answer("done"), text: "So, ", at: start))
        #expect(end.answer.text == "So, done" && end.unsaid == "done" && end.added.last?.content == "So, done")
    }

    @Test func `The model's text is the answer where the strategy says so, and is not said twice`() throws {
        var turn = strategic()
        _ = turn.begin(at: start)
        #expect(try asked(turn.decided(.callModel(isAnswer: true), text: "", at: start)).isAnswer)
        _ = turn.answered(Answer(text: "Hello"), at: start)
        let end = try ended(turn.decided(.answer(""), text: "", at: start))
        #expect(end.answer.text == "Hello" && end.unsaid.isEmpty && end.added.count == 1)
    }

    @Test func `Wrong steps end the turn by name`() throws {
        var search = DecideEvent()
        search.searchDocuments.query = "x"
        var stranger = DecideEvent()
        stranger.askAgent.name = "z"
        for (event, words) in [
            (.callModel(tools: ["p__x"]), "offered the model the tool 'p__x'"), (.callTools(), "calls nothing"), (search, "no document stores"),
            (stranger, "asked for the agent 'z'"), (.note("x"), "no step"),
        ] as [(DecideEvent, String)] {
            var turn = strategic()
            _ = turn.begin(at: start)
            let error = try failure(turn.decided(event, text: "", at: start))
            #expect(error.code == .wrongStep && error.message.contains("planner") && error.message.contains(words), "\(error)")
        }
        var turn = strategic()
        _ = turn.begin(at: start)
        let error = try failure(turn.decided(.giveUp("too hard"), text: "", at: start))
        #expect(error.code == .gaveUp && error.message.contains("too hard"))
    }

    @Test func `A strategy that never answers comes to its end`() throws {
        var turn = strategic { $0.budget.iterations = 3 }
        var action = turn.begin(at: start)
        for _ in 0..<3 {
            #expect(try request(action).messages.count > 0)
            _ = try asked(turn.decided(.callModel(), text: "", at: start))
            action = turn.answered(Answer(text: "hm"), at: start)
        }
        #expect(try failure(turn.decided(.callModel(), text: "", at: start)).message.contains("max_iterations"))
    }
}
