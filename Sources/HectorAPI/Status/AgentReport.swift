import HectorAgents
import HectorMesh

/// One agent as `GET /agents` and `GET /agents/ID` show it.
///
/// ```json
/// {"id": "assistant", "name": "Assistant", "description": "…", "llm": "smollm", "default": true,
///  "ready": false, "reason": "…", "card": "/agents/assistant/.well-known/agent-card.json"}
/// ```
package struct AgentReport: Codable, Sendable, Equatable {
    package var id: String
    package var name: String
    package var description: String
    /// The LLM plugin that it speaks with.
    package var llm: String
    /// Whether it is the agent of the server's own card.
    package var isDefault: Bool
    /// Whether a call now would find a replica.
    package var isReady: Bool
    /// Why not; empty when ready.
    package var reason: String
    /// The path of its A2A card.
    package var card: String

    enum CodingKeys: String, CodingKey {
        case id, name, description, llm, reason, card
        case isDefault = "default"
        case isReady = "ready"
    }

    init(_ agent: AgentDefinition, isDefault: Bool, of backend: ChatBackend, in snapshot: MeshSnapshot) {
        id = agent.id
        name = agent.name
        description = agent.description
        llm = agent.llm
        self.isDefault = isDefault
        reason = snapshot.whyNotReady(plugin: backend.plugin(meant: agent.llm)) ?? ""
        isReady = reason.isEmpty
        card = "/agents/\(agent.id)/.well-known/agent-card.json"
    }
}

/// `GET /agents`.
package struct AgentList: Codable, Sendable, Equatable {
    package var agents: [AgentReport]

    /// - Parameter backend: As the caller sees it.
    init(_ backend: ChatBackend, in snapshot: MeshSnapshot) {
        let agents = backend.agents
        self.agents = agents.map { AgentReport($0, isDefault: $0.id == agents.first?.id, of: backend, in: snapshot) }
    }
}
