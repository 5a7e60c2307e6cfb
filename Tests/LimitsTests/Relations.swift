@testable import HectorAPI
@testable import HectorAgents
@testable import HectorConfig
@testable import HectorCore
@testable import HectorDiscovery
@testable import HectorHandshake
@testable import HectorHost
@testable import HectorLogging
@testable import HectorMembership
@testable import HectorMesh
@testable import HectorPlugins
@testable import HectorProto
@testable import HectorRPC
@testable import HectorTrust
@testable import HectorYAML
import Testing

/// How two bounds, or what is made of them, relate; and why they must.
struct Relation: Sendable, CustomTestStringConvertible {
    let text: String
    let holds: Bool
    let why: String

    var testDescription: String { text }

    private init<Value: Comparable>(
        _ a: String, _ left: Value, _ sign: String, _ b: String, _ right: Value, _ why: String, show: (Value) -> String
    ) {
        text = "\(a) (\(show(left))) \(sign) \(b) (\(show(right)))"
        holds = switch sign {
        case "<": left < right
        case "≤": left <= right
        default: left == right
        }
        self.why = why
    }

    static func time(_ a: String, _ left: Duration, _ sign: String, _ b: String, _ right: Duration, _ why: String) -> Relation {
        Relation(a, left, sign, b, right, why) { Bound.Value.text($0) }
    }

    static func bytes(_ a: String, _ left: Int, _ sign: String, _ b: String, _ right: Int, _ why: String) -> Relation {
        Relation(a, left, sign, b, right, why) { Bound.Value.text(bytes: $0) }
    }

    static func count(_ a: String, _ left: Int, _ sign: String, _ b: String, _ right: Int, _ why: String) -> Relation {
        Relation(a, left, sign, b, right, why) { Bound.Value.count($0).text }
    }

    static func all() throws -> [Relation] { times + memory + (try names()) + counts + log }

    // MARK: time

