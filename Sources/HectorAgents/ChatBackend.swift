import HectorProviders
package import HectorCore
import OrderedCollections

/// What every way in talks to: finds who is asked, and runs the answer.
///
/// Of the agents it shows what their visibility allows: lists hold the public ones, an internal one answers to its id, and a private
/// one does not exist.
package struct ChatBackend: Sendable {
    /// The agents and models that a caller may call.
    package enum Reach: Sendable, Equatable {
        /// All that visibility allows.
        case all
        /// Public agents, and all plugins.
        case listed
        /// Agents and plugins of these names.
        case only(Set<String>)
        case nobody
    }

    private let all: Agents
    private let providers: any ProviderDirectory
    private var reach = Reach.all
    private var owner = ""

    package init(_ agents: Agents, models: any ProviderDirectory) {
        all = agents
        providers = models
    }

    /// The same backend, limited to what a caller may call; the rest is not in lists either.
    ///
    /// - Parameter owner: The caller's name: what it stores belongs to it.
    package func reaching(_ reach: Reach, owner: String = "") -> ChatBackend {
        var backend = self
        backend.reach = reach
        backend.owner = owner
        return backend
    }

    private func reaches(_ agent: AgentDefinition) -> Bool {
        switch reach {
        case .all: agent.visibility != .private
        case .listed: agent.visibility == .public
        case .only(let names): agent.visibility != .private && names.contains(agent.id)
        case .nobody: false
        }
    }

    private func reaches(plugin: String) -> Bool {
        switch reach {
        case .all, .listed: true
        case .only(let names): names.contains(plugin)
        case .nobody: false
        }
    }

    /// The public agents, the default agent first.
    package var agents: [AgentDefinition] { all.all.filter { $0.visibility == .public && reaches($0) } }

    /// The agent of that id, listed or not.
    ///
    /// - Throws: `AgentError.notFound`, for a private agent with the very words for one that is not there.
    package func agent(_ id: String) throws(AgentError) -> AgentDefinition {
        guard let agent = all[id], reaches(agent) else {
            throw AgentError(.notFound, "There is no agent named \"\(singleLine(id, limit: 60))\". `hector list` shows the agents.")
        }
        return agent
    }

    /// Names that a client can give as a model: public agents, and LLM plugins whose name no agent has.
    package var models: [String] {
        agents.map(\.id) + providers.llmNames.filter { reaches(plugin: $0) && (try? agent($0)) == nil }
    }

    /// - Throws: `AgentError.notFound` where nobody answers to that name as a model.
    package func model(_ name: String) throws(AgentError) -> Recipient {
        if let agent = try? agent(name) { return .agent(agent) }
        let isReached = reaches(plugin: name)
        if isReached, let model = providers.llm(name) { return .model(name, model) }
        let reason = isReached ? providers.whyUnknown(llm: name) : nil
        throw AgentError(.notFound, reason ?? "There is no agent or LLM plugin named \"\(singleLine(name, limit: 60))\".")
    }

    /// The mesh name of the plugin that is meant by what an agent's definition, or a client, calls its model.
    package func plugin(meant name: String, _ kind: PluginKind = .llm) -> String { providers.meant(name, kind) }

    /// What each replica of the recipient's model can do that would take a call now.
    package func abilities(of recipient: Recipient) -> Abilities { languageModel(of: recipient)?.abilities(meeting: []) ?? [] }

    /// The size of the context of the recipient's model, in tokens; nil where its plugin does not say.
    package func contextLength(of recipient: Recipient) async -> Int? {
        guard let info = try? await languageModel(of: recipient)?.modelInfo(), info.maxTokens > 0 else { return nil }
        return Int(info.maxTokens)
    }

    private func languageModel(of recipient: Recipient) -> (any LanguageModel)? {
        switch recipient {
        case .agent(let agent): providers.llm(agent.llm)
        case .model(_, let model): model
        }
    }

    /// What agents remember of their conversations.
    package var sessions: Sessions { all.sessions }

    /// The names of the embedders.
    package var embedders: [String] { providers.embedderNames.filter(reaches(plugin:)) }

    /// Those whose names no model has.
    package var embeddersAlone: [String] { Array(OrderedSet(embedders).subtracting(models)) }

    /// The embedder of that name: an agent's own by the agent's id, or a plugin.
    ///
    /// - Throws: `AgentError.notFound` where no embedder has that name; `missingProvider` where an agent's is not known.
    package func embedder(_ name: String) throws(AgentError) -> any Embedder {
        if let own = (try? agent(name))?.embedder {
            guard let embedder = providers.embedder(own) else {
                throw AgentError(.missingProvider, "Agent \"\(name)\" uses the embedder plugin \"\(own)\", which is not known here.")
            }
            return embedder
        }
        guard reaches(plugin: name), let embedder = providers.embedder(name) else {
            throw AgentError(.notFound, "There is no embedder plugin named \"\(singleLine(name, limit: 60))\".")
        }
        return embedder
    }

    /// The LLM plugins that the server is not ready without. Of the agents that need them only public ones are
    /// named, and the others are not even counted.
    package var needs: [(agent: String?, plugin: String)] {
        let listed = reaching(.all).agents
        let others = OrderedSet(all.all.map(\.llm)).subtracting(listed.map(\.llm))
        return listed.map { ($0.id, $0.llm) } + others.map { (nil, $0) }
    }

    /// Prepares an answer; nothing is asked yet.
    package func open(_ chat: Chat, to recipient: Recipient) -> Run {
        var chat = chat
        if chat.owner.isEmpty { chat.owner = owner }
        if chat.runID == nil, recipient.isLogged { chat.runID = all.newID() }
        return Run(chat: chat, recipient: recipient, agents: all, providers: providers)
    }

    /// What the agents that act did in their latest turns.
    package var runs: RunLog { all.runs }
}

