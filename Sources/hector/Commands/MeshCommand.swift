import ArgumentParser

/// `hector mesh`
struct MeshCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mesh", abstract: "Inspect the mesh, and say which of its replicas and machines get calls.",
        subcommands: [MeshStatusCommand.self, MeshDrainCommand.self, MeshUndrainCommand.self]
    )
}
