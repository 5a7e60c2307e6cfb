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

    init(_ agent: AgentDefinition, isDefault: Bool, in snapshot: MeshSnapshot) {
        id = agent.id
        name = agent.name
        description = agent.description
        llm = agent.llm
        self.isDefault = isDefault
        reason = snapshot.whyNotReady(plugin: agent.llm) ?? ""
        isReady = reason.isEmpty
        card = "/agents/\(agent.id)/.well-known/agent-card.json"
    }
}

/// `GET /agents`.
package struct AgentList: Codable, Sendable, Equatable {
    package var agents: [AgentReport]

    init(_ agents: [AgentDefinition], in snapshot: MeshSnapshot) {
        self.agents = agents.map { AgentReport($0, isDefault: $0.id == agents.first?.id, in: snapshot) }
    }
}

extension MeshSnapshot {
    /// Whether a call of the plugin stands a chance: in need the router tries ejected replicas too.
    func mayServe(plugin: String) -> Bool {
        replicas.contains { $0.plugin == plugin && ($0.state == .ready || $0.state == .ejected) }
    }

    /// Why no replica of the plugin takes calls; nil when one does.
    func whyNotReady(plugin: String) -> String? {
        let replicas = replicas.filter { $0.plugin == plugin }
        if replicas.contains(where: { $0.state == .ready }) { return nil }
        guard !replicas.isEmpty else { return "No replica of the plugin \"\(plugin)\" is known yet." }
        let states = replicas.map { replica in
            let reason = replica.reason.isEmpty ? "" : " (\(replica.reason))"
            return "\(replica.replica) on \(replica.host) is \(replica.state.rawValue)\(reason)"
        }
        return "No replica of the plugin \"\(plugin)\" is ready: \(states.joined(separator: "; "))."
    }
}
