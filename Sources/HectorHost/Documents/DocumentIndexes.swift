internal import HectorAgents
internal import HectorConfig
internal import HectorCore
internal import HectorDocuments
internal import HectorProviders
internal import Logging
internal import Synchronization

/// An index that a host should keep: a store in the database of an agent that uses it.
struct DesiredIndex: Sendable, Equatable {
    var store: StoreDefinition
    /// Mesh names.
    var database: String
    var embedder: String
}

extension HostConfiguration {
    /// One for each store in each database.
    var indexes: [DesiredIndex] {
        var indexes: [DesiredIndex] = []
        for entry in documentStores {
            for retrieval in agents.compactMap(\.retrieval) where retrieval.stores.contains(entry.name) {
                guard !indexes.contains(where: { $0.store.name == entry.name && $0.database == retrieval.database }) else { continue }
                indexes.append(DesiredIndex(store: StoreDefinition(entry), database: retrieval.database, embedder: retrieval.embedder))
            }
        }
        return indexes
    }
}

extension StoreStatus {
    /// That files of it cannot be found by agents; nil while there are no such files.
    var condition: MeshCondition? {
        guard problemCount > 0 else { return nil }
        return MeshCondition(
            .documentsNotIndexed, "\(store) in \(database)",
            "\(problemCount) of \(files) files of the document store \(store) are not indexed: `hector documents` says why")
    }
}

/// The indexes of a host, as its configuration says.
final class DocumentIndexes: Sendable {
    private struct Running {
        let desired: DesiredIndex
        let indexer: StoreIndexer
        /// The end of one of the same store and database before it, which writes the same records.
        let before: Signal<Void>?
        /// It is no longer wanted.
        let isStopped = Signal<Void>()
        let ended = Signal<Void>()
    }

    private let running = Mutex<[Running]>([])
    private let begun: (stream: AsyncStream<Running>, continuation: AsyncStream<Running>.Continuation)
    private let directory: MeshDirectory
    private let records: any DocumentRecords
    private let timing: Timing
    private let log: Logger
    private let limits = DocumentLimits()
    private let turnstile = Turnstile()

    /// - Parameter records: What was indexed before.
    init(_ directory: MeshDirectory, records: any DocumentRecords, timing: Timing, log: Logger) {
        self.directory = directory
        self.records = records
        self.timing = timing
        self.log = log
        begun = AsyncStream.makeStream()
    }

    var statuses: [StoreStatus] { running.withLock { $0.map(\.indexer.status) } }

    /// All files of a store are indexed again, in each database that has it.
    ///
    /// - Returns: The databases; none: there is no such store.
    func reindex(_ store: String) -> [String] {
        let indexers = running.withLock { $0.map(\.indexer) }.filter { $0.store.name == store }
        for indexer in indexers { indexer.reindex() }
        return indexers.map(\.status.database)
    }

    /// Those that are as before go on; those that are no longer wanted stop, and what they wrote stays in its database.
    func apply(_ indexes: [DesiredIndex]) {
        running.withLock { running in
            for index in running where !indexes.contains(index.desired) { index.isStopped.set(()) }
            running = indexes.map { desired in
                if let same = running.first(where: { $0.desired == desired }) { return same }
                let before = running.first { $0.desired.store.name == desired.store.name && $0.desired.database == desired.database }
                let new = Running(desired: desired, indexer: indexer(desired), before: before?.ended)
                begun.continuation.yield(new)
                return new
            }
        }
    }

    private func indexer(_ desired: DesiredIndex) -> StoreIndexer {
        let (store, limits, directory) = (desired.store, limits, directory)
        let program = folderOfThisProgram().map { "\($0)/\(Builtin.program)" } ?? Builtin.program
        let extraction = ExtractionProcess(program: program, root: store.path, timing: timing, limits: limits, turnstile: turnstile)
        let parts = IndexParts(
            embed: { try await directory.vectors(of: $0, by: desired.embedder) }, database: ReadyDatabase(name: desired.database, directory: directory),
            look: { try await LongWork.shared.run(bytes: LongWork.short) { FolderScan(store, limits: limits) } },
            read: { try await extraction.text(of: $0) }, records: records)
        return StoreIndexer(store, database: desired.database, embedder: desired.embedder, parts: parts, timing: timing, limits: limits)
    }

    /// Once, until it is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.report() }
            for await index in begun.stream {
                group.addTask {
                    defer { index.ended.set(()) }
                    guard (try? await index.before?.wait()) != nil || index.before == nil else { return }
                    await withTaskGroup { group in
                        group.addTask {
                            repeat { await index.indexer.run() } while (try? await index.indexer.isAskedAgain()) != nil
                        }
                        group.addTask { _ = try? await index.isStopped.wait() }
                        await group.next()
                        group.cancelAll()
                    }
                }
            }
            group.cancelAll()
        }
    }

    /// A line for each change of what a store waits for, and when all of it is indexed.
    private func report() async {
        var told: [IndexKey: StoreStatus] = [:]
        while (try? await timing.sleep(for: .seconds(1))) != nil {
            let indexers = running.withLock { $0.map(\.indexer) }
            let keys = Set(indexers.map(\.key))
            told = told.filter { keys.contains($0.key) }
            for indexer in indexers {
                let status = indexer.status
                let before = told.updateValue(status, forKey: indexer.key)
                guard status != before else { continue }
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
