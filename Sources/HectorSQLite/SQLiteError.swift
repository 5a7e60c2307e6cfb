internal import CSQLite

/// Why SQLite did not do something. Equal by kind.
package struct SQLiteError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// No room on the disk, or the file has reached its `max_page_count`.
        case full
        /// The file, its folder or its file system may not be written.
        case readOnly
        /// The file, or its folder, cannot be opened.
        case cannotOpen
        /// The file is damaged.
        case damaged
        /// The file is not a database.
        case notADatabase
        /// Another connection holds a lock.
        case busy
        /// The statement breaks a constraint of its table.
        case constraint
        /// The system failed to read or write.
        case io
        case outOfMemory
        /// Everything else, such as a statement that is wrong.
        case other
    }

    package let kind: Kind
    /// SQLite's extended result code, <https://www.sqlite.org/rescode.html>.
    package let code: Int32
    /// SQLite's own words.
    package let message: String

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
        kind =
            switch code & 0xFF {
            case SQLITE_FULL: .full
            case SQLITE_READONLY, SQLITE_PERM: .readOnly
            case SQLITE_CANTOPEN, SQLITE_AUTH: .cannotOpen
            case SQLITE_CORRUPT: .damaged
            case SQLITE_NOTADB: .notADatabase
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_CONSTRAINT: .constraint
            case SQLITE_IOERR: .io
            case SQLITE_NOMEM, SQLITE_TOOBIG: .outOfMemory
            default: .other
            }
    }

    package var description: String { "\(message) (SQLite's code \(code))" }
}

extension SQLiteError: Equatable {
    package static func == (a: SQLiteError, b: SQLiteError) -> Bool { a.kind == b.kind }
}
