internal import Glibc
internal import HectorCore
internal import HectorSQLite

/// The database of one program in a state directory: opened, or set aside and made anew where it is damaged.
struct StateFile {
    /// "HecS" in ASCII: <https://www.sqlite.org/fileformat2.html>, application id.
    private static let applicationID: Int64 = 0x48656353

    let connection: SQLiteConnection
    /// Where a damaged file went; nil where there was none.
    let setAside: String?

    /// Blocks. The caller has the lock of the program's state.
    ///
    /// - Throws: `StateFailure`.
    init(_ path: String, limits: StoreLimits) throws(StateFailure) {
        let first: StateFailure
        do throws(StateFailure) {
            connection = try Self.open(path, limits: limits)
            setAside = nil
            return
        } catch {
            guard error.kind == .damaged else { throw error }
            first = error
        }
        guard let aside = Self.setAside(path, limits: limits) else { throw first }
        connection = try Self.open(path, limits: limits)
        setAside = aside
    }

    /// What is not on disk.
    static func inMemory(limits: StoreLimits) -> SQLiteConnection? {
        guard let connection = try? SQLiteConnection(path: ":memory:", mode: .create) else { return nil }
        let pages = limits.memoryBytes / 4_096
        guard (try? connection.execute("PRAGMA page_size = 4096; PRAGMA max_page_count = \(pages)")) != nil,
            (try? migrate(connection, path: ":memory:")) != nil
        else { return nil }
        return connection
    }

    private static func open(_ path: String, limits: StoreLimits) throws(StateFailure) -> SQLiteConnection {
        // SQLite would make it readable by all; its other files take the mode of this one.
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw StateFailure(errno: errno, path: path) }
        var status = stat()
        let size = fstat(file, &status) == 0 ? Int(status.st_size) : 0
        close(file)
        do {
            let connection = try SQLiteConnection(path: path, mode: .write)
            // FULL: a transaction is on the disk before it is acknowledged, whatever happens to the process or the machine then.
            try connection.execute("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF")
            let application = try connection.value("PRAGMA application_id")
            let isNew = try connection.value("SELECT count(*) FROM sqlite_master") == 0
            guard isNew || application == applicationID else {
                throw StateFailure(.foreign, "\(quoted(path)) is a database of another program: move it away, or name another directory")
            }
            if size > 0, size <= limits.checkedBytes {
                guard try connection.row("PRAGMA quick_check(1)", { $0.text(0) }) == "ok" else { throw StateFailure(.damaged, "\(quoted(path)) is damaged") }
            }
            // Pages of records that were deleted go back to the disk, a few at a time. Only a new file takes it.
            if isNew { try connection.execute("PRAGMA auto_vacuum = INCREMENTAL") }
            try connection.execute("PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -4096")
            let pages = try connection.value("PRAGMA page_size")
            try connection.execute("PRAGMA max_page_count = \(max(1, limits.fileBytes / Int(max(1, pages))))")
            try migrate(connection, path: path)
            return connection
        } catch let error as StateFailure {
            throw error
        } catch let error as SQLiteError {
            throw StateFailure(error, path: path)
        } catch {
            throw StateFailure(.failed, "\(quoted(path)): \(error)")
        }
    }

    /// Brings the file to the format of today, step by step, each as a whole or not at all.
    private static func migrate(_ connection: SQLiteConnection, path: String) throws {
        let known = Int64(StateMigrations.all.count)
        let version = try connection.value("PRAGMA user_version")
        guard (0...known).contains(version) else {
            throw StateFailure(
                .foreign, "\(quoted(path)) has the format \(version), and this version of Hector knows \(known): use the version that wrote it, or move the file away")
        }
        for (number, statements) in StateMigrations.all.enumerated().dropFirst(Int(version)) {
            try connection.transaction { () throws(SQLiteError) in
                for statement in statements { try connection.execute(statement) }
                try connection.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(number + 1)")
            }
        }
    }

    /// Renames a damaged file and its log, with which `sqlite3 FILE .recover` saves what can be read.
    ///
    /// - Returns: Its new path; nil where it cannot be renamed.
    private static func setAside(_ path: String, limits: StoreLimits) -> String? {
        let names = (1...max(1, limits.damagedFiles)).map { "\(path).damaged-\($0)" }
        let name = names.first { access($0, F_OK) != 0 } ?? names[names.count - 1]
        unlink("\(name)-wal")
        guard rename(path, name) == 0 else { return nil }
        rename("\(path)-wal", "\(name)-wal")
        unlink("\(path)-shm")
        return name
    }
}
