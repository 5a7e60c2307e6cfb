import Foundation
import HectorCore
@testable import HectorHost
import HectorMesh
import HectorProviders
import Logging
import ServiceLifecycle
import Synchronization
import Testing

/// A provider under a host in this process, which is reached on one of two ways.
enum DatabasePlace: CaseIterable, Sendable {
    /// A child of the host.
    case child
    /// A child of a node, over mutual TLS.
    case node
}

extension Scene {
    /// Runs a host, and the node if there is one, for as long as the body runs; then kills the node, or stops the host.
    func withDatabase<T: Sendable>(
        _ place: DatabasePlace, named name: String, _ entry: String,
        _ body: @escaping @Sendable (MeshDatabaseProvider, HectorHost.Host) async throws -> T
    ) async throws -> T {
        let plugins = "  database_providers: {\(name): \(entry)}"
        switch place {
        case .child: return try await withHost(hostConfiguration(plugins: plugins + "\n" + model()), database: name, body)
        case .node:
            let (node, port) = try await startNode(nodeConfiguration(plugins: plugins))
            defer { node.kill() }
            return try await withHost(hostConfiguration(nodes: [port], plugins: "  database_providers: {\(name): {}}"), database: name, body)
        }
    }

    /// What the agent of a host's configuration asks for.
    func model() throws -> String { "  llm_providers: {model: {path: \(try conformancePlugin("llm"))}}" }

    func withHost<T: Sendable>(
        _ configuration: String, database name: String, _ body: @escaping @Sendable (MeshDatabaseProvider, HectorHost.Host) async throws -> T
    ) async throws -> T {
        let host = try host(configuration, log: .critical)
        return try await host.running {
            let database = MeshDatabaseProvider(caller: host.directory.caller(.database, name))
            try await eventually { (try? await database.health().isHealthy) == true }
            return try await body(database, host)
        }
    }
}

extension HectorHost.Host {
    /// Runs it for as long as the body does.
    func running<T: Sendable>(_ body: @escaping @Sendable () async throws -> T) async throws -> T {
        let services = ServiceGroup(services: [Running(host: self)], logger: Logger(label: "host"))
        return try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask {
                try await services.run()
                return nil
            }
            group.addTask {
                let result = try await body()
                await services.triggerGracefulShutdown()
                return result
            }
            var result: T?
            for try await value in group { result = value ?? result }
            return try #require(result)
        }
    }
}

/// Waits for what happens soon.
func eventually(
    _ what: String = "it does not come about", within limit: Duration = .seconds(60), at location: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        try #require(ContinuousClock.now < end, "\(what)", sourceLocation: location)
        try await Task.sleep(for: .milliseconds(50))
    }
}

/// Records whose vectors point into directions of their own.
struct SampleRecords {
    static let size = 384

    static func record(_ number: Int) -> Record {
        var record = Record()
        record.id = "id-\(number)"
        // A hash decides each number: no two vectors are near each other.
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        record.vector = (0..<size).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Float(Int64(bitPattern: state) >> 40) / 8_388_608
        }
        record.metadata = ["batch": "\(number / 500)", "number": "\(number)"]
        return record
    }
}

