package import HectorCore
import HectorProviders
import OrderedCollections
import Synchronization

/// The agents of this host, with what they remember.
///
/// A turn runs in the caller's task: cancelling that cancels the provider's call, and a turn that
/// failed or was cancelled leaves no trace in its session. Turns of one session may run side by
/// side; each sees what was finished before it began.
package final class Agents: Sendable {
    private struct State {
        var definitions: OrderedDictionary<String, AgentDefinition>
        var openTurns: OpenTurns
        var gates: [String: TurnGate]
        var figures: [String: AgentFigures] = [:]
    }

    private let state: Mutex<State>
    package let sessions: Sessions
    /// Sessions whose models are asked for a summary.
    let summaries: AsyncStream<SessionKey>
    let wantedSummary: AsyncStream<SessionKey>.Continuation
    let providers: any ProviderDirectory
    let limits: AgentLimits
    let timing: Timing
    let newID: @Sendable () -> String
    /// What the agents that act did in their latest turns.
    package let runs: RunLog

    /// - Parameters:
    ///   - definitions: In the order in which people should see them; the first is the default agent.
    ///   - sessions: What was said so far; nil: nothing, and it is not kept over a restart.
    ///   - newID: A name that no other call returns, for example a UUID.
    package init(
        _ definitions: [AgentDefinition], providers: any ProviderDirectory, limits: AgentLimits = AgentLimits(), timing: Timing, sessions: Sessions? = nil,
        newID: @escaping @Sendable () -> String
    ) {
        state = Mutex(State(
            definitions: Self.byID(definitions), openTurns: OpenTurns(limits: limits), gates: Self.gates(definitions, [:])))
        self.sessions = sessions ?? Sessions(limits: limits, timing: timing)
        (summaries, wantedSummary) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(limits.waitingSummaries))
        self.providers = providers
        self.limits = limits
        self.timing = timing
        self.newID = newID
        runs = RunLog(limits: limits)
    }

    package var all: [AgentDefinition] {
        state.withLock { Array($0.definitions.values) }
    }

    package subscript(id: String) -> AgentDefinition? {
        state.withLock { $0.definitions[id] }
    }

    /// Puts other agents in place of the present ones. Turns under way finish as they began; sessions
    /// of agents that remain go on.
    package func replace(_ definitions: [AgentDefinition]) {
        let ids = Set(definitions.map(\.id))
        sessions.keep(agents: ids)
        state.withLock {
            $0.definitions = Self.byID(definitions)
            $0.gates = Self.gates(definitions, $0.gates)
            $0.openTurns.keep(agents: ids)
            $0.figures = $0.figures.filter { ids.contains($0.key) }
        }
    }

    /// What each agent that acts has done, by its id.
    package var figures: [String: AgentFigures] { state.withLock { $0.figures } }

    func count(_ agent: String, _ change: (inout AgentFigures) -> Void) {
        state.withLock { change(&$0.figures[agent, default: AgentFigures()]) }
    }

    /// Milliseconds since 1970.
    var today: @Sendable () -> Int64 { { [timing] in timing.wallClock().wholeNanoseconds / 1_000_000 } }

    /// Runs one turn of an agent.
    ///
    /// - Parameter onEvents: Takes the answer piece by piece; nil is for a caller that wants it whole.
    /// - Throws: `AgentError`, what the provider threw, what `onEvents` threw, or `CancellationError`.
    func run(_ turn: Chat, by agent: AgentDefinition, onEvents: TurnEventHandler? = nil) async throws -> Answer {
        try await run(Question(turn, to: agent, onEvents: onEvents))
    }

    func run(_ question: Question) async throws -> Answer {
        guard let asked = question.chat.askedBy else { return try await made(question) }
        return try await run(question, askedBy: asked)
    }

    /// A turn that an agent elsewhere asks for.
    @inline(never) private func run(_ question: Question, askedBy asked: Lineage) async throws -> Answer {
        let agent = question.agent
        try asked.check(depth: limits.depth, asking: agent.id)
        let question = Question(question.chat, to: agent, Lineage(path: asked.path + [agent.id], budget: asked.budget), onEvents: question.onEvents)
        // One that acts keeps to the time by itself.
        guard agent.acting == nil, let time = asked.budget?.time else { return try await made(question) }
        if let answer = try await timing.limit(time, { try await self.made(question) }) { return answer }
        throw AgentError(.outOfTime, "The agent \"\(agent.id)\" did not answer within \(time.inSeconds), which the agent that asks it left of its time.")
    }

    private func made(_ question: Question) async throws -> Answer {
        answer(of: try await turn(question), to: question)
    }

    // As in `Router.call`: what does not wait stays out of line, and so out of the frame of every turn for as long as the model answers.

    @inline(never) private func answer(of made: MadeTurn, to question: Question) -> Answer {
        // Nobody asks what a model used that was asked once, beside what it says itself.
        guard question.lineage != nil || question.agent.acting != nil else { return made.answer }
        var answer = made.answer
        answer.spent = made.spent
        return answer
    }

    /// - Throws: `AgentError.busy` where the agent would refuse a turn now.
    func checkRoom(of agent: AgentDefinition) throws(AgentError) { try gate(of: agent)?.check() }

    private func gate(of agent: AgentDefinition) -> TurnGate? { state.withLock { $0.gates[agent.id] } }

    /// - Returns: What the turn used, beside its answer, where the agent acts or was asked by one.
    func turn(_ question: Question) async throws -> MadeTurn {
        if TraceContext.current?.span == nil { try await untraced(question) } else { try await traced(question) }
    }

    @inline(never) private func traced(_ question: Question) async throws -> MadeTurn {
        let id = question.agent.id
        // The names are those of OpenTelemetry's conventions for generative AI.
        return try await spanning("invoke_agent \(id)") { span in
            span?.set("gen_ai.operation.name", "invoke_agent")
            span?.set("gen_ai.agent.id", id)
            if let run = question.chat.runID { span?.set("hector.run", run) }
            let made = try await untraced(question)
            span?.set("gen_ai.usage.total_tokens", made.spent.tokens)
            return made
        }
    }

    /// A turn within the agent's limits.
    private func untraced(_ question: Question) async throws -> MadeTurn {
        let end = end(of: question)
        guard let gate = gate(of: question) else { return try await turn(question, until: end) }
        return try await turn(question, until: end, through: gate)
    }

    @inline(never) private func end(of question: Question) -> Instant? { question.agent.turnLimits.timeout.map { timing.now() + $0 } }

    /// An agent that is asked within its own turn has a place already.
    @inline(never) private func gate(of question: Question) -> TurnGate? {
        question.lineage?.path.dropLast().contains(question.agent.id) == true ? nil : gate(of: question.agent)
    }

    @inline(never) private func turn(
        _ question: Question, until end: Instant?, through gate: TurnGate
    ) async throws -> MadeTurn {
        let hasEntered = Mutex(false)
        defer { if hasEntered.withLock({ $0 }) { gate.leave() } }
        // The time may end just when there is a place.
        try await within(end, question) {
            try await gate.enter(mayWait: question.lineage == nil)
            hasEntered.withLock { $0 = true }
        }
        guard let handler = question.chat.agreement else { return try await turn(question, until: end) }
        var chat = question.chat
        // Nobody else waits until a person has thought about it.
        chat.agreement = { calls in
            gate.leave()
            defer { gate.enterAgain() }
            return try await handler(calls)
        }
        return try await turn(Question(chat, to: question.agent, question.lineage, onEvents: question.onEvents), until: end)
    }

    @inline(never) private func within<Value: Sendable>(
        _ end: Instant?, _ question: Question, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let end else { return try await body() }
        guard let value = try await timing.limit(timing.now().duration(to: end), body) else {
            throw AgentError(.outOfTime, "The turn did not end within \((question.agent.turnLimits.timeout ?? .zero).inSeconds), the agent's limits.timeout.")
        }
        return value
    }

    private func turn(_ question: Question, until end: Instant?) async throws -> MadeTurn {
        let turn = try prepared(question)
        if question.agent.acting != nil { return try await acted(turn, until: end) }
        if question.agent.retrieval != nil { return try await answered(try await withPassages(turn), until: end) }
        return try await answered(turn, until: end)
    }

    @inline(never) private func prepared(_ question: Question) throws -> PreparedTurn {
        let llm = try llm(of: question.agent)
        guard !question.chat.messages.isEmpty else {
            throw AgentError(.invalidRequest, "A turn needs at least one message.")
        }
        let session = try sessionKey(of: question.chat, with: question.agent)
        return PreparedTurn(question, llm, session, conversation(question.chat, with: question.agent, session))
    }

    @inline(never) private func withPassages(_ turn: PreparedTurn) async throws -> PreparedTurn {
        guard let retrieval = turn.question.agent.retrieval else { return turn }
        return PreparedTurn(turn.question, turn.llm, turn.session, try await withPassages(turn.chat, retrieval, turn.llm, turn.found), turn.found)
    }

    /// The turn of an agent that asks its model once.
    @inline(never) private func answered(_ turn: PreparedTurn, until end: Instant?) async throws -> MadeTurn {
        let question = turn.question
        let made: MadeTurn
        if end == nil {
            made = try await asked(turn)
        } else {
            made = try await within(end, question) { try await self.asked(turn) }
        }
        if turn.session != nil { await remember(made, turn) }
        return made
    }

    @inline(never) private func remember(_ made: MadeTurn, _ turn: PreparedTurn) async {
        guard let session = turn.session else { return }
        await remember([made.answer.message], after: turn.question, in: session)
    }

    @inline(never) private func asked(_ turn: PreparedTurn) async throws -> MadeTurn {
        made(try await ask(turn.llm, turn.chat, isStrict: turn.question.agent.isStrict, onEvents: turn.question.onEvents), turn)
    }

    @inline(never) private func made(_ made: MadeAnswer, _ turn: PreparedTurn) -> MadeTurn {
        var answer = made.answer
        answer.citations = Citation.all(in: answer.text, turn.found.all)
        return MadeTurn(answer, spent: TurnSpending(tokens: answer.allTokens))
    }

    /// The turn of an agent that acts.
    @inline(never) private func acted(_ turn: PreparedTurn, until end: Instant?) async throws -> MadeTurn {
        let (question, agent) = (turn.question, turn.question.agent)
        guard let acting = agent.acting else { return try await answered(turn, until: end) }
        var asked = turn.chat
        let turnBegins = asked.messages.count - question.chat.messages.count
        asked.messages = state.withLock { [asked] in
            $0.openTurns.restored(asked.messages, owner: question.chat.owner, agent: agent.id, at: timing.now())
        }
        count(agent.id) { $0.turns += 1 }
        let before = asked.messages.count
        if let retrieval = agent.retrieval { asked = try await withPassages(asked, retrieval, turn.llm, turn.found) }
        var outcome = try await act(
            asked, by: agent, acting, turn.llm, until: end, turnBegins: turnBegins + asked.messages.count - before,
            lineage: question.lineage ?? Lineage(path: [agent.id]), turn.found, onEvents: question.onEvents)
        outcome.answer.citations = Citation.all(in: outcome.answer.text, turn.found.all)
        // What tools returned is remembered where it leaves room for what was said.
        let isShort = outcome.added.reduce(0) { $0 + $1.bytes(perItem: limits.itemBytes) } <= limits.sessionBytes / 4
        if let session = turn.session { await remember(isShort ? outcome.added : [outcome.answer.message], after: question, in: session) }
        return MadeTurn(outcome.answer, spent: outcome.spent)
    }

    @inline(never) private func remember(_ messages: [Message], after question: Question, in session: SessionKey) async {
        await sessions.append(question.chat.messages + messages, to: session, keep: question.agent.memory.keep)
        wantSummary(of: session, question.agent)
    }

    /// Keeps what an agent did before the client's calls, until the client goes on.
    func keep(_ outcome: Turn.Outcome, of turn: String, _ chat: Chat, _ agent: String) {
        let key = OpenTurns.Key(owner: chat.owner, agent: agent, turn: turn)
        state.withLock { $0.openTurns.keep(outcome.added, for: key, at: timing.now()) }
    }

    /// The tokens that the model reads for one turn of an agent.
    ///
    /// - Throws: As `run`.
    func countTokens(of turn: Chat, by agent: AgentDefinition) async throws -> Int {
        try await countTokens(of: conversation(turn, with: agent, try sessionKey(of: turn, with: agent)), by: try llm(of: agent))
    }

    /// The tokens that the model reads for one question, with what is asked for in its prompt.
    func countTokens(of chat: Chat, by llm: any LanguageModel) async throws -> Int {
        var request = Self.request(chat)
        // No method counts what an answer goes on from: it counts as what was said.
        if case .text(let text) = chat.beginning { request.request.messages.append(Message(role: "assistant", content: text)) }
        request.needs = request.request.messages.contains { !$0.parts.isEmpty } ? .generateFromImages : []
        if chat.options.isChecked { request.wishes = AnswerCheck(chat.options, tools: request.request.tools).wishes }
        return try await llm.countTokens(request)
    }

    private func llm(of agent: AgentDefinition) throws(AgentError) -> any LanguageModel {
        if let llm = providers.llm(agent.llm) { return llm }
        throw AgentError(
            .missingProvider,
            providers.whyUnknown(llm: agent.llm).map { "Agent \"\(agent.id)\": \($0)" }
                ?? "Agent \"\(agent.id)\" uses the LLM plugin \"\(agent.llm)\", which is not known here."
        )
    }

    /// The turn with what comes before it, and the agent's defaults.
    private func conversation(_ turn: Chat, with agent: AgentDefinition, _ session: SessionKey?) -> Chat {
        var asked = turn
        asked.messages = []
        if !agent.systemPrompt.isEmpty { asked.messages.append(Message(role: "system", content: agent.systemPrompt)) }
        if !agent.examples.isEmpty { asked.messages += agent.examples }
        if let session, let part = sessions.use(session)?.part(tokens: agent.memory.tokens, limits: limits) {
            asked.messages = asked.messages.after(summary: part.summary) + part.messages
        }
        asked.messages += turn.messages
        if let defaults = agent.options { asked.options = turn.options.over(defaults) }
        return asked
    }

    private static func request(_ chat: Chat, isStrict: Bool = false) -> ModelRequest {
        var request = ModelRequest(GenerateRequest())
        request.request.messages = chat.messages
        request.request.tools = chat.offeredTools
        request.beginning = chat.beginning
        request.needs = chat.needs(strictly: isStrict ? chat.options.hints : nil)
        if let options = chat.options.message { request.request.options = options }
        return request
    }

    /// One question to the model: the step that a tool loop will repeat.
    ///
    /// - Parameters:
    ///   - chat: With the whole conversation as its messages.
    ///   - isStrict: Whether only a model is asked that follows every hint.
    ///   - tellsCalls: Whether the reader learns of calls of tools before the answer is complete.
    @inline(never) func ask(_ llm: any LanguageModel, _ chat: Chat, isStrict: Bool = false, tellsCalls: Bool = true, onEvents: TurnEventHandler?) async throws -> MadeAnswer {
        let question = try modelQuestion(llm, chat, isStrict: isStrict, tellsCalls: tellsCalls, onEvents: onEvents)
        return try await question.options.isChecked ? checked(question) : answer(question)
    }

    @inline(never) private func modelQuestion(
        _ llm: any LanguageModel, _ chat: Chat, isStrict: Bool, tellsCalls: Bool, onEvents: TurnEventHandler?
    ) throws -> ModelQuestion {
        let request = Self.request(chat, isStrict: isStrict)
        guard request.needs.isEmpty || llm.mayMeet(request.needs) else {
            throw ProviderError(.invalidRequest, "The model does not support what the request needs: \(request.needs.names.joined(separator: ", ")).")
        }
        return ModelQuestion(llm, request, chat.options, wantsCallPieces: chat.wantsCallPieces, tellsCalls: tellsCalls, onEvents: onEvents)
    }

    /// An answer that must be as it was asked for is handed on when it is known to be, as a whole. The model is asked once more for one
    /// that is not.
    @inline(never) private func checked(_ question: ModelQuestion) async throws -> MadeAnswer {
        let (llm, asked, options, onEvents) = (question.llm, question.request, question.options, question.onEvents)
        let check = AnswerCheck(options, tools: asked.request.tools)
        var request = asked
        request.wishes = check.wishes
        var answer = try await answer(ModelQuestion(llm, request, options, wantsCallPieces: false, onEvents: nil)).answer
        do {
            answer = try await Self.check(answer, check)
        } catch let failure as AnswerCheck.Failure {
            let first = answer
            request.request.messages += [
                Message(role: "assistant", content: first.text.isEmpty ? "(no text)" : first.text),
                Message(role: "user", content: "That answer was not accepted: \(failure.problem). Answer again, as it was asked for, and do not comment on this."),
            ]
            answer = try await self.answer(ModelQuestion(llm, request, options, wantsCallPieces: false, onEvents: nil)).answer
            do {
                answer = try await Self.check(answer, check)
            } catch let failure as AnswerCheck.Failure {
                throw AgentError(
                    .notAsAsked, "The model was asked twice, and its answer was not what was asked for: \(failure.problem).")
            }
            answer.add(first)
        }
        var events: [TurnEvent] = answer.text.isEmpty ? [] : [.text(answer.text)]
        events += answer.toolCalls.map { .toolCall($0) }
        if !events.isEmpty { try await onEvents?(events) }
        return MadeAnswer(answer)
    }

    private static func check(_ answer: Answer, _ check: AnswerCheck) async throws -> Answer {
        try await offPool(bytes: answer.text.utf8.count) { try check.check(answer) }
    }

    private func answer(_ question: ModelQuestion) async throws -> MadeAnswer {
        var isRepeated = false
        while true {
            let collector = collector(for: question)
            do {
                let known = try await question.isWhole ? taken(question, collector) : streamed(question, collector)
                return try await finished(question, collector, known)
            } catch let error where !isRepeated && mayBeRepeated(error, question, collector) {
                // The mesh repeats calls of which nothing had arrived. What arrived here is no reason to fail while the reader has seen none of it.
                try Task.checkCancellation()
                isRepeated = true
            }
        }
    }

    @inline(never) private func collector(for question: ModelQuestion) -> Shared {
        Shared(AnswerCollector(
            limits: limits, options: question.options, wantsCallPieces: question.wantsCallPieces, tellsCalls: question.tellsCalls))
    }

    @inline(never) private func mayBeRepeated(_ error: any Error, _ question: ModelQuestion, _ collector: Shared) -> Bool {
        guard let error = error as? ProviderError, error.code == .unavailable, !question.llm.isMetered else { return false }
        return collector.withLock { $0.mayBeLost(to: question.onEvents) }
    }

    /// An answer in one piece.
    ///
    /// - Returns: What the model is known to follow.
    @inline(never) private func taken(_ question: ModelQuestion, _ collector: Shared) async throws -> Abilities {
        let answer = try await question.llm.generate(question.request)
        let response = answer.response
        let events = try await offPool(bytes: response.text.utf8.count) { try collector.withLock { try $0.take(response) } }
        if !events.isEmpty { try await question.onEvents?(events) }
        return answer.abilities
    }

    /// An answer piece by piece, or in one where the model cannot stream.
    ///
    /// - Returns: What the model is known to follow.
    @inline(never) private func streamed(_ question: ModelQuestion, _ collector: Shared) async throws -> Abilities {
        do {
            let end = try await question.llm.stream(question.streamed) { chunks in
                let bytes = chunks.reduce(0) { $0 + $1.text.utf8.count }
                let (taken, isCut) = try await offPool(bytes: bytes) { collector.withLock { ($0.take(chunks), $0.isCut) } }
                if !taken.events.isEmpty { try await question.onEvents?(taken.events) }
                if let failure = taken.failure { throw failure }
                if isCut { throw AnswerCut() }
            }
            collector.withLock { $0.ended(end.end) }
            return end.abilities
        } catch is AnswerCut {
            // The call was cancelled because the answer is complete. Who gave it is not told then.
            return question.options.hints == nil ? [] : question.llm.abilities(meeting: question.request.needs)
        } catch let error as ProviderError where error.code == .unsupported && !question.request.isFrom && collector.withLock({ $0.isEmpty }) {
            return try await taken(question, collector)
        }
    }

    /// What has come, once all of it has.
    @inline(never) private func finished(_ question: ModelQuestion, _ collector: Shared, _ known: Abilities) async throws -> MadeAnswer {
        // A provider may end early but quietly when it is cancelled; half an answer is none.
        try Task.checkCancellation()
        let held = collector.withLock { $0.finish() }
        if !held.isEmpty { try await question.onEvents?(held) }
        return made(question, collector, known)
    }

    @inline(never) private func made(_ question: ModelQuestion, _ collector: Shared, _ known: Abilities) -> MadeAnswer {
        var answer = collector.withLock { $0.answer }
        if let hints = question.options.hints { answer.ignored = hints.given.subtracting(known) }
        return MadeAnswer(answer)
    }

    private func sessionKey(of turn: Chat, with agent: AgentDefinition) throws -> SessionKey? {
        guard let session = turn.session else { return nil }
        guard !session.isEmpty, session.utf8.count <= limits.sessionNameBytes else {
            throw AgentError(.invalidRequest, "A session's name must have 1 to \(limits.sessionNameBytes) bytes.")
        }
        return SessionKey(owner: turn.owner, agent: agent.id, session: session)
    }

    /// Those of agents that have limits; what is in one stays in it.
    private static func gates(_ definitions: [AgentDefinition], _ earlier: [String: TurnGate]) -> [String: TurnGate] {
        var gates: [String: TurnGate] = [:]
        for agent in definitions {
            guard let calls = agent.turnLimits.calls else { continue }
            let gate = earlier[agent.id] ?? TurnGate(agent.id, calls: calls, queue: agent.turnLimits.queue)
            gate.apply(calls: calls, queue: agent.turnLimits.queue)
            gates[agent.id] = gate
        }
        return gates
    }

    private static func byID(_ definitions: [AgentDefinition]) -> OrderedDictionary<String, AgentDefinition> {
        OrderedDictionary(definitions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// Ends a model's call whose answer is complete.
private struct AnswerCut: Error {}

/// A collector that work on another thread may use as well.
private final class Shared: Sendable {
    private let collector: Mutex<AnswerCollector>

    init(_ collector: AnswerCollector) { self.collector = Mutex(collector) }

    func withLock<Result: Sendable, E: Error>(_ body: (inout AnswerCollector) throws(E) -> Result) throws(E) -> Result {
        try collector.withLock { collector throws(E) in try body(&collector) }
    }
}
