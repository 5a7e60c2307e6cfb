import Foundation
@testable import HectorBuiltins
import HectorCore
@testable import HectorHost
import HectorMesh
import HectorProviders
import Synchronization
import Testing

/// A PostgreSQL server of a scene.
struct TestPostgres {
    static let python = Scene.package.appending(path: ".build/test-postgres/bin/python").path
    static let isHere = FileManager.default.isExecutableFile(atPath: python)
    static let missing: Comment = "deploy/prerequisites python .build/test-postgres Tests/InteropTests/postgres/requirements.txt installs it"

    private let scene: Scene
    private let port: Int
    private(set) var program: Program

    init(_ scene: Scene) async throws {
        self.scene = scene
        port = try Self.freePort()
        program = try await Self.start(scene, port)
    }

    func url(_ user: String = "hector", password: String = "secret", database: String = "postgres") -> String {
        "postgresql://\(user):\(password)@127.0.0.1:\(port)/\(database)"
    }

    /// At once, and again when it is gone: it recovers from its log.
    mutating func crashAndStart() async throws {
        program.signal(SIGQUIT)
        _ = try await program.exit()
        program = try await Self.start(scene, port)
    }

    /// Ends it before its folder goes.
    func stop() async throws {
        program.signal(SIGQUIT)
        _ = try await program.exit()
    }

    private static func start(_ scene: Scene, _ port: Int) async throws -> Program {
        let program = try scene.start(
            executable: Scene.package.appending(path: "Tests/postgres").path, [python, scene.folder + "/postgres", "\(port)", "max_connections=60"])
        _ = try await program.says("ready to accept connections", within: .seconds(60))
        return program
    }

    private static func freePort() throws -> Int {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) + getsockname(listener, $0, &size) }
        }
        try #require(status == 0)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

extension Integration {
    /// The built-in `pgvector` over a real server.
    @Suite(.enabled(if: TestPostgres.isHere, TestPostgres.missing), .timeLimit(.minutes(5)))
    struct PostgresTests {
        @Test func `pgvector passes the test for authors`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let server = try await TestPostgres(scene)
            let configuration = try scene.hostConfiguration(plugins: "  database_providers: {notes: {pgvector: {url: \"\(server.url())\"}}}")
            let test = try await scene.hector("plugin", "test", "notes", "--config", configuration)
            #expect(test.status == 0, "\(test.output)")
            #expect(test.output.contains(" 0 failed, ") && !test.output.contains("secret"), "\(test.output)")
            try await server.stop()
        }

        @Test(arguments: DatabasePlace.allCases)
        func `Two replicas of pgvector over one server are one store, and nothing acknowledged is lost when one is killed`(place: DatabasePlace) async throws {
            let scene = try await Scene(others: ["other"])
            defer { scene.close() }
            let server = try await TestPostgres(scene)
            let entry = "{notes: {pgvector: {url: \"\(server.url())\"}, replicas: \(place == .child ? 2 : 1)}}"
            let body: @Sendable (MeshDatabaseProvider, HectorHost.Host) async throws -> Void = { database, host in
                try await database.createCollection("c", vectorSize: SampleRecords.size)
                try await eventually("two replicas are not ready") { host.mesh.replicas.count { $0.plugin == "notes" && $0.state == .ready && $0.reason.isEmpty } == 2 }
                let batches = Once()
                try await database.fill("c", 0..<10_000) { _ in
                    guard batches.at(60) else { return }
                    let processes = pluginProcesses("pgvector", in: scene)
                    #expect(processes.count == 2)
                    if let process = processes.first { kill(process, SIGKILL) }
                }
                try await database.expectAll("c", below: 10_000)
            }
            if place == .child {
                try await scene.withHost(scene.hostConfiguration(plugins: "  database_providers: \(entry)\n" + scene.model()), database: "notes", body)
            } else {
                let (_, first) = try await scene.startNode(scene.nodeConfiguration(plugins: "  database_providers: \(entry)"))
                let (_, second) = try await scene.startNode(scene.nodeConfiguration(tls: scene.tls("agent-other"), plugins: "  database_providers: \(entry)"))
                try await scene.withHost(scene.hostConfiguration(nodes: [first, second], plugins: "  database_providers: {notes: {}}"), database: "notes", body)
            }
            try await server.stop()
        }

