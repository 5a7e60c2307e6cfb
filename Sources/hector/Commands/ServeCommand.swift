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

            EXAMPLE
              hector serve --config hector.yaml
            """
    )

    @OptionGroup var source: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func run() async throws {
        ProcessStart.outliveHangups()
        defer { flushLog() }
        let configuration = try source.host()
        let log = logging.logger("hector")
        let listen = configuration.server.listen
        let scheme = configuration.server.tls == nil ? "http" : "https"
        // Packages that count something count it here, too.
        let metrics = MetricsRegistry()
        MetricsSystem.bootstrap(metrics)
        let host = try failingInWords {
            try Host(configuration, name: String(hostName().prefix { $0 != "." }), environment: source.environment, log: log, metrics: metrics) { _, port in
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

/// Which configuration.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The configuration file.", completion: .file(extensions: ["yaml", "yml"]))
    var config = Self.standard

    private static let standard = "hector.yaml"

    var environment: [String: String] { environmentVariables() }

    /// Reads the file; tells all that is wrong with it, a line each.
    func host() throws -> HostConfiguration {
        if config == Self.standard, access(config, F_OK) != 0, errno == ENOENT {
            throw Failure(
                "\(config) does not exist in \(currentDirectory()): name another file with --config, or write one",
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