    private static let times: [Relation] = {
        let keepalive = KeepaliveConfiguration.mesh
        let foreign = KeepaliveConfiguration.foreign
        let mesh = MeshLimits()
        let plugins = PluginLimits()
        let restarts = RestartPolicy.Settings()
        let api = APILimits()
        let discovery = DiscoveryLimits()
        // Where this side was held up itself, the peer gets its time once more.
        let frozen = keepalive.interval + keepalive.timeout * 2
        let longestPause = PathRunner.backoff.longest * PathRunner.backoff.jitter.upperBound
        let stop = plugins.shutdownTime + plugins.stepTime * 3
        let failures = (0..<restarts.restarts).reduce(Duration.zero) { sum, failure in
            let delay: Duration = min(restarts.delays.first * (1 << failure), restarts.delays.longest)
            return sum + delay * restarts.delays.jitter.upperBound
        }
        return [
            .time("time until a frozen machine is out", frozen, "<", "`mesh.call_timeout`", ConfigurationLimits.standardCallTimeout,
                  "its calls go to another replica instead of failing at their deadline"),
            .time("time until a frozen machine is out", frozen, "<", "`MeshLimits.longestWait`", mesh.longestWait,
                  "a call that waits for a replica sees the machine replaced"),
            .time("`KeepaliveConfiguration.mesh.interval`", keepalive.interval, "<", "the lowest `mesh.silence`", ConfigurationLimits.silence.lowerBound,
                  "a node is asked before it counts as silent"),
            .time("`mesh.silence`", ConfigurationLimits.standardSilence, "<", "`mesh.silence_streams`", ConfigurationLimits.standardSilenceStreams,
                  "a stall that other calls leave does not end a stream"),
            .time("the first question to a silent child, and its answer", KeepaliveConfiguration.child.interval + KeepaliveConfiguration.child.timeout,
                  "<", "`PluginLimits.frozenTime`", plugins.frozenTime, "its processor time is watched for most of that"),
            .time("`PluginLimits.frozenTime`", plugins.frozenTime, "<", "`PluginLimits.silenceStreams`", plugins.silenceStreams,
                  "a stream outlasts the calls that go elsewhere"),
            .time("`PluginLimits.frozenTime`", plugins.frozenTime, "<", "`PluginLimits.healthTime`", plugins.healthTime,
                  "a frozen plugin is known before a health call tells it"),
            .time("`MeshLimits.leastSilence` and one `silenceCheck`", mesh.leastSilence + mesh.silenceCheck, "<", "`mesh.call_timeout`",
                  ConfigurationLimits.standardCallTimeout, "silence is noticed before a deadline tells it"),
            .time("`MeshLimits.silenceCheck`", mesh.silenceCheck, "<", "`MeshLimits.leastSilence`", mesh.leastSilence,
                  "silence is noticed while it is short"),
            .time("`ServerConnectionPolicy.mesh.minimumPingInterval`", ServerConnectionPolicy.mesh.minimumPingInterval, "<",
                  "`KeepaliveConfiguration.mesh.interval`", keepalive.interval, "a node does not refuse the pings of its hosts"),
            .time("time until a frozen foreign server is out", foreign.interval + foreign.timeout * 2, "<", "`mesh.call_timeout`",
                  ConfigurationLimits.standardCallTimeout, "its calls go to another replica instead of failing at their deadline"),
            .time("`PathRunner.dialTime`", PathRunner.dialTime, "≤", "`RPCLimits.handshakeTimeout`", RPCLimits().handshakeTimeout,
                  "the host that dials decides how long a dial takes, not the node"),
            .time("`AddressRace.delay`", AddressRace { _ in }.delay, "<", "`PathRunner.dialTime`", PathRunner.dialTime,
                  "an address that does not answer holds up no other"),
            .time("the longest pause between two dials and a dial", longestPause + PathRunner.dialTime, "<", "`MeshLimits.longestWait`",
                  mesh.longestWait, "a call waits long enough for a node that comes back"),
            .time("time until a frozen machine is out", frozen, "<", "the time after which two processes of one node are told", Node.confirmation(ConfigurationLimits.standardSilence),
                  "a process that was replaced is no twin"),
            .time("three dials with their pauses", (longestPause + PathRunner.dialTime) * 3, "<", "`PathRoster.memoryOfStrangers`",
                  PathRoster.Limits().memoryOfStrangers, "a stranger gets several tries before it is forgotten"),
            .time("`RestartPolicy.delays.first`, the part of chance included", restarts.delays.first * restarts.delays.jitter.upperBound, "<",
                  "`MeshLimits.longestWait`", mesh.longestWait, "a call waits for a plugin that crashed once"),
            .time("`PluginLimits.redialTime`", plugins.redialTime, "<", "`MeshLimits.longestWait`", mesh.longestWait,
                  "a call waits for a plugin that closed its connection"),
            .time("all pauses of `RestartPolicy.restarts` failures in a row", failures, "<", "`RestartPolicy.window`", restarts.window,
                  "a plugin that never works is given up"),
            .time("`RestartPolicy.stableAfter`", restarts.stableAfter, "<", "`RestartPolicy.window`", restarts.window,
                  "a plugin that recovered is not given up for failures of before"),
            .time("`RestartPolicy.delays.longest`", restarts.delays.longest, "<", "`RestartPolicy.rest`", restarts.rest,
                  "a plugin that was given up is tried less often than one that was not"),
            .time("`PluginLimits.lineTime`", plugins.lineTime, "<", "`PluginLimits.startTime`", plugins.startTime,
                  "time is left for `Initialize`"),
            .time("`PluginLimits.startTime`", plugins.startTime, "≤", "the highest `start_timeout`", ConfigurationLimits.startTimeout.upperBound,
                  "the default can be configured, too"),
            .time("`mesh.call_timeout`", ConfigurationLimits.standardCallTimeout, "<", "a plugin's silence until it is stopped",
                  plugins.healthTime * plugins.missesUntilStopped, "a plugin with one thread may work on a call for all its time"),
            .time("a plugin's silence until it is unhealthy", plugins.healthTime * plugins.missesUntilUnhealthy, "<",
                  "a plugin's silence until it is stopped", plugins.healthTime * plugins.missesUntilStopped,
                  "a plugin that hangs gets no calls before it is stopped"),
            .time("all steps that stop a plugin before SIGKILL", plugins.shutdownTime + plugins.stepTime * 2, "<", "ten seconds",
                  .seconds(10), "a node that is stopped has ended ten seconds after `agent.drain_timeout`"),
            .time("all steps that stop a plugin in a hurry", plugins.quickShutdownTime + plugins.quickStepTime * 2, "≤", "two seconds",
                  .seconds(2), "a second signal ends the program within the time that the documents name"),
            .time("`agent.drain_timeout`, stopping plugins, Avahi and the log", ConfigurationLimits.standardDrainTimeout + stop + discovery.patience + .seconds(1),
                  "<", "systemd's `TimeoutStopSec`", .seconds(90), "a node that is stopped ends by itself, and its plugins in order"),
            .time("`MeshLimits.defaultPause`", mesh.defaultPause, "≤", "`MeshLimits.longestPause`", mesh.longestPause,
                  "the pause of our own is one that a replica may ask for"),
            .time("`MeshLimits.backoff.first`", mesh.backoff.first, "≤", "`MeshLimits.backoff.longest`", mesh.backoff.longest, "backoffs grow"),
            .time("`MeshLimits.longestWait`", mesh.longestWait, "<", "`mesh.call_timeout`", ConfigurationLimits.standardCallTimeout,
                  "a call that waited still has time to run"),
            .time("`APILimits.streamPause`", api.streamPause, "<", "what proxies wait for (nginx)", .seconds(60),
                  "a comment comes before a proxy gives the stream up"),
            .time("`APILimits.streamPause` and `writeTimeout`", api.streamPause + api.writeTimeout, "<", "`mesh.call_timeout`",
                  ConfigurationLimits.standardCallTimeout, "a client that reads nothing is noticed while the model is silent"),
            .time("`APILimits.bodyTimeout`", api.bodyTimeout, "<", "`APILimits.idleTimeout`", api.idleTimeout,
                  "a body that stops is told so, before its connection is closed"),
            .time("`DiscoveryLimits.retries.first`", discovery.retries.first, "≤", "`DiscoveryLimits.retries.longest`", discovery.retries.longest, "pauses grow"),
            .time("two of `DiscoveryLimits.nameInterval`", discovery.nameInterval * 2, "<", "`DiscoveryLimits.nameLifetime`", discovery.nameLifetime,
                  "one lookup that fails loses no address"),
        ]
    }()

