internal import Glibc

/// Which file stands at a path: another inode, time or size is another one.
struct FileStamp: Equatable {
    private var inode: UInt64 = 0
    private var seconds = 0
    private var nanoseconds = 0
    private var size: Int64 = 0

    init(_ path: String) {
        var found = stat()
        guard stat(path, &found) == 0 else { return }
        (inode, size) = (UInt64(found.st_ino), Int64(found.st_size))
        (seconds, nanoseconds) = (found.st_mtim.tv_sec, found.st_mtim.tv_nsec)
    }
}
