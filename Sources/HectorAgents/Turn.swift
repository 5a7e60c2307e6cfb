import HectorCore
import HectorProviders
import OrderedCollections

/// One turn of an agent that acts, as a state machine: it takes what a model answered, what calls came to and what a strategy decided, and
/// says what is to be done next. It ends within its budget, whatever comes.
///
/// Bounded are the calls of the model (`iterations`), of tools and agents (`toolCalls`), the tokens, the time, and the bytes of what is said.
struct Turn: Sendable {
    /// What a turn begins with.
    struct Plan: Sendable {
        var engine = Acting.Engine.builtIn
        var table: ToolTable
        /// The agent's document stores, for a strategy.
        var stores: [String] = []
        /// Tools that the client itself offers.
        var clientTools: [ToolDefinition] = []
        var options = GenerationOptions()
        var budget = TurnBudget()
        var limits = AgentLimits()
        /// A name of the turn that no other one has.
        var id = ""
    }

    /// A question to the agent's model.
    struct ModelStep: Sendable, Equatable {
        /// From 1.
        var number: Int
        var messages: [Message]
        var tools: [ToolDefinition]
        var options: GenerationOptions
        /// Whether its text is a part of the turn's answer, and is handed on as it comes.
        var isAnswer: Bool
        /// What is handed on before the first piece of that text.
        var separator = ""
        /// Whether the agent's own tools are left out, so that the answer is the last one.
        var isLast: Bool
    }

    /// One call that is to be made.
    struct Work: Sendable {
        /// Among the calls of its batch.
        let index: Int
        let call: ToolCall
        let entry: ToolTable.Entry
        /// What an agent that is asked may use.
        var budget = TurnBudget()
    }

    enum Action: Sendable {
        case ask(ModelStep)
        /// A person is asked whether these calls may be made.
        case agree([Work])
        /// Side by side.
        case run([Work])
        case decide(DecideRequest)
        case finish(Outcome)
        case fail(AgentError)
    }

    /// What a person said to calls.
    enum Agreement: Sendable, Equatable {
        case given, refused
        /// Nobody answered in time.
        case expired
        /// Nobody can be asked.
        case impossible
    }

    /// How a turn ended.
    struct Outcome: Sendable, Equatable {
        var answer: Answer
        /// The messages that the turn added, the answer included.
        var added: [Message]
        /// The end of the answer's text, which was not handed on yet.
        var unsaid = ""
        var spent = TurnSpending()
        /// Whether the client's calls stand in the middle of what the agent did itself, which is to be known again when it goes on.
        var isOpen = false
    }

    private enum Phase: Sendable {
        case asking(ModelStep)
        case agreeing(Batch), running(Batch)
        case deciding
        case ended
    }

    /// The calls of one answer.
    private struct Batch: Sendable {
        var calls: [ToolCall]
        /// Nil while it is not known.
        var results: [ToolResult?]
        var clientCalls: [ToolCall] = []
    }

    private let plan: Plan
    private let clientNames: Set<String>
    private(set) var messages: [Message]
    private let turnBegins: Int
    /// Where the messages begin that the turn adds.
    private let firstAdded: Int
    private var phase = Phase.ended
    private(set) var deadline: Instant
    private(set) var spent = TurnSpending()
    /// Calls of the model that were begun.
    private var iterations = 0
    /// Steps that a strategy decided.
    private var steps = 0
    private var state: [UInt8] = []
    /// The answer's text so far.
    private var said = ""
    /// Tokens and hints of all answers so far.
    private var total = Answer()
    private var usedIDs: Set<String>
    private var madeIDs = 0
    private var addedBytes = 0

