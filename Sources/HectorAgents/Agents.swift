package import HectorCore
package import HectorProviders
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
    /// - Parameter onEvent: Takes the answer piece by piece; nil is for a caller that wants it whole.
    /// - Throws: `AgentError`, what the provider threw, what `onEvent` threw, or `CancellationError`.
    package func run(_ turn: Turn, onEvent: TurnEventHandler? = nil) async throws -> Answer {
        guard let agent = self[turn.agent] else {
            throw AgentError(.notFound, "There is no agent named \"\(singleLine(turn.agent, limit: 60))\". `hector list` shows the agents.")
        }
        guard let llm = providers.llm(agent.llm) else {
            throw AgentError(
                .missingProvider, "Agent \"\(agent.id)\" uses the LLM plugin \"\(agent.llm)\", which is not known here."
            )
        }
        guard !turn.messages.isEmpty else {
            throw AgentError(.invalidRequest, "A turn needs at least one message.")
        }
        let session = try sessionKey(of: turn)

        var conversation: [Message] = []
        if !agent.systemPrompt.isEmpty { conversation.append(Message(role: "system", content: agent.systemPrompt)) }
        if let session { conversation += state.withLock { $0.sessions.history(of: session, at: now()) } }
        conversation += turn.messages

        let answer = try await ask(llm, conversation, tools: turn.tools, turn.options, onEvent: onEvent)
        if let session {
            let said = turn.messages + [answer.message]
            state.withLock { $0.sessions.append(said, to: session, at: now()) }
        }
        return answer
    }

    /// Asks an LLM plugin directly, with no agent's prompt or history.
    package func generate(
        plugin: String, messages: [Message], tools: [ToolDefinition] = [],
        options: GenerationOptions = GenerationOptions(), onEvent: TurnEventHandler? = nil
    ) async throws -> Answer {
        guard let llm = providers.llm(plugin) else {
            throw AgentError(.notFound, "There is no agent or LLM plugin named \"\(singleLine(plugin, limit: 60))\".")
        }
        return try await ask(llm, messages, tools: tools, options, onEvent: onEvent)
    }

    /// One question to the model: the step that a tool loop will repeat.
    private func ask(
        _ llm: any LLMProvider, _ conversation: [Message], tools: [ToolDefinition], _ options: GenerationOptions,
        onEvent: TurnEventHandler?
    ) async throws -> Answer {
        var request = GenerateRequest()
        request.messages = conversation
        request.tools = tools

        let collector = Shared(AnswerCollector(limits: limits, options: options))
        if onEvent == nil, !options.mayCut {
            let response = try await llm.generate(request)
            _ = try await offPool(bytes: response.text.utf8.count) { try collector.withLock { try $0.take(response) } }
        } else {
            do {
                let tokensUsed = try await llm.generateStreaming(request) { chunk in
                    let event = try await offPool(bytes: chunk.text.utf8.count) { try collector.withLock { try $0.take(chunk) } }
                    if let event { try await onEvent?(event) }
                    if collector.withLock({ $0.isCut }) { throw AnswerCut() }
                }
                collector.withLock { $0.ended(tokensUsed: tokensUsed) }
            } catch is AnswerCut {
                // The call was cancelled because the answer is complete.
            } catch let error as ProviderError where error.code == .unsupported && collector.withLock({ $0.isEmpty }) {
                // A model that cannot stream answers in one piece.
                let response = try await llm.generate(request)
                let events = try await offPool(bytes: response.text.utf8.count) { try collector.withLock { try $0.take(response) } }
                for event in events { try await onEvent?(event) }
            }
        }
        // A provider may end early but quietly when it is cancelled; half an answer is none.
        try Task.checkCancellation()
        if let event = collector.withLock({ $0.finish() }) { try await onEvent?(event) }
        return collector.withLock { $0.answer }
    }

    private func sessionKey(of turn: Turn) throws -> SessionStore.Key? {
        guard let session = turn.session else { return nil }
        guard !session.isEmpty, session.utf8.count <= limits.sessionNameBytes else {
            throw AgentError(.invalidRequest, "A session's name must have 1 to \(limits.sessionNameBytes) bytes.")
        }
        return SessionStore.Key(agent: turn.agent, session: session)
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
