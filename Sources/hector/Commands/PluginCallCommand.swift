import ArgumentParser
import Glibc
import HectorConfig
import HectorCore
import HectorHost
import HectorPlugins
import HectorProto
import Logging
import SwiftProtobuf

/// `hector plugin call`
struct PluginCallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Start one plugin of a configuration and call one of its methods or tools.",
        discussion: """
            The request is the method's message in JSON. A streaming method prints one JSON object per line.

            For a tool provider, name a tool and its arguments. Its output goes to standard output, its progress to standard error; \
            the exit status is 1 if the tool failed. Without a method, its tools are listed.

            EXAMPLES
              hector plugin call echo-llm GetModelInfo
              echo '{"messages": [{"role": "user", "content": "hello"}]}' |
                hector plugin call echo-llm Generate -
              hector plugin call engine Embed '{"text": "hello"}' --offer nomic-embed-text
              hector plugin call calculator
              hector plugin call calculator calculate '{"expression": "2 * (3 + 4)"}'
              hector plugin call planner Decide '{"messages": [{"role": "user", "content": "hello"}]}'
            """
    )

    @Argument(help: "The plugin's mesh name.") var name: String
    @Argument(help: "For example Generate, Embed or Search; of a tool provider also the name of a tool.") var method: String?
    @Argument(help: "The request, or the tool's arguments, in JSON; - reads it from standard input.") var request = "{}"
    @Option(help: "The name that is called, of several that the plugin offers.") var offer: String?
    @Flag(help: "Print tools, and the output of a tool, in JSON.") var json = false
    @OptionGroup var source: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        let plugin = try plugin()
        let terminal = Terminal()
        let trial = PluginTrial(plugin, environment: source.environment, log: logging.logger("hector", unlessSaid: .warning))
        let methods = PluginTrial.methods(of: plugin.kind)
        guard let method else {
            guard plugin.kind == .tool else {
                throw Failure("name a method of the \(plugin.kind.rawValue) '\(name)': \(methods.sorted().joined(separator: ", "))")
            }
            return try await tryingOut { [json] in try Self.show(await trial.tools(), json: json, terminal) }
        }
        let text = request == "-" ? try standardInput() : request
        if let offer {
            return try await tryingOut { try await trial.call(method, offer: offer, json: text) { try terminal.write($0 + "\n") } }
        }
        guard plugin.kind == .tool, !methods.contains(where: { $0.lowercased() == method.lowercased() }) else {
            return try await tryingOut { try await trial.call(method, json: text) { try terminal.write($0 + "\n") } }
        }
        let printer = ToolPrinter(terminal: terminal, json: json)
        try await tryingOut { [name] in
            try await trial.call(tool: method, arguments: text) { try printer.show($0) }
            if printer.hasFailed { throw Failure("\(name): \(method) failed") }
        }
    }

    /// Of several plugins with that name, the one that knows the method; a tool provider knows any tool.
    private func plugin() throws -> PluginSpecification {
        let named = try source.plugins(named: name)
        let knowing = named.first { plugin in
            PluginTrial.methods(of: plugin.kind).contains { $0.lowercased() == method?.lowercased() }
        }
        return knowing ?? named.first { $0.kind == .tool } ?? named[0]
    }

    private static func show(_ tools: [Tool], json: Bool, _ terminal: Terminal) throws {
        guard !json else { return try terminal.write(ListToolsResponse.with { $0.tools = tools }.jsonString() + "\n") }
        var table = Table(["TOOL", "IT IS", "DESCRIPTION"])
        for tool in tools {
            let said = [("read-only", tool.annotations.readOnly), ("idempotent", tool.annotations.idempotent), ("asks", tool.annotations.asks)]
            let words = said.filter(\.1).map(\.0).joined(separator: ", ")
            table.add([.init(tool.name, .bold), .init(words.isEmpty ? "-" : words), .init(tool.description_p)])
        }
        try terminal.write(table.text(for: terminal))
    }
}
