import Foundation
@testable import HectorBuiltins
import HectorCore
import HectorProviders
import HectorSQLite
import Testing

@Suite struct SQLiteDatabaseTests {
    // MARK: what searches find

    /// A model of what a database keeps: exact, and slow.
    private struct Model {
        var rows: [String: (vector: [Float], metadata: [String: String])] = [:]

        func nearest(_ query: [Float], _ count: Int, _ filter: Filter = Filter()) -> [String] {
            func length(_ vector: [Float]) -> Double { vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
            let scored = rows.filter { filter.passes($0.value.metadata) }.map { id, row in
                (id, zip(row.vector, query).reduce(0) { $0 + Double($1.0) * Double($1.1) } / length(row.vector) / length(query))
            }
            return scored.sorted { $0.1 > $1.1 }.prefix(count).map(\.0)
        }
    }

    @Test(arguments: [1_024, 0]) func `Searches are exact, in memory and from the disk, while records come, change and go`(memory: Int) async throws {
        try await withFolder { folder in
            var chance = SplitMix(seed: 11)
            var model = Model()
            func open() async throws -> SQLiteDatabase { try await opened(folder, ["memory_mib": "\(memory)"]) }
            func vector() -> [Float] { (0..<21).map { _ in Float.random(in: -1...1, using: &chance) } }
            var database = try await open()
            try await database.createCollection("c", vectorSize: 21)
            for round in 0..<6 {
                var records: [Record] = []
                // So many that thousands of rows are replaced, and the matrix is packed.
                for _ in 0..<1_500 {
                    let id = "\(Int.random(in: 0..<1_200, using: &chance))"
                    var metadata = ["age": "\(Int.random(in: 0..<90, using: &chance))"]
                    if Bool.random(using: &chance) { metadata["colour"] = ["red", "green", "blue"].randomElement(using: &chance) }
                    model.rows[id] = (vector(), metadata)
                    let (vector, kept) = model.rows[id] ?? ([], [:])
                    records.append(record(id, vector, kept))
                }
                try await database.upsertBatch(collection: "c", records: records)
                for _ in 0..<100 {
                    let id = "\(Int.random(in: 0..<1_200, using: &chance))"
                    model.rows[id] = nil
                    try await database.delete(collection: "c", id: id)
                }
                if round == 3 {
                    try await database.shutdown()
                    database = try await open()
                }
                for filter in [
                    filter(), filter(("colour", .isOneOf, ["red", "blue"])), filter(("age", .isLess, ["30"]), ("colour", .isMissing, [])),
                    filter(("nothing", .isNoneOf, ["x"])), filter(("age", .isAtLeast, ["200"])),
                ] {
                    let query = vector()
                    let found = try await database.searchFiltered(asking("c", query, 20, filter))
                    #expect(found.map(\.id) == model.nearest(query, 20, filter))
                    #expect(found.allSatisfy { model.rows[$0.id]?.metadata == $0.metadata })
                    #expect(try await database.count(collection: "c", filter: filter) == model.rows.values.count { filter.passes($0.metadata) })
                }
                #expect(try await database.count(collection: "c", filter: nil) == model.rows.count)
            }
        }
    }

    @Test func `A score is the cosine, whatever the lengths, and zeros have none`() async throws {
        try await withFolder { folder in
            let database = try await opened(folder, ["return_vectors": "true"])
            try await database.createCollection("c", vectorSize: 2)
            try await database.upsertBatch(collection: "c", records: [
                record("same", [1e-30, 0]), record("across", [0, 1e30]), record("against", [-5, 0]), record("nothing", [0, 0]), record("half", [1, 3.0.squareRoot().float]),
            ])
            let found = try await database.search(asking("c", [7, 0], 9))
            #expect(found.map(\.id) == ["same", "half", "across", "nothing", "against"])
            let scores: [Float] = [1, 0.5, 0, 0, -1]
            #expect(zip(found, scores).allSatisfy { abs($0.score - $1) < 1e-6 })
            #expect(found.last?.vector == [-5, 0])
            #expect(try await database.search(asking("c", [0, 0], 9)).allSatisfy { $0.score == 0 })
        }
    }

    @Test func `Two collections that do not fit together take turns in memory, and both are found`() async throws {
        try await withFolder { folder in
            // Each takes 1.1 MiB.
            let database = try await opened(folder, ["memory_mib": "2"])
            for name in ["a", "b"] {
                try await database.createCollection(name, vectorSize: 256)
                try await database.upsertBatch(collection: name, records: (0..<900).map { number in
                    record("\(name)\(number)", (0..<256).map { $0 == number % 256 ? 1 : number >= 256 && $0 == (number * 7) % 256 ? 0.5 : 0 }, ["n": "\(number)"])
                })
            }
            for round in 0..<200 {
                let name = round % 80 < 75 ? "a" : "b"
                let found = try await database.search(asking(name, (0..<256).map { $0 == round ? 1 : 0 }, 1))
                #expect(found.first?.id == "\(name)\(round)")
            }
        }
    }