    // MARK: memory

    private static let memory: [Relation] = {
        let api = APILimits()
        let agents = AgentLimits()
        let rpc = RPCLimits()
        let yaml = YAMLLimits.configuration
        // The more calls, the less each may have waiting (`ServerConnection.writeHighWaterMark`).
        let unsent = (1...rpc.maximumConcurrentStreams).reduce(0) { $0 + rpc.writeHighWaterMark * 64 / max(64, $1) }
        return [
            .bytes("`APILimits.bodyBytes`", api.bodyBytes, "≤", "`APILimits.requestMemory`", api.requestMemory,
                   "the longest body can be served"),
            .bytes("16 of `APILimits.bodyBytes`", 16 * api.bodyBytes, "≤", "`APILimits.requestMemory`", api.requestMemory,
                   "one client with long bodies keeps out nobody"),
            .bytes("`APILimits.bodyBytes`", api.bodyBytes, "≤", "`RPCLimits.maximumMessageLength`", rpc.maximumMessageLength,
                   "a body that is accepted can reach a plugin"),
            .bytes("`APILimits.requestMemory`", api.requestMemory, "≤", "`RPCLimits.maximumRequestBytes`", rpc.maximumRequestBytes,
                   "all bodies in progress may go to one node"),
            .bytes("`APILimits.requestMemory`", api.requestMemory, "≤", "`LongWork.waitingBytes`", LongWork.waitingBytes,
                   "a body that was accepted is not refused where it waits for a thread"),
            .bytes("`AgentLimits.answerBytes`, each byte escaped in JSON", 6 * agents.answerBytes, "≤", "`APILimits.answerMemory`",
                   api.answerMemory, "the longest answer can be sent"),
            .bytes("`AgentLimits.answerBytes`", agents.answerBytes, "≤", "`RPCLimits.maximumMessageLength`", rpc.maximumMessageLength,
                   "an answer in one message is bounded as one in many"),
            .bytes("`APILimits.bodyBytes` and `AgentLimits.answerBytes`", api.bodyBytes + agents.answerBytes, "≤", "`APILimits.taskBytes`",
                   api.taskBytes, "the longest task is remembered"),
            .bytes("`APILimits.listBytes`", api.listBytes, "≤", "`APILimits.answerMemory`", api.answerMemory, "a page of tasks can be sent"),
            .bytes("a system prompt and `AgentLimits.sessionBytes`", yaml.scalarBytes + agents.sessionBytes, "<",
                   "half of `RPCLimits.maximumMessageLength`", rpc.maximumMessageLength / 2, "they leave room for the question"),
            .bytes("bodies, answers, tasks, responses and sessions", api.requestMemory + api.answerMemory + api.taskBytes + api.responseBytes + agents.sessions * agents.sessionBytes,
                   "=", "what the HTTP server and the agents hold at most", 320 << 20, "a host with 512 MiB can be attacked and lives"),
            .bytes("`RPCLimits.streamWindow`", rpc.streamWindow, "≤", "`RPCLimits.connectionWindow`", rpc.connectionWindow,
                   "one stream alone cannot fill the connection"),
            .bytes("32 of `RPCLimits.streamWindow`", 32 * rpc.streamWindow, "≤", "`RPCLimits.maximumUnreadBytes`", rpc.maximumUnreadBytes,
                   "32 readers who read nothing hold up nobody else"),
            .bytes("16 of `RPCLimits.maximumMessageLength`", 16 * rpc.maximumMessageLength, "≤", "`RPCLimits.maximumRequestBytes`",
                   rpc.maximumRequestBytes, "long requests do not fail because there are two of them"),
            .bytes("16 of `RPCLimits.maximumMessageLength`", 16 * rpc.maximumMessageLength, "≤", "`RPCLimits.maximumAnswerBytes`",
                   rpc.maximumAnswerBytes, "long answers do not fail because there are two of them"),
            .bytes("what all streams of a connection may have unsent", unsent, "≤", "64 MiB", 64 << 20,
                   "a peer that calls a thousand times and reads nothing costs no more"),
            .bytes("unread, requests, answers and unsent of one connection", rpc.maximumUnreadBytes + rpc.connectionWindow + rpc.maximumRequestBytes + rpc.maximumAnswerBytes + (64 << 20),
                   "=", "what one member of a mesh can make another hold", 272 << 20, "only members can: strangers get no further than the handshake"),
            .bytes("`YAMLLimits.textBytes`", YAMLLimits().textBytes, "≤", "`YAMLLimits.scalarBytes`", YAMLLimits().scalarBytes,
                   "a value that is accepted can be written"),
            .bytes("`YAMLLimits.configuration.scalarBytes`", yaml.scalarBytes, "≤", "`YAMLLimits.configuration.bytes`", yaml.bytes,
                   "the longest system prompt fits into a file"),
        ]
    }()

