import ArgumentParser

/// `hector mesh`
struct MeshCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mesh", abstract: "See which replicas of which plugins there are, on which machines.",
        subcommands: [MeshStatusCommand.self]
    )
}