    @Test func `Filters over more keys than memory has room for find the same`() async throws {
        try await withFolder { folder in
            var limits = VectorLimits()
            limits.columns = 2
            let database = SQLiteDatabase(limits: limits)
            try await database.initialize(config: ["path": folder + "/notes.db"])
            try await database.createCollection("c", vectorSize: 1)
            try await database.upsertBatch(collection: "c", records: (0..<20).map { record("\($0)", [1], ["key\($0 % 5)": "yes"]) })
            for round in 0..<2 {
                for key in 0..<5 {
                    let filter = filter(("key\(key)", .isPresent, []))
                    #expect(try await database.count(collection: "c", filter: filter) == 4 + round)
                    #expect(try await database.searchFiltered(asking("c", [1], 9, filter)).count == 4 + round)
                }
                try await database.upsertBatch(collection: "c", records: (20..<25).map { record("\($0)", [1], ["key\($0 % 5)": "yes"]) })
            }
        }
    }

    // MARK: what is refused

    @Test func `What is wrong is said`() async throws {
        try await withFolder { folder in
            let database = try await opened(folder)
            try await database.createCollection("c", vectorSize: 3)
            try await database.createCollection("c", vectorSize: 3)
            await expect(.failedPrecondition, "exists with vectors of 3 numbers, not 4") { try await database.createCollection("c", vectorSize: 4) }
            await expect(.invalidRequest, "vector_size must be from 1") { try await database.createCollection("d", vectorSize: 0) }
            await expect(.invalidRequest, "has 2 numbers, and those of the collection 'c' have 3") { try await database.upsert(upserting("c", "x", [1, 2])) }
            await expect(.invalidRequest, "has 4 numbers") { _ = try await database.search(asking("c", [1, 2, 3, 4], 1)) }
            await expect(.invalidRequest, "not a number") { try await database.upsert(upserting("c", "x", [1, .nan, 3])) }
            await expect(.invalidRequest, "1 to 1024 bytes") { try await database.upsert(upserting("c", "", [1, 2, 3])) }
            await expect(.notFound, "no collection 'e': create it") { try await database.upsert(upserting("e", "x", [1, 2, 3])) }
            await expect(.notFound, "no collection 'e'") { try await database.deleteCollection("e") }
            await expect(.invalidRequest, "at most 10000 results") { _ = try await database.search(asking("c", [1, 2, 3], 10_001)) }
            // A batch is kept whole or not at all.
            await expect(.invalidRequest, "the vector of 'b' has 1 numbers") {
                try await database.upsertBatch(collection: "c", records: [record("a", [1, 2, 3]), record("b", [1])])
            }
            #expect(try await database.count(collection: "c", filter: nil) == 0)
            let long = String(repeating: "x", count: 1 << 20)
            try await database.upsertBatch(collection: "c", records: (0..<4).map { record("\($0)", [1, 2, 3], ["text": long]) })
            await expect(.tooLarge, "ask for fewer") { _ = try await database.search(asking("c", [1, 2, 3], 4)) }
            #expect(try await database.search(asking("c", [1, 2, 3], 2)).count == 2)
        }
    }

