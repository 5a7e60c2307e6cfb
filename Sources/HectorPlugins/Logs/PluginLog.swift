import HectorCore
import HectorHandshake
import Logging
import Synchronization

/// Where everything goes that one plugin process prints: into our log, and its last lines into error messages.
///
/// A line that the log does not show costs its bytes and no more; what it shows is bounded by rates, and what is dropped is
/// counted and told. So a plugin may print as fast as it likes.
final class PluginLog: Sendable {
    /// The ways by which text comes: the process's own two, and those that go-plugin's library redirects into a call.
    enum Stream: CaseIterable {
        case standardError, standardOutput, redirectedError, redirectedOutput

        fileprivate var name: String {
            switch self {
            case .standardError, .redirectedError: "stderr"
            case .standardOutput, .redirectedOutput: "stdout"
            }
        }
    }

    private struct Reading {
        var lines: LineReader
        var traceback: Traceback
    }

    private struct State {
        var readings: [Stream: Reading]
        var lastWords: [[UInt8]] = []
        var lines: RateLimit
        var bytes: RateLimit
        var tracebacks: RateLimit
        var dropped = 0
        var ticksUntilTold = 0
    }

    private let logger: Logger
    private let limits: PluginLimits
    /// Of the plugin: it may print its own environment when it ends badly.
    private let secrets: Secrets
    private let parser: PluginLogParser
    private let now: @Sendable () -> Duration
    private let state: Mutex<State>

    /// - Parameter now: Time since any fixed moment.
    init(logger: Logger, limits: PluginLimits, secrets: Secrets = .none, now: @escaping @Sendable () -> Duration) {
        self.logger = logger
        self.secrets = secrets
        self.limits = limits
        self.now = now
        parser = PluginLogParser(limits: limits)
        let reading = Reading(lines: LineReader(limit: limits.logLineBytes), traceback: Traceback(limits: limits))
        state = Mutex(
            State(
                readings: Dictionary(uniqueKeysWithValues: Stream.allCases.map { ($0, reading) }),
                lines: RateLimit(burst: limits.logLinesAtOnce, perSecond: Double(limits.logLinesPerSecond)),
                bytes: RateLimit(burst: limits.logBytesAtOnce, perSecond: Double(limits.logBytesPerSecond)),
                tracebacks: RateLimit(burst: limits.tracebacksAtOnce, perSecond: Double(limits.tracebacksPerSecond))))
    }

    /// Takes what was printed, as it comes.
    func add(_ bytes: UnsafeRawBufferPointer, from stream: Stream) {
        let moment = now()
        write(
            state.withLock { state in
                guard var reading = state.readings[stream] else { return [] }
                // Out of the dictionary while it changes, or its buffers would be copied.
                state.readings[stream] = nil
                defer { state.readings[stream] = reading }
                var shown: [PluginLogLine] = []
                _ = reading.lines.read(bytes) { line, isTruncated in
                    take(line, isTruncated, &reading.traceback, &state, stream, moment, &shown)
                    return true
                }
                return shown
            })
    }

    /// A line of our own about the plugin's output.
    func add(_ message: String, level: Logger.Level) {
        write([PluginLogLine(level: level, message: singleLine(message, limit: limits.logValueCharacters), metadata: [:])])
    }

    /// Once a second: shows tracebacks that nothing follows, and tells how much was dropped.
    func tick() {
        let moment = now()
        write(
            state.withLock { state in
                var shown: [PluginLogLine] = []
                for stream in Stream.allCases {
                    if let record = state.readings[stream]?.traceback.tick() { show(record, &state, stream, moment, &shown) }
                }
                state.ticksUntilTold -= 1
                if state.ticksUntilTold <= 0 { tellDropped(&state, &shown) }
                return shown
            })
    }