        @Test func `Calls go on when the server has crashed and started again`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            var server = try await TestPostgres(scene)
            let database = PgVectorDatabase()
            try await database.initialize(config: ["url": server.url(), "pool": "4"])
            try await database.createCollection("c", vectorSize: SampleRecords.size)
            async let filled: Void = database.fill("c", 0..<3_000, by: 25)
            for _ in 0..<2 {
                try await Task.sleep(for: .seconds(1))
                try await server.crashAndStart()
            }
            try await filled
            try await database.expectAll("c", below: 3_000)
            #expect(try await database.health().isHealthy)
            try await server.stop()
            let health = try await database.health()
            #expect(!health.isHealthy && health.message.contains("cannot be reached") && !health.message.contains("secret"))
        }

        @Test func `A server that is not up when its plugin starts is waited for, and the plugin says so`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            var server = try await TestPostgres(scene)
            try await server.stop()
            let configuration = try scene.hostConfiguration(plugins: "  database_providers: {notes: {pgvector: {url: \"\(server.url())\"}}}\n" + scene.model())
            let (host, url) = try await scene.startHost(configuration)
            try await scene.replica("notes-1", "checking", "cannot be reached", of: url)
            let process = try #require(pluginProcesses("pgvector", in: scene).first)
            try await server.crashAndStart()
            try await scene.replica("notes-1", "ready", of: url, within: .seconds(30))
            // The same process: it is not started again and again meanwhile.
            #expect(pluginProcesses("pgvector", in: scene) == [process] && !host.said.contains("secret"))
            try await server.stop()
        }

        @Test func `Replicas that start at once make the tables once, and know one store; another database is another`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let server = try await TestPostgres(scene)
            let stores = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        let database = PgVectorDatabase()
                        try await database.initialize(config: ["url": server.url(), "pool": "2"])
                        try await database.createCollection("c", vectorSize: 3)
                        return database.about.capabilities["store"]
                    }
                }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(stores.count == 1 && stores.first??.hasPrefix("postgresql ") == true)
            try await sql("CREATE DATABASE other; ", server.url())
            let other = PgVectorDatabase()
            try await other.initialize(config: ["url": server.url(database: "other")])
            #expect(other.about.capabilities["store"].map { !stores.contains($0) } == true)
            try await server.stop()
        }

        @Test func `What is wrong is said, and the password is not`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let server = try await TestPostgres(scene)
            try await sql("CREATE ROLE guest LOGIN PASSWORD 'secret'; CREATE DATABASE empty", server.url())
            let cases: [(String, ProviderError.Code, String)] = [
                (server.url(password: "hush-hush"), .unauthenticated, "does not accept the user or the password"),
                (server.url(database: "nowhere"), .failedPrecondition, "does not exist"),
                (server.url("guest", database: "empty"), .failedPrecondition, "CREATE EXTENSION vector in this database"),
                ("postgresql://hector:hush@hush@127.0.0.1/postgres", .invalidRequest, "write @ as %40"),
                ("mysql://hector:hush-hush@127.0.0.1/postgres", .invalidRequest, "is not an address"),
            ]
            for (url, code, words) in cases {
                let error = await #expect(throws: ProviderError.self) { try await PgVectorDatabase().initialize(config: ["url": url]) }
                #expect(error?.code == code && error?.message.contains(words) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("hush") == false && error?.message.contains("secret") == false, "\(error?.message ?? "")")
            }
            let away = PgVectorDatabase()
            try await away.initialize(config: ["url": "postgresql://hector:hush-hush@127.0.0.1:1/postgres"])
            let health = try await away.health()
            #expect(!health.isHealthy && health.message.contains("cannot be reached") && !health.message.contains("hush"), "\(health.message)")
            let database = PgVectorDatabase()
            try await database.initialize(config: ["url": server.url()])
            try await database.createCollection("c", vectorSize: 2)
            let wrong = await #expect(throws: ProviderError.self) { try await database.createCollection("c", vectorSize: 3) }
            #expect(wrong?.code == .failedPrecondition)
            var request = UpsertRequest()
            (request.collection, request.id, request.vector, request.metadata) = ("c", "a", [1, 0], ["zero": "\u{0}"])
            let zero = await #expect(throws: ProviderError.self) { try await database.upsert(request) }
            #expect(zero?.code == .invalidRequest && zero?.message.contains("zero character") == true)

            // Another replica makes it anew, with vectors of another size: what this one remembers is forgotten.
            let other = PgVectorDatabase()
            try await other.initialize(config: ["url": server.url()])
            try await other.deleteCollection("c")
            try await other.createCollection("c", vectorSize: 3)
            request.metadata = [:]
            let size = await #expect(throws: ProviderError.self) { try await database.upsert(request) }
            #expect(size?.code == .invalidRequest && size?.message.contains("have 3") == true, "\(size?.message ?? "")")
            try await server.stop()
        }

        @Test func `A filter lets pass what the SDK's own would`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let server = try await TestPostgres(scene)
            let database = PgVectorDatabase()
            try await database.initialize(config: ["url": server.url()])
            try await database.createCollection("c", vectorSize: 2)
            let values = ["3", "-3.5", "1e2", "+.5", "7.", "", "abc", "3 ", "0x10", "'\"\\{},$1", "1e999", "ü", "NULL", nil]
            let rows = values.enumerated().map { number, value in
                var record = Record()
                (record.id, record.vector) = ("\(number)", [1, Float(number)])
                record.metadata = value.map { ["k'\"\\": $0] } ?? ["other": "3"]
                return record
            }
            try await database.upsertBatch(collection: "c", records: rows)
            let conditions: [(Condition.Operator, [[String]])] = [
                (.isOneOf, [[], ["3", "ü"], ["'\"\\{},$1"], ["NULL"]]), (.isNoneOf, [[], ["3", "abc"], ["NULL", ""]]), (.isPresent, [[]]), (.isMissing, [[]]),
                (.isLess, [["3"], ["abc"], []]), (.isAtMost, [["3"], ["-3.5"]]), (.isGreater, [["3"], ["0.1"]]), (.isAtLeast, [["1e2"], ["7"], ["1", "2"]]),
            ]
            for (relation, lists) in conditions {
                for list in lists {
                    var filter = Filter()
                    var condition = Condition()
                    (condition.key, condition.operator, condition.values) = ("k'\"\\", relation, list)
                    filter.conditions = [condition]
                    // What a C library reads as a number, and SQL does not: hexadecimal ones, and those beyond a Double.
                    let exotic: Set = ["8", "10"]
                    let expected = Set(rows.filter { filter.passes($0.metadata) }.map(\.id)).subtracting([.isOneOf, .isNoneOf, .isPresent, .isMissing].contains(relation) ? [] : exotic)
                    var request = SearchFilteredRequest()
                    (request.collection, request.vector, request.topK, request.filter) = ("c", [1, 1], 100, filter)
                    #expect(Set(try await database.searchFiltered(request).map(\.id)) == expected, "\(relation) \(list)")
                    #expect(try await database.count(collection: "c", filter: filter) == expected.count, "\(relation) \(list)")
                }
            }
            try await server.stop()
        }

        @Test func `A call that nobody waits for is stopped on the server`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let server = try await TestPostgres(scene)
            let database = PgVectorDatabase()
            try await database.initialize(config: ["url": server.url()])
            try await database.createCollection("c", vectorSize: 2)
            let holder = try PostgresConnection(PostgresAddress(server.url()), statementTimeout: 60_000)
            try holder.execute("BEGIN; LOCK TABLE hector.records_1 IN ACCESS EXCLUSIVE MODE", Flag())
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) { _ = try await database.count(collection: "c", filter: nil) }
                }
                try? await Task.sleep(for: .milliseconds(300))
                group.cancelAll()
            }
            // Within a transaction, the holder would see what it saw first.
            let observer = try PostgresConnection(PostgresAddress(server.url()), statementTimeout: 60_000)
            try await eventually("the statement goes on") {
                try observer.query("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%count(*)%records_1%' AND pid <> pg_backend_pid()", [], Flag()).isEmpty
            }
            try holder.execute("ROLLBACK", Flag())
            #expect(try await database.count(collection: "c", filter: nil) == 0)
            try await server.stop()
        }

        private func sql(_ statements: String, _ url: String) async throws {
            let connection = try PostgresConnection(PostgresAddress(url), statementTimeout: 60_000)
            for statement in statements.split(separator: ";") where statement.contains(where: \.isLetter) { try connection.execute(String(statement), Flag()) }
        }
    }
}

/// Something that is done once, when it was asked for so often.
private final class Once: Sendable {
    private let count = Mutex(0)

    func at(_ time: Int) -> Bool {
        count.withLock { count in
            count += 1
            return count == time
        }
    }
}

/// The processes of a built-in plugin that belong to a scene.
func pluginProcesses(_ builtin: String, in scene: Scene) -> [pid_t] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { pid_t($0) }.filter { id in
        let words = (try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8))?.split(separator: "\0") ?? []
        guard words.count == 2, words[0].hasSuffix("/hector-plugins"), words[1] == builtin else { return false }
        return (try? String(contentsOfFile: "/proc/\(id)/environ", encoding: .utf8))?.contains(scene.temporary) == true
    }
}