    /// - Parameters:
    ///   - conversation: All that was said before, and what is said now.
    ///   - turnBegins: How many of these messages were there before.
    init(_ plan: Plan, conversation: [Message], turnBegins: Int, at now: Instant) {
        self.plan = plan
        clientNames = Set(plan.clientTools.map(\.name))
        messages = conversation
        self.turnBegins = turnBegins
        deadline = now.advanced(by: plan.budget.time)
        usedIDs = Set(conversation.flatMap { $0.toolCalls.map(\.id) })
        firstAdded = conversation.count
    }

    // MARK: Inputs

    mutating func begin(at now: Instant) -> Action { next(at: now) }

    /// The model answered.
    mutating func answered(_ answer: Answer, at now: Instant) -> Action {
        guard case .asking(let step) = phase else { return broken }
        take(answer)
        if now >= deadline { return outOfTime() }
        return plan.engine == .builtIn ? answeredBuiltIn(answer, step, at: now) : answeredStrategy(answer, step, at: now)
    }

    /// A person answered, or did not.
    ///
    /// - Parameter waited: The time that it took, which is no part of the turn's.
    mutating func agreed(_ agreement: Agreement, waited: Duration, at now: Instant) -> Action {
        guard case .agreeing(var batch) = phase else { return broken }
        deadline = deadline.advanced(by: waited)
        spent.waited += waited
        if agreement != .given {
            for index in batch.calls.indices where batch.results[index] == nil && plan.table[batch.calls[index].name]?.asks == true {
                batch.results[index] = .failure(agreement.words)
            }
        }
        return run(batch, at: now)
    }

    /// What calls came to, by their index; those that are not in it failed.
    mutating func ran(_ results: [Int: ToolResult], at now: Instant) -> Action {
        guard case .running(var batch) = phase else { return broken }
        var waited = Duration.zero
        for (index, result) in results where batch.results.indices.contains(index) {
            batch.results[index] = batch.results[index] ?? result
            spent.tokens += result.spent.tokens
            spent.toolCalls += result.spent.toolCalls
            waited = max(waited, result.spent.waited)
        }
        deadline = deadline.advanced(by: waited)
        spent.waited += waited
        return settle(batch, at: now)
    }

    /// The strategy decided.
    ///
    /// - Parameter text: Pieces of the answer that it sent before; they were handed on.
    mutating func decided(_ step: DecideEvent, text: String, at now: Instant) -> Action {
        guard case .deciding = phase else { return broken }
        said += text
        state = Array(step.state)
        steps += 1
        if now >= deadline { return outOfTime() }
        return take(step, at: now)
    }

    /// What was being done when the turn's time ended was cancelled.
    mutating func outOfTime() -> Action {
        fail(.outOfTime, "The turn took longer than \(plan.budget.time.inSeconds), the time that reasoning.budget.time allows.")
    }

    // MARK: The next step

    private mutating func next(at now: Instant) -> Action {
        if now >= deadline { return outOfTime() }
        guard addedBytes <= plan.limits.turnBytes else {
            return fail(.answerTooLong, "The messages of the turn grew past \(plan.limits.turnBytes) bytes: the agent did more than a model can read.")
        }
        guard plan.engine == .builtIn else { return decide(at: now) }
        guard iterations < plan.budget.iterations, tokensLeft != 0, completionLeft != 0 else { return finish(.length) }
        return ask(isLast: iterations + 1 == plan.budget.iterations || callsLeft == 0)
    }

    private mutating func ask(isLast: Bool) -> Action {
        iterations += 1
        let offersOwn = !isLast && !plan.table.isEmpty && plan.options.toolChoice != .none
        var options = plan.options
        options.maxTokens = completionLeft
        // An answer that need not be the last one has no form yet.
        if offersOwn { options.format = .text }
        // A model that had to call a tool has done so in its first step.
        let mustCall = options.toolChoice.mustCall
        if mustCall, iterations > 1 || !offersOwn && plan.clientTools.isEmpty { options.toolChoice = .auto }
        let step = ModelStep(
            number: iterations, messages: messages, tools: (offersOwn ? plan.table.definitions : []) + (plan.options.toolChoice == .none ? [] : plan.clientTools),
            options: options, isAnswer: !offersOwn || plan.options.format == .text, separator: separator, isLast: !offersOwn)
        phase = .asking(step)
        return .ask(step)
    }

