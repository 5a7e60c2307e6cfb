internal import HectorCore
import Testing

@testable import HectorAPI
@testable import HectorAgents
@testable import HectorConfig
@testable import HectorDiscovery
@testable import HectorLogging
@testable import HectorMembership
@testable import HectorPlugins
@testable import HectorProto
@testable import HectorRPC
@testable import HectorYAML

/// A bound that a page for people names, because the page would be hard to read without it.
struct Repeated: Sendable, CustomTestStringConvertible {
    let page: String
    let words: String

    var testDescription: String { "\(page): \(words)" }

    static let all: [Repeated] = {
        let api = APILimits()
        let report = NodeReportLimits()
        let roster = PathRoster.Limits()
        let yaml = YAMLLimits.configuration
        func bytes(_ count: Int) -> String { Bound.Value.bytes(count).text }
        func count(_ count: Int) -> String { Bound.Value.count(count).text }
        func time(_ time: Duration) -> String { Bound.Value.time(time).text }
        let threats = "docs/threat-model.md"
        let keys = "docs/configuration.md"
        // What the authors of plugins are told.
        let provider = "Sources/HectorProviders/Provider.swift"
        let plugins = PluginLimits()
        func seconds(_ time: Duration) -> Int { Int(time / .seconds(1)) }
        return [
            (threats, "\(bytes(api.headBytes)) before a request"),
            (threats, "\(bytes(api.framingBytes)) plus eight bytes for each byte of data"),
            (threats, "to at most \(api.bodyDepth) levels"),
            (threats, "up to \(bytes(api.lingerBytes)) of any bytes"),
            (threats, "\(bytes(api.bodyProgress)) in \(time(api.bodyTimeout)) is enough"),
            (threats, "occupy the memory for bodies (\(bytes(api.requestMemory)))"),
            (threats, "\(count(RPCLimits().maximumConnections)) connections that never finish a handshake, reopened every \(time(RPCLimits().handshakeTimeout))"),
            (threats, "\(report.plugins) plugins with \(report.replicasPerPlugin) replicas each"),
            (threats, "answers of \(bytes(AgentLimits().answerBytes))"),
            (threats, "(\(roster.paths) at once, \(roster.replacements) replaced in \(time(roster.turn)))"),
            (threats, "a queue of \(bytes(LogWriter.standardLimit))"),
            (threats, "logs at most \(Int(LogLines.Limits().perSecond)) lines a second"),
            (provider, "`start_timeout` (\(seconds(plugins.startTime) / 60) minutes by default)"),
            (provider, "close connections within \(seconds(plugins.shutdownTime)) seconds"),
            (provider, "Called every \(seconds(plugins.healthInterval)) seconds"),
            (provider, "no sign of life for about \(seconds(plugins.healthTime * plugins.missesUntilStopped) / 60)½ minutes"),
            (provider, "may be up to \(bytes(RPCLimits().maximumMessageLength)) each"),
            (provider, "At most \(bytes(PercentEncoding.longestMessage)) reach the caller"),
            ("Sources/HectorProviders/LLMProvider.swift", "`mesh.call_timeout` limits the whole call (\(seconds(ConfigurationLimits.standardCallTimeout) / 60) minutes by default)"),
            (keys, "Streams send a comment every \(time(api.streamPause))"),
            (keys, "\(bytes(yaml.bytes)) for each file, \(bytes(yaml.textBytes)) for each value, \(bytes(yaml.scalarBytes)) for a system prompt, \(count(yaml.nodes)) values (with aliases expanded), \(yaml.depth) levels of nesting"),
            (keys, "whose pages may call the server and read its answers, at most \(ConfigurationLimits.corsOrigins)"),
            (keys, "additional variables, as text; at most \(ConfigurationLimits.environmentVariables)"),
            ("docs/mesh.md", "looks the name up every \(time(DiscoveryLimits().nameInterval))"),
            ("docs/plugin-protocol.md", "restarted after 1 s, then 2, 4, … \(time(RestartPolicy.Settings().delays.longest))"),
            ("docs/ARCHITECTURE.md", "none for 1 s, doubling up to 30 s"),
            ("docs/hostile-peers.md", "\(count(FloodGuard.burst)) at once and \(FloodGuard.perSecond) a second in all"),
            ("docs/hostile-peers.md", "time for TLS and the greeting | \(time(RPCLimits().handshakeTimeout))"),
        ].map { Repeated(page: $0.0, words: $0.1) }
    }()
}
