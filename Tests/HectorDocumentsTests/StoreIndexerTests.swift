import Foundation
import HectorCore
import HectorProviders
import Synchronization
import Testing

@testable import HectorDocuments

/// A database in memory that can be away.
private final class KeptRecords: DatabaseProvider {
    let about = PluginDescription(name: "kept", version: "1")
    private let state = Mutex<(records: [String: Record]?, isAway: Bool)>((nil, false))

    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }

    var texts: [String] { state.withLock { ($0.records ?? [:]).values.map { $0.metadata["content"] ?? "" }.sorted() } }
    func lose() { state.withLock { $0.records = nil } }

    private func use<T: Sendable>(_ body: (inout [String: Record]) throws -> T) throws -> T {
        try state.withLock { state in
            if state.isAway { throw ProviderError(.unavailable, "the database is away") }
            guard var records = state.records else { throw ProviderError(.notFound, "there is no collection") }
            defer { state.records = records }
            return try body(&records)
        }
    }

    func createCollection(_ collection: String, vectorSize: Int) async throws {
        try state.withLock {
            if $0.isAway { throw ProviderError(.unavailable, "the database is away") }
            if $0.records == nil { $0.records = [:] }
        }
    }

    func upsertBatch(collection: String, records: [Record]) async throws { try use { kept in for record in records { kept[record.id] = record } } }
    func upsert(_ request: UpsertRequest) async throws {}
    func search(_ request: SearchRequest) async throws -> [SearchResult] { [] }
    func delete(collection: String, id: String) async throws { try use { $0[id] = nil } }
    func deleteCollection(_ collection: String) async throws {}
    func count(collection: String, filter: Filter?) async throws -> Int { try use { $0.count } }
}

/// Records as they are kept across restarts.
private final class KeptBytes: DocumentRecords {
    private let all = Mutex<[String: [UInt8]]>([:])

    func records(store: String, database: String) async throws -> [FileRecord] {
        all.withLock { all in all.filter { $0.key.hasPrefix(FileRecord.keys(store: store, database: database)) }.values.compactMap { FileRecord(kept: $0) } }
    }

    func put(_ record: FileRecord, store: String, database: String) async throws {
        all.withLock { $0[FileRecord.key(record.path, store: store, database: database)] = record.kept }
    }

    func remove(path: String, store: String, database: String) async throws {
        all.withLock { $0[FileRecord.key(path, store: store, database: database)] = nil }
    }
}

/// A folder with files, and an indexer of it that is stopped after each look.
private final class Shelf: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "hector-\(UUID().uuidString)").path
    let database = KeptRecords()
    let records = KeptBytes()
    let embedded = Mutex<[String]>([])

    init() throws { try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func write(_ path: String, _ text: String) throws { try text.write(toFile: folder + "/" + path, atomically: true, encoding: .utf8) }

    /// What was embedded since the last call.
    func takeEmbedded() -> [String] {
        embedded.withLock { texts in
            defer { texts = [] }
            return texts.sorted()
        }
    }

    func indexer(isWatched: Bool = false, chunk: ChunkSize = ChunkSize(tokens: 100, overlap: 0), timing: Timing = Shelf.impatient) -> StoreIndexer {
        let store = StoreDefinition(name: "s", path: folder, exclude: ["drafts"], chunk: chunk, isWatched: isWatched)
        let folder = folder
        return StoreIndexer(
            store, database: "d", embedder: "e",
            parts: IndexParts(
                embed: { [self] texts in
                    embedded.withLock { $0 += texts }
                    return texts.map { [Float($0.utf8.count), 1] }
                }, database: database, look: { FolderScan(store) },
                read: { path in
                    guard let data = FileManager.default.contents(atPath: folder + "/" + path) else { throw DocumentError(.unreadable, "gone") }
                    let text = String(decoding: data, as: UTF8.self)
                    if text.hasPrefix("BAD") { throw DocumentError(.malformed, "it is bad") }
                    return DocumentText(format: DocumentFormat(path: path) ?? .text, digest: Label.shortHash(text), text: text)
                }, records: records),
            timing: timing)
    }

    /// Sleeps not at all.
    static let impatient = Timing(now: { Instant() }, sleepUntil: { _ in try Task.checkCancellation(); await Task.yield() }, random: { $0.lowerBound })
}

@Suite struct StoreIndexerTests {
    @Test func onlyWhatChangesIsEmbeddedAgainAlsoAfterRestarts() async throws {
        let shelf = try Shelf()
        try shelf.write("a.md", "Alpha.")
        try shelf.write("sub/b.txt", "Beta.")
        try shelf.write("image.png", "no document")
        try shelf.write(".hidden.md", "Hidden.")
        await shelf.indexer().run()
        #expect(shelf.database.texts == ["Alpha.", "Beta."] && shelf.takeEmbedded() == ["Alpha.", "Beta."])

        // The same again: nothing to do.
        let again = shelf.indexer()
        await again.run()
        #expect(shelf.takeEmbedded() == [])
        #expect((again.status.files, again.status.indexed, again.status.chunks, again.status.state) == (2, 2, 2, .upToDate))

        try shelf.write("a.md", "Gamma.")
        try shelf.write("c.md", "# Title\n\nDelta.")
        try FileManager.default.removeItem(atPath: shelf.folder + "/sub/b.txt")
        await shelf.indexer().run()
        #expect(shelf.takeEmbedded() == ["Gamma.", "Title\nDelta."])
        #expect(shelf.database.texts == ["Delta.", "Gamma."])

        // Chunks of another size are other chunks.
        let chunk = ChunkSize(tokens: 50, overlap: 0)
        await shelf.indexer(chunk: chunk).run()
        #expect(shelf.takeEmbedded().count == 2 && shelf.database.texts == ["Delta.", "Gamma."])

        // A database that has lost everything gets it again.
        shelf.database.lose()
        await shelf.indexer(chunk: chunk).run()
        #expect(shelf.takeEmbedded().count == 2 && shelf.database.texts == ["Delta.", "Gamma."])
    }

