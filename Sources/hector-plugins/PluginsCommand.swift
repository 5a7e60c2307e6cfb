import ArgumentParser
import HectorBuiltins
import HectorCore
import HectorPlugin
import HectorProgram

/// `hector-plugins KIND`
struct PluginsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hector-plugins", abstract: "Serve one of the built-in plugins to the Hector that starts this program.",
        discussion: """
            `hector serve` and `hector-plugin-agent run` start it from their own directory for entries of their \
            configuration such as `llama: {openai: {url: …}}`. The plugin gets its settings from them, not from the command line. `hector serve` also starts \
            `hector-plugins extract STORE PATH`, which takes the text out of one document.

            """ + Builtin.allCases.map { "  \($0.rawValue.padded(to: 10)) \($0.description.summary)" }.joined(separator: "\n"),
        version: HectorVersion.current)

    @Argument(help: ArgumentHelp("Which plugin: \(Builtin.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "kind"))
    var builtin: Builtin

    func run() async throws {
        let providers = builtin.providers(timing: .system())
        if builtin.isOneProcess { try await serve(all: providers) } else { try await serve(providers) }
    }
}

extension Builtin: ExpressibleByArgument {}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
