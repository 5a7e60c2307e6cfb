internal import Glibc

/// When a program reads its configuration again.
package enum ReloadMode: String, Sendable, CaseIterable {
    /// At SIGHUP, and when a command asks for it.
    case onRequest = "on_request"
    /// Also when its files have changed.
    case watch
}

/// How much a program writes to its log, least last.
package enum LogThreshold: String, Sendable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}

/// Whether some process has the file open for writing, as far as that can be told: it grants a read lease (fcntl(2)) only while none has,
/// and only to the file's owner. A file of others counts as not open.
package func isOpenForWriting(_ path: String) -> Bool {
    // Not in Glibc's module, which is read without _GNU_SOURCE.
    let (setSignal, setLease): (CInt, CInt) = (10, 1_024)
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    // Somebody who opens it in this moment waits for us, and the kernel says so by a signal: one that ends nothing.
    _ = fcntl(file, setSignal, SIGURG)
    guard fcntl(file, setLease, CInt(F_RDLCK)) < 0 else {
        _ = fcntl(file, setLease, CInt(F_UNLCK))
        return false
    }
    return errno == EAGAIN
}
