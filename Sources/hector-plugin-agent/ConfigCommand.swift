import ArgumentParser
import FoundationEssentials
import Glibc
import HectorNodeHost
import HectorConfig
import HectorCore
import HectorProgram

/// `hector-plugin-agent config`
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check configurations.", subcommands: [ConfigCheckCommand.self])
}

/// `hector-plugin-agent config check`
struct ConfigCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Report every problem in a configuration.",
        discussion: """
            Reads the file, the certificates, the manifests of its plugins and the contents of their directories; starts nothing. \
            Problems and warnings go to standard error; with a problem the exit status is 1.

            EXAMPLE
              hector-plugin-agent config check --config agent.yaml
            """)

    @OptionGroup var source: ConfigurationOptions
    @Flag(help: "One JSON object instead of text: problems, warnings, plugins.")
    var json = false

    func run() async throws {
        var problems: [String] = []
        var check: NodeCheck?
        do {
            let found = NodeCheck(
                try source.node(), machine: hostName(), environment: source.environment, now: Int64(time(nil)))
            problems = found.problems
            check = found
        } catch {
            problems = "\(error)".split(separator: "\n").map(String.init)
        }
        let warnings = check?.warnings ?? []
        let plugins = check?.plugins ?? 0
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let report = Report(good: problems.isEmpty, problems: problems, warnings: warnings, plugins: plugins)
            try Output.write(String(decoding: try encoder.encode(report), as: UTF8.self) + "\n")
        } else {
            for warning in warnings { Output.complain("warning: \(warning)") }
            for problem in problems { Output.complain(problem) }
            if problems.isEmpty {
                try Output.write("\(source.config) is good: \(plugins) plugin\(plugins == 1 ? "" : "s") on this machine.\n")
            }
        }
        if !problems.isEmpty { throw ExitCode(1) }
    }

    private struct Report: Encodable {
        let good: Bool
        let problems: [String]
        let warnings: [String]
        let plugins: Int
    }
}

/// Which configuration.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The configuration file.", completion: .file(extensions: ["yaml", "yml"]))
    var config = "agent.yaml"

    var environment: [String: String] { environmentVariables() }

    /// The file, to be read again.
    var file: RereadableFile<NodeConfiguration> {
        RereadableFile(config) { [environment] in try NodeConfiguration.load(path: $0, environment: environment) }
    }

    /// - Throws: `ConfigurationError` with everything that is wrong.
    func node() throws -> NodeConfiguration {
        guard access(config, F_OK) == 0 else {
            throw NoConfiguration(description: "\(singleLine(config)) does not exist: name the file with --config FILE (docs/configuration.md has examples)")
        }
        return try NodeConfiguration.load(path: config, environment: environment)
    }
}

private struct NoConfiguration: Error, CustomStringConvertible {
    let description: String
}
