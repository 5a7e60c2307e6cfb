internal import Glibc
internal import HectorCore
internal import HectorSQLite

/// Why something could not be kept, or not be read: what is wrong and what to do.
package struct StateFailure: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// Another process has the directory.
        case inUse
        /// The directory may not be used as it is.
        case refused
        /// The disk, or the file, is full.
        case full
        case readOnly
        /// What is in the file is no whole database, or not ours.
        case damaged
        /// A later version of Hector wrote the file, or another program.
        case foreign
        /// More waits for the disk than may wait.
        case busy
        /// A key or a value is too long.
        case tooLong
        case failed
    }

    package let kind: Kind
    package let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    init(errno code: CInt, path: String) {
        let name = quoted(path)
        switch code {
        case EACCES, EPERM: self.init(.readOnly, "\(name): permission denied: let the user that this program runs as write there, or name another directory")
        case EROFS: self.init(.readOnly, "\(name) is on a read-only file system: name another directory")
        case ENOSPC, EDQUOT: self.init(.full, "\(name): the disk is full: make room")
        case ENOTDIR, EEXIST: self.init(.refused, "\(name) is not a directory: name another one")
        case ELOOP: self.init(.refused, "\(name) is a symbolic link: remove it")
        default: self.init(.failed, "\(name): \(String(cString: strerror(code)))")
        }
    }

    init(_ error: SQLiteError, path: String) {
        let name = quoted(path)
        switch error.kind {
        case .full: self.init(.full, "\(name) cannot grow: the disk is full, or the file has reached its bound; make room")
        case .readOnly, .cannotOpen: self.init(.readOnly, "\(name) cannot be written (\(error.message)): let the user that this program runs as write it and its directory")
        case .damaged, .notADatabase: self.init(.damaged, "\(name) is damaged")
        case .busy: self.init(.busy, "\(name) is locked by another program, such as a sqlite3 command that writes: end it")
        case .outOfMemory, .io, .constraint, .other: self.init(.failed, "\(name): \(error)")
        }
    }
}
