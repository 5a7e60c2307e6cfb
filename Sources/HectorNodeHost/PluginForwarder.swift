internal import HectorCore
internal import HectorLoad
internal import HectorProto
internal import HectorRPC
internal import Synchronization

/// Passes calls of hosts on to the children of this node, and says what it may not pass on.
final class PluginForwarder: StreamForwarder {
    /// A child's process over one connection, under all of its names. Guarded by the lock of the state.
    private final class Process {
        let connection: ClientConnection
        /// The calls that were passed on to it.
        var load = LoadMeter()
        /// The last report of the plugin itself; nil where it never made one.
        var told: LoadReport?

        init(_ connection: ClientConnection) { self.connection = connection }

        func ended(_ mark: LoadMeter.Mark, _ ending: LoadMeter.Ending, _ told: LoadReport?, now: Instant) {
            load.ended(mark, ending, now: now)
            if let told { self.told = told }
        }

        /// What is known now.
        ///
        /// - Parameter isTold: Whether the plugin told its own report in this moment. Otherwise its calls in flight were counted some
        ///   time ago: what has ended since then without a word, or begun, is known here only.
        func report(isTold: Bool = false) -> LoadReport {
            let seen = load.report
            guard let told else { return seen }
            return told.completed(by: seen, inFlight: isTold ? max(seen.inFlight, told.inFlight) : seen.inFlight)
        }
    }

    /// A child under one of its names.
    private struct Replica {
        let process: Process
        /// Whether its supervisor has it ready. One that is not may still have calls, which count when it is ready again.
        var isOffered = true
        /// Calls under this name.
        var inFlight = 0

        var takesCalls: Bool { isOffered && process.connection.isReady }
        /// Whether nobody needs it any more.
        var isForgotten: Bool { !isOffered && inFlight == 0 }
    }

    private struct Plugin {
        /// That of its name.
        let label: String
        /// Calls passed on so far.
        var calls = 0
        var replicas: [String: Replica] = [:]

        /// The one that has the least to do, of those that take calls.
        var idlest: String? { replicas.lazy.filter(\.value.takesCalls).min { $0.value.process.load.inFlight < $1.value.process.load.inFlight }?.key }

        mutating func ready(_ id: String, _ process: Process) {
            // A replica that was unhealthy for a while still has its connection, and the calls on it.
            if replicas[id]?.process === process {
                replicas[id]?.isOffered = true
            } else {
                replicas[id] = Replica(process: process)
            }
        }

        mutating func gone(_ id: String) {
            replicas[id]?.isOffered = false
            if replicas[id]?.isForgotten == true { replicas[id] = nil }
        }

        /// - Parameter named: The replica that the host wants; nil: any.
        /// - Returns: The replica that the call was assigned to; nil if no replica can take it.
        mutating func begin(_ named: String?, _ work: LoadMeter.Work, now: Instant) -> (id: String, connection: ClientConnection, mark: LoadMeter.Mark)? {
            guard let id = named ?? idlest, let index = replicas.index(forKey: id), replicas.values[index].takesCalls else { return nil }
            calls += 1
            replicas.values[index].inFlight += 1
            let process = replicas.values[index].process
            return (id, process.connection, process.load.began(work, now: now))
        }

        /// - Returns: False where the replica has another connection by now: its calls count anew. An expected race.
        mutating func ended(_ id: String, on connection: ClientConnection) -> Bool {
            guard let index = replicas.index(forKey: id), replicas.values[index].process.connection === connection else { return false }
            replicas.values[index].inFlight -= 1
            if replicas.values[index].isForgotten { replicas.remove(at: index) }
            return true
        }
    }

    private struct State {
        var plugins: [PluginKey: Plugin] = [:]
        /// From when on calls are cut off; nil while the node does not stop.
        var cutFrom: Instant?
        /// Calls that were cut off.
        var cut = 0
        var drained = Drained()

        /// The process behind a connection, while a name has it: usually that of the call.
        func process(of plugin: PluginKey, _ id: String, on connection: ClientConnection) -> Process? {
            if let process = plugins[plugin]?.replicas[id]?.process, process.connection === connection { return process }
            return plugins.values.lazy.compactMap { $0.replicas[id]?.process }.first { $0.connection === connection }
        }

