import Foundation
import HectorSQLite
import Testing

@Suite struct SQLiteConnectionTests {
    @Test func `Values come back as they were bound`() throws {
        let connection = try SQLiteConnection(path: ":memory:", mode: .create)
        try connection.execute("CREATE TABLE t (a INTEGER, b TEXT, c BLOB, d)")
        let insert = try connection.prepare("INSERT INTO t VALUES (?, ?, ?, ?)")
        for (number, text, bytes) in [(Int64.max, "ü\u{0}\u{10FFFF}", [0, 1, 255] as [UInt8]), (-1, "", [])] {
            try insert.bind(1, number)
            try insert.bind(2, text)
            try insert.bind(3, bytes)
            try insert.bindNull(4)
            try insert.run()
        }
        let rows = try connection.prepare("SELECT a, b, c, d FROM t")
        #expect(try rows.step())
        #expect(rows.integer(0) == .max && rows.text(1) == "ü\u{0}\u{10FFFF}" && rows.withBytes(2) { Array($0) } == [0, 1, 255] && rows.isNull(3))
        #expect(try rows.step())
        #expect(rows.integer(0) == -1 && rows.text(1) == "" && rows.withBytes(2) { Array($0) } == [] && !rows.isNull(1) && !rows.isNull(2))
        #expect(try !rows.step())
    }

    @Test func `A transaction that fails leaves nothing`() throws {
        let connection = try SQLiteConnection(path: ":memory:", mode: .create)
        try connection.execute("CREATE TABLE t (a INTEGER UNIQUE)")
        let error = #expect(throws: SQLiteError.self) {
            try connection.transaction { () throws(SQLiteError) in
                try connection.execute("INSERT INTO t VALUES (1)")
                try connection.execute("INSERT INTO t VALUES (1)")
            }
        }
        #expect(error?.kind == .constraint && error?.message.contains("t.a") == true)
        #expect(connection.isOutsideTransaction)
        let count = try connection.prepare("SELECT count(*) FROM t")
        #expect(try count.step() && count.integer(0) == 0)
    }

    @Test func `A row that was inserted has a number, and one that was changed has none`() throws {
        let connection = try SQLiteConnection(path: ":memory:", mode: .create)
        for table in ["t", "u"] { try connection.execute("CREATE TABLE \(table) (number INTEGER PRIMARY KEY, id TEXT UNIQUE)") }
        func put(_ table: String, _ number: Int64, _ id: String) throws -> Int64? {
            let statement = try connection.prepare("INSERT INTO \(table) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET id = excluded.id")
            try statement.bind(1, number)
            try statement.bind(2, id)
            return try connection.inserted(by: statement)
        }
        #expect(try put("t", 1, "a") == 1)
        #expect(try put("u", 7, "a") == 7)
        // The number that the last row of another table got.
        #expect(try put("t", 7, "a") == nil)
        #expect(try put("t", 8, "b") == 8)
    }

    @Test func `A transaction that found the file locked, or whose end failed, is no hindrance to the next`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let connection = try SQLiteConnection(path: folder + "/file", mode: .create, patience: 0)
        try connection.execute("PRAGMA foreign_keys = ON; CREATE TABLE t (a INTEGER PRIMARY KEY); CREATE TABLE u (a REFERENCES t DEFERRABLE INITIALLY DEFERRED)")
        let other = try SQLiteConnection(path: folder + "/file", mode: .write, patience: 0)
        try other.execute("BEGIN IMMEDIATE")
        func write() throws { try connection.transaction { () throws(SQLiteError) in try connection.execute("INSERT INTO t DEFAULT VALUES") } }
        #expect(#expect(throws: SQLiteError.self) { try write() }?.kind == .busy)
        try other.execute("ROLLBACK")
        try write()
        // What is wrong is only noticed by COMMIT.
        let error = #expect(throws: SQLiteError.self) {
            try connection.transaction { () throws(SQLiteError) in try connection.execute("INSERT INTO t DEFAULT VALUES; INSERT INTO u VALUES (77)") }
        }
        #expect(error?.kind == .constraint)
        #expect(connection.isOutsideTransaction)
        try write()
        #expect(try connection.value("SELECT count(*) FROM t") == 2)
    }

    @Test func `A failure has its kind`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sqlite-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(throws: SQLiteError.self) { try SQLiteConnection(path: folder + "/none/file", mode: .create) }
        #expect(throws: SQLiteError.self) { try SQLiteConnection(path: folder + "/file", mode: .write) }
        try Data(repeating: 7, count: 4_096).write(to: URL(fileURLWithPath: folder + "/other"))
        let other = try SQLiteConnection(path: folder + "/other", mode: .write)
        #expect(#expect(throws: SQLiteError.self) { try other.execute("SELECT * FROM t") }?.kind == .notADatabase)

        let connection = try SQLiteConnection(path: folder + "/file", mode: .create)
        try connection.execute("CREATE TABLE t (a); PRAGMA max_page_count = 3")
        #expect(#expect(throws: SQLiteError.self) { try connection.execute("INSERT INTO t VALUES (zeroblob(100000))") }?.kind == .full)
        let hasty = try SQLiteConnection(path: folder + "/file", mode: .write, patience: 0)
        try connection.execute("BEGIN EXCLUSIVE")
        #expect(#expect(throws: SQLiteError.self) { try hasty.execute("INSERT INTO t VALUES (1)") }?.kind == .busy)
        let reader = try SQLiteConnection(path: folder + "/file", mode: .read)
        try connection.execute("COMMIT")
        #expect(#expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (1)") }?.kind == .readOnly)
    }
}