    private var callsLeft: Int { max(0, plan.budget.toolCalls - spent.toolCalls) }
    private var tokensLeft: Int? { plan.budget.tokens.map { max(0, $0 - spent.tokens) } }
    /// Tokens that the turn's answers may still have; nil sets no limit.
    private var completionLeft: Int? { plan.options.maxTokens.map { max(0, $0 - completion) } }
    private var completion = 0

    /// Between what was said before and what is said next.
    private var separator: String { said.isEmpty || said.hasSuffix("\n") ? "" : "\n\n" }

    private mutating func take(_ answer: Answer) {
        var sum = answer
        sum.add(total)
        total = sum
        let reported = max(answer.tokensUsed, Int(answer.usage?.completionTokens ?? 0))
        let counted = max(reported, TokenMeasure.atLeast(answer))
        completion += counted
        spent.tokens += counted + Int(answer.usage?.promptTokens ?? 0)
    }

    private mutating func say(_ text: String) {
        guard !text.isEmpty else { return }
        said += separator + text
    }

    private mutating func append(_ message: Message) {
        addedBytes += message.bytes(perItem: plan.limits.itemBytes)
        messages.append(message)
    }

    // MARK: The built-in engine

    private mutating func answeredBuiltIn(_ answer: Answer, _ step: ModelStep, at now: Instant) -> Action {
        let isWhole = answer.finishReason != .length && answer.finishReason != .contentFilter && answer.stoppedAt == nil
        let calls = named(answer.toolCalls)
        guard isWhole, !calls.isEmpty else {
            if isWhole, step.options.format != plan.options.format { return formed(answer, at: now) }
            return ended(answer, step, answer.finishReason == .toolCalls ? .stop : answer.finishReason)
        }
        if step.isLast, !calls.contains(where: { clientNames.contains($0.name) }) {
            // It was offered nothing to call.
            return ended(answer, step, answer.text.isEmpty ? .length : .stop)
        }
        if step.isAnswer { say(answer.text) }
        return carryOut(calls, text: answer.text, at: now)
    }

    /// The model is done, in whatever form: it is asked once more where that is not the one that was asked for.
    private mutating func formed(_ answer: Answer, at now: Instant) -> Action {
        if let checked = try? AnswerCheck(plan.options.withoutToolChoice, tools: []).check(answer) {
            return ended(checked, nil, .stop)
        }
        guard iterations < plan.budget.iterations, tokensLeft != 0, completionLeft != 0 else {
            return fail(.notAsAsked, "The model's answer was not in the form that was asked for, and the turn's budget allows no further one.")
        }
        return ask(isLast: true)
    }

    /// - Parameter step: Nil where the answer is all that is said.
    private mutating func ended(_ answer: Answer, _ step: ModelStep?, _ reason: Ending) -> Action {
        append(Message(role: "assistant", content: answer.text))
        // In a form that was asked for, the answer is this text alone.
        if step == nil || plan.options.format != .text { said = answer.text } else { say(answer.text) }
        total.stoppedAt = answer.stoppedAt
        return finish(reason, unsaid: step?.isAnswer == true ? "" : answer.text)
    }

    private mutating func finish(_ reason: Ending, clientCalls: [ToolCall] = [], isOpen: Bool = false, unsaid: String = "") -> Action {
        phase = .ended
        var answer = total
        answer.text = said
        answer.toolCalls = clientCalls
        answer.finishReason = reason
        return .finish(Outcome(answer: answer, added: Array(messages[firstAdded...]), unsaid: unsaid, spent: spent, isOpen: isOpen))
    }

    private mutating func fail(_ code: AgentError.Code, _ message: String) -> Action {
        phase = .ended
        return .fail(AgentError(code, message))
    }

