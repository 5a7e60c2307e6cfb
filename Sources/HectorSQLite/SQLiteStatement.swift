internal import CSQLite

/// A prepared statement, used again and again: bind, step through its rows, reset.
///
/// Parameters are numbered from 1, columns from 0, as in SQLite.
package final class SQLiteStatement: @unchecked Sendable {  // SQLite guards it with its connection's mutex (SQLITE_OPEN_FULLMUTEX)
    private let handle: OpaquePointer
    private let connection: SQLiteConnection

    init(_ handle: OpaquePointer, of connection: SQLiteConnection) {
        self.handle = handle
        self.connection = connection
    }

    deinit { sqlite3_finalize(handle) }

    // MARK: parameters

    package func bind(_ index: Int32, _ value: Int64) throws(SQLiteError) { try check(sqlite3_bind_int64(handle, index, value)) }

    package func bind(_ index: Int32, _ value: String) throws(SQLiteError) {
        var value = value
        // With its length: a text may have zero bytes in it.
        try check(value.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) { hector_sqlite3_bind_text(handle, index, $0.baseAddress, Int32($0.count)) }
        })
    }

    /// As a blob: the elements' bytes, as they lie in memory.
    package func bind<Element: BitwiseCopyable>(_ index: Int32, _ value: [Element]) throws(SQLiteError) {
        try check(value.withUnsafeBytes { hector_sqlite3_bind_blob(handle, index, $0.baseAddress, Int32($0.count)) })
    }

    /// Binds NULL.
    package func bindNull(_ index: Int32) throws(SQLiteError) { try check(sqlite3_bind_null(handle, index)) }

    // MARK: rows

    /// - Returns: Whether there is a row.
    package func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLiteConnection.failure(connection.handle)
        }
    }

    /// Ends the statement and forgets its parameters: before it is used again, and so that it does not hold old pages.
    package func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    /// Runs it once without looking at rows, and resets it.
    package func run() throws(SQLiteError) {
        defer { reset() }
        while try step() {}
    }

    package func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// Empty where the column is NULL.
    package func text(_ column: Int32) -> String {
        guard let text = sqlite3_column_text(handle, column) else { return "" }
        return String(decoding: UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self)
    }

    /// The column's bytes, which are gone after `body`, at an address that need not be aligned.
    package func withBytes<T>(_ column: Int32, _ body: (UnsafeRawBufferPointer) -> T) -> T {
        let bytes = sqlite3_column_blob(handle, column)
        return body(UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : Int(sqlite3_column_bytes(handle, column))))
    }

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    private func check(_ code: Int32) throws(SQLiteError) {
        guard code == SQLITE_OK else { throw SQLiteConnection.failure(connection.handle) }
    }
}
