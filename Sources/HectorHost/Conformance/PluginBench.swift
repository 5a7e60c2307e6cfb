internal import Glibc
internal import HectorCore
internal import HectorPlugins
internal import HectorProto
internal import HectorProviders
internal import HectorRPC
internal import Logging
internal import Synchronization

/// Starts the plugin that is checked, as often as checks need it.
struct PluginBench: Sendable {
    let specification: PluginSpecification
    let environment: [String: String]
    let log: Logger
    let output: PluginOutput
    /// The process that most checks share; nil before and after it.
    var process: (plugin: ReadyPlugin, end: PluginTrial.End)?
    /// From its start to the end of `Initialize`.
    var timeToReady = Duration.zero

    func running() throws -> ReadyPlugin {
        guard let process else { throw Skipped("it does not run any more") }
        return process.plugin
    }

    /// Calls a process directly.
    func provider(of plugin: ReadyPlugin, _ limit: Duration) -> CheckedPlugin {
        CheckedPlugin(
            connection: plugin.connection, about: PluginDescription(name: specification.name, version: "", capabilities: plugin.capabilities),
            common: ProviderService.of(specification.kind).common, limit: limit)
    }

    /// Calls a method that every provider has.
    func ask<Q, R>(_ method: KeyPath<ProviderMethods, Method<Q, R>>, _ request: Q, within limit: Duration) async throws -> R {
        let method = ProviderService.of(specification.kind).common[keyPath: method]
        do {
            return try await running().connection.unary(method, request, options: CallOptions(timeout: limit))
        } catch let error as RPCError {
            throw Unfit(
                "\(method.name) fails with \(singleLine("\(error)")). Every provider answers Initialize, Shutdown, Health, GetManifest and GetStatus")
        }
    }

    /// Starts one more process.
    func withAnother<T: Sendable>(
        _ change: (inout PluginSpecification) -> Void = { _ in }, _ body: @Sendable (ReadyPlugin) async throws -> T
    ) async throws -> T {
        var changed = specification
        change(&changed)
        return try await PluginTrial(changed, environment: environment, log: log).run { plugin in try await body(plugin) }
    }
}

/// Counts what the plugin prints, and passes on what is to be shown.
final class PluginOutput: LogHandler, Sendable {
    struct Seen {
        var lines = 0
        var tracebacks: [String] = []
    }

    private let seen = Mutex(Seen())
    private let shown: Logger

    init(shown: Logger) { self.shown = shown }

    var all: Seen { seen.withLock { $0 } }

    func log(event: LogEvent) {
        if event.metadata?["stream"] != nil {
            seen.withLock { seen in
                seen.lines += 1
                // The first ones say enough.
                if event.metadata?["traceback"] != nil, seen.tracebacks.count < 8 { seen.tracebacks.append("\(event.message)") }
            }
        }
        shown.log(level: event.level, event.message, metadata: event.metadata)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }

    var logLevel: Logger.Level {
        get { .debug }
        set {}
    }
}

/// Looks at processes, by what the system says of them.
enum ProcessSight {
    /// Who listens on a unix socket; nil where that cannot be told.
    static func listener(_ path: String) -> Int32? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 }
        }
        // struct ucred: pid, uid, gid.
        var peer: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: peer))
        guard isConnected, getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0, peer.pid > 0 else { return nil }
        return peer.pid
    }

    /// The processes of this user in whose environment a variable has this value.
    static func all(with variable: String, _ value: String) -> [Int32] {
        let wanted = Array("\(variable)=\(value)".utf8)
        var found: [Int32] = []
        for id in (names(inFolder: "/proc") ?? []).compactMap({ Int32($0) }) where id != getpid() {
            // Those of others, and those that have just ended, cannot be read.
            guard let bytes = try? contents(ofFile: "/proc/\(id)/environ", upTo: 1 << 20) else { continue }
            if bytes.split(separator: 0).contains(where: { $0.elementsEqual(wanted) }) { found.append(id) }
        }
        return found
    }
}