    // MARK: what is told in names, headers and records

    private static func names() throws -> [Relation] {
        let api = APILimits()
        let rpc = RPCLimits()
        let discovery = DiscoveryLimits()
        let report = NodeReportLimits()
        let label = String(repeating: "a", count: 62)
        let kind = PluginKind.allCases.map(\.rawValue.utf8.count).max() ?? 0
        let replica = "\(label)-".utf8.count + kind + "-\(ConfigurationLimits.replicas.upperBound)".utf8.count
        // Tags and lengths of fields, 8 bytes for each, are rounded up.
        let methods = ProviderService.all.map { $0.forwarded.reduce(0) { $0 + $1.utf8.count + 8 } }.max() ?? 0
        let plugin = report.name + report.version + kind + report.capabilities + methods + 64
        let state = 1_024 + report.plugins * plugin + report.replicas * (report.replicaID + report.reason + 32)
        let metadata = ["\(MeshMetadata.plugin)\(label)", "\(MeshMetadata.replica)", "traceparent", "x-request-id"]
            .reduce(report.replicaID + 55 + 128) { $0 + $1.utf8.count + 32 }
        let longest = try NodeRecord(
            id: label + "a", mesh: label, name: label, plugins: [label],
            advertised: HostPort(host: Array(repeating: label, count: 3).joined(separator: ".") + ".example-of-a-very-long-name-for-a-domain.org", port: 65_535),
            version: String(repeating: "1", count: report.version), proto: 1)
        let record = longest.text().reduce(0) { $0 + $1.count + 1 }
        return [
            .bytes("the longest `NodeState` that a node sends", state, "≤", "half of `RPCLimits.maximumMessageLength`", rpc.maximumMessageLength / 2,
                   "a node is not lost because its plugins have many words"),
            .bytes("metadata of Hector's own in a call", metadata, "≤", "half of `RPCLimits.maximumHeaderListSize`", rpc.maximumHeaderListSize / 2,
                   "a plugin or a node accepts every call"),
            .bytes("`PercentEncoding.longestMessage`", PercentEncoding.longestMessage, "<", "`ResponseFields.longestTrailers`",
                   ResponseFields.longestTrailers, "trailers have room for more than the status"),
            .bytes("`ResponseFields.longestTrailers`", ResponseFields.longestTrailers, "<", "`RPCLimits.maximumHeaderListSize`",
                   rpc.maximumHeaderListSize, "a host reads the trailers of every failure"),
            .bytes("the longest replica id", replica, "≤", "`NodeReportLimits.replicaID`", report.replicaID, "every replica of a node is used"),
            .bytes("`DiscoveryLimits.textBytesAnnounced`", discovery.textBytesAnnounced, "≤", "`DiscoveryLimits.textBytesAccepted`",
                   discovery.textBytesAccepted, "hosts read what nodes announce"),
            .bytes("a record with the longest names", record, "≤", "`DiscoveryLimits.textBytesAccepted`", discovery.textBytesAccepted,
                   "a node with long names is found, too"),
            .bytes("the longest plugin name", label.utf8.count, "≤", "`ChatLimits.modelBytes`", ChatLimits.standard.modelBytes,
                   "every plugin can be asked for as a model"),
            .bytes("`A2ALimits.context`", A2ALimits.context, "=", "`AgentLimits.sessionNameBytes`", AgentLimits().sessionNameBytes,
                   "a context is the name of a session"),
            .bytes("the longest token with its header", ConfigurationLimits.tokenCharacters.upperBound + "authorization: Bearer ".utf8.count, "≤",
                   "half of `APILimits.headerBytes`", api.headerBytes / 2, "every token that may be configured can be sent"),
            .bytes("`APILimits.headerBytes`", api.headerBytes, "≤", "`APILimits.headBytes`", api.headBytes,
                   "the bound on headers is the one that is told"),
            .bytes("`APILimits.bodyBytes`", api.bodyBytes, "≤", "`APILimits.lingerBytes`", api.lingerBytes,
                   "a client whose body is refused learns why"),
            .bytes("certificate in base64, host name and the rest of a line",
                   Handshake.Limits.certificateBytes * 4 / 3 + 253 + 256, "≤", "`Handshake.Limits.lineBytes`",
                   Handshake.Limits.lineBytes, "the longest certificate fits into a line"),
        ]
    }

