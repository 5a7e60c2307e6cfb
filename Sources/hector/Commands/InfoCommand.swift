import ArgumentParser
import HectorAPI

/// `hector info [AGENT]`
struct InfoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Show one agent, or the server if none is named.",
        discussion: """
            EXAMPLES
              hector info
              hector info assistant
            """
    )

    @Argument(help: "The agent; `hector list` shows them.") var agent: String?
    @OptionGroup var server: ServerOptions
    @Flag(help: "Print the server's JSON (without an agent: for all agents).") var json = false

    func run() async throws {
        let (client, terminal) = (try server.client(), Terminal())
        let path = agent.map(HectorClient.path(ofAgent:)) ?? "/agents"
        if json { return try terminal.write(String(decoding: try await client.get(path), as: UTF8.self) + "\n") }

        var table = Table()
        func line(_ label: String, _ text: String, _ style: Terminal.Style? = nil) {
            table.add([.init(label, .dim), .init(text, style)])
        }
        if agent != nil {
            let agent: AgentReport = try await client.get(path)
            line("agent", agent.id + (agent.isDefault ? " (default)" : ""), .bold)
            line("name", agent.name)
            if !agent.description.isEmpty { line("description", agent.description) }
            line("LLM plugin", agent.llm)
            line("state", agent.isReady ? "ready" : "waiting: \(agent.reason)", agent.isReady ? .green : .yellow)
            line("A2A card", client.server + agent.card)
            line("OpenAI API", "\(client.server)/v1 (model \(agent.id))")
        } else {
            let agents = try await client.get("/agents", as: AgentList.self).agents
            let mesh: MeshReport = try await client.get("/mesh")
            line("server", client.server, .bold)
            line("mesh", mesh.mesh)
            line("host", mesh.host)
            line("agents", "\(agents.count), \(agents.count { $0.isReady }) ready")
            line("replicas", "\(mesh.replicas.count), \(mesh.replicas.count { $0.state == "ready" }) ready")
            line("OpenAI API", "\(client.server)/v1")
        }
        try terminal.write(table.text(for: terminal))
    }
}
