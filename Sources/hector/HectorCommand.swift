import ArgumentParser
import HectorCore
import HectorProto

/// `hector`
struct HectorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hector",
        abstract: "Run AI agents whose models and databases are plugins, on this machine and on others.",
        discussion: """
            A server (`hector serve`) runs the agents; the other commands talk to it.

            EXAMPLES
              hector list                           the agents of the server
              hector call assistant "Why is the sky blue?"
              hector chat assistant                 a conversation
              hector mesh status --watch            the replicas, second by second
            """,
        version: HectorVersion.current,
        subcommands: [
            ServeCommand.self, ListCommand.self, InfoCommand.self, CallCommand.self, ChatCommand.self, MeshCommand.self, DocumentsCommand.self,
            SessionsCommand.self,
            PluginCommand.self, ConfigCommand.self, AdoptCommand.self,
        ]
    )
}
