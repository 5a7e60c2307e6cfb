internal import Glibc
internal import HectorCore
internal import HectorProviders
internal import HectorSQLite

/// The file of a `sqlite` database: opened, locked against other processes, with the id of the data in it.
///
/// The id is made with the file and kept in it, with the number of the file's inode: a file that was copied or restored from a backup
/// gets an id of its own when it is first opened, so that it and its original never count as one store.
struct StoreFile: Sendable {
    struct Settings: Sendable {
        /// From the root.
        var path: String
        /// Bytes that the file may grow to.
        var size: Int
        /// How long to wait for a process that has the file, in milliseconds.
        var patience: Int
    }

    /// Of SQLite's header, <https://www.sqlite.org/fileformat2.html>: "Hect" in ASCII.
    private static let applicationID: Int64 = 0x48656374
    private static let format: Int64 = 1
    /// Pages of the write-ahead log after which it is copied into the file: 8 MiB.
    private static let checkpoint = 2_048

    let settings: Settings
    let storeID: String
    /// Whether it has got a new id, because it is a copy.
    let isCopy: Bool
    let writer: SQLiteConnection
    var inode: UInt64 { lock.inode }
    private let lock: OpenFileLock

    /// Blocks.
    ///
    /// - Throws: `ProviderError` that says what to change.
    init(_ settings: Settings) throws(ProviderError) {
        self.settings = settings
        let path = settings.path
        lock = try Self.lock(path, patience: settings.patience)
        let inode = lock.inode
        do {
            writer = try SQLiteConnection(path: path, mode: .write)
            // FULL: a transaction is on the disk before it is acknowledged, whatever happens to the process or the machine then.
            try writer.execute("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF")
            let isNew = try writer.value("SELECT count(*) FROM sqlite_master") == 0
            let application = try writer.value("PRAGMA application_id")
            guard isNew || application == Self.applicationID else {
                throw ProviderError(.failedPrecondition, "\(quoted(path)) is a SQLite database of another program: name another file in 'path'")
            }
            let format = try writer.value("PRAGMA user_version")
            guard isNew || format == Self.format else {
                throw ProviderError(
                    .failedPrecondition, "\(quoted(path)) has the format \(format), and this version knows \(Self.format): use the version of Hector that wrote it")
            }
            if isNew { try Self.make(writer, inode: inode) }
            try writer.execute("PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = \(Self.checkpoint); PRAGMA cache_size = -16384")
            let pages = try writer.value("PRAGMA page_size")
            try writer.execute("PRAGMA max_page_count = \(max(1, settings.size / Int(max(1, pages))))")
            let known = try writer.row("SELECT id, inode FROM store") { ($0.text(0), $0.integer(1)) }
            guard let (id, birthplace) = known else { throw ProviderError(.failed, Self.damaged(path)) }
            isCopy = birthplace != Int64(bitPattern: inode)
            if isCopy {
                try writer.execute("UPDATE store SET id = lower(hex(randomblob(16))), inode = \(Int64(bitPattern: inode))")
                storeID = try writer.row("SELECT id FROM store") { $0.text(0) } ?? id
            } else {
                storeID = id
            }
        } catch let error as ProviderError {
            throw error
        } catch let error as SQLiteError {
            throw Self.providerError(error, path)
        } catch {
            throw ProviderError(.failed, "\(error)")
        }
    }

    func reader() throws(SQLiteError) -> SQLiteConnection {
        let reader = try SQLiteConnection(path: settings.path, mode: .read)
        try reader.execute("PRAGMA cache_size = -8192; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF")
        return reader
    }

    /// Lets other processes have the file. Nothing more may be done with it, since this also ends the locks that SQLite has on it.
    func release() { lock.release() }

    /// Whether what is written can still be found under some name. Costs a tenth of following the path.
    var hasName: Bool { lock.hasName }

    /// Nil while the path still leads to the file that is open.
    var displacement: String? {
        var status = stat()
        guard stat(settings.path, &status) == 0 else { return "\(quoted(settings.path)) is gone (\(String(cString: strerror(errno)))): restart the plugin" }
        return UInt64(status.st_ino) == inode ? nil : "\(quoted(settings.path)) was replaced while it was open: restart the plugin, which then opens the new file"
    }

    func providerError(_ error: SQLiteError) -> ProviderError { Self.providerError(error, settings.path) }

    private static func make(_ writer: SQLiteConnection, inode: UInt64) throws(SQLiteError) {
        try writer.transaction { () throws(SQLiteError) in
            try writer.execute("""
                CREATE TABLE store (id TEXT NOT NULL, inode INTEGER NOT NULL);
                INSERT INTO store VALUES (lower(hex(randomblob(16))), \(Int64(bitPattern: inode)));
                CREATE TABLE collections (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, size INTEGER NOT NULL);
                PRAGMA application_id = \(applicationID);
                PRAGMA user_version = \(format);
                """)
        }
    }

    /// Takes a lock that other processes of this program ask for. Other programs, such as the `sqlite3` command, may still read the file and
    /// copy it.
    private static func lock(_ path: String, patience: Int) throws(ProviderError) -> OpenFileLock {
        do throws(OpenFileLock.Failure) {
            return try OpenFileLock(path, patience: patience)
        } catch {
            switch error {
            case .failed(let code): throw unusable(path, code)
            case .held:
                throw ProviderError(
                    .failedPrecondition,
                    "\(quoted(path)) is open in another process: a file is served by one process. Leave 'replicas' at 1, or name another file in 'path'")
            }
        }
    }

    private static func unusable(_ path: String, _ code: CInt) -> ProviderError {
        let advice =
            switch code {
            case ENOENT: "its folder does not exist: make it"
            case EACCES, EPERM: "permission denied: let the user that Hector runs as read and write the file and its folder"
            case EROFS: "its file system is read-only: name a file elsewhere in 'path'"
            case EISDIR: "it is a folder: name a file in it"
            case ENOSPC, EDQUOT: "the disk is full: make room"
            default: String(cString: strerror(code))
            }
        return ProviderError(code == ENOSPC || code == EDQUOT ? .exhausted : .failedPrecondition, "\(quoted(path)) cannot be opened: \(advice)")
    }

    private static func damaged(_ path: String) -> String {
        "\(quoted(path)) is damaged: restore it from a backup, or save what can be read with `sqlite3 FILE .recover`"
    }

    private static func providerError(_ error: SQLiteError, _ path: String) -> ProviderError {
        let name = quoted(path)
        return switch error.kind {
        case .full: ProviderError(.exhausted, "\(name) cannot grow: the disk is full, or the file has reached 'disk_mib'. Make room; nothing of this call was kept", cause: error)
        case .readOnly: ProviderError(.failedPrecondition, "\(name) cannot be written: let the user that Hector runs as write the file and its folder", cause: error)
        case .cannotOpen: ProviderError(.failedPrecondition, "\(name) cannot be opened: \(error.message)", cause: error)
        case .damaged: ProviderError(.failed, damaged(path), cause: error)
        case .notADatabase: ProviderError(.failedPrecondition, "\(name) is not a SQLite database: name another file in 'path'", cause: error)
        case .busy: ProviderError(.unavailable, "\(name) is locked by another program, such as a sqlite3 command that writes: end it", cause: error)
        case .outOfMemory: ProviderError(.exhausted, "SQLite is out of memory", cause: error)
        case .constraint, .io, .other: ProviderError(.failed, "\(name): \(error)", cause: error)
        }
    }
}