        /// The plugin of that name, or the only one whose name has that label.
        func plugin(_ asked: PluginKey) -> PluginKey? {
            if plugins[asked] != nil { return asked }
            let labelled = plugins.filter { $0.key.kind == asked.kind && $0.value.label == asked.name }
            return labelled.count == 1 ? labelled.first?.key : nil
        }
    }

    /// One call that was passed on, until it has ended.
    private final class PassedCall: Sendable {
        let plugin: PluginKey
        let replica: String
        let connection: ClientConnection
        /// Whether its duration says how long the plugin works.
        let measuresService: Bool
        /// Nil once it has ended.
        private let mark: Mutex<LoadMeter.Mark?>
        private let forwarder: PluginForwarder

        init(
            _ plugin: PluginKey, replica: String, _ connection: ClientConnection, measuresService: Bool, _ mark: LoadMeter.Mark,
            by forwarder: PluginForwarder
        ) {
            self.plugin = plugin
            self.replica = replica
            self.connection = connection
            self.measuresService = measuresService
            self.mark = Mutex(mark)
            self.forwarder = forwarder
        }

        /// The response has ended: what is added to its trailers.
        func trailers(_ end: ForwardedEnd) -> Metadata {
            let told = end.bytes(MeshMetadata.load, atMost: NodeReportLimits().loadReport).flatMap(LoadReport.init(bytes:))
            guard let report = ended(measuresService && end.status == .ok ? .answered : .other, told) else { return [:] }
            var metadata = Metadata()
            metadata.append(report.bytes, forBinary: MeshMetadata.load)
            return metadata
        }

        /// It is over, whether or not there was a response.
        func ended() {
            let isCut = mark.withLock { $0 != nil }
            _ = ended(.other, nil)
            if isCut { forwarder.endedWithoutAnswer() }
        }

        private func ended(_ ending: LoadMeter.Ending, _ told: LoadReport?) -> LoadReport? {
            let mark = mark.withLock { mark in
                defer { mark = nil }
                return mark
            }
            return mark.flatMap { forwarder.ended(self, $0, ending, told) }
        }
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Instant

    init(now: @escaping @Sendable () -> Instant) { self.now = now }

    /// The plugin is served here, whether or not a replica of it is ready.
    func offer(_ plugin: PluginKey) {
        state.withLock { state in
            if state.plugins[plugin] == nil { state.plugins[plugin] = Plugin(label: Label.of(plugin.name)) }
        }
    }

    /// The name is offered no more. Calls under way finish.
    func withdraw(_ plugin: PluginKey) {
        state.withLock { $0.plugins[plugin] = nil }
    }

    func ready(_ plugin: PluginKey, replica: String, _ connection: ClientConnection) {
        state.withLock { state in
            let process = state.process(of: plugin, replica, on: connection) ?? Process(connection)
            state.plugins[plugin]?.ready(replica, process)
        }
    }

    func gone(_ plugin: PluginKey, replica: String) {
        state.withLock { $0.plugins[plugin]?.gone(replica) }
    }

    /// Those of the kinds of plugins that this node has.
    var services: Set<String> {
        Set(state.withLock { Set($0.plugins.keys.map(\.kind)) }.map { ProviderService.of($0).name })
    }

    /// The node stops. Calls that end without an answer after that time count as cut off; said again, the earlier time counts.
    /// Calls that still come are passed on: they were on their way when the connections told their hosts to send no more.
    func drain(within grace: Duration) {
        let end = now().advanced(by: grace)
        state.withLock { $0.cutFrom = min($0.cutFrom ?? end, end) }
    }

    /// Calls that were cut off at the node's stop.
    var cut: Int { state.withLock { $0.cut } }

    private func endedWithoutAnswer() {
        let now = now()
        state.withLock { state in
            if let from = state.cutFrom, now >= from { state.cut += 1 }
        }
    }

    /// What is drained takes no new calls from now on; the rest does.
    func drain(_ drained: Drained) { state.withLock { $0.drained = drained } }

