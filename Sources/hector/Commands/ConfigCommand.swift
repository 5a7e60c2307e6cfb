import ArgumentParser
import HectorConfig
import HectorPluginSetup
import HectorPlugins

/// `hector config`
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Look at configurations.", subcommands: [ConfigCheckCommand.self])
}

/// `hector config check`
struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say everything that is wrong with a configuration.",
        discussion: """
            Reads the file, the manifests of its plugins and what their folders hold; starts nothing.

            EXAMPLE
              hector config check --config hector.yaml
            """
    )

    @OptionGroup var source: ConfigurationOptions

    func run() async throws {
        let configuration = try source.host()
        let setup = try failingInWords { try PluginSetup(configuration.plugins, environment: source.environment) }
        let found = setup.plugins.compactMap { plugin in
            PluginEntry.Kind(rawValue: plugin.kind.rawValue).map { (kind: $0, name: plugin.name) }
        }
        let missing = configuration.missingPlugins(discovered: found)
        if !missing.isEmpty, !configuration.mesh.hasRemoteSources { throw Problems(lines: missing.map { "\($0)" }) }
        let terminal = Terminal()
        for warning in setup.warnings + (configuration.idleKeys + missing).map({ "\($0)" }) { try terminal.write("warning: \(warning)\n") }
        let agents = configuration.agents.count
        let plugins = setup.plugins.count
        try terminal.write("\(source.config) is good: \(agents) agent\(agents == 1 ? "" : "s"), \(plugins) plugin\(plugins == 1 ? "" : "s") on this machine.\n")
    }
}
