import Foundation
import Synchronization
import Testing

/// A running program: what it says goes to a file, and it ends with its scene at the latest.
///
/// Not Foundation's `Process`: that learns of an end by a descriptor that programs started meanwhile hold open too.
final class Program: Sendable {
    let id: pid_t
    private let log: String
    private let status = Mutex<Int32?>(nil)

    init(executable: String, _ arguments: [String], in scene: Scene, environment: [String: String]) throws {
        log = "\(scene.folder)/log-\(UUID().uuidString.prefix(8))"
        let variables = ProcessInfo.processInfo.environment
            .merging(["TMPDIR": scene.temporary, "XDG_RUNTIME_DIR": scene.temporary, "NO_COLOR": "1", "HECTOR_STATE_DIR": "none"]) { $1 }
            .merging(environment) { $1 }

        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&files, 1, 2)
        // Swift's pool threads block all signals, and children would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let words = ([executable] + arguments).map { strdup($0) } + [nil]
        let settings = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + settings { free(text) } }
        var child: pid_t = 0
        let failure = posix_spawn(&child, executable, &files, &attributes, words, settings)
        try #require(failure == 0, "\(executable): \(String(cString: strerror(failure)))")
        id = child
    }

    /// At once, and nothing of it remains.
    func kill() {
        guard isRunning else { return }
        Foundation.kill(id, SIGKILL)
        status.withLock { status in
            var found: Int32 = 0
            if status == nil, waitpid(id, &found, 0) == id { status = found }
        }
    }

    var isRunning: Bool { ended == nil }

    /// The status that `waitpid` gives, once it has ended.
    private var ended: Int32? {
        status.withLock { status in
            var found: Int32 = 0
            if status == nil, waitpid(id, &found, WNOHANG) == id { status = found }
            return status
        }
    }

    /// Everything on standard output and standard error so far.
    var said: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    func signal(_ signal: Int32) { if isRunning { Foundation.kill(id, signal) } }

    /// Waits for a line with all these parts.
    @discardableResult
    func says(
        _ parts: String..., within limit: Duration = .seconds(15), at location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        var found: String?
        try await eventually(within: limit) {
            let isOver = !isRunning
            found = said.split(separator: "\n").first { line in parts.allSatisfy(line.contains) }.map(String.init)
            return found != nil || isOver
        }
        return try #require(found, "\(parts) was not said, but:\n\(said)", sourceLocation: location)
    }

    /// Its exit status, or 128 and the number of the signal that ended it, once it has ended.
    func exit(within limit: Duration = .seconds(20), at location: SourceLocation = #_sourceLocation) async throws -> Int32 {
        try await eventually(within: limit) { !isRunning }
        let status = try #require(ended, "still running after \(limit):\n\(said)", sourceLocation: location)
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// The processes whose parent it is.
    var children: [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.filter { Self.parent(of: $0) == id }
    }

    /// Whether a process with this id is there, a dead one that nobody has waited for excepted.
    static func exists(_ id: Int32) -> Bool { fields(of: id).map { $0.first != "Z" } ?? false }

    static func parent(of id: Int32) -> Int32? { fields(of: id).flatMap { Int32($0[1]) } }

    /// State, parent and what else follows the name in `/proc/PID/stat`.
    private static func fields(of id: Int32) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: name)...].split(separator: " ")
        return fields.count > 1 ? fields : nil
    }
}

/// Looks again and again until the condition holds, or gives up after the limit; the caller checks which.
func eventually(within limit: Duration, _ condition: () throws -> Bool) async throws {
    let end = ContinuousClock.now + limit
    while try !condition(), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
}
