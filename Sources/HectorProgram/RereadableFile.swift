internal import Glibc
internal import HectorCore

/// A configuration that cannot be read a second time: that of a pipe is gone once it has been read.
package struct NotRereadable: Error, CustomStringConvertible {
    package let description: String

    /// - Throws: `NotRereadable` where the path names something other than a file.
    package static func check(_ path: String) throws(NotRereadable) {
        var status = stat()
        // A file that is not there is a problem of those who read it.
        guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
        throw NotRereadable(description: "\(singleLine(path)) is no regular file and cannot be read again: start the program with --config and a file")
    }
}
