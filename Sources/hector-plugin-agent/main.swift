public import ArgumentParser
import Glibc
import HectorCore
import HectorNodeHost
import HectorLogging
import HectorProgram
import HectorProto
public import Logging

/// `hector-plugin-agent`
struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hector-plugin-agent", abstract: "Offer this machine's plugins to the hosts of a mesh.",
        discussion: """
            Its configuration, agent.yaml, names the mesh, this member's certificate, and the plugins.

            EXAMPLES
              hector-plugin-agent config check --config agent.yaml
              hector-plugin-agent run --config agent.yaml
              hector-plugin-agent drain --reason "new graphics card"
            """,
        version: HectorVersion.current, subcommands: [RunCommand.self, DrainCommand.self, UndrainCommand.self, ReloadCommand.self, ConfigCommand.self])
}

/// `hector-plugin-agent run`
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the plugins of a configuration and offer them.",
        discussion: """
            Starts the plugins, listens with mutual TLS, and announces itself on the local network. SIGTERM and \
            Ctrl-C say goodbye, finish the calls in flight, and stop the plugins.

            EXAMPLE
              hector-plugin-agent run --config agent.yaml
            """)

    @OptionGroup var source: ConfigurationOptions
    @Option(name: .customLong("log-level"), help: "How much to log to standard error.")
    var level: Logger.Level?

    func run() async throws {
        ProcessStart.outliveHangups()
        defer { flushLog() }
        let configuration = try source.node()
        let follow: @Sendable (LogThreshold?) -> Void = { [level] configured in
            LiveLogLevel.shared.level = level ?? configured.flatMap { Logger.Level(rawValue: $0.rawValue) } ?? .info
        }
        follow(nil)
        let log = Logger.standardError("hector-plugin-agent", following: .shared)
        let ready = log
        let host = try NodeHost(configuration, machine: hostName(), environment: source.environment, log: log, source: source.file, setLogLevel: follow) { endpoint in
            ready.info("listening", metadata: ["endpoint": "\(endpoint)"])
        }
        do {
            try await host.run()
        } catch let interrupted as ProgramRun.Interrupted {
            throw ExitCode(interrupted.exitStatus)
        }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

func start() async throws {
    var command = try NodeCommand.parseAsRoot()
    guard var asynchronous = command as? any AsyncParsableCommand else { return try command.run() }
    try await asynchronous.run()
}

ProcessStart.prepare()
do {
    try await start()
} catch let code as ExitCode {
    exit(code.rawValue)
} catch {
    // 0 after help that was asked for, 2 after a wrong command line, 1 after everything else.
    let code = NodeCommand.exitCode(for: error)
    if code.isSuccess {
        try? Output.write(NodeCommand.fullMessage(for: error) + "\n")
        exit(0)
    }
    let isUsage = code == .validationFailure
    let message = isUsage ? NodeCommand.message(for: error) : Output.reason(error)
    for line in message.split(separator: "\n") { Output.complain("\(line)\(isUsage ? " (see `hector-plugin-agent --help`)" : "")") }
    exit(isUsage ? 2 : 1)
}
