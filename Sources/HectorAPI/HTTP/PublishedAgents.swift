import HectorAgents
import HectorCore
import HectorProviders
import OrderedCollections

/// The agents as far as the front shows them: lists hold the public ones, an internal one answers to its id,
/// and a private one does not exist. Every route goes through here.
struct PublishedAgents: Sendable {
    private let agents: Agents

    init(_ agents: Agents) {
        self.agents = agents
    }

    /// The public ones, the default agent first.
    var listed: [AgentDefinition] { agents.all.filter { $0.visibility == .public } }

    /// The agent of that id, listed or not.
    subscript(id: String) -> AgentDefinition? {
        agents[id].flatMap { $0.visibility == .private ? nil : $0 }
    }

    /// - Throws: `APIError` where the agent is private, with the very words for one that is not there.
    func agent(_ id: String) throws(APIError) -> AgentDefinition {
        guard let agent = self[id] else {
            throw APIError(.notFound, "There is no agent named \"\(singleLine(id, limit: 60))\". `hector list` shows the agents.")
        }
        return agent
    }

    /// The LLM plugins that the server is not ready without. Of the agents that need them only public ones are
    /// named, and the others are not even counted.
    var needs: [(agent: String?, plugin: String)] {
        let all = agents.all
        let listed = all.filter { $0.visibility == .public }
        let others = OrderedSet(all.map(\.llm)).subtracting(listed.map(\.llm))
        return listed.map { ($0.id, $0.llm) } + others.map { (nil, $0) }
    }

    func run(_ turn: Turn, onEvent: TurnEventHandler?) async throws -> Answer {
        _ = try agent(turn.agent)
        return try await agents.run(turn, onEvent: onEvent)
    }

    func generate(
        plugin: String, messages: [Message], tools: [ToolDefinition], options: GenerationOptions, onEvent: TurnEventHandler?
    ) async throws -> Answer {
        try await agents.generate(plugin: plugin, messages: messages, tools: tools, options: options, onEvent: onEvent)
    }
}
