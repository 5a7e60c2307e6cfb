package import HectorCore
package import HectorProviders
internal import Synchronization

/// How far an index is.
package struct StoreStatus: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// Looks for what has changed.
        case looking
        case indexing
        case upToDate
        /// Waits for what is not there now, for people: it goes on by itself.
        case waiting(String)
    }

    package var store: String
    package var path: String
    package var database: String
    package var embedder: String
    package var state = State.looking
    /// Files that were found.
    package var files = 0
    /// Of these, what is indexed as it is now.
    package var indexed = 0
    /// That can be found.
    package var chunks = 0
    /// At most `DocumentLimits.problemsShown`, by their paths.
    package var problems: [FileProblem] = []
    /// All of them.
    package var problemCount = 0
}

/// Who an index is made with.
package struct IndexParts: Sendable {
    /// The vectors of the texts of chunks, one for each.
    package var embed: @Sendable ([String]) async throws -> [[Float]]
    package var database: any DatabaseProvider
    /// Looks at the folder, on a thread that may wait for the disk.
    package var look: @Sendable () async throws -> FolderScan
    /// The text of a file, by its path in the store. Throws a `DocumentError`.
    package var read: @Sendable (String) async throws -> DocumentText
    package var records: any DocumentRecords

    package init(
        embed: @escaping @Sendable ([String]) async throws -> [[Float]], database: any DatabaseProvider,
        look: @escaping @Sendable () async throws -> FolderScan, read: @escaping @Sendable (String) async throws -> DocumentText,
        records: any DocumentRecords
    ) {
        self.embed = embed
        self.database = database
        self.look = look
        self.read = read
        self.records = records
    }
}

