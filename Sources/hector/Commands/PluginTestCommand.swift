internal import HectorCore
import ArgumentParser
import FoundationEssentials
import Glibc
import HectorConfig
import HectorHost
import HectorPlugins
import HectorProto
import Logging

/// `hector plugin test`
struct PluginTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Hold a plugin to everything that hosts expect of its kind.",
        discussion: """
            Starts the plugin as `hector serve` would, calls every method with good and with bad requests, and stops it. A check is \
            ok, failed (with what is wrong and what to do) or skipped (with the reason). The exit status is 1 if one failed.

            A name is that of a plugin of the configuration; a path has a slash. A database is called with collections of its own, \
            which are removed; of tools, only those are called whose annotations say that they change nothing.

            EXAMPLES
              hector plugin test ./echo-llm
              hector plugin test ./my-model --set api_key=abc --only stream --only cancelled
              hector plugin test my-model --config hector.yaml --json
            """
    )

    @Argument(help: ArgumentHelp("The plugin's name in the configuration, or the path of its executable.", valueName: "name|path"), completion: .file())
    var plugin: String
    @Option(help: "Only this check. May be repeated.") var only: [String] = []
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Also print what the plugin prints.") var verbose = false
    @OptionGroup var file: PluginFileOptions
    @OptionGroup var source: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    private struct Report: Encodable {
        struct Check: Encodable { let name, verdict, detail: String }
        let plugin, type: String
        let passed: Bool
        let checks: [Check]
    }

    func run() async throws {
        let specification = try specification()
        try checkNames(specification.kind)
        let log = logging.logger("hector", unlessSaid: verbose ? .debug : .critical)
        let tester = PluginTester(specification, only: only, environment: environmentVariables(), log: log)
        let printer = CheckPrinter(terminal: Terminal(), names: tester.checks.map(\.name), isQuiet: json)
        try await tryingOut { [json] in
            let results = try await tester.run { try printer.begins($0) } onResult: { try printer.ended($0) }
            let failed = results.count { $0.verdict == .failed }
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
                let checks = results.map { Report.Check(name: $0.name, verdict: $0.verdict.rawValue, detail: $0.detail) }
                let report = Report(plugin: specification.name, type: specification.kind.rawValue, passed: failed == 0, checks: checks)
                try printer.terminal.write(String(decoding: encoder.encode(report), as: UTF8.self) + "\n")
            } else {
                let (ok, skipped) = (results.count { $0.verdict == .ok }, results.count { $0.verdict == .skipped })
                try printer.terminal.write("\n\(specification.name): \(ok) ok, \(failed) failed, \(skipped) skipped\n")
            }
            guard failed == 0 else { throw Failure("\(specification.name) does not pass: \(failed) of \(results.count) checks failed") }
        }
    }

    private func specification() throws -> PluginSpecification {
        guard !plugin.contains("/") else {
            let (specification, warnings) = try failingInWords { try file.specification(of: absolutePath(plugin)) }
            Failure.say(warnings, as: "warning: ")
            return specification
        }
        guard file.settings.isEmpty else { throw Failure("--set is for a plugin that is given by its path: \(plugin) is configured in \(source.config)") }
        let isFile = access(plugin, X_OK) == 0
        do {
            let named = try source.plugins(named: plugin)
            guard named.count > 1 else { return named[0] }
            guard let chosen = named.first(where: { $0.kind.rawValue == file.type }) else {
                let types = named.map { "--type \($0.kind.rawValue)" }.joined(separator: " or ")
                throw Failure("\(source.config) has \(named.count) plugins with the name \(plugin): choose one with \(types)")
            }
            return chosen
        } catch let failure as Failure where isFile {
            throw Failure("\(failure.description); for the file of that name write ./\(plugin)")
        }
    }

    private func checkNames(_ kind: PluginKind) throws {
        let names = PluginCheck.all(of: kind).map(\.name)
        for name in only where !names.contains(name) {
            let hint = nearest(to: name, among: names).map { "did you mean \($0)?" } ?? "its checks are \(names.joined(separator: ", "))"
            throw Failure("\(kind.withArticle) has no check '\(name)'; \(hint)")
        }
    }
}

/// Shows checks as they come.
private struct CheckPrinter: Sendable {
    let terminal: Terminal
    let width: Int
    let isQuiet: Bool

    init(terminal: Terminal, names: [String], isQuiet: Bool) {
        self.terminal = terminal
        self.isQuiet = isQuiet
        width = names.map(\.count).max() ?? 0
    }

    func begins(_ name: String) throws {
        guard !isQuiet, terminal.hasControl else { return }
        try terminal.write("\r\u{1B}[K\(terminal.styled("…", .dim))        \(name)")
    }

    func ended(_ result: PluginCheckResult) throws {
        // One line says that it does not start; the rest would say it again.
        guard !isQuiet, result.detail != PluginTester.notStarted else { return }
        let style: Terminal.Style =
            switch result.verdict {
            case .ok: .green
            case .failed: .red
            case .skipped: .dim
            }
        func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
        let start = terminal.hasControl ? "\r\u{1B}[K" : ""
        let detail = Terminal.printable(singleLine(result.detail, limit: 2_000))
        let verdict = terminal.styled(padded(result.verdict.rawValue, 7), style)
        try terminal.write("\(start)\(verdict)  \(detail.isEmpty ? result.name : "\(padded(result.name, width))  \(detail)")\n")
    }
}
