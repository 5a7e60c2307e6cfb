internal import HectorCore
package import HectorSQLite
internal import Synchronization

/// Records in a table of a SQLite database: what is indexed is known again after a restart.
package final class RecordsInSQLite: DocumentRecords {
    private let connection: SQLiteConnection
    /// A connection is used by one caller at a time.
    private let turns = Mutex<Void>(())

    /// - Parameter connection: Made for writing. The table is made where it is missing; others may have tables of their own beside it.
    package init(_ connection: SQLiteConnection) throws(SQLiteError) {
        self.connection = connection
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS document_files (
                store TEXT NOT NULL, database TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL, inode INTEGER NOT NULL,
                generations TEXT NOT NULL, problem TEXT, PRIMARY KEY (store, database, path)) WITHOUT ROWID
            """)
    }

    package func records(store: String, database: String) async throws -> [FileRecord] {
        try await work { connection in
            let statement = try connection.prepare(
                "SELECT path, size, modified, inode, generations, problem FROM document_files WHERE store = ? AND database = ? ORDER BY path")
            try statement.bind(1, store)
            try statement.bind(2, database)
            var records: [FileRecord] = []
            while try statement.step() {
                let stamp = FoundFile.Stamp(size: Int(statement.integer(1)), modified: Int(statement.integer(2)), inode: UInt(bitPattern: Int(statement.integer(3))))
                var record = FileRecord(path: statement.text(0), stamp: stamp, problem: statement.isNull(5) ? nil : statement.text(5))
                (record.current, record.stale) = Self.generations(statement.text(4))
                records.append(record)
            }
            return records
        }
    }

    package func put(_ record: FileRecord, store: String, database: String) async throws {
        try await work { connection in
            let statement = try connection.prepare("INSERT OR REPLACE INTO document_files VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            for (index, text) in [store, database, record.path].enumerated() { try statement.bind(Int32(index + 1), text) }
            try statement.bind(4, Int64(record.stamp.size))
            try statement.bind(5, Int64(record.stamp.modified))
            try statement.bind(6, Int64(bitPattern: UInt64(record.stamp.inode)))
            try statement.bind(7, Self.text(record))
            if let problem = record.problem { try statement.bind(8, problem) } else { try statement.bindNull(8) }
            try statement.run()
        }
    }

    package func remove(path: String, store: String, database: String) async throws {
        try await work { connection in
            let statement = try connection.prepare("DELETE FROM document_files WHERE store = ? AND database = ? AND path = ?")
            for (index, text) in [store, database, path].enumerated() { try statement.bind(Int32(index + 1), text) }
            try statement.run()
        }
    }

    /// It waits for the disk: not on a thread of Swift's pool.
    private func work<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        try await LongWork.shared.run(bytes: LongWork.short) { [self] in try turns.withLock { _ in try body(connection) } }
    }

    /// `[[digest, settings, chunks], …]`: the first is the current one, null where there is none.
    private static func text(_ record: FileRecord) -> String {
        let all = [record.current] + record.stale.map(Optional.some)
        return JSON.array(all.map { generation in
            generation.map { .array([.string($0.digest), .string($0.settings), .integer(Int64($0.chunks))]) } ?? .null
        }).text
    }

    /// A text that nothing here wrote counts as nothing: the file is read again.
    private static func generations(_ text: String) -> (current: Generation?, stale: [Generation]) {
        guard let json = try? JSONText(Array(text.utf8)) else { return (nil, []) }
        var all: [Generation?] = []
        json.forEachElement { (_, value: JSONText) in
            var parts: [JSONText] = []
            value.forEachElement { (_, part: JSONText) in parts.append(part) }
            guard parts.count == 3, let digest = parts[0].string, let settings = parts[1].string, let chunks = parts[2].int else { return all.append(nil) }
            all.append(Generation(digest: digest, settings: settings, chunks: chunks))
        }
        return (all.first ?? nil, all.dropFirst().compactMap { $0 })
    }
}
