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
        var sessions: SessionStore
    }

    private let state: Mutex<State>
    private let providers: any ProviderDirectory
    private let limits: AgentLimits
    private let now: @Sendable () -> Instant

    /// - Parameter definitions: In the order in which people should see them; the first is the default agent.
    package init(
        _ definitions: [AgentDefinition], providers: any ProviderDirectory, limits: AgentLimits = AgentLimits(),
        now: @escaping @Sendable () -> Instant
    ) {
        state = Mutex(State(definitions: Self.byID(definitions), sessions: SessionStore(limits: limits)))
        self.providers = providers
        self.limits = limits
        self.now = now
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
        state.withLock {
            $0.definitions = Self.byID(definitions)
            $0.sessions.keep(agents: Set($0.definitions.keys))
        }
    }

    /// Runs one turn of an agent.
    ///
    /// - Parameter onEvents: Takes the answer piece by piece; nil is for a caller that wants it whole.
    /// - Throws: `AgentError`, what the provider threw, what `onEvents` threw, or `CancellationError`.
    func run(_ turn: Chat, by agent: AgentDefinition, onEvents: TurnEventHandler? = nil) async throws -> Answer {
        guard let llm = providers.llm(agent.llm) else {
            throw AgentError(
                .missingProvider, "Agent \"\(agent.id)\" uses the LLM plugin \"\(agent.llm)\", which is not known here."
            )
        }
        guard !turn.messages.isEmpty else {
            throw AgentError(.invalidRequest, "A turn needs at least one message.")
        }
        let session = try sessionKey(of: turn, with: agent)

        var conversation: [Message] = []
        if !agent.systemPrompt.isEmpty { conversation.append(Message(role: "system", content: agent.systemPrompt)) }
        if let session { conversation += state.withLock { $0.sessions.history(of: session, at: now()) } }
        conversation += turn.messages

        let answer = try await ask(llm, conversation, tools: turn.tools, turn.options, onEvents: onEvents)
        if let session {
            let said = turn.messages + [answer.message]
            state.withLock { $0.sessions.append(said, to: session, at: now()) }
        }
        return answer
    }

    /// One question to the model: the step that a tool loop will repeat.
    func ask(
        _ llm: any LanguageModel, _ conversation: [Message], tools: [ToolDefinition], _ options: GenerationOptions,
        onEvents: TurnEventHandler?
    ) async throws -> Answer {
        var request = GenerateRequest()
        request.messages = conversation
        request.tools = tools

        let collector = Shared(AnswerCollector(limits: limits, options: options))
        if onEvents == nil, !options.mayCut {
            let response = try await llm.generate(request)
            _ = try await offPool(bytes: response.text.utf8.count) { try collector.withLock { try $0.take(response) } }
        } else {
            do {
                let tokensUsed = try await llm.stream(request) { chunks in
                    let bytes = chunks.reduce(0) { $0 + $1.text.utf8.count }
                    let (taken, isCut) = try await offPool(bytes: bytes) { collector.withLock { ($0.take(chunks), $0.isCut) } }
                    if !taken.events.isEmpty { try await onEvents?(taken.events) }
                    if let failure = taken.failure { throw failure }
                    if isCut { throw AnswerCut() }
                }
                collector.withLock { $0.ended(tokensUsed: tokensUsed) }
            } catch is AnswerCut {
                // The call was cancelled because the answer is complete.
            } catch let error as ProviderError where error.code == .unsupported && collector.withLock({ $0.isEmpty }) {
                // A model that cannot stream answers in one piece.
                let response = try await llm.generate(request)
                let events = try await offPool(bytes: response.text.utf8.count) { try collector.withLock { try $0.take(response) } }
                if !events.isEmpty { try await onEvents?(events) }
            }
        }
        // A provider may end early but quietly when it is cancelled; half an answer is none.
        try Task.checkCancellation()
        if let event = collector.withLock({ $0.finish() }) { try await onEvents?([event]) }
        return collector.withLock { $0.answer }
    }

    private func sessionKey(of turn: Chat, with agent: AgentDefinition) throws -> SessionStore.Key? {
        guard let session = turn.session else { return nil }
        guard !session.isEmpty, session.utf8.count <= limits.sessionNameBytes else {
            throw AgentError(.invalidRequest, "A session's name must have 1 to \(limits.sessionNameBytes) bytes.")
        }
        return SessionStore.Key(agent: agent.id, session: session)
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
