import Foundation
import HectorCore
import HectorSQLite
import HectorStore
import Testing

@Suite struct StateStoreTests {
    @Test func `What was put is there after a restart`() async throws {
        let folder = try Folder()
        do {
            let store = folder.store()
            #expect(store.conditions == [] && store.directory == folder.path)
            try await store.apply([
                .put(StateEntry(key: "b", value: [0, 255]), namespace: "one"), .put(StateEntry(key: "a", value: []), namespace: "one"),
                .put(StateEntry(key: "a", value: [7]), namespace: "two"), .put(StateEntry(key: "gone", value: [7]), namespace: "two"),
                .delete(key: "gone", namespace: "two"),
            ])
        }
        let store = folder.store()
        #expect(try await store.list(in: "one") == [StateEntry(key: "a", value: []), StateEntry(key: "b", value: [0, 255])])
        #expect(try store.listNow(in: "two") == [StateEntry(key: "a", value: [7])])
        #expect(try await store.get("b", in: "one") == [0, 255])
        #expect(try await store.get("b", in: "two") == nil)
        #expect(try FileManager.default.attributesOfItem(atPath: "\(folder.path)/hector.sqlite")[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int == 0o700)
    }

    @Test func `Lists go by prefix and in pages`() async throws {
        let store = StateStore(of: "hector", in: StateDirectory(configured: "none", environment: [:]))
        #expect(store.conditions == [] && store.directory == nil)
        for key in ["a/1", "a/2", "a/ü", "b", "a"] { try await store.put(Array(key.utf8), for: key, in: "n") }
        #expect(try await store.list(in: "n", prefix: "a/").map(\.key) == ["a/1", "a/2", "a/ü"])
        #expect(try await store.list(in: "n", after: "a/1", limit: 2).map(\.key) == ["a/2", "a/ü"])
        try await store.apply([.deleteAll(prefix: "a/", namespace: "n")])
        #expect(try await store.list(in: "n").map(\.key) == ["a", "b"])
        try await store.apply([.deleteAll(prefix: "", namespace: "n")])
        #expect(try await store.list(in: "n") == [])
    }

    @Test func `All of the changes are made, or none`() async throws {
        let store = StateStore(of: "hector", in: StateDirectory(configured: "none", environment: [:]))
        let error = await #expect(throws: StateFailure.self) {
            try await store.apply([.put(StateEntry(key: "a", value: [1]), namespace: "n"), .put(StateEntry(key: String(repeating: "k", count: 1_025), value: []), namespace: "n")])
        }
        #expect(error?.kind == .tooLong)
        #expect(try await store.list(in: "n") == [])
    }

    @Test func `Two programs have files of their own, and a second one of the same goes on without`() async throws {
        let folder = try Folder()
        let first = folder.store()
        let other = folder.store(of: "hector-plugin-agent")
        let second = folder.store()
        #expect(first.conditions == [] && other.conditions == [])
        #expect(second.directory == nil && second.conditions.count == 1 && second.conditions[0].text.contains("another hector uses"))
        try await first.put([1], for: "k", in: "n")
        try await second.put([2], for: "k", in: "n")
        #expect(try await first.get("k", in: "n") == [1])
        #expect(try await second.get("k", in: "n") == [2])
        #expect(try await other.get("k", in: "n") == nil)
    }

    @Test(arguments: [true, false]) func `A damaged file is set aside`(isHeaderIntact: Bool) async throws {
        let folder = try Folder()
        do {
            let store = folder.store()
            for number in 0..<200 { try await store.put(Array(repeating: UInt8(number), count: 2_000), for: "\(number)", in: "n") }
        }
        let path = "\(folder.path)/hector.sqlite"
        let whole = try Data(contentsOf: URL(filePath: path))
        try (isHeaderIntact ? whole.prefix(whole.count / 2) : Data("not a database, however long it may be".utf8) + whole).write(to: URL(filePath: path))
        let store = folder.store()
        #expect(store.directory == folder.path && store.conditions.count == 1 && store.conditions[0].text.contains("hector.sqlite.damaged-1"))
        try await store.put([1], for: "k", in: "n")
        #expect(try await store.list(in: "n") == [StateEntry(key: "k", value: [1])])
        #expect(FileManager.default.fileExists(atPath: "\(path).damaged-1"))
    }

    @Test func `A file of a later version, or of another program, is left alone`() async throws {
        for statement in ["PRAGMA user_version = 1000", "PRAGMA application_id = 7"] {
            let folder = try Folder()
            do { _ = folder.store() }
            let path = "\(folder.path)/hector.sqlite"
            try SQLiteConnection(path: path, mode: .write).execute(statement)
            let store = folder.store()
            #expect(store.directory == nil && store.conditions.count == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.contains("damaged") })
        }
    }

    @Test func `A directory that others may write to is not used`() async throws {
        let folder = try Folder()
        chmod(folder.path, 0o777)
        let store = folder.store()
        #expect(store.directory == nil && store.conditions.first?.text.contains("chmod 700") == true)
        try await store.put([1], for: "k", in: "n")
    }

    @Test func `A full file refuses a change, keeps what it has and says so until there is room`() async throws {
        let folder = try Folder()
        var limits = StoreLimits()
        limits.fileBytes = 256 << 10
        let store = folder.store(limits: limits)
        var kept: [String] = []
        var failure: StateFailure?
        for number in 0..<100 where failure == nil {
            do throws(StateFailure) {
                try await store.put(Array(repeating: 1, count: 20_000), for: "\(number)", in: "n")
                kept.append("\(number)")
            } catch { failure = error }
        }
        #expect(failure?.kind == .full && kept.count > 3)
        #expect(store.conditions.count == 1)
        #expect(try await Set(store.list(in: "n").map(\.key)) == Set(kept))
        try await store.delete("0", in: "n")
        #expect(store.conditions == [])
        try await store.put(Array(repeating: 1, count: 15_000), for: "again", in: "n")
    }
}

/// A state directory, removed with the value.
final class Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "hector-state-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    func store(of program: String = "hector", limits: StoreLimits = StoreLimits()) -> StateStore {
        StateStore(of: program, in: StateDirectory(configured: path, environment: [:]), limits: limits)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
