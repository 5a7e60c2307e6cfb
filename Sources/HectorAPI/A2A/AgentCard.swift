import HectorCore
import HectorAgents

/// An agent's A2A card, readable for clients of 1.0 (`supportedInterfaces`) and 0.3 (`url` and its neighbours).
struct AgentCard {
    let agent: AgentDefinition
    /// Where clients reach this server, for example `http://127.0.0.1:8080`.
    let server: String
    let version: String
    let wantsToken: Bool

    var json: JSON {
        let url = JSON.string("\(server)/agents/\(agent.id)/")
        let description = JSON.string(agent.description.isEmpty ? agent.name : agent.description)
        let card: JSON = [
            "name": .string(agent.name), "description": description, "version": .string(version),
            "supportedInterfaces": [
                ["url": url, "protocolBinding": "JSONRPC", "protocolVersion": "1.0"],
                ["url": url, "protocolBinding": "JSONRPC", "protocolVersion": "0.3"],
            ],
            "url": url, "preferredTransport": "JSONRPC", "protocolVersion": "0.3.0",
            "capabilities": ["streaming": true, "pushNotifications": false, "extensions": [RunExtension.declaration, TurnExtension.declaration]],
            "defaultInputModes": .array(OutputModes.all.map(JSON.string)), "defaultOutputModes": .array(OutputModes.all.map(JSON.string)),
            "skills": [
                ["id": "chat", "name": "Conversation", "description": description, "tags": ["chat"]]
            ],
        ]
        guard wantsToken else { return card }
        return card.adding([
            "securitySchemes": [
                "bearer": [
                    "httpAuthSecurityScheme": ["scheme": "Bearer"], "type": "http", "scheme": "bearer",
                ]
            ],
            "securityRequirements": [["schemes": ["bearer": ["list": []]]]],
            "security": [["bearer": []]],
        ])
    }
}
