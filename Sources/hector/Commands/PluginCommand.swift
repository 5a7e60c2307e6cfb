internal import HectorCore
import ArgumentParser
import FoundationEssentials
import Glibc
import HectorConfig
import HectorHost
import HectorPlugins
import HectorProgram
import HectorProto
import Logging

/// `hector plugin`
struct PluginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Inspect plugins and try them, without a server.",
        subcommands: [PluginNewCommand.self, PluginListCommand.self, PluginTestCommand.self, PluginValidateCommand.self, PluginCallCommand.self])
}

/// `hector plugin list`
struct PluginListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the plugins that a configuration runs on this machine.",
        discussion: """
            EXAMPLE
              hector plugin list --config hector.yaml
            """
    )

    @OptionGroup var source: ConfigurationOptions
    @Flag(help: "Print JSON.") var json = false

    private struct Row: Encodable {
        let name, type, version, path: String
        let replicas: Int
    }

    func run() async throws {
        let setup = try failingInWords { try PluginSetup(starting: source.host().plugins, environment: source.environment) }
        let rows = setup.plugins.map {
            Row(
                name: $0.name, type: $0.kind.rawValue, version: $0.manifest?.version.description ?? "",
                path: $0.executable, replicas: $0.replicas)
        }
        let terminal = Terminal()
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return try terminal.write(String(decoding: try encoder.encode(rows), as: UTF8.self) + "\n")
        }
        var table = Table(["PLUGIN", "TYPE", "VERSION", "REPLICAS", "PATH"])
        for row in rows {
            table.add([.init(row.name, .bold), .init(row.type), .init(row.version), .init("\(row.replicas)"), .init(row.path)])
        }
        try terminal.write(table.text(for: terminal))
        Failure.say(setup.warnings, as: "warning: ")
    }
}

/// `hector plugin validate`
struct PluginValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Start a plugin, check everything that a host needs from it, and stop it.",
        discussion: """
            Needs the manifest NAME.plugin.yaml beside the executable, or --type.

            EXAMPLES
              hector plugin validate ./echo-llm
              hector plugin validate ./my-model --set api_key=abc
            """
    )

    @Argument(help: "The plugin's executable.", completion: .file()) var path: String
    @OptionGroup var plugin: PluginFileOptions
    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let terminal = Terminal()
        let (specification, warnings) = try failingInWords { try plugin.specification(of: absolutePath(path)) }
        if let manifest = specification.manifest {
            try terminal.write("ok    manifest: \(manifest.name) \(manifest.version), \(manifest.kind.rawValue)\n")
        } else {
            try terminal.write("note  it has no manifest beside it: plugin discovery will not find it\n")
        }
        for warning in warnings { try terminal.write("note  \(warning)\n") }
        let environment = environmentVariables()
        let trial = PluginTrial(specification, environment: environment, log: logging.logger("hector", unlessSaid: .warning))
        try await tryingOut {
            try await trial.run { plugin in
                try terminal.write("ok    starts, speaks gRPC on \(plugin.endpoint)\(plugin.isSecure ? " with AutoMTLS" : "")\n")
                try terminal.write("ok    health check and Initialize\n")
                guard specification.kind == .tool else { return }
                let tools = try await PluginTrial.tools(of: plugin)
                try terminal.write("ok    tools: \(tools.isEmpty ? "none" : tools.map(\.name).joined(separator: ", "))\n")
            }
        }
        try terminal.write("ok    stops\n\(path) is a valid plugin.\n")
    }
}

/// A plugin that no configuration names.
struct PluginFileOptions: ParsableArguments {
    @Option(help: "The plugin's type, where it has no manifest: \(PluginKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var type: String?
    @Option(name: .customLong("set"), help: ArgumentHelp("A configuration value. May be repeated.", valueName: "key=value"))
    var settings: [String] = []

    /// The plugin in a folder of its own, as `hector plugin new` writes it; nil where the path is no such folder.
    private static func program(in folder: String) -> String? {
        let folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        guard let name = folder.split(separator: "/").last else { return nil }
        let program = "\(folder)/\(name)"
        return access(program + PluginManifest.suffix, F_OK) == 0 ? program : nil
    }

    /// What a host would start, and warnings for a person.
    func specification(of executable: String) throws -> (PluginSpecification, [String]) {
        var config: [String: String] = [:]
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { throw Failure("--set \(setting): write KEY=VALUE") }
            config[String(parts[0])] = String(parts[1])
        }
        let manifest: PluginManifest?
        do {
            manifest = try PluginManifest.beside(executable: executable)
            if manifest == nil, access(executable, F_OK) != 0 { throw Failure("\(executable) does not exist: give the path of the plugin's executable") }
            if manifest == nil, let program = Self.program(in: executable) { throw Failure("\(executable) is a folder: the plugin in it is \(program)") }
        } catch {
            throw Failure("\(error)")
        }
        guard let kind = manifest?.kind ?? type.flatMap(PluginKind.init(rawValue:)) else {
            throw Failure(
                type == nil
                    ? "the manifest \(executable)\(PluginManifest.suffix) does not exist: write one, or pass --type llm_provider"
                    : "--type \(type ?? ""): the type must be one of \(PluginKind.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let version = SemanticVersion(HectorVersion.current) ?? SemanticVersion(0, 0, 0)
        let name = manifest?.name ?? executable.split(separator: "/").last.map(String.init) ?? executable
        return try PluginSpecification(key: PluginKey(kind, name), executable: executable, config: config, manifest: manifest)
            .prepared(hectorVersion: version, environment: environmentVariables())
    }
}

extension ConfigurationOptions {
    /// The plugins of a name that the configuration runs on this machine; at least one.
    func plugins(named name: String) throws -> [PluginSpecification] {
        let setup = try failingInWords { try PluginSetup(starting: host().plugins, environment: environment) }
        let named = setup.plugins.filter { $0.name == name }
        guard named.isEmpty else { return named }
        let known = setup.plugins.map(\.name).joined(separator: ", ")
        throw Failure("\(config) runs no plugin '\(name)' on this machine; it runs \(known.isEmpty ? "none" : known)")
    }
}

/// Runs a trial of a plugin. A signal ends it, and the plugin is stopped nevertheless; failures are reported as messages.
func tryingOut(_ trial: @escaping @Sendable () async throws -> Void) async throws {
    do {
        try await untilSignal(trial)
    } catch let interrupted as ProgramRun.Interrupted {
        throw ExitCode(interrupted.exitStatus)
    } catch let error as OutputError {
        throw error
    } catch {
        throw Failure("\(error)")
    }
}
