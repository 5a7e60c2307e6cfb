internal import HectorCore
internal import Glibc

/// Where a program keeps what must outlive its restart.
package struct StateDirectory: Sendable, Equatable {
    /// From the root; nil: nothing is kept on disk.
    package let path: String?
    /// Why there is no path, where somebody should know; nil where none is wanted.
    package let reason: String?

    /// Says, as a value of the configuration or of `HECTOR_STATE_DIR`, that nothing is kept on disk.
    package static let none = "none"

    /// - Parameters:
    ///   - configured: `state_directory` of the configuration.
    ///   - isRoot: Whether the program runs as root.
    package init(configured: String?, environment: [String: String], isRoot: Bool = geteuid() == 0) {
        func folder(_ variable: String) -> String? {
            // A relative path there counts as none (XDG Base Directory Specification 0.8).
            environment[variable].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        let named = environment["HECTOR_STATE_DIR"].flatMap { $0.isEmpty ? nil : $0 } ?? configured
        let found =
            if let named {
                named == Self.none ? nil : absolutePath(named)
            } else if let first = environment["STATE_DIRECTORY"]?.split(separator: ":").first, first.hasPrefix("/") {
                // systemd.exec(5): of StateDirectory=, perhaps several.
                String(first)
            } else if isRoot {
                "/var/lib/hector"
            } else if let home = folder("XDG_STATE_HOME") {
                "\(home)/hector"
            } else {
                folder("HOME").map { "\($0)/.local/state/hector" }
            }
        path = found
        reason = found == nil && named == nil ? "nothing says where: set state_directory, HECTOR_STATE_DIR or HOME" : nil
    }

    /// Makes it with its parents, mode 0700, if it is not there. Blocks.
    ///
    /// - Throws: `StateFailure` where it cannot be made, belongs to somebody else or others may write to it.
    static func make(_ path: String) throws(StateFailure) {
        var reached = ""
        for part in path.split(separator: "/") {
            reached += "/\(part)"
            guard mkdir(reached, 0o700) == 0 || errno == EEXIST else { throw StateFailure(errno: errno, path: reached) }
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw StateFailure(errno: errno, path: path) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw StateFailure(errno: ENOTDIR, path: path) }
        guard status.st_uid == geteuid() else {
            throw StateFailure(.refused, "\(quoted(path)) belongs to another user: give it to the one that this program runs as, or name another directory")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw StateFailure(.refused, "others may write to \(quoted(path)): run `chmod 700 \(path)`, or name another directory")
        }
    }
}
