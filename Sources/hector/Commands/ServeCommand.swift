public import ArgumentParser
import Foundation
import HectorConfig
import HectorHost
import HectorLogging
import HectorProgram
public import Logging

/// `hector serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the agents of a configuration, with their plugins here and elsewhere.",
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
        let listen = configuration.server.listen.host
        let host = try failingInWords {
            try Host(configuration, name: ProcessInfo.processInfo.shortHostName, environment: source.environment, log: log) { _, port in
                let shown = listen.contains(":") ? "[\(listen)]" : listen
                log.info("listening", metadata: ["url": "http://\(shown):\(port)"])
            }
        }
        do {
            try await host.run()
        } catch let interrupted as ProgramRun.Interrupted {
            throw ExitCode(interrupted.exitStatus)
        }
    }
}

/// Which configuration.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The configuration file.", completion: .file(extensions: ["yaml", "yml"]))
    var config = "hector.yaml"

    var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// Reads the file; tells all that is wrong with it, a line each.
    func host() throws -> HostConfiguration {
        do {
            return try HostConfiguration.load(path: config, environment: environment)
        } catch {
            throw Problems(lines: "\(error)".split(separator: "\n").map(String.init))
        }
    }
}

/// How much is said on standard error.
struct LoggingOptions: ParsableArguments {
    @Option(name: .customLong("log-level"), help: "How much is told on standard error.")
    var level: Logger.Level?

    func logger(_ label: String, unlessSaid standard: Logger.Level = .info) -> Logger {
        .standardError(label, level: level ?? standard)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

/// Several problems, told a line each.
struct Problems: Error, CustomStringConvertible {
    let lines: [String]

    var description: String { lines.joined(separator: "\n") }
}

/// Configuration, trust and plugins say in words what is wrong.
func failingInWords<T>(_ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch let error as ConfigurationError {
        throw Problems(lines: "\(error)".split(separator: "\n").map(String.init))
    } catch {
        throw Failure("\(error)")
    }
}

extension ProcessInfo {
    /// The machine's name without its domain.
    var shortHostName: String { String(hostName.prefix { $0 != "." }) }
}
