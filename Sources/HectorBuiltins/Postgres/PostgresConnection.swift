internal import CPostgres
internal import Glibc

/// A connection to a PostgreSQL server, used by one thread at a time. Every method blocks that thread, and returns soon after the caller has
/// raised its flag: the server is told to stop, too.
final class PostgresConnection: @unchecked Sendable {  // the pool hands it to one piece of work at a time
    enum Value {
        case text(String)
        case number(Int)
        case vector([Float])
        case texts([String])
        case real(Double)
    }

    /// The rows of an answer: texts, nil for NULL.
    typealias Rows = [[String?]]

    /// Milliseconds between two looks at the caller's flag, while the server works.
    private static let tick: Int32 = 20
    /// Prepared statements of one connection.
    private static let mostStatements = 200

    private let handle: OpaquePointer
    private let address: PostgresAddress
    private var prepared: [String: String] = [:]
    /// Of `hnsw.ef_search`, as it is set here.
    var candidates = 0

    /// - Throws: `PostgresError`.
    init(_ address: PostgresAddress, statementTimeout milliseconds: Int) throws {
        self.address = address
        let settings = [
            "dbname": address.url, "connect_timeout": "10", "application_name": "hector", "client_encoding": "UTF8",
            "options": "-c statement_timeout=\(milliseconds) -c jit=off -c idle_in_transaction_session_timeout=60000",
            // A server that has vanished is noticed within half a minute.
            "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "4", "tcp_user_timeout": "30000",
        ].sorted { $0.key == "dbname" || $1.key != "dbname" && $0.key < $1.key }
        var keys: [UnsafePointer<CChar>?] = settings.map { UnsafePointer(strdup($0.key)) } + [nil]
        var values: [UnsafePointer<CChar>?] = settings.map { UnsafePointer(strdup($0.value)) } + [nil]
        defer { for text in keys + values { free(UnsafeMutablePointer(mutating: text)) } }
        // 1: a URL in dbname is expanded.
        guard let handle = PQconnectdbParams(&keys, &values, 1) else { throw PostgresError(state: "", message: "out of memory") }
        guard PQstatus(handle) == CONNECTION_OK else {
            let words = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
            PQfinish(handle)
            throw PostgresError(state: Self.state(ofConnectionFailure: words), message: address.clean(words))
        }
        self.handle = handle
        // Notices go nowhere: "already exists, skipping".
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        PQsetnonblocking(handle, 1)
    }

    deinit { PQfinish(handle) }

    /// libpq 15 does not tell the state of a failed connection, only the words, which servers send in their own language.
    private static func state(ofConnectionFailure words: String) -> String {
        if words.contains("password authentication failed") || words.contains("no password supplied") || words.contains("pg_hba.conf") { return "28P01" }
        if words.contains("database \"") && words.contains("does not exist") { return "3D000" }
        if words.contains("role \"") && words.contains("does not exist") { return "28000" }
        if words.contains("too many clients") || words.contains("remaining connection slots") { return "53300" }
        return ""
    }

    /// Several statements without parameters; rows are dropped.
    func execute(_ sql: String, _ cancelled: Flag) throws {
        try check(PQsendQuery(handle, sql))
        _ = try results(cancelled)
    }

    /// One prepared statement.
    func query(_ sql: String, _ values: [Value] = [], _ cancelled: Flag) throws -> Rows {
        let name = try prepare(sql, cancelled)
        try send(name, values)
        return try results(cancelled)
    }

    /// One prepared statement for each set of values, all sent at once.
    func run(_ sql: String, each sets: [[Value]], _ cancelled: Flag) throws {
        let name = try prepare(sql, cancelled)
        guard PQenterPipelineMode(handle) == 1 else { throw failure() }
        defer { PQexitPipelineMode(handle) }
        var problem: (any Error)?
        // In portions, so that neither side's buffer grows without end.
        for first in stride(from: 0, to: sets.count, by: 256) where problem == nil {
            for values in sets[first..<min(first + 256, sets.count)] { try send(name, values) }
            try check(PQpipelineSync(handle))
            do { _ = try results(cancelled, untilSync: true) } catch { problem = error }
        }
        if let problem { throw problem }
    }

    /// Does all that the body does, or nothing of it.
    func transaction<T>(_ cancelled: Flag, _ body: () throws -> T) throws -> T {
        try execute("BEGIN", cancelled)
        do {
            let value = try body()
            try execute("COMMIT", cancelled)
            return value
        } catch {
            if PQstatus(handle) == CONNECTION_OK { try? execute("ROLLBACK", Flag()) }
            throw error
        }
    }

    // MARK: -

    private func prepare(_ sql: String, _ cancelled: Flag) throws -> String {
        if let name = prepared[sql] { return name }
        if prepared.count >= Self.mostStatements {
            try execute("DEALLOCATE ALL", cancelled)
            prepared = [:]
        }
        let name = "h\(prepared.count)"
        try check(PQsendPrepare(handle, name, sql, 0, nil))
        _ = try results(cancelled)
        prepared[sql] = name
        return name
    }

