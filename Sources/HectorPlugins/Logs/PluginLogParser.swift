import Foundation
import HectorCore
package import HectorHandshake
import HectorYAML
package import Logging

/// One line of a plugin's output, as a log line of ours.
package struct PluginLogLine: Sendable, Equatable {
    package var level: Logger.Level
    package var message: String
    package var metadata: Logger.Metadata
}

/// Understands what plugins print: hclog's JSON, `[LEVEL]` prefixes, and plain text as debug.
/// From the first `panic:` or `fatal error:` on, everything is an error.
package struct PluginLogParser: Sendable {
    private let limits: PluginLimits
    private var hasPanicked = false

    package init(limits: PluginLimits = PluginLimits()) {
        self.limits = limits
    }

    /// Nil for an empty line.
    package mutating func parse(_ line: LineReader.Line) -> PluginLogLine? {
        guard line.text.contains(where: { !$0.isWhitespace }) else { return nil }
        hasPanicked = hasPanicked || line.text.hasPrefix("panic:") || line.text.hasPrefix("fatal error:")
        var parsed = json(line.text) ?? prefixed(line.text) ?? PluginLogLine(level: .debug, message: safe(line.text), metadata: [:])
        if hasPanicked { parsed.level = .error }
        if line.isTruncated { parsed.metadata["truncated"] = "true" }
        return parsed
    }

    private func json(_ text: String) -> PluginLogLine? {
        guard text.hasPrefix("{"), let fields = try? JSONDecoder().decode([String: LogValue].self, from: Data(text.utf8)),
            let message = fields["@message"]?.text
        else { return nil }
        var metadata: Logger.Metadata = [:]
        for (key, value) in fields.sorted(by: { $0.key < $1.key }).prefix(limits.logKeys) where key != "@message" && key != "@level" {
            // `@module` and `@caller` keep their names, without the sign.
            metadata[safe(key.hasPrefix("@") ? String(key.dropFirst()) : key)] = "\(safe(value.text))"
        }
        let level = fields["@level"].flatMap { Self.levels[$0.text.lowercased()] }
        return PluginLogLine(level: level ?? .debug, message: safe(message), metadata: metadata)
    }

    private func prefixed(_ text: String) -> PluginLogLine? {
        let text = text.drop { $0.isWhitespace }
        guard text.first == "[", let end = text.prefix(12).firstIndex(of: "]"),
            let level = Self.levels[text[text.index(after: text.startIndex)..<end].trimmingCharacters(in: .whitespaces).lowercased()]
        else { return nil }
        let message = text[text.index(after: end)...].drop { $0 == " " || $0 == ":" }
        return PluginLogLine(level: level, message: safe(String(message)), metadata: [:])
    }

    private func safe(_ text: String) -> String { singleLine(text, limit: limits.logValueCharacters) }

    private static let levels: [String: Logger.Level] = [
        "trace": .trace, "debug": .debug, "info": .info, "notice": .notice, "warn": .warning, "warning": .warning,
        "error": .error, "err": .error, "critical": .critical, "fatal": .critical,
    ]
}

/// A JSON value as a log shows it.
private struct LogValue: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        text =
            if let value = try? container.decode(String.self) {
                value
            } else if let value = try? container.decode(Bool.self) {
                "\(value)"
            } else if let value = try? container.decode(Int.self) {
                "\(value)"
            } else if let value = try? container.decode(Double.self) {
                "\(value)"
            } else if let values = try? container.decode([LogValue].self) {
                "[\(values.map(\.text).joined(separator: ", "))]"
            } else if let fields = try? container.decode([String: LogValue].self) {
                "{\(fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)" }.joined(separator: ", "))}"
            } else {
                "null"
            }
    }
}
