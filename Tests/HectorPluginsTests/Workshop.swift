import Foundation
import HectorPlugins
import Logging
import NIOPosix
import Synchronization

/// A folder for one test, and what plugins need around them.
final class Workshop: Sendable {
    let path: String
    let folder: PrivateFolder
    let log = CapturedLog()

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/t-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        folder = try PrivateFolder(environment: ["TMPDIR": path])
    }

    deinit {
        folder.remove()
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
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, folder: folder,
            variables: ProcessInfo.processInfo.environment, logger: logger, clock: PluginClock(ContinuousClock()),
            secondsSince1970: { Int64(Date().timeIntervalSince1970) }, random: { 0 })
        environment.limits = limits
        environment.restarts.restarts = restarts
        environment.restarts.firstDelay = .milliseconds(20)
        return environment
    }

    /// What is in the private folder now.
    var privateFiles: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }

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
        get { .trace }
        set {}
    }
}
