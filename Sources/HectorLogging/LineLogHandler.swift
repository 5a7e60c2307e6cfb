internal import Glibc
internal import HectorCore
package import Logging
internal import Synchronization

/// Makes one line of each log event: `TIME LEVEL LABEL: KEY=VALUE … [SOURCE] MESSAGE`.
///
/// Whatever the texts hold, a line stays a line, and of bounded length: control and formatting characters are escaped. What
/// one place in the code says about one plugin or peer is limited in rate; the next line that passes tells how many did not.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level {
        get { own ?? followed?.level ?? .info }
        set { own = newValue }
    }
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    /// Of this logger alone.
    private var own: Logger.Level?
    private let followed: LiveLogLevel?
    private let label: String
    private let lines: LogLines

    /// - Parameter followed: How much is logged where the logger itself was not told. Nil: from `info` on.
    package init(label: String, lines: LogLines, following followed: LiveLogLevel? = nil) {
        self.followed = followed
        self.label = label
        self.lines = lines
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        lines.add(label: label, event: event, metadata: all)
    }
}

/// Where the lines of all loggers of a program go.
package final class LogLines: Sendable {
    package struct Limits: Sendable {
        /// Unicode scalars of a message.
        package var message = 8_192
        /// Unicode scalars of one value beside it: a plugin's traceback is one, with each line break written as two.
        package var value = 16_384
        /// Keys beside a message.
        package var values = 64
        /// Bytes of all keys and values; those that do not fit are left out. A line must find room where lines wait to be written.
        package var lineBytes = 256 << 10
        /// Lines that one place in the code may log about one plugin or peer, at once and per second.
        package var burst = 2_000
        package var perSecond = 500.0
        /// Places in the code that are remembered, each with its plugin or peer.
        package var sources = 1_024

        package init() {}
    }

    /// What has a rate of its own.
    private struct Source: Hashable {
        var file: String
        var line: UInt
        var about: String
    }

    private let writer: LogWriter
    private let limits: Limits
    private let now: @Sendable () -> timespec
    private let rates = Mutex<[Source: RateLimit]>([:])

    package convenience init(_ writer: LogWriter, limits: Limits = Limits()) {
        self.init(writer, limits: limits) {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            return now
        }
    }

    /// - Parameter now: The time of day.
    init(_ writer: LogWriter, limits: Limits, now: @escaping @Sendable () -> timespec) {
        self.writer = writer
        self.limits = limits
        self.now = now
    }

    func add(label: String, event: LogEvent, metadata: Logger.Metadata) {
        let now = now()
        let source = Source(file: event.file, line: event.line, about: Self.about(metadata))
        let dropped = rates.withLock { rates in
            // Which of them is forgotten does not matter: each begins anew with a full measure.
            if rates.count >= limits.sources, rates[source] == nil { rates.removeAll(keepingCapacity: true) }
            return rates[source, default: RateLimit(burst: limits.burst, perSecond: limits.perSecond)]
                .admit(at: .seconds(Int64(now.tv_sec)) + .nanoseconds(Int64(now.tv_nsec)))
        }
        guard let dropped else { return }
        var text = "\(Self.time(now)) \(event.level) \(label):"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }).prefix(limits.values) {
            let pair = " \(singleLine(key, limit: 128))=\(singleLine("\(value)", limit: limits.value))"
            guard text.utf8.count + pair.utf8.count <= limits.lineBytes else {
                text += " …"
                break
            }
            text += pair
        }
        if dropped > 0 { text += " like_this_dropped=\(dropped)" }
        text += " [\(event.source)] \(singleLine("\(event.message)", limit: limits.message))\n"
        writer.write(text.utf8)
    }

    /// The plugin or peer that an event is about: a loud one must not silence the others.
    private static func about(_ metadata: Logger.Metadata) -> String {
        let value = metadata["plugin"] ?? metadata["replica"] ?? metadata["peer"] ?? metadata["node"]
        return value.map { singleLine("\($0)", limit: 128) } ?? ""
    }

    /// `2026-11-27T03:22:49+0000`, in the machine's time zone.
    private static func time(_ now: timespec) -> String {
        var seconds = now.tv_sec
        var broken = tm()
        localtime_r(&seconds, &broken)
        return String(unsafeUninitializedCapacity: 32) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { strftime($0.baseAddress, $0.count, "%Y-%m-%dT%H:%M:%S%z", &broken) }
        }
    }
}

/// How much a program logs, which may change while it runs.
package final class LiveLogLevel: Sendable {
    /// That of the whole program.
    package static let shared = LiveLogLevel()

    private let stored = Atomic(Logger.Level.info.order)

    package var level: Logger.Level {
        get { Logger.Level.allCases[stored.load(ordering: .relaxed)] }
        set { stored.store(newValue.order, ordering: .relaxed) }
    }
}

extension Logger.Level {
    fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension Logger {
    /// The same, as much as is said elsewhere.
    package static func standardError(_ label: String, following level: LiveLogLevel) -> Logger {
        Logger(label: label) { LineLogHandler(label: $0, lines: .standardError, following: level) }
    }

    /// A logger that writes to standard error and never waits for it.
    package static func standardError(_ label: String, level: Logger.Level) -> Logger {
        var logger = Logger(label: label) { LineLogHandler(label: $0, lines: .standardError) }
        logger.logLevel = level
        return logger
    }
}

extension LogLines {
    package static let standardError = LogLines(.standardError)
}