extension DatabaseProvider {
    /// Writes until everything is acknowledged: what fails is written again.
    ///
    /// - Parameter acknowledged: Told how many, each time.
    func fill(_ collection: String, _ numbers: Range<Int>, by step: Int = 50, writers: Int = 4, acknowledged: @escaping @Sendable (Int) async -> Void = { _ in }) async throws {
        let database: any DatabaseProvider = self
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    for from in stride(from: numbers.lowerBound + writer * step, to: numbers.upperBound, by: writers * step) {
                        let batch = from..<min(numbers.upperBound, from + step)
                        let records = batch.map(SampleRecords.record)
                        try await eventually("a batch is never acknowledged", within: .seconds(100)) {
                            do {
                                try await database.upsertBatch(collection: collection, records: records)
                                return true
                            } catch let error as ProviderError where [.unavailable, .deadlineExceeded, .cancelled, .failed].contains(error.code) {
                                return false
                            }
                        }
                        await acknowledged(batch.count)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// All ids below a number are there, and nothing else, and each is nearest to its own vector.
    func expectAll(_ collection: String, below count: Int, at location: SourceLocation = #_sourceLocation) async throws {
        #expect(try await self.count(collection: collection, filter: nil) == count, sourceLocation: location)
        var missing: [Int] = []
        for batch in 0..<(count + 499) / 500 {
            var request = SearchFilteredRequest()
            (request.collection, request.vector, request.topK) = (collection, SampleRecords.record(batch * 500).vector, 1_000)
            var condition = Condition()
            (condition.key, condition.values) = ("batch", ["\(batch)"])
            request.filter.conditions = [condition]
            let found = try await searchFiltered(request)
            #expect(found.first?.id == "id-\(batch * 500)" && abs((found.first?.score ?? 0) - 1) < 1e-4, sourceLocation: location)
            let ids = Set(found.map(\.id))
            missing += (batch * 500..<min(count, batch * 500 + 500)).filter { !ids.contains("id-\($0)") }
        }
        #expect(missing == [], "acknowledged and not found", sourceLocation: location)
    }
}

extension Integration {
    /// The built-in vector databases, as children and behind a node.
    @Suite(.timeLimit(.minutes(5)))
    struct VectorDatabaseTests {
        @Test func `sqlite passes the test for authors`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let configuration = try scene.hostConfiguration(plugins: "  database_providers: {notes: {sqlite: {path: notes.db}}}")
            let test = try await scene.hector("plugin", "test", "notes", "--config", configuration)
            #expect(test.status == 0, "\(test.output)")
            #expect(test.output.contains(" 0 failed, "), "\(test.output)")
            #expect(FileManager.default.fileExists(atPath: scene.folder + "/notes.db"), "beside the configuration")
        }

        @Test(arguments: DatabasePlace.allCases)
        func `sqlite loses nothing that it has acknowledged, killed ten times while it writes`(place: DatabasePlace) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let file = scene.folder + "/notes.db"
            // A process that fails more often is started again after minutes only: hosts and nodes of their own in between.
            for generation in 0..<5 {
                try await scene.withDatabase(place, named: "notes", "{sqlite: {path: notes.db}}") { database, _ in
                    try await eventually { (try? await database.createCollection("c", vectorSize: SampleRecords.size)) != nil }
                    let kills = Kills(file: file, every: 800)
                    let numbers = generation * 2_000..<generation * 2_000 + 2_000
                    try await database.fill("c", numbers) { kills.acknowledged($0) }
                    #expect(kills.count == 2, "killed \(kills.count) times")
                }
            }
            try await scene.withDatabase(place, named: "notes", "{sqlite: {path: notes.db}}") { database, _ in
                try await database.expectAll("c", below: 10_000)
            }
        }

        @Test func `Two nodes with a sqlite each under one name: one serves, the other is shown as refused, and nothing is lost`() async throws {
            let scene = try await Scene(others: ["other"])
            defer { scene.close() }
            let (_, first) = try await scene.startNode(scene.nodeConfiguration(plugins: "  database_providers: {notes: {sqlite: {path: one.db}}}"))
            let (_, second) = try await scene.startNode(
                scene.nodeConfiguration(tls: scene.tls("agent-other"), plugins: "  database_providers: {notes: {sqlite: {path: two.db}}}"))
            let both = try scene.hostConfiguration(nodes: [first, second], plugins: "  database_providers: {notes: {}}")
            try await scene.withHost(both, database: "notes") { database, host in
                try await eventually { (try? await database.createCollection("c", vectorSize: SampleRecords.size)) != nil }
                try await database.fill("c", 0..<1_000)
                try await eventually("no replica is refused") {
                    host.mesh.replicas.count == 2 && host.mesh.replicas.contains { $0.reason.contains("another store") }
                }
                try await database.expectAll("c", below: 1_000)
            }
            let (_, url) = try await scene.startHost(both)
            let line = try await scene.replica("notes", "not used", "another store", of: url)
            #expect(line.contains("notes-1"))
            // A child of the host is known by its file as well.
            let mixed = try scene.hostConfiguration(
                nodes: [first], plugins: "  database_providers: {notes: {sqlite: {path: three.db}}}")
            let (_, other) = try await scene.startHost(mixed)
            try await scene.replica("notes", "not used", "another store", of: other)
        }
    }
}