    private func send(_ name: String, _ values: [Value]) throws {
        // All values in one place, each ended by a zero byte as texts must be.
        var storage: [UInt8] = []
        storage.reserveCapacity(values.reduce(0) { $0 + $1.bytesAtMost })
        var (offsets, lengths, formats): ([Int], [Int32], [Int32]) = ([], [], [])
        for value in values {
            let start = storage.count
            formats.append(value.append(to: &storage) ? 1 : 0)
            offsets.append(start)
            lengths.append(Int32(storage.count - start))
            storage.append(0)
        }
        let sent = storage.withUnsafeBytes { storage in
            let pointers = offsets.map { offset in storage.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) } }
            return PQsendQueryPrepared(handle, name, Int32(values.count), pointers, lengths, formats, 0)
        }
        try check(sent)
    }

    private func check(_ code: Int32) throws {
        guard code == 1 else { throw failure() }
    }

    private func failure() -> PostgresError {
        PostgresError(state: "", message: address.clean(PQerrorMessage(handle).map { String(cString: $0) } ?? ""))
    }

    /// Waits for all results of what was sent: the rows of the last one.
    ///
    /// - Throws: The first failure, once all have come, so that the connection is ready for what comes next; `CancellationError`.
    private func results(_ cancelled: Flag, untilSync: Bool = false) throws -> Rows {
        var rows: Rows = []
        var problem: PostgresError?
        var hasAsked = false
        while true {
            try waitForResult(cancelled, &hasAsked)
            guard let result = PQgetResult(handle) else {
                // In a pipeline, nil parts the results of two statements.
                if untilSync, PQstatus(handle) == CONNECTION_OK { continue }
                break
            }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK: rows = Self.rows(result)
            case PGRES_COMMAND_OK, PGRES_PIPELINE_ABORTED, PGRES_EMPTY_QUERY: break
            case PGRES_PIPELINE_SYNC:
                if hasAsked, cancelled.isRaised { throw CancellationError() }
                if let problem { throw problem }
                return rows
            default:
                if problem == nil { problem = self.problem(result) }
            }
        }
        if let problem {
            if problem.state == "57014", cancelled.isRaised { throw CancellationError() }
            throw problem
        }
        guard PQstatus(handle) == CONNECTION_OK else { throw failure() }
        return rows
    }

    private func waitForResult(_ cancelled: Flag, _ hasAsked: inout Bool) throws {
        while true {
            let unsent = PQflush(handle)
            guard unsent >= 0 else { throw failure() }
            if unsent == 0, PQisBusy(handle) == 0 { return }
            if cancelled.isRaised, !hasAsked {
                hasAsked = true
                stop()
            }
            var socket = pollfd(fd: PQsocket(handle), events: Int16(POLLIN) | (unsent == 1 ? Int16(POLLOUT) : 0), revents: 0)
            guard poll(&socket, 1, Self.tick) > 0 else { continue }
            guard PQconsumeInput(handle) == 1 else { throw failure() }
        }
    }

    /// Tells the server that nobody waits for the statement any more.
    private func stop() {
        guard let cancel = PQgetCancel(handle) else { return }
        defer { PQfreeCancel(cancel) }
        var words = [CChar](repeating: 0, count: 256)
        _ = PQcancel(cancel, &words, Int32(words.count))
    }

    private static func rows(_ result: OpaquePointer) -> Rows {
        let columns = PQnfields(result)
        return (0..<PQntuples(result)).map { row in
            (0..<columns).map { column in
                guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else { return nil }
                let length = Int(PQgetlength(result, row, column))
                return value.withMemoryRebound(to: UInt8.self, capacity: length) { String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self) }
            }
        }
    }

    private func problem(_ result: OpaquePointer) -> PostgresError {
        func field(_ letter: Character) -> String {
            PQresultErrorField(result, Int32(letter.asciiValue ?? 0)).map { String(cString: $0) } ?? ""
        }
        let message = field("M")
        return PostgresError(state: field("C"), message: address.clean(message.isEmpty ? PQresultErrorMessage(result).map { String(cString: $0) } ?? "" : message))
    }
}

extension PostgresConnection.Value {
    /// As it travels, with the zero byte behind it; enough for most.
    fileprivate var bytesAtMost: Int {
        switch self {
        case .text(let text): text.utf8.count + 1
        case .number, .real: 32
        case .texts(let texts): texts.reduce(3) { $0 + $1.utf8.count + 3 }
        case .vector(let vector): 4 + 4 * vector.count + 1
        }
    }

    /// - Returns: Whether that is PostgreSQL's binary form of it.
    fileprivate func append(to bytes: inout [UInt8]) -> Bool {
        switch self {
        case .text(let text): bytes += text.utf8
        case .number(let number): bytes += String(number).utf8
        case .real(let number): bytes += "\(number)".utf8
        case .texts(let texts):
            bytes += ("{" + texts.map { "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\"" }.joined(separator: ",") + "}").utf8
        case .vector(let vector):
            // pgvector's vector_send: the number of dimensions, zero, and the numbers, all with the highest byte first.
            bytes += [UInt8](unsafeUninitializedCapacity: 4 + 4 * vector.count) { buffer, count in
                let place = UnsafeMutableRawBufferPointer(buffer)
                place.storeBytes(of: UInt16(vector.count).bigEndian, toByteOffset: 0, as: UInt16.self)
                place.storeBytes(of: 0, toByteOffset: 2, as: UInt16.self)
                for (index, number) in vector.enumerated() {
                    place.storeBytes(of: number.bitPattern.bigEndian, toByteOffset: 4 + 4 * index, as: UInt32.self)
                }
                count = 4 + 4 * vector.count
            }
            return true
        }
        return false
    }
}
