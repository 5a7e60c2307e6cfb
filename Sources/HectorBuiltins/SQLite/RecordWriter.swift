internal import Dispatch
internal import HectorCore
internal import HectorProviders
internal import HectorSQLite
internal import Synchronization

/// The only writer of a file: it makes what waits for it one transaction, and acknowledges all of it after the disk has.
///
/// It works on a thread of its own, and for calls that come one by one while the disk is quick, on the caller's (`DiskPace`).
///
/// It also brings collections into memory and keeps them up to date, so that what searches see is what was committed.
final class RecordWriter: @unchecked Sendable {  // what is not a lock or constant is used on its queue only
    enum Work: Sendable {
        case create(String, size: Int)
        case drop(String)
        case upsert(String, [Record])
        case delete(String, id: String)
        /// Into memory, as far as there is room.
        case load(String)
        /// Values of these keys of the metadata, likewise.
        case columns(String, [String])

        var isWrite: Bool {
            switch self {
            case .create, .drop, .upsert, .delete: true
            case .load, .columns: false
            }
        }
    }

    private struct Job {
        let work: Work
        let bytes: Int
        let cancelled: Flag
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Waiting {
        var jobs: [Job] = []
        var bytes = 0
        var isRunning = false
        var isClosed = false
        var pace = DiskPace()
    }

    /// What a job that is added leads to.
    private enum Turn {
        case refused(ProviderError)
        /// After those before it.
        case waits
        /// On the queue's own thread.
        case begins
        /// On this thread.
        case beginsHere
    }

    private enum Effect {
        case created(String, number: Int64, size: Int)
        case dropped(String, number: Int64)
        case put(String, collection: Int64, record: Int64, Record)
        case removed(String, collection: Int64, record: Int64)
    }

    /// Searches after which a collection that nobody used may leave the memory for another.
    private static let rest = 64

    private let file: StoreFile
    private let catalog: Catalog
    private let limits: VectorLimits
    /// Bytes of memory for collections.
    private let memory: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let queue = DispatchQueue(label: "hector.sqlite.writer")
    private let waiting = Mutex(Waiting())
    /// Why no call would succeed; nil where the last write was well.
    private let trouble = Mutex<ProviderError?>(nil)

    private var collections: [Int64: WritableCollection] = [:]
    /// The number of the next record, by the collection's.
    private var next: [Int64: Int64] = [:]
    private var statements = StatementCache()
    private var pathChecked: ContinuousClock.Instant?

    init(_ file: StoreFile, _ catalog: Catalog, limits: VectorLimits, memory: Int, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.file = file
        self.catalog = catalog
        self.limits = limits
        self.memory = memory
        self.now = now
    }

    var problem: ProviderError? { trouble.withLock { $0 } }

    /// Whether nothing is being done or waits.
    var isIdle: Bool { waiting.withLock { !$0.isRunning } }

