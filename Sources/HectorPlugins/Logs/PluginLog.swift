import HectorHandshake
import Logging
import Synchronization

/// Where everything goes that one plugin process prints: into our log, and its last lines into error messages.
final class PluginLog: Sendable {
    enum Source: String, Sendable {
        case standardError = "stderr"
        case standardOutput = "stdout"
    }

    private struct State {
        var parser: PluginLogParser
        var lastWords: [String] = []
    }

    private let logger: Logger
    private let limits: PluginLimits
    private let state: Mutex<State>

    init(logger: Logger, limits: PluginLimits) {
        self.logger = logger
        self.limits = limits
        state = Mutex(State(parser: PluginLogParser(limits: limits)))
    }

    func add(_ line: LineReader.Line, from source: Source) {
        let parsed = state.withLock { state -> PluginLogLine? in
            guard let parsed = state.parser.parse(line) else { return nil }
            state.lastWords.append(parsed.message.count > 200 ? parsed.message.prefix(200) + "…" : parsed.message)
            if state.lastWords.count > limits.lastWords { state.lastWords.removeFirst() }
            return parsed
        }
        guard let parsed else { return }
        logger.log(level: parsed.level, "\(parsed.message)", metadata: parsed.metadata.merging(["stream": "\(source.rawValue)"]) { $1 })
    }

    /// What it printed last, for an error message; empty when it printed nothing.
    var lastWords: String {
        let words = state.withLock { $0.lastWords }
        return words.isEmpty ? "" : ". It last said: " + words.joined(separator: " / ")
    }
}
