internal import Glibc
internal import Synchronization

/// A lock on a file that one process holds, as long as the value lives or until it is released: the kernel ends it with the process.
///
/// It belongs to the open file: the locks that SQLite takes, which belong to the process, neither see nor end it. Closing it, however, ends
/// those that SQLite has on the same file: release it after the last connection to that file is closed.
package final class OpenFileLock: Sendable {
    package enum Failure: Error, Sendable, Equatable {
        /// Another process has the lock.
        case held
        /// The file cannot be opened or locked: `errno`.
        case failed(CInt)
    }

    /// The number of the file's inode.
    package let inode: UInt64
    private let descriptor: Mutex<CInt?>

    /// Opens the file, makes it (mode 0600) if it is not there, and takes the lock. Blocks while it waits.
    ///
    /// - Parameters:
    ///   - followsLinks: Whether the path may be a symbolic link.
    ///   - patience: How long to wait for another process, in milliseconds.
    package init(_ path: String, followsLinks: Bool = true, patience: Int) throws(Failure) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (followsLinks ? 0 : O_NOFOLLOW), 0o600)
        guard file >= 0 else { throw .failed(errno) }
        // Behind the bytes that SQLite locks.
        var wanted = flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0x4000_1000, l_len: 1, l_pid: 0)
        var waited = 0
        while fcntl(file, Self.setOpenFileLock, &wanted) != 0 {
            let code = errno
            let isHeld = code == EAGAIN || code == EACCES
            guard isHeld, waited < patience else {
                close(file)
                throw isHeld ? .held : .failed(code)
            }
            poll(nil, 0, 50)
            waited += 50
        }
        var status = stat()
        guard fstat(file, &status) == 0 else {
            let code = errno
            close(file)
            throw .failed(code)
        }
        inode = UInt64(status.st_ino)
        descriptor = Mutex(file)
    }

    deinit { release() }

    /// Whether the file has a name yet: no longer once it was deleted, or another was put in its place. False as well after `release`.
    package var hasName: Bool {
        descriptor.withLock { descriptor in
            var status = stat()
            return descriptor.map { fstat($0, &status) == 0 && status.st_nlink > 0 } ?? false
        }
    }

    /// Lets other processes have the file.
    package func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor { close(open) }
            descriptor = nil
        }
    }

    /// F_OFD_SETLK, which Glibc's module does not show.
    private static let setOpenFileLock: CInt = 37
}