    /// - Parameters:
    ///   - bytes: The size of the request.
    ///   - isAlone: Whether no other call would have to wait if this thread did the work.
    /// - Throws: `ProviderError`; then nothing of it was kept. `CancellationError` if it was cancelled before it began.
    func perform(_ work: Work, bytes: Int = 0, isAlone: Bool = false) async throws {
        let cancelled = Flag()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                add(Job(work: work, bytes: bytes, cancelled: cancelled, continuation: continuation), isAlone: isAlone)
            }
        } onCancel: {
            cancelled.raise()
        }
    }

    /// Whether a collection that is not in memory may have room there: asked before each search, unlike the file.
    func mayLoad(_ name: String, _ entry: Catalog.Entry) -> Bool {
        guard let needed = entry.needed else { return true }
        return needed <= memory && (catalog.bytes + needed <= memory || catalog.oldest(but: name, unusedFor: Self.rest) != nil)
    }

    /// Waits for what has begun to wait, and refuses all else.
    func close() async {
        waiting.withLock { $0.isClosed = true }
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                // A caller may have added its work and not come to it yet: it finds nothing to do then.
                workOff()
                statements.removeAll()
                try? file.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                continuation.resume()
            }
        }
    }

    private func add(_ job: Job, isAlone: Bool) {
        let turn: Turn = waiting.withLock { waiting in
            guard !waiting.isClosed else { return .refused(ProviderError(.unavailable, "the database is being stopped")) }
            guard waiting.jobs.isEmpty || waiting.jobs.count < limits.waitingWrites && waiting.bytes + job.bytes <= limits.waitingBytes else {
                return .refused(ProviderError(.exhausted, "too many writes are waiting for the disk: try again in a moment"))
            }
            waiting.jobs.append(job)
            waiting.bytes += job.bytes
            guard !waiting.isRunning else { return .waits }
            waiting.isRunning = true
            return isAlone && job.bytes <= LongWork.short && waiting.pace.isQuick(at: now()) ? .beginsHere : .begins
        }
        switch turn {
        case .refused(let refusal): job.continuation.resume(throwing: refusal)
        case .waits: break
        case .begins: queue.async { [self] in workOff() }
        case .beginsHere:
            // Nothing is on the queue, so that this neither waits nor changes the thread. What has come meanwhile is not for this thread.
            queue.sync { if let jobs = take() { perform(jobs) } }
            if waiting.withLock({ $0.isRunning = !$0.jobs.isEmpty; return $0.isRunning }) { queue.async { [self] in workOff() } }
        }
    }

    private func take() -> [Job]? {
        waiting.withLock { waiting in
            guard !waiting.jobs.isEmpty else {
                waiting.isRunning = false
                return nil
            }
            let jobs = Array(waiting.jobs.prefix(limits.writesTogether))
            waiting.jobs.removeFirst(jobs.count)
            waiting.bytes -= jobs.reduce(0) { $0 + $1.bytes }
            return jobs
        }
    }

    // MARK: on the queue

    private func workOff() {
        while let jobs = take() { perform(jobs) }
    }

    private func perform(_ jobs: [Job]) {
        var live: [Job] = []
        for job in jobs {
            if job.cancelled.isRaised { job.continuation.resume(throwing: CancellationError()) } else { live.append(job) }
        }
        let writes = live.filter(\.work.isWrite)
        if !writes.isEmpty { commit(writes) }
        for job in live where !job.work.isWrite {
            job.continuation.resume(with: Result { () throws(any Error) in try load(job.work) })
        }
    }

    /// One transaction. A job that is refused changes nothing; where SQLite fails, all of them fail.
    private func commit(_ jobs: [Job]) {
        let began = now()
        var outcomes: [Result<Void, any Error>] = []
        do {
            try checkPath(at: began)
            var effects: [Effect] = []
            var entries = catalog.entries
            try file.writer.transaction({ () throws(ProviderError) in
                for job in jobs {
                    do throws(Refusal) {
                        try apply(job.work, &entries, &effects)
                        outcomes.append(.success(()))
                    } catch {
                        switch error {
                        case .request(let error): outcomes.append(.failure(error))
                        case .file(let error): throw file.providerError(error)
                        }
                    }
                }
            }, mapping: file.providerError)
            publish(effects, entries)
            trouble.withLock { $0 = nil }
        } catch {
            // A full disk leaves searches as they are.
            if error.code != .exhausted { trouble.withLock { $0 = error } }
            outcomes = jobs.map { _ in .failure(error) }
        }
        // Before anyone is answered, and may come with the next.
        let ended = now()
        waiting.withLock { $0.pace.wrote(from: began, to: ended) }
        for (job, outcome) in zip(jobs, outcomes) { job.continuation.resume(with: outcome) }
    }

    /// What is written to a file without a name is lost. One that was moved keeps it, so that now and then is enough for that.
    private func checkPath(at now: ContinuousClock.Instant) throws(ProviderError) {
        if file.hasName, let pathChecked, now - pathChecked < .seconds(1) { return }
        if let displaced = file.displacement { throw ProviderError(.unavailable, displaced) }
        pathChecked = now
    }

    private enum Refusal: Error {
        /// Before anything was changed.
        case request(ProviderError)
        case file(SQLiteError)
    }

    private func asking<T>(_ body: () throws(SQLiteError) -> T) throws(Refusal) -> T {
        do { return try body() } catch { throw .file(error) }
    }

    private func checking(_ body: () throws(ProviderError) -> Void) throws(Refusal) {
        do { try body() } catch { throw .request(error) }
    }

    private func apply(_ work: Work, _ entries: inout [String: Catalog.Entry], _ effects: inout [Effect]) throws(Refusal) {
        switch work {
        case .create(let name, let size):
            if let existing = entries[name] {
                guard existing.size == size else { throw .request(VectorLimits.otherSize(name, has: existing.size, not: size)) }
                return
            }
            guard entries.count < limits.collections else {
                throw .request(ProviderError(.exhausted, "the database has \(entries.count) collections, which is all that it takes: delete some"))
            }
            let number = try asking { () throws(SQLiteError) in
                let statement = try statements.get("INSERT INTO collections (name, size) VALUES (?, ?) RETURNING number", file.writer)
                defer { statement.reset() }
                try statement.bind(1, name)
                try statement.bind(2, Int64(size))
                _ = try statement.step()
                let number = statement.integer(0)
                statement.reset()
                try file.writer.execute(
                    "CREATE TABLE \(Self.table(number)) (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, vector BLOB NOT NULL, metadata TEXT NOT NULL)")
                return number
            }
            entries[name] = Catalog.Entry(number: number, size: size)
            effects.append(.created(name, number: number, size: size))
        case .drop(let name):
            guard let entry = entries[name] else { throw .request(VectorLimits.unknown(name)) }
            try asking { () throws(SQLiteError) in
                statements.removeAll()
                try file.writer.execute("DROP TABLE \(Self.table(entry.number)); DELETE FROM collections WHERE number = \(entry.number)")
            }
            entries[name] = nil
            effects.append(.dropped(name, number: entry.number))
        case .upsert(let name, let records):
            guard let entry = entries[name] else { throw .request(VectorLimits.unknown(name)) }
            try checking { () throws(ProviderError) in try limits.check(records, size: entry.size, in: name) }
            for record in records {
                let number = try asking { () throws(SQLiteError) in try put(record, in: entry.number) }
                effects.append(.put(name, collection: entry.number, record: number, record))
            }
        case .delete(let name, let id):
            guard let entry = entries[name] else { throw .request(VectorLimits.unknown(name)) }
            let number = try asking { () throws(SQLiteError) -> Int64? in
                let statement = try statements.get("DELETE FROM \(Self.table(entry.number)) WHERE id = ? RETURNING number", file.writer)
                defer { statement.reset() }
                try statement.bind(1, id)
                guard try statement.step() else { return nil }
                let number = statement.integer(0)
                while try statement.step() {}
                return number
            }
            if let number { effects.append(.removed(name, collection: entry.number, record: number)) }
        case .load, .columns: break
        }
    }

    static func table(_ collection: Int64) -> String { "records_\(collection)" }

    private func put(_ record: Record, in collection: Int64) throws(SQLiteError) -> Int64 {
        let statement = try statements.get(
            """
            INSERT INTO \(Self.table(collection)) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET vector = excluded.vector, metadata = excluded.metadata
            """, file.writer)
        try statement.bind(1, try nextNumber(collection))
        try statement.bind(2, record.id)
        try statement.bind(3, record.vector)
        try statement.bind(4, MetadataText.encode(record.metadata))
        if let number = try file.writer.inserted(by: statement) { return number }
        let known = try statements.get("SELECT number FROM \(Self.table(collection)) WHERE id = ?", file.writer)
        defer { known.reset() }
        try known.bind(1, record.id)
        _ = try known.step()
        return known.integer(0)
    }

    /// Never one that a record had while this process runs: a search that is under way may still mean that record.
    private func nextNumber(_ collection: Int64) throws(SQLiteError) -> Int64 {
        let number: Int64
        if let known = next[collection] { number = known } else {
            number = try file.writer.value("SELECT coalesce(max(number), 0) + 1 FROM \(Self.table(collection))")
        }
        next[collection] = number + 1
        return number
    }

    private func publish(_ effects: [Effect], _ entries: [String: Catalog.Entry]) {
        var touched: [String: Int64] = [:]
        for effect in effects {
            switch effect {
            case .created(let name, let number, let size):
                collections[number] = WritableCollection(size: size)
                touched[name] = number
            case .dropped(let name, let number):
                collections[number] = nil
                next[number] = nil
                touched[name] = nil
            case .put(let name, let collection, let number, let record):
                guard collections[collection] != nil else { continue }
                record.vector.withUnsafeBytes { collections[collection]?.put(number, $0, record.metadata) }
                touched[name] = collection
            case .removed(let name, let collection, let number):
                guard collections[collection] != nil else { continue }
                collections[collection]?.remove(number)
                touched[name] = collection
            }
        }
        catalog.change { known in
            for name in known.keys where entries[name]?.number != known[name]?.number { known[name] = nil }
            for (name, entry) in entries where known[name] == nil { known[name] = entry }
            for (name, number) in touched {
                collections[number]?.pack()
                known[name]?.memory = collections[number]?.current
            }
        }
        while catalog.bytes > memory, let oldest = catalog.oldest(but: nil, unusedFor: 0) { forget(oldest) }
    }

    /// Takes a collection out of memory.
    private func forget(_ name: String) {
        catalog.change { entries in
            if let number = entries[name]?.number { collections[number] = nil }
            entries[name]?.memory = nil
        }
    }

    // MARK: into memory

    private func load(_ work: Work) throws(ProviderError) {
        do {
            switch work {
            case .load(let name): try load(name)
            case .columns(let name, let keys): try load(keys, of: name)
            case .create, .drop, .upsert, .delete: break
            }
        } catch {
            throw file.providerError(error)
        }
    }

    private func load(_ name: String) throws(SQLiteError) {
        guard let entry = catalog[name], entry.memory == nil else { return }
        let table = Self.table(entry.number)
        let needed = VectorMatrix.bytes(rows: Int(try file.writer.value("SELECT count(*) FROM \(table)")) + VectorMatrix.segmentRows, size: entry.size)
        while needed > memory || catalog.bytes + needed > memory {
            guard needed <= memory, let oldest = catalog.oldest(but: name, unusedFor: Self.rest) else {
                return catalog.change { $0[name]?.needed = needed }
            }
            forget(oldest)
        }
        var collection = WritableCollection(size: entry.size)
        let rows = try file.writer.prepare("SELECT number, vector FROM \(table)")
        while try rows.step() {
            let number = rows.integer(0)
            rows.withBytes(1) { bytes in if bytes.count == entry.size * MemoryLayout<Float>.stride { collection.put(number, bytes, [:]) } }
        }
        collections[entry.number] = collection
        catalog.change { entries in
            entries[name]?.memory = collection.current
            entries[name]?.needed = nil
        }
    }

    private func load(_ keys: [String], of name: String) throws(SQLiteError) {
        guard let entry = catalog[name], entry.memory != nil, var collection = collections[entry.number] else { return }
        let wanted = Set(keys).subtracting(collection.current.columns.keys).subtracting(entry.unfit)
        guard !wanted.isEmpty else { return }
        var values: [String: [Int64: String]] = [:]
        var bytes = 0
        let room = memory - catalog.bytes
        let rows = try file.writer.prepare("SELECT number, metadata FROM \(Self.table(entry.number))")
        while try rows.step(), bytes <= room {
            let metadata = MetadataText.decode(rows.text(1)) ?? [:]
            for key in wanted {
                guard let value = metadata[key] else { continue }
                values[key, default: [:]][rows.integer(0)] = value
                bytes += value.utf8.count + 96
            }
        }
        var unfit: Set<String> = []
        for key in wanted.sorted() {
            let isSmallEnough =
                bytes <= room && collection.current.columns.count < limits.columns && collection.add(key, values[key] ?? [:], room: memory - catalog.bytes)
            if !isSmallEnough { unfit.insert(key) }
        }
        collections[entry.number] = collection
        catalog.change { entries in
            entries[name]?.memory = collection.current
            entries[name]?.unfit.formUnion(unfit)
        }
    }
}

/// Prepared statements by their text, a bounded number of them.
struct StatementCache {
    private static let most = 256
    private var statements: [String: SQLiteStatement] = [:]

    mutating func get(_ sql: String, _ connection: SQLiteConnection) throws(SQLiteError) -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        if statements.count >= Self.most { statements.removeAll() }
        let statement = try connection.prepare(sql)
        statements[sql] = statement
        return statement
    }

    mutating func removeAll() { statements.removeAll() }
}

/// Raised once, by the caller that no longer waits for some work.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .relaxed) }

    func raise() { value.store(true, ordering: .relaxed) }
}
