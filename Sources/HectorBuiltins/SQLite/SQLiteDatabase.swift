internal import Glibc
internal import HectorCore
package import HectorPlugin
package import HectorProviders
internal import HectorSQLite
internal import Synchronization

/// The built-in vector database `sqlite`: one file, exact search.
///
/// Vectors are compared by cosine: a score is from -1 to 1, and a vector of zeros has 0 with every other.
package final class SQLiteDatabase: HandingOverDatabase {
    private struct Open: Sendable {
        let file: StoreFile
        let catalog: Catalog
        let writer: RecordWriter
        let readers: SQLiteReaders
        let threads: Int
        let returnsVectors: Bool
    }

    private let open = Mutex<Open?>(nil)
    private let limits: VectorLimits
    private let version: String

    package static let keys = ["path", "memory_mib", "disk_mib", "threads", "return_vectors"]

    package init(version: String = HectorVersion.current, limits: VectorLimits = VectorLimits()) {
        self.limits = limits
        self.version = version
    }

    /// With the store once it is open: the id in the file.
    package var about: PluginDescription {
        var capabilities = ["upsert_batch": "true", "search_filtered": "true", "count": "true"]
        if let id = open.withLock({ $0?.file.storeID }) { capabilities["store"] = "sqlite \(id)" }
        return PluginDescription(
            name: "sqlite", version: version, author: "Hector", summary: "A vector database in one SQLite file, with exact search", capabilities: capabilities)
    }

    package var load: ProviderLoad { ProviderLoad(slots: open.withLock { $0?.threads }) }

    package func initialize(config: [String: String]) async throws {
        guard open.withLock({ $0 == nil }) else { throw ProviderError(.failedPrecondition, "the database is open already") }
        let configuration = BuiltinConfiguration(config)
        try configuration.refuseOthers(than: Self.keys)
        let path = try configuration.required("path", "the file to keep the vectors in, such as notes.db")
        let settings = StoreFile.Settings(
            path: absolutePath(path), size: try configuration.integer("disk_mib", in: 1...(64 << 20), default: 65_536) << 20, patience: limits.patience)
        let memory = try configuration.integer("memory_mib", in: 0...(16 << 20), default: 1_024) << 20
        let processors = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let threads = try configuration.integer("threads", in: 1...64, default: min(max(processors, 1), 8))
        let returnsVectors = try configuration.flag("return_vectors")
        let limits = self.limits
        let opened = try await LongWork.shared.run(bytes: 0) {
            let file = try StoreFile(settings)
            let catalog = Catalog(try Self.entries(file))
            return Open(
                file: file, catalog: catalog, writer: RecordWriter(file, catalog, limits: limits, memory: memory),
                readers: SQLiteReaders(file, threads: threads, limits: limits), threads: threads, returnsVectors: returnsVectors)
        }
        if opened.file.isCopy {
            say("\(quoted(settings.path)) is a copy of another file, or was moved: from now on it is a store of its own, \(opened.file.storeID)")
        }
        open.withLock { $0 = opened }
    }

    private static func entries(_ file: StoreFile) throws -> [String: Catalog.Entry] {
        do {
            let rows = try file.writer.prepare("SELECT name, number, size FROM collections")
            var entries: [String: Catalog.Entry] = [:]
            while try rows.step() { entries[rows.text(0)] = Catalog.Entry(number: rows.integer(1), size: Int(rows.integer(2))) }
            return entries
        } catch {
            throw file.providerError(error)
        }
    }

    package func shutdown() async throws {
        guard let open = open.withLock({ open in
            defer { open = nil }
            return open
        }) else { return }
        await open.writer.close()
        open.readers.close()
        open.file.release()
    }

    package func health() async throws -> ProviderHealth {
        guard let open = open.withLock({ $0 }) else { return ProviderHealth(isHealthy: false, message: "no file is open") }
        if let displaced = open.file.displacement { return ProviderHealth(isHealthy: false, message: displaced) }
        if let problem = open.writer.problem { return ProviderHealth(isHealthy: false, message: problem.message) }
        return ProviderHealth(isHealthy: true)
    }

    // MARK: writes

    package func createCollection(_ collection: String, vectorSize: Int) async throws {
        try limits.checkCollection(collection, size: vectorSize)
        try await opened().writer.perform(.create(collection, size: vectorSize))
    }

    package func deleteCollection(_ collection: String) async throws { try await opened().writer.perform(.drop(collection)) }

    package func upsert(_ request: UpsertRequest) async throws {
        var record = Record()
        (record.id, record.vector, record.metadata) = (request.id, request.vector, request.metadata)
        try await upsertBatch(collection: request.collection, records: [record])
    }

    package func upsertBatch(collection: String, records: [Record]) async throws {
        let bytes = records.reduce(0) { $0 + $1.vector.count * 4 + $1.metadata.reduce(64) { $0 + $1.key.utf8.count + $1.value.utf8.count } }
        let open = try opened()
        try await open.writer.perform(.upsert(collection, records), bytes: bytes, isAlone: open.readers.isIdle)
    }

    package func delete(collection: String, id: String) async throws {
        let open = try opened()
        try await open.writer.perform(.delete(collection, id: id), isAlone: open.readers.isIdle)
    }

    // MARK: searches

    package func search(_ request: SearchRequest) async throws -> [SearchResult] {
        try await nearest(request.collection, request.vector, Int(request.topK), Filter())
    }

    package func searchFiltered(_ request: SearchFilteredRequest) async throws -> [SearchResult] {
        try await nearest(request.collection, request.vector, Int(request.topK), request.filter)
    }

    private func nearest(_ collection: String, _ vector: [Float], _ count: Int, _ filter: Filter) async throws -> [SearchResult] {
        let open = try opened()
        let size = try open.catalog.use(collection).size
        try limits.check(vector, size: size, in: collection)
        try limits.checkResults(count)
        guard count > 0 else { return [] }
        let entry = try await inMemory(collection, filter, open)
        let limits = self.limits
        return try await open.readers.run(bytes: vector.count * 4) { reader, cancelled in
            let query = UnitVector(vector)
            let best: [NearestRecords.Match]
            if let memory = entry.memory, memory.hasColumns(for: filter) {
                best = memory.nearest(query, limit: count, filter: filter) { cancelled.isRaised }
            } else {
                best = try DiskScan(entry: entry, filter: filter).nearest(query, limit: count, reader) { cancelled.isRaised }
            }
            if cancelled.isRaised { throw CancellationError() }
            do {
                return try Self.results(best, entry, reader, vectors: open.returnsVectors, limits)
            } catch let error as SQLiteError where open.catalog[collection]?.number != entry.number {
                // It was deleted meanwhile.
                throw ProviderError(.notFound, VectorLimits.unknown(collection).message, cause: error)
            }
        }
    }

    package func count(collection: String, filter: Filter?) async throws -> Int {
        let open = try opened()
        let filter = filter ?? Filter()
        _ = try open.catalog.use(collection)
        let entry = try await inMemory(collection, filter, open)
        return try await open.readers.run(bytes: 0) { reader, cancelled in
            if let memory = entry.memory, memory.hasColumns(for: filter) { return memory.count(filter) }
            return try DiskScan(entry: entry, filter: filter).count(reader) { cancelled.isRaised }
        }
    }

    /// With what the filter needs in memory, as far as there is room for it.
    private func inMemory(_ collection: String, _ filter: Filter, _ open: Open) async throws -> Catalog.Entry {
        func entry() throws -> Catalog.Entry {
            guard let entry = open.catalog[collection] else { throw VectorLimits.unknown(collection) }
            return entry
        }
        if let entry = open.catalog[collection], entry.memory == nil, open.writer.mayLoad(collection, entry) { try await open.writer.perform(.load(collection)) }
        // Keys come from callers: neither those in memory nor those that did not fit are ever more than so many.
        if let entry = open.catalog[collection], let memory = entry.memory, memory.columns.count < limits.columns, entry.unfit.count < limits.columns {
            let missing = Set(filter.conditions.map(\.key)).subtracting(memory.columns.keys).subtracting(entry.unfit)
            if !missing.isEmpty { try await open.writer.perform(.columns(collection, missing.sorted())) }
        }
        return try entry()
    }

    private static func results(
        _ best: [NearestRecords.Match], _ entry: Catalog.Entry, _ reader: SQLiteReaders.Reader, vectors: Bool, _ limits: VectorLimits
    ) throws -> [SearchResult] {
        var results = SearchResults(limits: limits)
        let row = try reader.statements.get(
            "SELECT id, metadata\(vectors ? ", vector" : "") FROM \(RecordWriter.table(entry.number)) WHERE number = ?", reader.connection)
        for match in best {
            defer { row.reset() }
            try row.bind(1, match.number)
            // A record that was deleted since is no result any more.
            guard try row.step() else { continue }
            let vector = vectors ? row.withBytes(2) { bytes in (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) } } : []
            try results.append(id: row.text(0), score: match.score, metadata: row.text(1), vector: vector)
        }
        return results.list
    }

    private func opened() throws(ProviderError) -> Open {
        guard let open = open.withLock({ $0 }) else { throw ProviderError(.failedPrecondition, "the database is not open: call Initialize first") }
        return open
    }

    private func say(_ text: String) { try? write("\(singleLine(text))\n".utf8, to: STDERR_FILENO) }
}