    @Test(arguments: [
        (["path": ""], "'path' is missing"), (["path": "x", "memory_mib": "much"], "'memory_mib' must be a number"),
        (["path": "x", "return_vectors": "yes"], "true or false"), (["path": "x", "memry_mib": "1"], "did you mean 'memory_mib'?"),
        (["path": "/sys/hector-test.db"], "denied"), (["path": "/nowhere/x.db"], "its folder does not exist"), (["path": "/tmp"], "it is a folder"),
    ]) func `A configuration that cannot work says what to change`(config: [String: String], words: String) async {
        let error = await #expect(throws: ProviderError.self) { try await SQLiteDatabase().initialize(config: config) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    // MARK: the file

    @Test func `A file is served by one process, and stays its store wherever it is moved; a copy is a store of its own`() async throws {
        try await withFolder { folder in
            let database = try await opened(folder)
            let store = database.about.capabilities["store"]
            #expect(store?.hasPrefix("sqlite ") == true)
            var limits = VectorLimits()
            limits.patience = 100
            let second = SQLiteDatabase(limits: limits)
            await expect(.failedPrecondition, "open in another process") { try await second.initialize(config: ["path": "\(folder)/notes.db"]) }
            #expect(second.about.capabilities["store"] == nil)

            try await database.createCollection("c", vectorSize: 1)
            // As the command `sqlite3 notes.db ".backup copy.db"` does, while the file is open.
            try SQLiteConnection(path: folder + "/notes.db", mode: .read).execute("VACUUM INTO '\(folder)/copy.db'")
            let copy = SQLiteDatabase()
            try await copy.initialize(config: ["path": "\(folder)/copy.db"])
            #expect(copy.about.capabilities["store"] != store)
            #expect(try await copy.count(collection: "c", filter: nil) == 0)
        }
    }

    @Test func `A file that is opened again is the same store`() async throws {
        try await withFolder { folder in
            var stores: Set<String?> = []
            for name in ["notes.db", "notes.db", "moved.db"] {
                if name == "moved.db" { try FileManager.default.moveItem(atPath: folder + "/notes.db", toPath: folder + "/moved.db") }
                stores.insert(try Self.storeID(folder + "/" + name))
            }
            #expect(stores.count == 1 && !stores.contains(nil))
        }
    }

    /// What a file says before anybody opens it, made if it is not there.
    private static func storeID(_ path: String) throws -> String {
        let file = try StoreFile(StoreFile.Settings(path: path, size: 1 << 30, patience: 100))
        defer { file.release() }
        #expect(!file.isCopy)
        return file.storeID
    }

    @Test func `Writes one by one, together, and while others search are all found`() async throws {
        try await withFolder { folder in
            let database = try await opened(folder)
            try await database.createCollection("c", vectorSize: 8)
            let callers = 4, each = 150
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<callers {
                    group.addTask {
                        for number in 0..<each {
                            // The first writes alone, so that its writes stay on its thread where the disk is quick, and others come upon them.
                            if caller > 0, number == 0 { while try await database.count(collection: "c", filter: nil) < 50 { await Task.yield() } }
                            try await database.upsert(upserting("c", "\(caller)-\(number)", [1, Float(caller), Float(number), 0, 0, 0, 0, 1]))
                            if number % 10 == 9 { try await database.delete(collection: "c", id: "\(caller)-\(number)") }
                            if number % 7 == 0 { _ = try await database.search(asking("c", [1, Float(caller), Float(number), 0, 0, 0, 0, 1], 3)) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await database.count(collection: "c", filter: nil) == callers * each * 9 / 10)
            // Whatever is being written when the database ends was kept, or was refused.
            let kept = await withTaskGroup(of: Int.self) { group in
                for caller in 0..<callers {
                    group.addTask {
                        for number in 0..<10_000 {
                            do { try await database.upsert(upserting("c", "late-\(caller)-\(number)", [1, 0, 0, 0, 0, 0, 0, 1])) } catch { return number }
                        }
                        return 10_000
                    }
                }
                group.addTask {
                    try? await database.shutdown()
                    return 0
                }
                return await group.reduce(0, +)
            }
            #expect(try await opened(folder).count(collection: "c", filter: nil) == callers * each * 9 / 10 + kept)
        }
    }

    @Test func `A full file refuses what does not fit, keeps what it has acknowledged, and can be searched`() async throws {
        try await withFolder { folder in
            let database = try await opened(folder, ["disk_mib": "1"])
            try await database.createCollection("c", vectorSize: 512)
            var kept = 0
            let error = await #expect(throws: ProviderError.self) {
                for number in 0..<2_000 {
                    try await database.upsert(upserting("c", "\(number)", (0..<512).map { Float(($0 * number) % 7) }))
                    kept += 1
                }
            }
            #expect(error?.code == .exhausted && error?.message.contains("disk is full") == true)
            #expect(kept > 100)
            #expect(try await database.count(collection: "c", filter: nil) == kept)
            #expect(try await database.search(asking("c", Array(repeating: 1, count: 512), 5)).count == 5)
            #expect(try await database.health().isHealthy)
            for number in 0..<50 { try await database.delete(collection: "c", id: "\(number)") }
            try await database.upsert(upserting("c", "again", Array(repeating: 1, count: 512)))
        }
    }

    @Test func `A file of another program, one that is no database and a damaged one are refused in words`() async throws {
        try await withFolder { folder in
            try SQLiteConnection(path: folder + "/other.db", mode: .create).execute("CREATE TABLE t (a)")
            await expect(.failedPrecondition, "another program") { try await SQLiteDatabase().initialize(config: ["path": folder + "/other.db"]) }
            try Data(repeating: 7, count: 8_192).write(to: URL(fileURLWithPath: folder + "/text.db"))
            await expect(.failedPrecondition, "not a SQLite database") { try await SQLiteDatabase().initialize(config: ["path": folder + "/text.db"]) }

            let path = folder + "/damaged.db"
            let file = try StoreFile(StoreFile.Settings(path: path, size: 1 << 30, patience: 100))
            try file.writer.execute("CREATE TABLE filler (a); INSERT INTO filler VALUES (zeroblob(100000)); PRAGMA wal_checkpoint(TRUNCATE)")
            file.release()
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try handle.seek(toOffset: 8_192)
            try handle.write(contentsOf: Data(repeating: 0xAA, count: 40_000))
            try handle.close()
            await expect(.failed, "is damaged: restore it") { try await SQLiteDatabase().initialize(config: ["path": path]) }
        }
    }

    @Test func `A file that is replaced under the database takes no more writes`() async throws {
        try await withFolder { folder in
            let database = try await opened(folder)
            try await database.createCollection("c", vectorSize: 1)
            try FileManager.default.removeItem(atPath: folder + "/notes.db")
            await expect(.unavailable, "is gone") { try await database.upsert(upserting("c", "a", [1])) }
            #expect(try await !database.health().isHealthy)
            try Data().write(to: URL(fileURLWithPath: folder + "/notes.db"))
            #expect(try await database.health().message.contains("was replaced"))
        }
    }

    // MARK: parts

    @Test func `The best of many are the best, the older of equals first`() {
        var chance = SplitMix(seed: 5)
        let all = (0..<2_000).map { NearestRecords.Match(score: Float(Int.random(in: 0..<50, using: &chance)), number: Int64($0)) }
        var best = NearestRecords(limit: 30)
        for match in all.shuffled(using: &chance) { best.offer(match.score, match.number) }
        #expect(best.sorted == Array(all.sorted { $1.isWorse(than: $0) }.prefix(30)))
        var none = NearestRecords(limit: 0)
        none.offer(1, 1)
        #expect(none.sorted.isEmpty)
    }

    @Test func `Metadata comes back, whatever its characters`() {
        for metadata in [[:], ["": ""], ["a": "\"\\\u{0}\n\u{10FFFF}", "ü": "{}"]] { #expect(MetadataText.decode(MetadataText.encode(metadata)) == metadata) }
        #expect(MetadataText.encode(["b": "2", "a": "1"]) == #"{"a":"1","b":"2"}"#)
        #expect(MetadataText.decode("[1]") == nil && MetadataText.decode("{") == nil)
        #expect(MetadataText.decode(#"{"a": 1}"#) == ["a": "1"])
    }
}

// MARK: helpers

extension Double { fileprivate var float: Float { Float(self) } }

private func opened(_ folder: String, _ config: [String: String] = [:]) async throws -> SQLiteDatabase {
    let database = SQLiteDatabase()
    try await database.initialize(config: config.merging(["path": folder + "/notes.db"]) { own, _ in own })
    return database
}

private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hector-sqlite-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}

func record(_ id: String, _ vector: [Float], _ metadata: [String: String] = [:]) -> Record {
    var record = Record()
    (record.id, record.vector, record.metadata) = (id, vector, metadata)
    return record
}

func upserting(_ collection: String, _ id: String, _ vector: [Float], _ metadata: [String: String] = [:]) -> UpsertRequest {
    var request = UpsertRequest()
    (request.collection, request.id, request.vector, request.metadata) = (collection, id, vector, metadata)
    return request
}

func asking(_ collection: String, _ vector: [Float], _ count: Int) -> SearchRequest {
    var request = SearchRequest()
    (request.collection, request.vector, request.topK) = (collection, vector, Int32(count))
    return request
}

func asking(_ collection: String, _ vector: [Float], _ count: Int, _ filter: Filter) -> SearchFilteredRequest {
    var request = SearchFilteredRequest()
    (request.collection, request.vector, request.topK, request.filter) = (collection, vector, Int32(count), filter)
    return request
}

func filter(_ conditions: (String, Condition.Operator, [String])...) -> Filter {
    var filter = Filter()
    filter.conditions = conditions.map { key, relation, values in
        var condition = Condition()
        (condition.key, condition.operator, condition.values) = (key, relation, values)
        return condition
    }
    return filter
}

func expect(_ code: ProviderError.Code, _ words: String, _ body: () async throws -> Void, at location: SourceLocation = #_sourceLocation) async {
    do {
        try await body()
        Issue.record("it succeeded", sourceLocation: location)
    } catch {
        let error = error as? ProviderError
        #expect(error?.code == code && error?.message.contains(words) == true, "\(String(describing: error?.code)): \(error?.message ?? "")", sourceLocation: location)
    }
}

/// A sequence of numbers that a seed decides.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
