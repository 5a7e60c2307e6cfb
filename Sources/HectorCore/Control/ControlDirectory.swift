import Glibc

/// A program that is controlled by a Unix socket: the raw value is the beginning of its name.
package enum ControlledProgram: String, Sendable {
    /// `hector serve`
    case host = "control"
    /// `hector-plugin-agent run`
    case node
}

/// Where a program of this machine has the Unix sockets by which it is controlled, and where its commands look for them.
///
/// A directory counts only if it belongs to this user or to root, and nobody else may write there: another user could put a
/// socket of its own in one like /tmp.
package enum ControlDirectory {
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String

        package init(_ description: String) { self.description = description }
    }

    /// The most programs of one user and machine that have a control socket at a time. Tests start dozens.
    package static let mostSockets = 64
    /// What `sun_path` takes (unix(7)), without the final zero.
    package static let longestPath = 107

    /// The directory for the sockets of this process. systemd makes the first (`RuntimeDirectory=`, systemd.exec(5)) and sets
    /// `RUNTIME_DIRECTORY`; `XDG_RUNTIME_DIR` is the user's own (XDG Base Directory Specification).
    package static func path(environment: [String: String], user: UInt32) -> String {
        candidates(environment: environment, user: user)[0]
    }

    /// Where sockets can be, the likeliest first.
    package static func candidates(environment: [String: String], user: UInt32) -> [String] {
        func named(_ variable: String) -> String? {
            // systemd separates several by colons.
            environment[variable].flatMap { $0.split(separator: ":").first.map(String.init) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        let all = [named("RUNTIME_DIRECTORY"), named("XDG_RUNTIME_DIR").map { $0 + "/hector" }, user == 0 ? "/run/hector" : nil, "/tmp/hector-\(user)", "/run/hector"]
            .compactMap(\.self)
        return all.enumerated().filter { !all.prefix($0.offset).contains($0.element) }.map(\.element)
    }

    /// `control.sock`, `control-2.sock` and so on.
    static func name(_ number: Int, of program: ControlledProgram) -> String {
        number == 1 ? "\(program.rawValue).sock" : "\(program.rawValue)-\(number).sock"
    }

    /// The control sockets that a process listens on, in the order of their names.
    package static func live(_ program: ControlledProgram = .host, environment: [String: String], user: UInt32 = geteuid()) -> [String] {
        candidates(environment: environment, user: user).filter { isOurs($0, user: user) }.flatMap { directory in
            (1...mostSockets).map { "\(directory)/\(name($0, of: program))" }.filter(answers)
        }
    }

    /// Makes the directory where it is missing.
    static func make(_ path: String, user: UInt32) throws(Failure) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw Failure("cannot create \(path): \(String(cString: strerror(errno)))")
        }
        guard isOurs(path, user: user) else {
            throw Failure("\(path) is not a directory of this user that nobody else can write to: remove it, or set XDG_RUNTIME_DIR to a directory of this user")
        }
    }

    private static func isOurs(_ path: String, user: UInt32) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR && (status.st_uid == user || status.st_uid == 0 || user == 0) && status.st_mode & 0o022 == 0
    }

    /// Whether a process listens there.
    private static func answers(_ path: String) -> Bool {
        guard path.utf8.count <= longestPath else { return false }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        // Its queue is full: somebody listens.
        return result == 0 || errno == EAGAIN
    }
}
