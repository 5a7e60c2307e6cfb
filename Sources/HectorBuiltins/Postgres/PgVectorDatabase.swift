internal import HectorCore
package import HectorPlugin
package import HectorProviders
internal import Synchronization

/// The built-in vector database `pgvector`: tables of a PostgreSQL server with its extension of that name.
///
/// Vectors are compared by cosine, through an HNSW index: nearly always the nearest, not always. Any number of replicas may use one database.
package final class PgVectorDatabase: HandingOverDatabase {
    private struct Configured: Sendable {
        let address: PostgresAddress
        let pool: PostgresPool
        let size: Int
        let returnsVectors: Bool
        /// Nil until its server has answered for the first time.
        var store: Store?
    }

    private struct Store: Sendable {
        let id: String
        /// Whether an index goes on where a filter lets too little pass (pgvector 0.8).
        let scansOn: Bool
    }

    private struct Collection: Sendable {
        let number: Int
        let size: Int

        var table: String { "hector.records_\(number)" }
    }

    /// The schema, tables and lock of this format belong together.
    private static let format = 1
    /// "Hect" in ASCII: who makes tables waits for others who do.
    private static let lock = 0x48656374
    /// Numbers in a vector that an HNSW index takes; larger ones are compared one by one.
    private static let indexed = 2_000
    /// Candidates that an index keeps in mind: at 100, 95 of 100 nearest are found among millions, at the cost of a millisecond.
    private static let candidates = 100
    private static let mostCandidates = 1_000

    private let configured = Mutex<Configured?>(nil)
    private let known = Mutex<[String: Collection]>([:])
    private let limits: VectorLimits
    private let version: String

    package static let keys = ["url", "pool", "statement_timeout", "return_vectors"]

    package init(version: String = HectorVersion.current, limits: VectorLimits = VectorLimits()) {
        self.limits = limits
        self.version = version
    }

    /// With the store once it is connected: server and database.
    package var about: PluginDescription {
        var capabilities = ["upsert_batch": "true", "search_filtered": "true", "count": "true"]
        capabilities["store"] = configured.withLock { $0?.store?.id }
        return PluginDescription(
            name: "pgvector", version: version, author: "Hector", summary: "A vector database in PostgreSQL, with its extension pgvector",
            capabilities: capabilities)
    }

    package var load: ProviderLoad { ProviderLoad(slots: configured.withLock { $0?.size }) }

    package func initialize(config: [String: String]) async throws {
        guard configured.withLock({ $0 == nil }) else { throw ProviderError(.failedPrecondition, "the database is configured already") }
        let configuration = BuiltinConfiguration(config)
        try configuration.refuseOthers(than: Self.keys)
        let address = try PostgresAddress(try configuration.required("url", "the address of a server, as in postgresql://USER:PASSWORD@HOST/DATABASE"))
        let size = try configuration.integer("pool", in: 1...64, default: 8)
        let timeout = config["statement_timeout"].flatMap(DurationText.parse) ?? .seconds(60)
        let pool = PostgresPool(address, size: size, statementTimeout: Int(timeout / .milliseconds(1)), limits: limits) { connection in
            // Strict: what comes is in order. So many tuples that only a filter that lets almost nothing pass ends before.
            try? connection.execute("SET hnsw.iterative_scan = strict_order; SET hnsw.max_scan_tuples = 100000", Flag())
            try connection.execute("SET hnsw.ef_search = \(Self.candidates)", Flag())
            connection.candidates = Self.candidates
        }
        let new = Configured(address: address, pool: pool, size: size, returnsVectors: try configuration.flag("return_vectors"), store: nil)
        configured.withLock { $0 = new }
        do {
            _ = try await store(new, repeats: false)
        } catch let error as ProviderError where error.code == .unavailable {
            // A server that is not up yet is waited for: until then, health says what is missing.
        } catch {
            configured.withLock { $0 = nil }
            throw error
        }
    }

    /// What the server is, asked where it has not answered yet.
    private func store(_ known: Configured, repeats: Bool = true) async throws -> Store {
        if let store = known.store { return store }
        let address = known.address
        let (id, version) = try await known.pool.run(bytes: 0, repeats: repeats) { connection, cancelled, _ in try Self.migrate(connection, cancelled, address) }
        let store = Store(id: id, scansOn: !version.lexicographicallyPrecedes([0, 8]))
        configured.withLock { $0?.store = store }
        return store
    }

    /// Makes what is not there. Replicas that start at once wait for each other.
    ///
    /// - Returns: The store, and the extension's version.
    private static func migrate(_ connection: PostgresConnection, _ cancelled: Flag, _ address: PostgresAddress) throws -> (String, [Int]) {
        try connection.transaction(cancelled) {
            _ = try connection.query("SELECT pg_advisory_xact_lock(\(lock))", [], cancelled)
            let version = try extensionVersion(connection, cancelled, address)
            guard !version.lexicographicallyPrecedes([0, 5]) else {
                throw ProviderError(
                    .failedPrecondition,
                    "the extension pgvector of \(address.name) is \(version.map(String.init).joined(separator: ".")), and 0.5 or later is needed, better 0.8: install a newer package, then ALTER EXTENSION vector UPDATE")
            }
            try connection.execute("""
                CREATE SCHEMA IF NOT EXISTS hector;
                CREATE TABLE IF NOT EXISTS hector.store (id uuid NOT NULL, format integer NOT NULL);
                INSERT INTO hector.store SELECT gen_random_uuid(), \(format) WHERE NOT EXISTS (SELECT FROM hector.store);
                CREATE TABLE IF NOT EXISTS hector.collections (number bigserial PRIMARY KEY, name text NOT NULL UNIQUE, size integer NOT NULL)
                """, cancelled)
            let row = try connection.query("SELECT id::text, format::text, current_database() FROM hector.store", [], cancelled).first ?? []
            guard row.count == 3, let id = row[0], let found = row[1], let database = row[2] else { throw ProviderError(.failed, "the table hector.store is empty") }
            guard found == String(format) else {
                throw ProviderError(
                    .failedPrecondition, "the tables in \(address.name) have the format \(found), and this version knows \(format): use the version of Hector that made them")
            }
            // A dump that was restored elsewhere has the same id, and another server.
            let isTold = try connection.query("SELECT has_function_privilege('pg_catalog.pg_control_system()', 'execute')::text", [], cancelled)
            let server = isTold.first?.first == "true" ? try connection.query("SELECT system_identifier::text FROM pg_control_system()", [], cancelled).first?.first : nil
            return ("postgresql \((server ?? nil) ?? "") \(database) \(id)", version)
        }
    }

    private static func extensionVersion(_ connection: PostgresConnection, _ cancelled: Flag, _ address: PostgresAddress) throws -> [Int] {
        func version(_ column: String, _ table: String) throws -> [Int]? {
            let text = try connection.query("SELECT \(column) FROM \(table) WHERE \(table == "pg_extension" ? "extname" : "name") = 'vector'", [], cancelled)
            return text.first?.first.flatMap { $0 }.map { $0.split(separator: ".").compactMap { Int($0) } }
        }
        if let installed = try version("extversion", "pg_extension") { return installed }
        guard try version("default_version", "pg_available_extensions") != nil else {
            throw ProviderError(
                .failedPrecondition,
                "\(address.name) has no extension pgvector: install it on the server (Debian and Ubuntu: the package postgresql-VERSION-pgvector; others: https://github.com/pgvector/pgvector)")
        }
        do {
            try connection.execute("CREATE EXTENSION IF NOT EXISTS vector", cancelled)
        } catch let error as PostgresError where error.state == "42501" {
            throw ProviderError(
                .failedPrecondition, "the user of 'url' may not install the extension pgvector: let an administrator of \(address.name) say CREATE EXTENSION vector in this database",
                cause: error)
        }
        return try version("extversion", "pg_extension") ?? []
    }

    package func shutdown() async throws {
        configured.withLock { configured in
            defer { configured = nil }
            return configured
        }?.pool.close()
    }

    package func health() async throws -> ProviderHealth {
        do {
            let known = try get()
            guard known.store != nil else {
                _ = try await store(known, repeats: false)
                return ProviderHealth(isHealthy: true)
            }
            _ = try await known.pool.run(bytes: 0, repeats: false) { connection, cancelled, _ in try connection.query("SELECT 1", [], cancelled).count }
            return ProviderHealth(isHealthy: true)
        } catch let error as ProviderError {
            return ProviderHealth(isHealthy: false, message: error.message)
        }
    }

    // MARK: collections

    package func createCollection(_ name: String, vectorSize size: Int) async throws {
        try limits.checkCollection(name, size: size)
        let (limits, indexed) = (self.limits, Self.indexed)
        let existing = try await opened().pool.run(bytes: 0) { connection, cancelled, _ in
            try connection.transaction(cancelled) { () -> Collection? in
                _ = try connection.query("SELECT pg_advisory_xact_lock(\(Self.lock))", [], cancelled)
                if let existing = try Self.find(name, connection, cancelled) { return existing }
                let count = try connection.query("SELECT count(*)::text FROM hector.collections", [], cancelled).first?.first.flatMap { $0 }.flatMap { Int($0) } ?? 0
                guard count < limits.collections else {
                    throw ProviderError(.exhausted, "the database has \(count) collections, which is all that it takes: delete some")
                }
                let rows = try connection.query(
                    "INSERT INTO hector.collections (name, size) VALUES ($1::text, $2::integer) RETURNING number::text", [.text(name), .number(size)], cancelled)
                guard let number = rows.first?.first.flatMap({ $0 }).flatMap({ Int($0) }) else { throw ProviderError(.failed, "the collection got no number") }
                let table = Collection(number: number, size: size).table
                try connection.execute(
                    """
                    CREATE TABLE \(table) (id text PRIMARY KEY, vector vector(\(size)) NOT NULL, metadata jsonb NOT NULL);
                    CREATE INDEX ON \(table) USING gin (metadata jsonb_path_ops)\(size <= indexed ? ";\nCREATE INDEX ON \(table) USING hnsw (vector vector_cosine_ops)" : "")
                    """, cancelled)
                return nil
            }
        }
        guard let existing, existing.size != size else { return }
        throw VectorLimits.otherSize(name, has: existing.size, not: size)
    }

    package func deleteCollection(_ name: String) async throws {
        known.withLock { $0[name] = nil }
        try await opened().pool.run(bytes: 0) { connection, cancelled, isRepeated in
            try connection.transaction(cancelled) {
                _ = try connection.query("SELECT pg_advisory_xact_lock(\(Self.lock))", [], cancelled)
                guard let collection = try Self.find(name, connection, cancelled) else {
                    // The attempt before may have been carried out, though nobody heard of it.
                    if isRepeated { return }
                    throw VectorLimits.unknown(name)
                }
                try connection.execute("DROP TABLE \(collection.table); DELETE FROM hector.collections WHERE number = \(collection.number)", cancelled)
            }
        }
    }

    private static func find(_ name: String, _ connection: PostgresConnection, _ cancelled: Flag) throws -> Collection? {
        let row = try connection.query("SELECT number::text, size::text FROM hector.collections WHERE name = $1::text", [.text(name)], cancelled).first ?? []
        guard row.count == 2, let number = row[0].flatMap({ Int($0) }), let size = row[1].flatMap({ Int($0) }) else { return nil }
        return Collection(number: number, size: size)
    }

    /// Does something with a collection; once more where its table has gone, since another replica may have made it anew.
    private func with<Value: Sendable>(
        _ name: String, bytes: Int, check: @escaping @Sendable (_ size: Int) throws -> Void,
        _ work: @escaping @Sendable (PostgresConnection, Collection, Flag) throws -> Value
    ) async throws -> Value {
        let pool = try await opened().pool
        return try await pool.run(bytes: bytes) { [self] connection, cancelled, _ in
            for attempt in 0..<2 {
                let remembered = attempt == 0 ? known.withLock { $0[name] } : nil
                guard let collection = try remembered ?? Self.find(name, connection, cancelled) else {
                    known.withLock { $0[name] = nil }
                    throw VectorLimits.unknown(name)
                }
                known.withLock { known in
                    if known.count > limits.collections { known = [:] }
                    known[name] = collection
                }
                try check(collection.size)
                do {
                    return try work(connection, collection, cancelled)
                } catch let error as PostgresError where error.isMissingTable && attempt == 0 {
                    continue
                }
            }
            throw VectorLimits.unknown(name)
        }
    }

    // MARK: records

    package func upsert(_ request: UpsertRequest) async throws {
        var record = Record()
        (record.id, record.vector, record.metadata) = (request.id, request.vector, request.metadata)
        try await upsertBatch(collection: request.collection, records: [record])
    }

    package func upsertBatch(collection name: String, records: [Record]) async throws {
        let limits = self.limits
        for (key, value) in records.lazy.flatMap(\.metadata) where key.utf8.contains(0) || value.utf8.contains(0) {
            throw ProviderError(.invalidRequest, "the metadata \(quoted(key)) has a zero character, which PostgreSQL cannot keep")
        }
        // The last of each id; in one order, so that two batches do not wait for each other.
        let ordered = Dictionary(records.map { ($0.id, $0) }) { $1 }.values.sorted { $0.id < $1.id }
        let bytes = records.reduce(0) { $0 + $1.vector.count * 4 + $1.metadata.reduce(64) { $0 + $1.key.utf8.count + $1.value.utf8.count } }
        try await with(name, bytes: bytes) { size in try limits.check(records, size: size, in: name) } _: { connection, collection, cancelled in
            let sql = """
                INSERT INTO \(collection.table) VALUES ($1::text, $2::vector, $3::jsonb)
                ON CONFLICT (id) DO UPDATE SET vector = excluded.vector, metadata = excluded.metadata
                """
            func values(_ record: Record) -> [PostgresConnection.Value] {
                [.text(record.id), .vector(record.vector), .text(MetadataText.encode(record.metadata))]
            }
            // One statement is a transaction.
            if ordered.count == 1 { return _ = try connection.query(sql, values(ordered[0]), cancelled) }
            try connection.transaction(cancelled) { try connection.run(sql, each: ordered.map(values), cancelled) }
        }
    }

    package func delete(collection name: String, id: String) async throws {
        guard !id.utf8.contains(0) else { return }
        try await with(name, bytes: 0) { _ in } _: { connection, collection, cancelled in
            _ = try connection.query("DELETE FROM \(collection.table) WHERE id = $1::text", [.text(id)], cancelled)
        }
    }

    package func search(_ request: SearchRequest) async throws -> [SearchResult] {
        try await nearest(request.collection, request.vector, Int(request.topK), Filter())
    }

    package func searchFiltered(_ request: SearchFilteredRequest) async throws -> [SearchResult] {
        try await nearest(request.collection, request.vector, Int(request.topK), request.filter)
    }

    private func nearest(_ name: String, _ vector: [Float], _ count: Int, _ filter: Filter) async throws -> [SearchResult] {
        let open = try await opened()
        let limits = self.limits
        try limits.checkResults(count)
        return try await with(name, bytes: vector.count * 4) { size in
            try limits.check(vector, size: size, in: name)
        } _: { connection, collection, cancelled in
            guard count > 0 else { return [] }
            func query(_ condition: FilterSQL, _ end: String = "") throws -> [[String?]] {
                let sql = """
                    SELECT id, (1 - (vector <=> $1::vector))::float4::text, metadata::text\(open.returnsVectors ? ", vector::text" : "")
                    FROM \(collection.table) WHERE true\(condition.text) ORDER BY vector <=> $1::vector LIMIT \(count)\(end)
                    """
                return try connection.query(sql, [.vector(vector)] + condition.values, cancelled)
            }
            let candidates = min(max(Self.candidates, 2 * count), Self.mostCandidates)
            if connection.candidates != candidates {
                try connection.execute("SET hnsw.ef_search = \(candidates)", cancelled)
                connection.candidates = candidates
            }
            var rows = try query(FilterSQL(filter, first: 2, isBesideIndex: true))
            // The index looks at so many records only. Where too few of them passed, the others are looked at one by one.
            if rows.count < count, collection.size <= Self.indexed, !filter.conditions.isEmpty || !open.store.scansOn || count > candidates {
                rows = try connection.transaction(cancelled) {
                    try connection.execute("SET LOCAL enable_indexscan = off", cancelled)
                    return try query(FilterSQL(filter, first: 2), " OFFSET 0")
                }
            }
            // The index computes with other roundings than the score: two that are almost equal may come the other way round.
            let scored = rows.map { row in (score: row[1].flatMap(Float.init).map { $0.isNaN ? 0 : $0 } ?? 0, row: row) }.sorted { $0.score > $1.score }
            var results = SearchResults(limits: limits)
            for (score, row) in scored {
                try results.append(
                    id: row[0] ?? "", score: score, metadata: row[2] ?? "{}",
                    vector: row.count > 3 ? (row[3] ?? "").dropFirst().dropLast().split(separator: ",").compactMap { Float($0) } : [])
            }
            return results.list
        }
    }

    package func count(collection name: String, filter: Filter?) async throws -> Int {
        try await with(name, bytes: 0) { _ in } _: { connection, collection, cancelled in
            let condition = FilterSQL(filter ?? Filter(), first: 1)
            let rows = try connection.query("SELECT count(*)::text FROM \(collection.table) WHERE true\(condition.text)", condition.values, cancelled)
            return rows.first?.first.flatMap { $0 }.flatMap { Int($0) } ?? 0
        }
    }

    private func get() throws(ProviderError) -> Configured {
        guard let known = configured.withLock({ $0 }) else { throw ProviderError(.failedPrecondition, "the database is not configured: call Initialize first") }
        return known
    }

    /// Its connections, once the tables are there.
    private func opened() async throws -> (pool: PostgresPool, store: Store, returnsVectors: Bool) {
        let known = try get()
        return (known.pool, try await store(known), known.returnsVectors)
    }
}
