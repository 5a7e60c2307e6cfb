public import ArgumentParser
import CoreMetrics
import Glibc
import HectorConfig
import HectorCore
import HectorHost
import HectorMetrics
import HectorPlugins
import HectorLogging
import HectorProgram
public import Logging

/// `hector serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the agents of a configuration, with their plugins on this machine and on others.",
        discussion: """
            Starts the plugins that the configuration names, finds the same plugins on other machines, and \
            answers over HTTP. Ctrl-C stops everything that it started.

            Without --config, and without a hector.yaml in this directory, it uses the models of the engines that run on this machine, \
            such as Ollama, one agent for each.

            EXAMPLES
              hector serve --config hector.yaml
              hector serve
              hector serve --demo
            """
    )

    @Flag(help: "Serve SmolLM2, a small language model, to try Hector with: it is downloaded the first time.") var demo = false

    @OptionGroup var source: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        ProcessStart.outliveHangups()
        defer { flushLog() }
        let log = logging.following("hector")
        guard !demo || source.named == nil else { throw Failure("--demo has a configuration of its own: leave out --config") }
        let configuration = demo ? try demonstration() : source.isAbsent ? try await adopted(log) : try source.host()
        let listen = configuration.server.listen
        let scheme = configuration.server.tls == nil ? "http" : "https"
        // Packages that count something count it here, too.
        let metrics = MetricsRegistry()
        MetricsSystem.bootstrap(metrics)
        let host = try failingInWords {
            try Host(configuration, name: String(hostName().prefix { $0 != "." }), environment: source.environment, log: log, metrics: metrics, source: demo ? nil : source.file, setLogLevel: logging.follow) { _, port in
                log.info("listening", metadata: ["url": "\(scheme)://\(HostPort(host: listen.host, port: UInt16(clamping: port)))"])
            }
        }
        do {
            try await host.run()
        } catch let interrupted as ProgramRun.Interrupted {
            throw ExitCode(interrupted.exitStatus)
        } catch let failure as CannotListen {
            throw Failure(ListeningFailure(failure.cause, at: failure.address, key: failure.key).description)
        }
    }
}

extension ServeCommand {
    /// A configuration of the model to try Hector with; says on standard error what it does, and what to do next.
    private func demonstration() throws -> HostConfiguration {
        let plugin = try DemoPlugin(environment: source.environment)
        try plugin.prepare()
        let standard = HostConfiguration.nothing.server.listen
        let text = plugin.configuration(listen: nil)
        try write(
            """
            A demonstration with SmolLM2. In another terminal:
              hector call \(DemoPlugin.name) "Why is the sky blue?"
              hector chat \(DemoPlugin.name)
              hector mesh status
            OpenAI's clients use http://\(standard)/v1, the page and the agents are at http://\(standard)/agents.
            To go on from here, put this into hector.yaml and start hector serve:

            \(text)

            """.utf8, to: STDERR_FILENO)
        return try failingInWords { try HostConfiguration.read(text, environment: source.environment) }
    }

    /// A configuration of what runs on this machine; says on standard error what it is, and what to do next.
    private func adopted(_ log: Logger) async throws -> HostConfiguration {
        let terminal = Terminal()
        let survey = try await EngineSurvey.make(.everything, environment: source.environment, log: logging.logger("hector", unlessSaid: .error))
        guard let agent = survey.agents.first?.id else {
            throw Failure("there is no hector.yaml in \(currentDirectory()), and no engine on this machine", example: survey.table(for: terminal) + "\n" + EngineSurvey.advice + "\n" + DemoPlugin.advice)
        }
        // llama.cpp listens where we would.
        let standard = HostConfiguration.nothing.server.listen
        let isTaken = survey.findings.contains { $0.place.port == standard.port && !$0.offers.isEmpty }
        let listen = HostPort(host: standard.host, port: isTaken ? standard.port + 1 : standard.port)
        let text = survey.configuration(listen: isTaken ? listen.description : nil)
        let url = "http://\(listen)"
        let server = isTaken ? " --server \(url)" : ""
        try write(
            """
            There is no hector.yaml here, so this server uses the models of this machine:

            \(survey.table(for: terminal))
            In another terminal:
              hector call \(agent) "Why is the sky blue?"\(server)
              hector mesh status\(server)
            OpenAI's clients use \(url)/v1, the page and the agents are at \(url)/agents.
            To change something, put this into hector.yaml and start again:

            \(text)

            """.utf8, to: STDERR_FILENO)
        return try failingInWords { try HostConfiguration.read(text, environment: source.environment) }
    }
}

/// Which configuration.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: [.customShort("c"), .customLong("config")], help: "The configuration file. (default: \(Self.standard))",
        completion: .file(extensions: ["yaml", "yml"]))
    var named: String?

    /// The path of the file.
    var config: String { named ?? Self.standard }

    private static let standard = "hector.yaml"

    var environment: [String: String] { environmentVariables() }

    /// The file, to be read again. Nil for a server without a file.
    var file: RereadableFile<HostConfiguration>? {
        guard !isAbsent else { return nil }
        return RereadableFile(config) { [environment] in try HostConfiguration.load(path: $0, environment: environment) }
    }

    /// Whether none was named, and none is here.
    var isAbsent: Bool { named == nil && access(Self.standard, F_OK) != 0 && errno == ENOENT }

    /// Reads the file; tells all that is wrong with it, a line each.
    func host() throws -> HostConfiguration {
        if isAbsent {
            throw Failure(
                "\(Self.standard) does not exist in \(currentDirectory()): name another file with --config, or write one",
                example: Self.smallest)
        }
        return try failingInWords { try HostConfiguration.load(path: config, environment: environment) }
    }

    private static let smallest = """
        The smallest one:

        plugins:
          llm_providers:
            echo-llm: {path: plugins/echo-llm}     # a plugin's executable
        agents:
          helper: {llm: echo-llm}

        """
}

/// How much is said on standard error.
struct LoggingOptions: ParsableArguments {
    @Option(name: .customLong("log-level"), help: "How much to log to standard error.")
    var level: Logger.Level?

    /// A logger that writes as much as the command line says, or the configuration, now and later.
    func following(_ label: String) -> Logger {
        follow(nil)
        return .standardError(label, following: .shared)
    }

    /// - Parameter configured: How much the configuration says.
    var follow: @Sendable (LogThreshold?) -> Void {
        { [level] configured in LiveLogLevel.shared.level = level ?? configured.flatMap { Logger.Level(rawValue: $0.rawValue) } ?? .info }
    }

    func logger(_ label: String, unlessSaid standard: Logger.Level = .info) -> Logger {
        .standardError(label, level: level ?? standard)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

/// Configuration, trust and plugins say in words what is wrong: a line for each problem.
func failingInWords<T>(_ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch let error where error is Failure || error is Problems {
        throw error
    } catch let error where error is ConfigurationError || error is PluginProblems {
        throw Problems(error)
    } catch {
        throw Failure("\(error)")
    }
}
