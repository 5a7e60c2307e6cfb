internal import Glibc
internal import HectorCore

/// A configuration's file, to be read again.
package struct RereadableFile<Configuration: Sendable>: Sendable {
    /// Absolute: the program's directory may be another by then.
    package let path: String
    private let load: @Sendable (String) throws -> Configuration

    package init(_ path: String, load: @escaping @Sendable (String) throws -> Configuration) {
        self.path = absolutePath(path)
        self.load = load
    }

    /// - Throws: `NotRereadable`, and what `load` throws.
    package func read() throws -> Configuration {
        var status = stat()
        // A file that is not there is a problem of those who read it.
        guard stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG else { throw NotRereadable(path: path) }
        return try load(path)
    }
}

/// A configuration that cannot be read a second time: that of a pipe is gone once it has been read.
struct NotRereadable: Error, CustomStringConvertible {
    let path: String

    var description: String { "\(singleLine(path)) is no regular file and cannot be read again: start the program with --config and a file" }
}
