import Glibc

/// The name of a control socket that belongs to this process as long as this value lives.
///
/// A lock (flock(2)) on a file beside the socket tells the living from the dead: the kernel releases it with the process. A socket
/// without the lock was left by a process that was killed, and is replaced; one with it is never touched.
package final class ControlPlace: Sendable {
    /// Where to bind. Nothing is there.
    package let socket: String
    /// 1, or more where other processes have the names before.
    package let number: Int
    private let directory: String
    private let lock: CInt

    private var lockPath: String { socket + ".lock" }

    /// Takes the first free name in the directory, which is made where it is missing.
    package init(of program: ControlledProgram = .host, in directory: String, user: UInt32 = geteuid()) throws(ControlDirectory.Failure) {
        for number in 1...ControlDirectory.mostSockets {
            let socket = "\(directory)/\(ControlDirectory.name(number, of: program))"
            guard socket.utf8.count <= ControlDirectory.longestPath else {
                throw ControlDirectory.Failure("\(socket) is too long for a Unix socket, whose path has at most \(ControlDirectory.longestPath) bytes: set XDG_RUNTIME_DIR to a shorter directory")
            }
            // One that ends may remove the file, or the directory, between two of our steps.
            for _ in 0..<3 {
                try ControlDirectory.make(directory, user: user)
                let lock = open(socket + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
                if lock < 0, errno == ENOENT { continue }
                guard lock >= 0 else { throw ControlDirectory.Failure("cannot write to \(directory): \(String(cString: strerror(errno)))") }
                guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
                    close(lock)
                    break
                }
                guard Self.isSame(lock, socket + ".lock") else {
                    close(lock)
                    continue
                }
                unlink(socket)
                self.directory = directory
                self.socket = socket
                self.number = number
                self.lock = lock
                return
            }
        }
        throw ControlDirectory.Failure("\(directory) has \(ControlDirectory.mostSockets) control sockets in use: stop a program that has one of them")
    }

    /// Only this user, and root, may connect. The peers' user is checked besides: the socket stands for a moment before this.
    package func protect() throws(ControlDirectory.Failure) {
        guard chmod(socket, 0o600) == 0 else { throw ControlDirectory.Failure("cannot protect \(socket): \(String(cString: strerror(errno)))") }
    }

    deinit {
        unlink(socket)
        unlink(lockPath)
        close(lock)
        // Stays where others are inside.
        rmdir(directory)
    }

    private static func isSame(_ descriptor: CInt, _ path: String) -> Bool {
        var open = stat()
        var named = stat()
        return fstat(descriptor, &open) == 0 && lstat(path, &named) == 0 && open.st_dev == named.st_dev && open.st_ino == named.st_ino
    }
}
