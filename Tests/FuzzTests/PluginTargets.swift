import Logging

@testable import HectorPlugins

enum PluginOutputTarget {
    /// Holds what is logged against what is promised of it.
    private struct Checked: LogHandler {
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let texts = [event.message.description] + (event.metadata ?? [:]).flatMap { [$0.key, $0.value.description] }
            for text in texts {
                precondition(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "what is logged is one line")
                precondition(text.utf8.count < 16 * PluginOutputTarget.limits.tracebackBytes, "what is logged is bounded")
            }
        }
    }

    private static let limits = {
        var limits = PluginLimits()
        (limits.logLineBytes, limits.logValueCharacters, limits.tracebackBytes, limits.crashLines) = (4_096, 512, 1_024, 8)
        return limits
    }()

    static func run(_ input: inout Input) {
        let seed = input.byte()
        let choice = input.byte()
        var logger = Logger(label: "plugin") { _ in Checked() }
        logger.logLevel = choice & 1 == 0 ? .trace : .info
        let log = PluginLog(logger: logger, limits: limits) { .zero }
        for (index, piece) in input.pieces(seed).enumerated() {
            let stream = PluginLog.Stream.allCases[choice & 2 == 0 ? 0 : index % PluginLog.Stream.allCases.count]
            piece.withUnsafeBytes { log.add($0, from: stream) }
            if choice & 4 != 0 { log.tick() }
        }
        log.finish()
        precondition(log.lastWords.utf8.count < 32 * 1024, "the last words are bounded")
    }
}

enum VersionRangeTarget {
    static func run(_ input: inout Input) {
        let texts = String(decoding: input.rest(), as: UTF8.self).split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard let version = SemanticVersion(String(texts[0])) else { return }
        precondition(SemanticVersion(version.description) == version, "what is written is read again")
        precondition(!(version < version) && version.release >= version, "a release comes after what leads to it")
        guard texts.count > 1, let range = VersionRange(String(texts[1])) else { return }
        precondition(range.contains(version) == range.contains(version.release), "a prerelease counts as its release")
    }
}
