import Foundation
import HectorCore
import HectorPlugins
import HectorProgram
import Logging
import NIOPosix
import Synchronization

/// A directory for one test, and what plugins need around them.
final class Workshop: Sendable {
    let path: String
    let directory: RuntimeDirectory
    let log = CapturedLog()

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/t-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        directory = try RuntimeDirectory(environment: ["TMPDIR": path])
    }

    deinit {
        directory.remove()
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file, executable unless told otherwise, and returns its path.
    @discardableResult
    func write(_ name: String, _ bytes: some Sequence<UInt8>, mode: Int = 0o755) throws -> String {
        let file = "\(path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    func bash(_ script: String) throws -> String { try write("plugin-\(UUID().uuidString.prefix(6))", "#!/bin/bash\n\(script)\n".utf8) }

    func environment(limits: PluginLimits = PluginLimits(), restarts: Int = 0) -> PluginEnvironment {
        var logger = Logger(label: "test") { _ in self.log }
        logger.logLevel = .trace
        var environment = PluginEnvironment(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, directory: directory,
            variables: ProcessInfo.processInfo.environment, logger: logger, timing: .system())
        environment.limits = limits
        environment.restarts.restarts = restarts
        environment.restarts.delays.first = .milliseconds(20)
        return environment
    }

    /// Runs a replica until `body` returns true, stops it, and returns all its states.
    func supervise(
        _ specification: PluginSpecification, _ environment: PluginEnvironment,
        until body: (PluginSupervisor, PluginState) async throws -> Bool
    ) async throws -> [PluginState] {
        let supervisor = PluginSupervisor(specification, replica: "\(specification.name)-1", environment: environment)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await supervisor.run() }
            var states: [PluginState] = []
            for await state in supervisor.states {
                states.append(state)
                if try await body(supervisor, state) { supervisor.stop() }
            }
            try await tasks.waitForAll()
            return states
        }
    }

    /// What of plugins is in the runtime directory now.
    var privateFiles: [String] {
        directory.paths.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? [] }.filter { !$0.hasPrefix(".") }
    }

    /// An executable of this package, built beside the tests.
    static func product(_ name: String) -> String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path + "/" + name
    }
}

/// Keeps what is logged.
final class CapturedLog: LogHandler, Sendable {
    struct Entry: Sendable {
        var level: Logger.Level
        var message: String
        var metadata: Logger.Metadata
    }

    private let stored = Mutex<[Entry]>([])
    let threshold = Mutex(Logger.Level.trace)
    /// A clock for what is logged, where a test sets it.
    let moment = Mutex(Duration.zero)

    var entries: [Entry] { stored.withLock { $0 } }

    func log(event: LogEvent) {
        let entry = Entry(level: event.level, message: event.message.description, metadata: event.metadata ?? [:])
        stored.withLock { $0.append(entry) }
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
        get { threshold.withLock { $0 } }
        set {}
    }
}