    /// Nothing more comes from the process.
    func finish() {
        let moment = now()
        write(
            state.withLock { state in
                var shown: [PluginLogLine] = []
                for stream in Stream.allCases {
                    guard var reading = state.readings[stream] else { continue }
                    if let line = reading.lines.finish() {
                        var text = line.text
                        text.withUTF8 { take(UnsafeRawBufferPointer($0), line.isTruncated, &reading.traceback, &state, stream, moment, &shown) }
                    }
                    if let record = reading.traceback.finish() { show(record, &state, stream, moment, &shown) }
                    state.readings[stream] = reading
                }
                tellDropped(&state, &shown)
                return shown
            })
    }

    /// What it printed last, for an error message; empty when it printed nothing.
    var lastWords: String {
        let words = state.withLock { $0.lastWords }.compactMap { bytes in
            parser.parse(LineReader.Line(text: String(decoding: bytes, as: UTF8.self))).map { singleLine(secrets.removed(from: $0.message), limit: 200) }
        }
        return words.isEmpty ? "" : ". It last said: " + words.joined(separator: " / ")
    }

    // MARK: -

    private func take(
        _ line: UnsafeRawBufferPointer, _ isTruncated: Bool, _ traceback: inout Traceback, _ state: inout State, _ stream: Stream,
        _ moment: Duration, _ shown: inout [PluginLogLine]
    ) {
        var outcome = traceback.take(line)
        if case .ended(let record) = outcome {
            show(record, &state, stream, moment, &shown)
            outcome = traceback.take(line)
        }
        guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return }
        remember(line, &state)
        guard case .ordinary(let isCrash) = outcome else { return }
        // What can be seen to be below the log's level is not read any further.
        if !isCrash, let level = PluginLogParser.level(of: line), level < logger.logLevel { return }
        guard state.lines.admit(at: moment) != nil, state.bytes.admit(at: moment, cost: line.count) != nil else {
            state.dropped += 1
            return
        }
        guard var parsed = parser.parse(LineReader.Line(text: String(decoding: line, as: UTF8.self), isTruncated: isTruncated)) else { return }
        if isCrash { parsed.level = max(parsed.level, .error) }
        parsed.metadata["stream"] = "\(stream.name)"
        if parsed.level >= logger.logLevel { shown.append(parsed) }
    }

    private func show(
        _ record: Traceback.Record, _ state: inout State, _ stream: Stream, _ moment: Duration, _ shown: inout [PluginLogLine]
    ) {
        guard state.tracebacks.admit(at: moment) != nil else {
            state.dropped += record.lines
            return
        }
        var metadata: Logger.Metadata = ["stream": "\(stream.name)"]
        if let text = record.text { metadata["traceback"] = "\(singleLine(text, limit: limits.tracebackBytes))" }
        shown.append(PluginLogLine(level: .error, message: singleLine(record.message, limit: limits.logValueCharacters), metadata: metadata))
    }

    private func tellDropped(_ state: inout State, _ shown: inout [PluginLogLine]) {
        guard state.dropped > 0 else { return }
        shown.append(
            PluginLogLine(
                level: .warning,
                message: "\(state.dropped) lines dropped: the plugin logs more than \(limits.logLinesPerSecond) lines or \(limits.logBytesPerSecond >> 10) KiB a second",
                metadata: [:]))
        state.dropped = 0
        state.ticksUntilTold = limits.secondsBetweenDropReports
    }

    private func remember(_ line: UnsafeRawBufferPointer, _ state: inout State) {
        // The oldest one's memory is used again.
        var kept = state.lastWords.count < limits.lastWords ? [] : state.lastWords.removeFirst()
        kept.removeAll(keepingCapacity: true)
        kept.append(contentsOf: line.prefix(limits.logValueCharacters))
        state.lastWords.append(kept)
    }

    /// Outside the lock: a log may be slow.
    private func write(_ lines: [PluginLogLine]) {
        for line in lines {
            logger.log(level: line.level, "\(secrets.removed(from: line.message))", metadata: line.metadata.mapValues { "\(secrets.removed(from: "\($0)"))" })
        }
    }
}
