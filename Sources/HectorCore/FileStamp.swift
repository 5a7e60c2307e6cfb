internal import Glibc

/// Identifies a state of a file without reading its content. Two files that do not exist are equal.
package struct FileStamp: Sendable, Equatable {
    private struct Found: Equatable {
        let device: UInt
        let inode: UInt
        let size: Int
        let mode: UInt32
        let seconds: Int
        let nanoseconds: Int
    }

    private let found: Found?

    package init(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            found = nil
            return
        }
        found = Found(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size), mode: status.st_mode,
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }
}