    @Test func aBadFileIsToldAndForgottenAndTheRestGoesOn() async throws {
        let shelf = try Shelf()
        try shelf.write("a.md", "Good once.")
        try shelf.write("b.md", "Good.")
        await shelf.indexer().run()
        try shelf.write("a.md", "BAD")
        try FileManager.default.createSymbolicLink(atPath: shelf.folder + "/out.md", withDestinationPath: "/etc/hostname")
        try FileManager.default.createSymbolicLink(atPath: shelf.folder + "/in.md", withDestinationPath: "b.md")
        try FileManager.default.createSymbolicLink(atPath: shelf.folder + "/folder", withDestinationPath: "/etc")
        let indexer = shelf.indexer()
        await indexer.run()
        #expect(shelf.database.texts == ["Good."], "what it said before is not found any more")
        #expect(indexer.status.problems == [
            FileProblem(path: "a.md", message: "it is bad"), FileProblem(path: "folder", message: "a link that leaves the store is not followed"),
            FileProblem(path: "out.md", message: "a link that leaves the store is not followed"),
        ])
        #expect((indexer.status.files, indexer.status.indexed) == (2, 1))
        // It is not read again before it changes.
        _ = shelf.takeEmbedded()
        await shelf.indexer().run()
        #expect(shelf.takeEmbedded() == [])
        try shelf.write("a.md", "Good again.")
        await shelf.indexer().run()
        #expect(shelf.database.texts == ["Good again.", "Good."])
    }

    @Test func aDatabaseThatIsAwayIsWaitedForAndShown() async throws {
        let shelf = try Shelf()
        try shelf.write("a.md", "Alpha.")
        shelf.database.isAway = true
        let tries = Mutex(0)
        let database = shelf.database
        let timing = Timing(
            now: { Instant() },
            sleepUntil: { _ in
                try Task.checkCancellation()
                if tries.withLock({ $0 += 1; return $0 }) == 3 { database.isAway = false }
            }, random: { $0.lowerBound })
        let indexer = shelf.indexer(timing: timing)
        #expect(indexer.status.state == .looking)
        await indexer.run()
        #expect(tries.withLock { $0 } == 3 && indexer.status.state == .upToDate && shelf.database.texts == ["Alpha."])
    }

    @Test func allIsEmbeddedAgainWhereThatIsAskedFor() async throws {
        let shelf = try Shelf()
        try shelf.write("a.md", "Alpha.")
        try shelf.write("b.md", "BAD")
        let indexer = shelf.indexer()
        await indexer.run()
        #expect(shelf.takeEmbedded() == ["Alpha."])
        indexer.reindex()
        try await indexer.isAskedAgain()
        await indexer.run()
        #expect(shelf.takeEmbedded() == ["Alpha."] && shelf.database.texts == ["Alpha."])
        #expect(indexer.status.problems.map(\.path) == ["b.md"] && indexer.status.state == .upToDate)
        await indexer.run()
        #expect(shelf.takeEmbedded() == [], "once")
        // Also where the collection is gone.
        shelf.database.lose()
        indexer.reindex()
        await indexer.run()
        #expect(shelf.database.texts == ["Alpha."])
    }

    @Test func aStoreThatIsWatchedTakesChangesOver() async throws {
        let shelf = try Shelf()
        try shelf.write("a.md", "Alpha.")
        let looks = Mutex(0)
        let folder = shelf.folder
        let timing = Timing(
            now: { Instant() },
            sleepUntil: { _ in
                switch looks.withLock({ $0 += 1; return $0 }) {
                case 1: try "Beta.".write(toFile: folder + "/b.md", atomically: true, encoding: .utf8)
                case 2: try FileManager.default.removeItem(atPath: folder + "/a.md")
                default: throw CancellationError()
                }
            }, random: { $0.lowerBound })
        let indexer = shelf.indexer(isWatched: true, timing: timing)
        await withTaskGroup { group in
            group.addTask { await indexer.run() }
            while looks.withLock({ $0 }) < 3 { await Task.yield() }
            group.cancelAll()
        }
        #expect(shelf.database.texts == ["Beta."])
    }

    @Test func recordsAreWhatWasKept() {
        let whole = FileRecord(
            path: "a \"b\".md", stamp: FoundFile.Stamp(size: 1, modified: -2, inode: .max), current: Generation(digest: "d", settings: "1,2,3,e", chunks: 4),
            stale: [Generation(digest: "f", settings: "g", chunks: 0)])
        let bad = FileRecord(path: "bad", stamp: whole.stamp, stale: [Generation(digest: "h", settings: "i", chunks: 1)], problem: "it is bad")
        for record in [whole, bad] { #expect(FileRecord(kept: record.kept) == record) }
        for text in ["", "{}", "[]", #"{"path": 1}"#] { #expect(FileRecord(kept: Array(text.utf8)) == nil) }
    }

    @Test func aFolderThatIsNotThereIsWaitedFor() {
        let scan = FolderScan(StoreDefinition(name: "s", path: "/not/there"))
        #expect(scan.failure == "'/not/there' cannot be read: No such file or directory" && scan.files.isEmpty)
    }
}
