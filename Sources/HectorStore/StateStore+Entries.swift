internal import HectorCore
internal import HectorSQLite

/// One thing that is kept: its namespace belongs to the part of the program that keeps it.
package struct StateEntry: Sendable, Equatable {
    package let key: String
    package let value: [UInt8]

    package init(key: String, value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

/// A change of what is kept.
package enum StateChange: Sendable {
    /// Instead of what has the key.
    case put(StateEntry, namespace: String)
    /// Nothing happens where no entry has the key.
    case delete(key: String, namespace: String)
    /// All entries whose keys begin so; all of the namespace for an empty prefix.
    case deleteAll(prefix: String, namespace: String)

    /// What it counts as.
    fileprivate var bytes: Int { if case .put(let entry, _) = self { entry.key.utf8.count + entry.value.count } else { 0 } }

    fileprivate func isShort(_ limits: StoreLimits) -> Bool {
        func isKey(_ text: String) -> Bool { text.utf8.count <= limits.keyBytes && !text.utf8.contains(0) }
        return switch self {
        case .put(let entry, let namespace): entry.value.count <= limits.valueBytes && !entry.key.isEmpty && isKey(entry.key) && isKey(namespace)
        case .delete(let key, let namespace), .deleteAll(let key, let namespace): isKey(key) && isKey(namespace)
        }
    }
}

/// Entries by key in namespaces, in the order of the bytes of their keys.
extension StateStore {
    /// Does all of the changes, in order, or none of them.
    ///
    /// - Throws: `StateFailure`; then nothing was changed, and `conditions` tell it until a later change is kept.
    package func apply(_ changes: [StateChange]) async throws(StateFailure) {
        guard !changes.isEmpty else { return }
        try await apply(bytes: changes.reduce(0) { $0 + $1.bytes }) { changes }
    }

    /// As the other one, with changes that are made up when it is their turn: of two calls, the later one writes what is so later.
    ///
    /// - Parameter bytes: Their size, as far as it is known.
    package func apply(bytes: Int = 0, _ changes: @escaping @Sendable () -> [StateChange]) async throws(StateFailure) {
        do throws(StateFailure) {
            let areShort = try await run(bytes: bytes) { [limits] connection throws(SQLiteError) in
                let changes = changes()
                guard changes.allSatisfy({ $0.isShort(limits) }) else { return false }
                try connection.transaction { () throws(SQLiteError) in
                    for change in changes { try Self.apply(change, connection) }
                }
                return true
            }
            guard areShort else {
                throw StateFailure(.tooLong, "a key has 1 to \(limits.keyBytes) bytes and no zero byte, a value at most \(limits.valueBytes)")
            }
            note(nil)
        } catch {
            note(error)
            throw error
        }
    }

    package func put(_ value: [UInt8], for key: String, in namespace: String) async throws(StateFailure) {
        try await apply([.put(StateEntry(key: key, value: value), namespace: namespace)])
    }

    package func delete(_ key: String, in namespace: String) async throws(StateFailure) {
        try await apply([.delete(key: key, namespace: namespace)])
    }

    /// - Returns: Nil where no entry has the key.
    package func get(_ key: String, in namespace: String) async throws(StateFailure) -> [UInt8]? {
        try await run { connection throws(SQLiteError) in
            let row = try connection.prepare("SELECT value FROM entries WHERE namespace = ? AND key = ?")
            try row.bind(1, namespace)
            try row.bind(2, key)
            return try row.step() ? row.withBytes(0) { Array($0) } : nil
        }
    }

    /// Entries of a namespace whose keys begin with `prefix`, in the order of their keys.
    ///
    /// - Parameters:
    ///   - after: Only those whose keys come behind this one: to go on after the last of an earlier list.
    ///   - limit: The most that are returned.
    package func list(in namespace: String, prefix: String = "", after: String? = nil, limit: Int = .max) async throws(StateFailure) -> [StateEntry] {
        try await run { connection throws(SQLiteError) in try Self.list(connection, namespace, prefix, after, limit) }
    }

    /// All entries of a namespace, for the start of a program: blocks the thread that calls it.
    package func listNow(in namespace: String, prefix: String = "") throws(StateFailure) -> [StateEntry] {
        try runNow { connection throws(SQLiteError) in try Self.list(connection, namespace, prefix, nil, .max) }
    }

    private static func apply(_ change: StateChange, _ connection: SQLiteConnection) throws(SQLiteError) {
        switch change {
        case .put(let entry, let namespace):
            let statement = try connection.prepare("INSERT INTO entries VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
            try statement.bind(1, namespace)
            try statement.bind(2, entry.key)
            try statement.bind(3, entry.value)
            try statement.run()
        case .delete(let key, let namespace):
            let statement = try connection.prepare("DELETE FROM entries WHERE namespace = ? AND key = ?")
            try statement.bind(1, namespace)
            try statement.bind(2, key)
            try statement.run()
        case .deleteAll(let prefix, let namespace):
            let statement = try connection.prepare("DELETE FROM entries WHERE \(range)")
            try bind(statement, namespace, prefix, nil)
            try statement.run()
        }
    }

    private static func list(
        _ connection: SQLiteConnection, _ namespace: String, _ prefix: String, _ after: String?, _ limit: Int
    ) throws(SQLiteError) -> [StateEntry] {
        let rows = try connection.prepare("SELECT key, value FROM entries WHERE \(range) ORDER BY key LIMIT ?5")
        try bind(rows, namespace, prefix, after)
        try rows.bind(5, Int64(limit))
        var entries: [StateEntry] = []
        while try rows.step() { entries.append(StateEntry(key: rows.text(0), value: rows.withBytes(1) { Array($0) })) }
        return entries
    }

    /// From the prefix on, and before all that begins otherwise: no UTF-8 text has a byte of 255.
    private static let range = "namespace = ?1 AND key >= ?2 AND key < ?3 AND key > ?4"

    private static func bind(_ statement: SQLiteStatement, _ namespace: String, _ prefix: String, _ after: String?) throws(SQLiteError) {
        try statement.bind(1, namespace)
        try statement.bind(2, prefix)
        // The last code point there is: keys are names, and end before it.
        try statement.bind(3, prefix + "\u{10FFFF}")
        try statement.bind(4, after ?? "")
    }
}