/// Kills the process that has a file open, each time that so many more records have been acknowledged, at most twice.
private final class Kills: Sendable {
    private let file: String
    private let step: Int
    private let state = Mutex((acknowledged: 0, kills: 0))

    init(file: String, every step: Int) {
        self.file = file
        self.step = step
    }

    var count: Int { state.withLock { $0.kills } }

    func acknowledged(_ records: Int) {
        state.withLock { state in
            state.acknowledged += records
            guard state.kills < 2, state.acknowledged >= step * (state.kills + 1), let process = processes(withOpen: file).first else { return }
            kill(process, SIGKILL)
            state.kills += 1
        }
    }
}

/// The processes that have a file open, this one aside.
func processes(withOpen file: String) -> [pid_t] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { pid_t($0) }.filter { id in
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd")) ?? []
        return id != getpid() && files.contains { (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/fd/\($0)")) == file }
    }
}

extension Integration {
    /// The example of an embedder, if its packages and its model are here (`.ci/test` installs them).
    @Suite(.timeLimit(.minutes(3)))
    struct MiniLMTests {
        private static let plugin = Scene.package.appending(path: "examples/plugins/minilm/minilm").path
        private static let isHere = FileManager.default.isExecutableFile(
            atPath: Scene.package.appending(path: "examples/plugins/minilm/.venv/bin/python").path)

        @Test(.enabled(if: isHere)) func `minilm passes the test for authors`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let results = try await checked(Self.plugin, .embedder, in: scene)
            #expect(results.filter { $0.verdict == .failed } == [])
        }

        /// The similarities that the model's makers publish for these sentences.
        @Test(.enabled(if: isHere)) func `minilm gives the vectors of the model`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let host = try scene.host(scene.hostConfiguration(plugins: "  embedder_providers: {minilm: {path: \(Self.plugin)}}\n" + scene.model()), log: .critical)
            try await host.running {
                let embedder = MeshEmbedderProvider(caller: host.directory.caller(.embedder, "minilm"))
                try await eventually { (try? await embedder.health().isHealthy) == true }
                var request = EmbedBatchRequest()
                request.texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
                let response = try await embedder.embedBatch(request)
                #expect(response.tokensUsed == 25)
                let vectors = response.embeddings.map(\.vector)
                func cosine(_ a: Int, _ b: Int) -> Float { zip(vectors[a], vectors[b]).reduce(0) { $0 + $1.0 * $1.1 } }
                for (a, b, known) in [(0, 0, 1), (0, 1, 0.6660), (0, 2, 0.1046), (1, 2, 0.1411)] as [(Int, Int, Float)] {
                    #expect(abs(cosine(a, b) - known) < 0.0005, "\(a) and \(b): \(cosine(a, b))")
                }
                // Alone, and among others that are longer, it is the same.
                request.texts.append(String(repeating: "many words and ", count: 300))
                let again = try await embedder.embedBatch(request).embeddings.map(\.vector)
                let alone = try await embedder.embed(request.texts[0])
                #expect(zip(again[0], alone).allSatisfy { abs($0 - $1) < 1e-5 } && alone.count == 384)
                (request.dimension, request.purpose) = (64, .query)
                let short = try await embedder.embedBatch(request).embeddings[0].vector
                #expect(short.count == 64 && abs(short.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
                #expect(try await embedder.embedderInfo().dimension == 384)
            }
        }
    }
}
