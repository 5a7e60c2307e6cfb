internal import HectorAgents
internal import HectorConfig
internal import HectorCore
internal import HectorDocuments
internal import HectorProviders
internal import Logging

/// The indexes of a host: one for each store in each database of an agent that uses it.
struct DocumentIndexes: Sendable {
    let indexers: [StoreIndexer]
    private let timing: Timing
    private let log: Logger

    /// - Parameter records: What was indexed before.
    init(_ configuration: HostConfiguration, _ directory: MeshDirectory, records: any DocumentRecords, timing: Timing, log: Logger) {
        self.timing = timing
        self.log = log
        let limits = DocumentLimits()
        let turnstile = Turnstile()
        let program = folderOfThisProgram().map { "\($0)/\(Builtin.program)" } ?? Builtin.program
        indexers = configuration.documentStores.flatMap { entry in
            let store = StoreDefinition(entry)
            let extraction = ExtractionProcess(program: program, root: store.path, timing: timing, limits: limits, turnstile: turnstile)
            var databases: [String] = []
            return configuration.agents.compactMap(\.retrieval).filter { $0.stores.contains(entry.name) }.compactMap { retrieval -> StoreIndexer? in
                guard !databases.contains(retrieval.database) else { return nil }
                databases.append(retrieval.database)
                let parts = IndexParts(
                    embed: { try await directory.vectors(of: $0, by: retrieval.embedder) },
                    database: ReadyDatabase(name: retrieval.database, directory: directory),
                    look: { try await LongWork.shared.run(bytes: LongWork.short) { FolderScan(store, limits: limits) } },
                    read: { try await extraction.text(of: $0) }, records: records)
                return StoreIndexer(store, database: retrieval.database, embedder: retrieval.embedder, parts: parts, timing: timing, limits: limits)
            }
        }
    }

    var statuses: [StoreStatus] { indexers.map(\.status) }

    /// Until it is cancelled.
    func run() async {
        guard !indexers.isEmpty else { return }
        await withDiscardingTaskGroup { group in
            for indexer in indexers { group.addTask { await indexer.run() } }
            group.addTask { await report() }
        }
    }

    /// A line for each change of what a store waits for, and when all of it is indexed.
    private func report() async {
        var told: [IndexKey: StoreStatus] = [:]
        while (try? await timing.sleep(for: .seconds(1))) != nil {
            for indexer in indexers {
                let status = indexer.status
                let before = told[indexer.key]
                told[indexer.key] = status
                let metadata: Logger.Metadata = ["store": "\(status.store)", "database": "\(status.database)"]
                if case .waiting(let reason) = status.state, status.state != before?.state { log.warning("the store waits: \(reason)", metadata: metadata) }
                if status.state == .upToDate, before?.state != .upToDate || before?.chunks != status.chunks {
                    log.info("the store is indexed: \(status.indexed) of \(status.files) files, \(status.chunks) chunks", metadata: metadata)
                }
                for problem in status.problems where before?.problems.contains(problem) != true {
                    log.warning("\(singleLine(problem.path, limit: 200)): \(problem.message)", metadata: metadata)
                }
            }
        }
    }
}

extension StoreDefinition {
    init(_ entry: DocumentStoreEntry) {
        self.init(
            name: entry.name, path: entry.path, include: entry.include, exclude: entry.exclude,
            chunk: ChunkSize(tokens: entry.chunkTokens, overlap: entry.chunkOverlap), isWatched: entry.isWatched)
    }
}

extension MeshDirectory {
    /// The vectors of documents' texts. Who is not ready is not waited for here.
    fileprivate func vectors(of texts: [String], by name: String) async throws -> [[Float]] {
        guard let embedder = embedder(name) else { throw ProviderError(.unavailable, "the embedder \(name) is not known here") }
        if let reason = embedder.whyNotReady { throw ProviderError(.unavailable, "the embedder \(name): \(reason)") }
        var request = EmbedBatchRequest()
        request.texts = texts
        request.purpose = .document
        return try await embedder.embedBatch(request).embeddings.map(\.vector)
    }
}

/// A database whose calls fail at once, and with the reason, where no replica is ready.
private struct ReadyDatabase: DatabaseProvider {
    let name: String
    let directory: MeshDirectory

    var about: PluginDescription { PluginDescription(name: name, version: "") }

    private func ready() throws -> any DatabaseProvider {
        guard let database = directory.database(name) else { throw ProviderError(.unavailable, "the database \(name) is not known here") }
        if let reason = directory.whyNotReady(database: name) { throw ProviderError(.unavailable, "the database \(name): \(reason)") }
        return database
    }

    func upsert(_ request: UpsertRequest) async throws { try await ready().upsert(request) }
    func search(_ request: SearchRequest) async throws -> [SearchResult] { try await ready().search(request) }
    func delete(collection: String, id: String) async throws { try await ready().delete(collection: collection, id: id) }
    func createCollection(_ collection: String, vectorSize: Int) async throws { try await ready().createCollection(collection, vectorSize: vectorSize) }
    func deleteCollection(_ collection: String) async throws { try await ready().deleteCollection(collection) }
    func upsertBatch(collection: String, records: [Record]) async throws { try await ready().upsertBatch(collection: collection, records: records) }
    func count(collection: String, filter: Filter?) async throws -> Int { try await ready().count(collection: collection, filter: filter) }
}
