import ArgumentParser
import FoundationEssentials
import Glibc
import HectorConfig
import HectorHost

/// `hector config`
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check configurations.", subcommands: [ConfigCheckCommand.self])
}

/// `hector config check`
struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Report every problem in a configuration.",
        discussion: """
            Loads everything that `hector serve` would: the file, the manifests and executables of its plugins, what their \
            directories contain, and the certificates of the mesh. Starts nothing. Warnings go to standard error. The exit \
            status is 1 when `hector serve` would not start.

            EXAMPLES
              hector config check --config hector.yaml
              hector config check --json
            """
    )

    @OptionGroup var source: ConfigurationOptions
    @Flag(help: "Print JSON.") var json = false

    private struct Report: Encodable {
        let file: String
        let good: Bool
        let problems, warnings: [String]
    }

    func run() async throws {
        let terminal = Terminal()
        let check: HostCheck
        do {
            let configuration = try source.host()
            check = HostCheck(configuration, environment: source.environment, now: Int64(time(nil)))
        } catch let problems as Problems {
            check = HostCheck(problems: problems.lines)
        } catch let failure as Failure where json {
            check = HostCheck(problems: [failure.description])
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let report = Report(
                file: source.config, good: check.problems.isEmpty, problems: check.problems.map(Failure.line),
                warnings: check.warnings.map(Failure.line))
            try terminal.write(String(decoding: encoder.encode(report), as: UTF8.self) + "\n")
        } else {
            Failure.say(check.warnings, as: "warning: ")
            Failure.say(check.problems)
        }
        guard check.problems.isEmpty else { throw ExitCode.failure }
        guard !json else { return }
        let (agents, plugins) = (check.agents, check.plugins)
        try terminal.write(
            "\(Failure.line(source.config)) is good: \(agents) agent\(agents == 1 ? "" : "s"), \(plugins) plugin\(plugins == 1 ? "" : "s") on this machine.\n")
    }
}