    /// An input that nothing asked for: our own fault, which ends the turn.
    private var broken: Action {
        assertionFailure("a turn was told what it had not asked for")
        return .fail(AgentError(.wrongStep, "The turn went wrong inside Hector."))
    }

    // MARK: Calls

    /// The calls with ids that are theirs alone in the conversation: some models number anew in every answer, or give none.
    private mutating func named(_ calls: [ToolCall]) -> [ToolCall] {
        calls.map { call in
            var call = call
            while call.id.isEmpty || !usedIDs.insert(call.id).inserted {
                madeIDs += 1
                call.id = "call_\(madeIDs)"
            }
            if call.argumentsJson.allSatisfy(\.isWhitespace) { call.argumentsJson = "{}" }
            return call
        }
    }

    /// Carries out the agent's own calls of an answer; those of the client's tools end the turn after them.
    private mutating func carryOut(_ calls: [ToolCall], text: String, at now: Instant) -> Action {
        var message = Message(role: "assistant", content: text)
        let own = calls.filter { !clientNames.contains($0.name) }
        var clients = calls.filter { clientNames.contains($0.name) }
        // The client is given back what it must know again.
        if !plan.id.isEmpty, !clients.isEmpty, !own.isEmpty || messages.count > firstAdded {
            for index in clients.indices { clients[index].id = OpenTurns.callID(turn: plan.id, number: index) }
        }
        message.toolCalls = own + clients
        append(message)
        var results: [ToolResult?] = []
        for index in own.indices {
            // Calls that fail at once count too: a model that goes on and on with them comes to an end as well.
            guard callsLeft > 0 else {
                results.append(.failure("The turn's budget of \(plan.budget.toolCalls) calls of tools is used up. Answer with what you know."))
                continue
            }
            spent.toolCalls += 1
            results.append(problem(of: own[index]).map { .failure($0) })
        }
        let batch = Batch(calls: own, results: results, clientCalls: clients)
        let asking = works(batch, at: now).filter(\.entry.asks)
        guard asking.isEmpty else {
            phase = .agreeing(batch)
            return .agree(asking)
        }
        return run(batch, at: now)
    }

    /// Why a call is not made; nil where it is.
    private func problem(of call: ToolCall) -> String? {
        guard let entry = plan.table[call.name] else {
            let hint = nearest(to: call.name, among: Array(plan.table.entries.keys)).map { "; did you mean \($0)?" } ?? ""
            return "There is no tool named \(quoted(call.name))\(hint)"
        }
        if let problem = ToolTable.problem(call.argumentsJson, of: entry) {
            return "The tool was not called, since the arguments are not what its schema allows: \(singleLine(problem, limit: 500))"
        }
        return nil
    }

    private func works(_ batch: Batch, at now: Instant) -> [Work] {
        batch.calls.indices.compactMap { index in
            guard batch.results[index] == nil, let entry = plan.table[batch.calls[index].name] else { return nil }
            return Work(index: index, call: batch.calls[index], entry: entry)
        }
    }

    private mutating func run(_ batch: Batch, at now: Instant) -> Action {
        var works = works(batch, at: now)
        guard !works.isEmpty else { return settle(batch, at: now) }
        // What is left is shared out, so that agents that run side by side do not use it several times.
        let asked = max(1, works.count(where: \.entry.asksAgent))
        let share = TurnBudget(
            iterations: plan.budget.iterations, toolCalls: callsLeft / asked, tokens: tokensLeft.map { $0 / asked }, time: now.duration(to: deadline))
        for index in works.indices { works[index].budget = share }
        phase = .running(batch)
        return .run(works)
    }