    // MARK: how many

    private static let counts: [Relation] = {
        let api = APILimits()
        let rpc = RPCLimits()
        let mesh = MeshLimits()
        let report = NodeReportLimits()
        let dials = Int((PathRunner.dialTime / AddressRace { _ in }.delay).rounded(.up))
        let paths = PathRoster.Limits().paths
        let limit = 65_536
        let reserve = Descriptors.ownUse(processors: 4) + 64 * Descriptors.perReplica + paths * Descriptors.perNode
        return [
            .count("`APILimits.concurrentCalls` and `connectionReserve`", api.concurrentCalls + api.connectionReserve, "≤",
                   "`APILimits.connections`", api.connections, "as many calls as are allowed can come in"),
            .count("`APILimits.concurrentCalls`", api.concurrentCalls, "≤", "`MeshLimits.waitersPerPlugin`", mesh.waitersPerPlugin,
                   "a call that was admitted can wait for a replica; the memory of those that wait is that of their bodies"),
            .count("`APILimits.concurrentCalls`", api.concurrentCalls, "≤", "`RPCLimits.maximumConcurrentStreams`",
                   rpc.maximumConcurrentStreams, "all calls of a host may go to one node"),
            .count("twice `RPCLimits.maximumConcurrentStreams`", 2 * rpc.maximumConcurrentStreams, "≤", "`FloodGuard.burst`", FloodGuard.burst,
                   "a host may go on reading all its streams at once, and the connection's own updates count, too"),
            .count("`RPCLimits.maximumConnections`", rpc.maximumConnections, "≤", "`TLSContext.serverSessions`", TLSContext.serverSessions,
                   "every host can resume its session"),
            .count("`MeshLimits.secondOpinionReserve`", Int(mesh.secondOpinionReserve), "<", "`MeshLimits.retryBurst`", Int(mesh.retryBurst),
                   "second opinions are asked for at all"),
            .count("the highest `replicas`", ConfigurationLimits.replicas.upperBound, "≤", "`NodeReportLimits.replicasPerPlugin`",
                   report.replicasPerPlugin, "every replica that may be configured is used"),
            .count("`ConfigurationLimits.pluginsOfEndpoint`", ConfigurationLimits.pluginsOfEndpoint, "≤", "`NodeReportLimits.plugins`",
                   report.plugins, "a server may serve what a node may"),
            .count("`PluginLimits.manifests`", PluginLimits().manifests, "≤", "`NodeReportLimits.plugins`", report.plugins,
                   "all plugins of a folder are used"),
            .count("addresses of a node that are dialled at once, and two connections", min(dials, DiscoveryLimits().endpointsPerNode) + 2,
                   "≤", "`Descriptors.perNode`", Descriptors.perNode, "nodes that do not answer take no descriptors from plugins"),
            .count("connections and what is reserved, of \(limit) descriptors",
                   Descriptors(limit: limit).connections(replicas: 64, nodes: paths, processors: 4, ceiling: .max) + reserve, "=", "all of them",
                   limit, "clients take no descriptors from plugins and nodes"),
            .count("`ConfigurationLimits.staticEndpoints`", ConfigurationLimits.staticEndpoints, "≤", "`PathRoster.paths`", paths,
                   "every configured address is dialled"),
            .count("`PathRoster.paths`", paths, "≤", "`DiscoveryLimits.nodes`", DiscoveryLimits().nodes, "there is always another to try"),
            .count("`DiscoveryLimits.instances`", DiscoveryLimits().instances, "<", "objects of one client in avahi-daemon", 1_024,
                   "the browsers need some as well"),
            .count("`DiscoveryLimits.subtypes` and the service", DiscoveryLimits().subtypes + 1, "≤", "entries of a group in avahi-daemon", 32,
                   "an announcement is not refused as a whole"),
        ]
    }()