    /// Calls that plugins have which are drained.
    var drainedCalls: Int {
        state.withLock { state in
            state.plugins.filter { state.drained.reason(for: $0.key) != nil }.values.reduce(0) { $0 + $1.replicas.values.reduce(0) { $0 + $1.inFlight } }
        }
    }

    /// Calls passed on so far, by plugin, for the log: `echo-llm: 12, other: 0`.
    var forwarded: String {
        state.withLock { $0.plugins.mapValues(\.calls) }.map { ($0.key.name, $0.value) }.sorted { $0 < $1 }.map { "\($0): \($1)" }
            .joined(separator: ", ")
    }

    /// Calls that the replica has now under this name.
    func inFlight(_ plugin: PluginKey, replica: String) -> Int {
        state.withLock { $0.plugins[plugin]?.replicas[replica]?.inFlight ?? 0 }
    }

    /// What is known of its process without asking the plugin; nil where it takes no calls now.
    func load(of plugin: PluginKey, replica: String) -> LoadReport? {
        state.withLock { state in
            guard state.drained.reason(for: plugin) == nil else { return nil }
            return state.plugins[plugin]?.replicas[replica].flatMap { $0.takesCalls ? $0.process.report() : nil }
        }
    }

    func route(_ request: ForwardedRequest) -> ForwardingDecision {
        guard let method = Self.forwarded[request.path] else {
            return Self.notHere(.permissionDenied, "\(request.path) is not forwarded by this node")
        }
        let name = request.metadata[MeshMetadata.plugin] ?? String(request.authority.prefix { $0 != "." && $0 != ":" })
        // The same name may stand for plugins of several kinds: the service says which is meant.
        let asked = PluginKey(method.kind, name)
        let now = now()
        return state.withLock { state in
            guard let key = state.plugin(asked) else {
                return Self.notHere(
                    .unimplemented,
                    state.plugins.keys.contains { $0.name == name }
                        ? "the plugin \(quoted(name)) does not offer \(quoted(request.path))"
                        : "this node has no plugin \(quoted(name)); name one in the metadata \(MeshMetadata.plugin)")
            }
            if let reason = state.drained.reason(for: key) {
                return Self.notHere(.unavailable, "the plugin \(quoted(key.name)) takes no new calls on this node: \(reason)")
            }
            guard let taken = state.plugins[key]?.begin(request.metadata[MeshMetadata.replica], method.measuresService ? .unary : .other, now: now)
            else { return .notHere }
            let call = PassedCall(key, replica: taken.id, taken.connection, measuresService: method.measuresService, taken.mark, by: self)
            return .to(
                ForwardingTarget(
                    // A process of several names is told which is meant, whatever way the caller said it.
                    taken.connection, metadata: request.metadata[MeshMetadata.plugin] == key.name ? [:] : [MeshMetadata.plugin: key.name], whenLost: Self.whenLost, trailers: { call.trailers($0) }, onEnd: { call.ended() }))
        }
    }

    private func ended(_ call: PassedCall, _ mark: LoadMeter.Mark, _ ending: LoadMeter.Ending, _ told: LoadReport?) -> LoadReport? {
        let now = now()
        return state.withLock { state in
            // The name may be withdrawn while a call is under way: its process has that call, too, under whichever other name.
            let process = state.process(of: call.plugin, call.replica, on: call.connection)
            process?.ended(mark, ending, told, now: now)
            guard state.plugins[call.plugin]?.ended(call.replica, on: call.connection) == true else { return nil }
            return process?.report(isTold: told != nil)
        }
    }

    private static let whenLost: Metadata = [MeshMetadata.lost: MeshMetadata.Lost.replica]

    /// It is this node that refuses, and no plugin: a host asks another one, and other clients are told why.
    private static func notHere(_ code: StatusCode, _ problem: String) -> ForwardingDecision {
        .refuse(RPCError(code, problem, metadata: [MeshMetadata.lost: MeshMetadata.Lost.plugin]))
    }

    /// What hosts may call on plugins, and of which kind.
    private static let forwarded: [String: (kind: PluginKind, measuresService: Bool)] = Dictionary(
        uniqueKeysWithValues: ProviderService.all.flatMap { service in
            service.methods.filter(\.isForwarded).map { ($0.path, (service.kind, $0.measuresService)) }
        })
}