    private mutating func settle(_ batch: Batch, at now: Instant) -> Action {
        for (call, result) in zip(batch.calls, batch.results) {
            append((result ?? .failure("The call was not made.")).message(to: call.id))
        }
        guard batch.clientCalls.isEmpty else {
            let isOpen = batch.clientCalls.contains { OpenTurns.turn(ofCall: $0.id) != nil }
            return finish(.toolCalls, clientCalls: batch.clientCalls, isOpen: isOpen)
        }
        return next(at: now)
    }

    // MARK: Strategies

    /// Steps that a strategy may still decide: a call of the model and of tools for each iteration.
    private var stepsLeft: Int { max(0, 2 * plan.budget.iterations - steps) }

    private mutating func decide(at now: Instant) -> Action {
        var request = DecideRequest()
        request.messages = messages
        request.turnBegins = Int32(clamping: turnBegins)
        if plan.options.toolChoice != .none { request.tools = plan.table.tools + plan.clientTools.map(Tool.init) }
        request.agents = plan.table.agents
        request.documentStores = plan.stores
        request.budget.steps = Int32(clamping: stepsLeft)
        request.budget.toolCalls = Int32(clamping: callsLeft)
        if let tokensLeft { request.budget.tokens = Int64(tokensLeft) }
        request.budget.milliseconds = now.duration(to: deadline).wholeNanoseconds / 1_000_000
        request.step = Int32(clamping: steps)
        request.state.append(contentsOf: state)
        if let options = plan.options.message { request.options = options }
        phase = .deciding
        return .decide(request)
    }

    private var strategy: String { if case .plugin(let name) = plan.engine { name } else { "" } }

    private mutating func wrong(_ problem: String) -> Action { fail(.wrongStep, "The reasoning plugin \"\(strategy)\" \(problem).") }

    private mutating func take(_ step: DecideEvent, at now: Instant) -> Action {
        switch step.event {
        case .answer(let answer):
            var answer = Answer(text: said + answer.text)
            if plan.options.format != .text {
                do throws(AnswerCheck.Failure) {
                    answer = try AnswerCheck(plan.options.withoutToolChoice, tools: []).check(answer)
                } catch {
                    return fail(.notAsAsked, "The answer of the reasoning plugin \"\(strategy)\" was not what was asked for: \(error.problem).")
                }
            }
            // What the last message says already is not said twice.
            if messages.count == firstAdded || messages.last?.role != "assistant" || messages.last?.content != answer.text {
                append(Message(role: "assistant", content: answer.text))
            }
            let unsaid = answer.text.hasPrefix(said) ? String(answer.text.dropFirst(said.count)) : answer.text
            said = answer.text
            return finish(.stop, unsaid: unsaid)
        case .giveUp(let end):
            return fail(.gaveUp, "The reasoning plugin \"\(strategy)\" gave up: \(end.reason.isEmpty ? "it does not say why" : singleLine(end.reason, limit: 500))")
        case .callModel, .callTools, .askAgent, .searchDocuments: break
        case .note, .text, nil: return wrong("sent no step")
        }
        guard steps <= 2 * plan.budget.iterations else {
            return wrong("took \(2 * plan.budget.iterations) steps without an answer, which are all that max_iterations allows")
        }
        switch step.event {
        case .callModel(let call): return ask(call)
        case .callTools(let calls): return callTools(calls.calls, at: now)
        case .askAgent(let ask):
            var call = ToolCall()
            call.name = ToolNames.name(agent: ask.name)
            guard plan.table[call.name]?.asksAgent == true else { return wrong("asked for the agent \(quoted(ask.name)), which is not in the agent's list") }
            var message: [UInt8] = []
            message.append(json: ask.message)
            call.argumentsJson = #"{"message":\#(String(decoding: message, as: UTF8.self))}"#
            return carryOut(named([call]), text: "", at: now)
        case .searchDocuments(let search):
            guard plan.table[ToolNames.documents] != nil else { return wrong("asked for a search of documents, and the agent has no document stores") }
            var arguments: [String: JSON] = ["query": .string(search.query)]
            if !search.documentStore.isEmpty { arguments["store"] = .string(search.documentStore) }
            if search.topK > 0 { arguments["results"] = .integer(Int64(search.topK)) }
            var call = ToolCall()
            call.name = ToolNames.documents
            call.argumentsJson = JSON.object(arguments).text
            return carryOut(named([call]), text: "", at: now)
        default: return wrong("sent no step")
        }
    }

