import ArgumentParser

/// `hector mesh`
struct MeshCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mesh", abstract: "Inspect the mesh: which replicas of which plugins run on which machines.",
        subcommands: [MeshStatusCommand.self]
    )
}
