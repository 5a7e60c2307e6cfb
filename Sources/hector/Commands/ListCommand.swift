import ArgumentParser
import HectorAPI

/// `hector list`
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the agents that the server runs.",
        discussion: """
            The default agent, the one that the server's own card describes, is marked with a star.

            EXAMPLE
              hector list
            """
    )

    @OptionGroup var server: ServerOptions
    @Flag(help: "Print the server's JSON.") var json = false

    func run() async throws {
        let (client, terminal) = (try server.client(), Terminal())
        if json { return try terminal.write(String(decoding: try await client.get("/agents"), as: UTF8.self) + "\n") }

        let agents = try await client.get("/agents", as: AgentList.self).agents
        guard !agents.isEmpty else {
            return try terminal.write("No agents: add one to the server's hector.yaml, under agents.\n")
        }
        var table = Table(["", "AGENT", "NAME", "LLM", "STATE", "DESCRIPTION"])
        for agent in agents {
            table.add([
                .init(agent.isDefault ? "*" : ""), .init(agent.id, .bold), .init(agent.name), .init(agent.llm),
                agent.isReady ? .init("ready", .green) : .init("waiting", .yellow), .init(agent.description),
            ])
        }
        try terminal.write(table.text(for: terminal))
    }
}