    private mutating func ask(_ call: CallModel) -> Action {
        guard iterations < plan.budget.iterations else { return wrong("asked the model more often than max_iterations allows (\(plan.budget.iterations))") }
        guard tokensLeft != 0, completionLeft != 0 else { return finish(.length) }
        let bytes = call.messages.reduce(0) { $0 + $1.bytes(perItem: plan.limits.itemBytes) }
        guard bytes <= plan.limits.turnBytes else { return wrong("asked the model with messages of more than \(plan.limits.turnBytes) bytes") }
        let known = plan.table.definitions + plan.clientTools
        var tools: [ToolDefinition] = []
        for name in call.tools {
            guard let tool = known.first(where: { $0.name == name }) else { return wrong("offered the model the tool \(quoted(name)), which the agent does not have") }
            tools.append(tool)
        }
        var options = plan.options
        if call.hasOptions {
            options.hints = call.options.over(options.hints ?? GenerateOptions())
            if call.options.maxTokens > 0 { options.maxTokens = Int(call.options.maxTokens) }
        }
        if let left = completionLeft { options.maxTokens = min(options.maxTokens ?? left, left) }
        // Only the turn's answer has the form that was asked for.
        options.format = call.isAnswer ? options.format : .text
        if options.toolChoice.mustCall, iterations > 0 || tools.isEmpty { options.toolChoice = .auto }
        iterations += 1
        let step = ModelStep(
            number: iterations, messages: call.messages.isEmpty ? messages : call.messages, tools: tools, options: options,
            isAnswer: call.isAnswer, separator: separator, isLast: false)
        phase = .asking(step)
        return .ask(step)
    }

    private mutating func answeredStrategy(_ answer: Answer, _ step: ModelStep, at now: Instant) -> Action {
        var message = Message(role: "assistant", content: answer.text)
        message.toolCalls = named(answer.toolCalls)
        append(message)
        if step.isAnswer { say(answer.text) }
        return next(at: now)
    }

    private mutating func callTools(_ calls: [ToolCall], at now: Instant) -> Action {
        guard let last = messages.last, last.role == "assistant", !last.toolCalls.isEmpty else {
            return calls.isEmpty ? wrong("asked for the calls of the last message, which calls nothing") : carryOut(named(calls), text: "", at: now)
        }
        let known = Set(last.toolCalls.map(\.id))
        if !calls.isEmpty, calls.contains(where: { !known.contains($0.id) }) { return carryOut(named(calls), text: "", at: now) }
        // The message that calls is there already, and is put back as it is told to the client.
        let removed = messages.removeLast()
        addedBytes -= removed.bytes(perItem: plan.limits.itemBytes)
        let ids = Set(calls.map(\.id))
        return carryOut(calls.isEmpty ? last.toolCalls : last.toolCalls.filter { ids.contains($0.id) }, text: last.content, at: now)
    }
}

extension Turn.Agreement {
    /// As the model is told.
    var words: String {
        switch self {
        case .given: ""
        case .refused: "A person was asked and did not agree to this call. It was not made: do not repeat it, and answer without it."
        case .expired: "A person was asked to agree to this call, and did not answer in time. It was not made."
        case .impossible:
            "This tool needs a person's agreement to each call, and the way in which this conversation came has no means to ask for it. The call was not made: say so, and answer without it."
        }
    }
}

extension Tool {
    /// A client's tool, of which nothing more is known.
    fileprivate init(_ definition: ToolDefinition) {
        self.init(name: definition.name, description: definition.description_p, parameters: definition.parametersJson)
    }
}
