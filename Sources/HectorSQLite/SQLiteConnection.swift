internal import CSQLite

/// A connection to a SQLite database. It is closed when nobody holds it or one of its statements.
///
/// Its methods block: call them on a thread of your own, one at a time.
package final class SQLiteConnection: @unchecked Sendable {  // SQLite guards the handle with a mutex (SQLITE_OPEN_FULLMUTEX); the rest is used by one thread at a time
    package enum Mode: Sendable {
        case read
        case write
        /// As `write`, and makes the file if it does not exist.
        case create
    }

    /// SQLite counts the memory that it uses under a lock of the whole process unless it is told, before its first use, that nobody asks.
    private static let isConfigured = hector_sqlite3_leave_memory_uncounted() == SQLITE_OK

    let handle: OpaquePointer
    /// BEGIN IMMEDIATE and COMMIT, from the first transaction on.
    private var begin, commit: OpaquePointer?

    /// - Parameters:
    ///   - path: Of the file; `:memory:` for one that is never on disk.
    ///   - patience: How long a statement waits for the lock of another connection, in milliseconds.
    /// - Throws: `SQLiteError`. A file that is not a database is noticed by the first statement.
    package init(path: String, mode: Mode, patience: Int32 = 5_000) throws(SQLiteError) {
        let access =
            switch mode {
            case .read: SQLITE_OPEN_READONLY
            case .write: SQLITE_OPEN_READWRITE
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            }
        _ = Self.isConfigured
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, access | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle else {
            // There is a handle even then, unless there was no memory for it.
            let failure = handle.map(Self.failure) ?? SQLiteError(code: SQLITE_NOMEM, message: "out of memory")
            sqlite3_close_v2(handle)
            throw failure
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, patience)
    }

    deinit {
        sqlite3_finalize(begin)
        sqlite3_finalize(commit)
        sqlite3_close_v2(handle)
    }

    /// Whether no transaction is open: SQLite ends one by itself where the disk is full or the memory is used up.
    package var isOutsideTransaction: Bool { sqlite3_get_autocommit(handle) != 0 }

    /// Rows changed, inserted or deleted by the last statement that did so.
    package var changes: Int { Int(sqlite3_changes64(handle)) }

    /// The number of the row that a statement inserts; nil where it only changes one (`ON CONFLICT DO UPDATE`). `RETURNING` would tell both, by way of a
    /// table of its own for each run.
    package func inserted(by statement: SQLiteStatement) throws(SQLiteError) -> Int64? {
        sqlite3_set_last_insert_rowid(handle, 0)
        try statement.run()
        let number = sqlite3_last_insert_rowid(handle)
        return number == 0 ? nil : number
    }

    /// Runs statements without parameters, separated by semicolons; rows are dropped.
    package func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw Self.failure(handle) }
    }

    /// - Parameter sql: One statement.
    package func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        SQLiteStatement(try compiled(sql), of: self)
    }

    private func compiled(_ sql: String) throws(SQLiteError) -> OpaquePointer {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw Self.failure(handle) }
        return statement
    }

    private func run(_ sql: String, kept: inout OpaquePointer?) throws(SQLiteError) {
        if kept == nil { kept = try compiled(sql) }
        defer { sqlite3_reset(kept) }
        guard sqlite3_step(kept) == SQLITE_DONE else { throw Self.failure(handle) }
    }

    /// Does all that `body` does, or nothing of it.
    package func transaction<T, E: Error>(_ body: () throws(E) -> T, mapping: (SQLiteError) -> E) throws(E) -> T {
        func run(_ sql: String, kept: inout OpaquePointer?) throws(E) {
            do throws(SQLiteError) { try self.run(sql, kept: &kept) } catch { throw mapping(error) }
        }
        try run("BEGIN IMMEDIATE", kept: &begin)
        do throws(E) {
            let value = try body()
            try run("COMMIT", kept: &commit)
            return value
        } catch {
            if !isOutsideTransaction { try? execute("ROLLBACK") }
            throw error
        }
    }

    package func transaction<T>(_ body: () throws(SQLiteError) -> T) throws(SQLiteError) -> T {
        try transaction(body, mapping: { $0 })
    }

    /// The first column of the first row; 0 without one.
    package func value(_ sql: String) throws(SQLiteError) -> Int64 { try row(sql) { $0.integer(0) } ?? 0 }

    package func row<T>(_ sql: String, _ read: (SQLiteStatement) -> T) throws(SQLiteError) -> T? {
        let statement = try prepare(sql)
        guard try statement.step() else { return nil }
        return read(statement)
    }

    static func failure(_ handle: OpaquePointer) -> SQLiteError {
        SQLiteError(code: sqlite3_extended_errcode(handle), message: sqlite3_errmsg(handle).map { String(cString: $0) } ?? "unknown")
    }
}
