import Foundation
import Testing

/// A running program: what it says goes to a file, and it is killed when nobody refers to it any more.
final class Program: Sendable {
    private let process = Process()
    private let log: String
    /// The programs' temporary files go with the scene.
    private let scene: String

    convenience init(
        _ product: String, _ arguments: [String], in scene: Scene, environment: [String: String] = [:]
    ) throws {
        try self.init(executable: Scene.product(product), arguments, in: scene, environment: environment)
    }

    init(executable: String, _ arguments: [String], in scene: Scene, environment: [String: String] = [:]) throws {
        self.scene = scene.folder
        log = "\(scene.folder)/log-\(UUID().uuidString.prefix(8))"
        try Data().write(to: URL(filePath: log))
        let output = try FileHandle(forWritingTo: URL(filePath: log))
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .merging(["TMPDIR": scene.temporary, "NO_COLOR": "1"]) { $1 }.merging(environment) { $1 }
        process.currentDirectoryURL = URL(filePath: scene.folder)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try Self.withNoSignalBlocked { try process.run() }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    var id: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// Everything on standard output and standard error so far.
    var said: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for a line with all these parts.
    @discardableResult
    func says(
        _ parts: String..., within limit: Duration = .seconds(15), at location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        var found: String?
        try await eventually(within: limit) {
            found = said.split(separator: "\n").first { line in parts.allSatisfy(line.contains) }.map(String.init)
            return found != nil || !process.isRunning
        }
        return try #require(found, "\(parts) was not said, but:\n\(said)", sourceLocation: location)
    }

    /// Its exit status, or the number of the signal that ended it, once it has ended.
    func exit(within limit: Duration = .seconds(20), at location: SourceLocation = #_sourceLocation) async throws -> Int32 {
        try await eventually(within: limit) { !process.isRunning }
        try #require(!process.isRunning, "still running after \(limit):\n\(said)", sourceLocation: location)
        return process.terminationStatus
    }

    /// The processes whose parent it is.
    var children: [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.filter { Self.parent(of: $0) == id }
    }

    /// Whether a process with this id is there, a dead one that nobody has waited for excepted.
    static func exists(_ id: Int32) -> Bool { fields(of: id).map { $0.first != "Z" } ?? false }

    private static func parent(of id: Int32) -> Int32? { fields(of: id).flatMap { Int32($0[1]) } }

    /// State, parent and what else follows the name in `/proc/PID/stat`.
    private static func fields(of id: Int32) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: name)...].split(separator: " ")
        return fields.count > 1 ? fields : nil
    }

    /// Swift's pool threads block all signals, and children inherit that.
    private static func withNoSignalBlocked(_ body: () throws -> Void) rethrows {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }
}

/// Looks again and again until the condition holds, or gives up after the limit; the caller checks which.
func eventually(within limit: Duration, _ condition: () throws -> Bool) async throws {
    let end = ContinuousClock.now + limit
    while try !condition(), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
}