/// Keeps the index of one store in one database up to date with its folder: indexes changed files, removes deleted ones, and waits while the
/// database or the embedder is not ready.
package final class StoreIndexer: Sendable {
    package let store: StoreDefinition
    package let key: IndexKey
    private let parts: IndexParts
    private let timing: Timing
    private let limits: DocumentLimits
    private let state: Mutex<StoreStatus>
    private let demand = Mutex(Demand())

    /// Whether every file is to be indexed again.
    private struct Demand {
        var isMade = false
        var made = Signal<Void>()
    }

    package init(
        _ store: StoreDefinition, database: String, embedder: String, parts: IndexParts, timing: Timing, limits: DocumentLimits = DocumentLimits()
    ) {
        self.store = store
        key = IndexKey(store, database: database, embedder: embedder)
        self.parts = parts
        self.timing = timing
        self.limits = limits
        state = Mutex(StoreStatus(store: store.name, path: store.path, database: database, embedder: embedder))
    }

    package var status: StoreStatus { state.withLock { $0 } }

    /// Every file is read and embedded again, what it says has changed or not, for example since the embedder has. What is indexed stays until then.
    package func reindex() {
        let made = demand.withLock { demand in
            demand.isMade = true
            defer { demand.made = Signal() }
            return demand.made
        }
        made.set()
    }

    /// Waits until `reindex()` was called, and no run has begun it yet.
    package func isAskedAgain() async throws(CancellationError) {
        guard let made = demand.withLock({ $0.isMade ? nil : $0.made }) else { return }
        try await made.wait()
    }

    /// Sleeps, unless it is asked again before.
    private func pause(_ time: Duration) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.timing.sleep(for: time) }
            group.addTask { try await self.isAskedAgain() }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Until it is cancelled; a store that is not watched is done when all is indexed.
    package func run() async {
        var failures = 0
        var work = Work()
        let backoff = Backoff(first: limits.firstPause, longest: limits.longestPause)
        while !Task.isCancelled {
            do {
                let began = timing.now()
                let scan = try await parts.look()
                let took = began.duration(to: timing.now())
                if let failure = scan.failure { throw Waiting(reason: failure) }
                try await bringUpToDate(scan, &work)
                failures = 0
                state.withLock { $0.state = .upToDate }
                guard store.isWatched else { return }
                try await pause(max(limits.watchInterval, took * limits.watchShare))
            } catch {
                guard !Task.isCancelled else { return }
                failures += 1
                let reason = singleLine((error as? ProviderError)?.message ?? "\(error)", limit: 500)
                state.withLock { $0.state = .waiting(reason) }
                guard (try? await pause(backoff.delay(afterFailures: failures, random: timing.random))) != nil else { return }
            }
        }
    }

    private struct Waiting: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    /// What a run knows between two looks.
    private struct Work {
        /// Nil until the records have been read.
        var known: [String: FileRecord]?
        /// Files that this machine cannot read now: kept nowhere, so that the next start tries again.
        var unavailable: [String: (stamp: FoundFile.Stamp, message: String)] = [:]
        /// The collection is there.
        var hasCollection = false
        /// Files that are indexed again although they are as they were.
        var again: Set<String> = []
    }

    private func bringUpToDate(_ scan: FolderScan, _ work: inout Work) async throws {
        if work.known == nil { work.known = try await recordsThatHold() }
        var plan = IndexPlan(scan.files, known: work.known ?? [:], settings: key.settings)
        let isAsked = demand.withLock { demand in
            defer { demand.isMade = false }
            return demand.isMade
        }
        if isAsked {
            (work.again, work.unavailable, work.hasCollection) = (Set(scan.files.map(\.path)), [:], false)
        }
        if !work.again.isEmpty {
            let planned = Set(plan.read.map(\.path))
            plan.read = scan.files.filter { planned.contains($0.path) || work.again.contains($0.path) }
        }
        plan.read.removeAll { work.unavailable[$0.path]?.stamp == $0.stamp }
        tell(scan, work)
        guard !plan.read.isEmpty || !plan.forget.isEmpty || !plan.clean.isEmpty else { return }
        state.withLock { $0.state = .indexing }
        for record in plan.forget {
            try await delete(record.stale + (record.current.map { [$0] } ?? []), of: record.path)
            try await parts.records.remove(path: record.path, store: key.store, database: key.database)
            work.known?[record.path] = nil
            work.unavailable[record.path] = nil
            tell(scan, work)
        }
        for record in plan.clean { try await clean(record, &work) }
        for file in plan.read {
            try Task.checkCancellation()
            try await index(file, &work)
            work.again.remove(file.path)
            tell(scan, work)
        }
        work.again = []
    }

    /// The records, unless the database has lost what they tell of.
    private func recordsThatHold() async throws -> [String: FileRecord] {
        let all = try await parts.records.records(store: key.store, database: key.database)
        var known = Dictionary(all.map { ($0.path, $0) }) { $1 }
        guard known.values.contains(where: { ($0.current?.chunks ?? 0) > 0 }) else { return known }
        do {
            guard try await parts.database.count(collection: key.store, filter: nil) == 0 else { return known }
        } catch let error as ProviderError where error.code == .notFound {
        } catch let error as ProviderError where error.code == .unsupported || error.code == .invalidRequest {
            // It does not count.
            return known
        }
        for path in known.keys { known[path]?.current = nil }
        return known
    }

    private func tell(_ scan: FolderScan, _ work: Work) {
        let known = work.known ?? [:]
        var problems = scan.problems
        var (indexed, chunks) = (0, 0)
        for file in scan.files {
            if let record = known[file.path], record.stamp == file.stamp {
                if let problem = record.problem { problems.append(FileProblem(path: file.path, message: problem)) } else { indexed += 1 }
            } else if let missing = work.unavailable[file.path] {
                problems.append(FileProblem(path: file.path, message: missing.message))
            }
        }
        for record in known.values { chunks += record.current?.chunks ?? 0 }
        problems.sort { $0.path < $1.path }
        state.withLock { [problems] in
            ($0.files, $0.indexed, $0.chunks) = (scan.files.count, indexed, chunks)
            ($0.problems, $0.problemCount) = (Array(problems.prefix(limits.problemsShown)), problems.count)
        }
    }

    private func put(_ record: FileRecord, _ work: inout Work) async throws {
        try await parts.records.put(record, store: key.store, database: key.database)
        work.known?[record.path] = record
    }

    private func index(_ file: FoundFile, _ work: inout Work) async throws {
        let record = work.known?[file.path]
        do {
            let text = try await parts.read(file.path)
            let (size, limits) = (store.chunk, limits)
            let chunks = try await offPool(bytes: text.text.utf8.count) { try Chunker.chunks(text, size: size, limits: limits) }
            work.unavailable[file.path] = nil
            switch FileStep(file, record, digest: text.digest, settings: key.settings, chunks: chunks.count) {
            case .keep(let record):
                // Over what is there: the same ids.
                if work.again.contains(file.path), let generation = record.current { try await write(chunks, of: generation, file.path, &work) }
                try await put(record, &work)
            case .index(let before, let after):
                try await put(before, &work)
                guard let generation = after.current else { return }
                try await write(chunks, of: generation, file.path, &work)
                try await clean(after, &work)
            }
        } catch let error as DocumentError {
            guard error.code != .unavailable else {
                work.unavailable[file.path] = (file.stamp, error.message)
                return
            }
            try await refuse(file, error.message, &work)
        } catch let error as ProviderError where [.invalidRequest, .tooLarge].contains(error.code) {
            // It would be refused again.
            try await refuse(file, error.message, &work)
        }
    }

    /// What was known of a file that cannot be read goes: an answer from its former text would be wrong.
    private func refuse(_ file: FoundFile, _ why: String, _ work: inout Work) async throws {
        var refused = FileRecord(path: file.path, stamp: file.stamp, problem: singleLine(why, limit: 300))
        if let record = work.known?[file.path] { refused.stale = record.stale + (record.current.map { [$0] } ?? []) }
        try await clean(refused, &work)
    }

    /// Keeps a record, and deletes what it no longer needs.
    private func clean(_ record: FileRecord, _ work: inout Work) async throws {
        try await put(record, &work)
        guard !record.stale.isEmpty else { return }
        try await delete(record.stale, of: record.path)
        var cleaned = record
        cleaned.stale = []
        try await put(cleaned, &work)
    }

    private func write(_ chunks: [Chunk], of generation: Generation, _ path: String, _ work: inout Work) async throws {
        let batches = stride(from: 0, to: chunks.count, by: limits.batchChunks).map { $0..<min($0 + limits.batchChunks, chunks.count) }
        guard let first = batches.first else { return }
        // The first one says how long vectors are.
        try await write(chunks, first, of: generation, path, creates: !work.hasCollection)
        work.hasCollection = true
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, batch) in batches.dropFirst().enumerated() {
                if number >= limits.batchesAtOnce { try await group.next() }
                group.addTask { try await self.write(chunks, batch, of: generation, path, creates: false) }
            }
            try await group.waitForAll()
        }
    }

    private func write(_ chunks: [Chunk], _ batch: Range<Int>, of generation: Generation, _ path: String, creates: Bool) async throws {
        let vectors = try await parts.embed(chunks[batch].map(\.embedded))
        guard vectors.count == batch.count, let size = vectors.first?.count else {
            throw ProviderError(.failed, "the embedder gave \(vectors.count) vectors for \(batch.count) texts")
        }
        if creates { try await parts.database.createCollection(key.store, vectorSize: size) }
        let records = zip(batch, vectors).map { number, vector in
            var record = Record()
            record.id = generation.id(of: number, path, in: key.store)
            record.vector = vector
            record.metadata = chunks[number].metadata(store: key.store, path: path)
            return record
        }
        try await parts.database.upsertBatch(collection: key.store, records: records)
    }

    private func delete(_ generations: [Generation], of path: String) async throws {
        let ids = generations.flatMap { generation in (0..<generation.chunks).map { generation.id(of: $0, path, in: key.store) } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, id) in ids.enumerated() {
                if number >= limits.deletesAtOnce { try await group.next() }
                group.addTask {
                    do {
                        try await self.parts.database.delete(collection: self.key.store, id: id)
                    } catch let error as ProviderError where error.code == .notFound {
                        // The collection is gone, and the chunk with it.
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// Keys of the metadata of what is indexed. `content` is what databases hand out as a result's content.
package enum ChunkMetadata {
    package static let (content, store, source, title, lines, page) = ("content", "store", "source", "title", "lines", "page")
}

extension Chunk {
    func metadata(store: String, path: String) -> [String: String] {
        var metadata = [ChunkMetadata.content: text, ChunkMetadata.store: store, ChunkMetadata.source: path]
        if !headings.isEmpty { metadata[ChunkMetadata.title] = headings.joined(separator: " › ") }
        if let lines { metadata[ChunkMetadata.lines] = lines.lowerBound == lines.upperBound ? "\(lines.lowerBound)" : "\(lines.lowerBound)-\(lines.upperBound)" }
        if let page { metadata[ChunkMetadata.page] = "\(page)" }
        return metadata
    }
}