    // MARK: the log

    private static let log: [Relation] = {
        let plugins = PluginLimits()
        let lines = LogLines.Limits()
        // A scalar is escaped with ten bytes at most: \u{10FFFF}.
        let line = lines.lineBytes + 10 * lines.message + 1_024
        return [
            .bytes("the longest line", line, "≤", "an eighth of `LogWriter.standardLimit`", LogWriter.standardLimit / 8,
                   "a line is never too long to be written"),
            .bytes("twice `PluginLimits.logBytesAtOnce`", 2 * plugins.logBytesAtOnce, "≤", "`LogWriter.standardLimit`", LogWriter.standardLimit,
                   "what one plugin prints at once does not cost the program its own lines"),
            .bytes("`PluginLimits.logLineBytes`", plugins.logLineBytes, "≤", "`LogLines.Limits.lineBytes`", lines.lineBytes,
                   "the values of one JSON line fit into one line"),
            .count("`PluginLimits.tracebackBytes`, each a line break", 2 * plugins.tracebackBytes, "≤", "`LogLines.Limits.value`", lines.value,
                   "a traceback keeps its end, where the cause is"),
            .count("`PluginLimits.logValueCharacters`", plugins.logValueCharacters, "≤", "`LogLines.Limits.value`", lines.value,
                   "a plugin's value is cut once"),
            .count("`PluginLimits.logKeys` and our own", plugins.logKeys + 16, "≤", "`LogLines.Limits.values`", lines.values,
                   "a plugin's keys do not push out its name"),
            .count("`PluginLimits.logLinesAtOnce`", plugins.logLinesAtOnce, "≤", "`LogLines.Limits.burst`", lines.burst,
                   "a plugin's lines are counted in one place"),
            .count("`PluginLimits.logLinesPerSecond`", plugins.logLinesPerSecond, "≤", "`LogLines.Limits.perSecond`", Int(lines.perSecond),
                   "a plugin's lines are counted in one place"),
            .count("`FailedCalls.problemCharacters`", FailedCalls.problemCharacters, "≤", "`LogLines.Limits.value`", lines.value,
                   "a failure is cut once"),
        ]
    }()
}