/// Who answers: an agent, with its prompt and its memory, or a language model as it is.
package indirect enum Recipient: Sendable {
    case agent(AgentDefinition)
    case model(String, any LanguageModel)

    /// Whether what happens in its turns is kept: an agent that asks its model once has no more to tell than its answer.
    var isLogged: Bool { if case .agent(let agent) = self { agent.acting != nil } else { false } }

    /// The mesh name of the LLM plugin.
    package var plugin: String {
        switch self {
        case .agent(let agent): agent.llm
        case .model(let name, _): name
        }
    }
}

/// An answer to be made. It runs in the task that asks for it: cancelling that cancels all that it does.
package final class Run: Sendable {
    private let chat: Chat
    private let recipient: Recipient
    private let agents: Agents
    private let providers: any ProviderDirectory

    fileprivate init(chat: Chat, recipient: Recipient, agents: Agents, providers: any ProviderDirectory) {
        self.chat = chat
        self.recipient = recipient
        self.agents = agents
        self.providers = providers
    }

    /// - Throws: `AgentError.busy` where the agent would refuse it now.
    package func checkRoom() throws(AgentError) { if case .agent(let agent) = recipient { try agents.checkRoom(of: agent) } }

    /// Whether an agent answers that calls tools of its own.
    package var mayHaveTools: Bool { recipient.isLogged }

    /// The name of its run in the log; nil where none is kept.
    package var id: String? { recipient.isLogged ? chat.runID : nil }

    /// Bytes of memory that its options take beside the request that they were read from.
    package var weight: Int { chat.options.weight }

    /// The mesh name of the LLM plugin that is asked.
    package var plugin: String { recipient.plugin }

    /// Why it does not stand a chance now; nil where it does.
    package var whyNotReady: String? { providers.mayServe(llm: plugin, needs: needs) ? nil : providers.whyNotReady(llm: plugin) }

    /// What it needs and no replica of the model can do, now or later; empty where it stands a chance.
    package var lacking: Abilities {
        let needs = needs
        guard !needs.isEmpty, let model, !model.mayMeet(needs) else { return [] }
        let lacking = needs.each.filter { !model.mayMeet($0) }
        return lacking.isEmpty ? needs : Abilities(lacking)
    }

    /// Whether a message may have images.
    package var mayTakeImages: Bool { model?.mayMeet(.generateFromImages) ?? false }

    /// The hints that may be left out: not every replica that is ready knows them.
    package var hintsThatMayBeIgnored: Abilities {
        guard let given = options.hints?.given, let model else { return [] }
        return given.subtracting(model.abilities(meeting: needs))
    }

    /// Whether a hint that cannot be followed is refused.
    package var isStrict: Bool { if case .agent(let agent) = recipient { agent.isStrict } else { false } }

    private var needs: Abilities { chat.needs(strictly: isStrict ? options.hints : nil) }

    private var options: GenerationOptions {
        guard case .agent(let agent) = recipient, let defaults = agent.options else { return chat.options }
        return chat.options.over(defaults)
    }

    private var model: (any LanguageModel)? {
        switch recipient {
        case .agent(let agent): providers.llm(agent.llm)
        case .model(_, let model): model
        }
    }

    /// Whether a replica counts the tokens of such a request, now or later.
    package var mayCountTokens: Bool { model?.mayMeet(countNeeds) ?? false }

    /// Why none does now; nil where one does.
    package var whyNotCounting: String? { providers.mayServe(llm: plugin, needs: countNeeds) ? nil : providers.whyNotReady(llm: plugin) }

    private var countNeeds: Abilities { needs.intersection(.generateFromImages).union(.countTokens) }

    /// The tokens that the model reads for it.
    ///
    /// - Throws: As `answer`; `ProviderError.unsupported` where the model does not count.
    package func countTokens() async throws -> Int {
        switch recipient {
        case .agent(let agent): try await agents.countTokens(of: chat, by: agent)
        case .model(_, let model): try await agents.countTokens(of: chat, by: model)
        }
    }

    /// Makes the answer.
    ///
    /// - Parameter onEvents: Takes the answer piece by piece; nil is for a caller that wants it whole.
    /// - Throws: `AgentError`, what the provider threw, what `onEvents` threw, or `CancellationError`.
    package func answer(_ onEvents: TurnEventHandler? = nil) async throws -> Answer {
        if let question = question(onEvents) { return try await agents.run(question) }
        return try await answerOfOthers(onEvents)
    }

    /// What is asked of an agent whose turn is not logged.
    @inline(never) private func question(_ onEvents: TurnEventHandler?) -> Question? {
        guard case .agent(let agent) = recipient, id == nil else { return nil }
        return Question(chat, to: agent, onEvents: onEvents)
    }

    @inline(never) private func answerOfOthers(_ onEvents: TurnEventHandler?) async throws -> Answer {
        switch recipient {
        case .agent(let agent):
            if let id { try await agents.logged(id, chat, by: agent, onEvents: onEvents) } else { try await agents.run(chat, by: agent, onEvents: onEvents) }
        case .model(_, let model): try await agents.ask(model, chat, onEvents: onEvents).answer
        }
    }
}
