import HectorCore
import Testing

@testable import HectorAPI

@Suite struct TaskStoreTests {
    func task(_ id: String, of owner: String = "", question: String = "") -> A2ATask {
        A2ATask(
            id: id, agent: "a", owner: owner, context: "c", question: question, messageID: "m", state: .working, changed: 0
        )
    }

    func ids(_ store: TaskStore) -> [String] { store.all(of: "a", for: .anyone).map(\.id) }

    @Test func theOldestFinishedTasksMakeRoom() {
        let store = TaskStore(maxTasks: 2, maxBytes: 1 << 20)
        for id in ["1", "2", "3"] { _ = store.begin(task(id)) }
        #expect(ids(store) == ["3", "2", "1"])
        _ = store.end(task("2"), .completed, text: "", at: 1)
        #expect(ids(store) == ["3", "1"])
        _ = store.end(task("1"), .failed, text: "", at: 1)
        _ = store.begin(task("4"))
        #expect(ids(store) == ["4", "3"])
    }

    @Test func bytesAreBounded() {
        let store = TaskStore(maxTasks: 100, maxBytes: 3000)
        for id in ["1", "2"] {
            _ = store.begin(task(id, question: String(repeating: "q", count: 500)))
            _ = store.end(task(id), .completed, text: String(repeating: "a", count: 500), at: 1)
        }
        #expect(ids(store) == ["2"])
    }

    @Test func theFirstEndStands() async throws {
        let store = TaskStore(maxTasks: 10, maxBytes: 1 << 20)
        let (log, cancelled) = store.begin(task("1"))
        let answer = try store.cancel("1", of: "a", for: .anyone, at: 5)
        #expect(answer.state == .canceled && answer.changed == 5)
        try await cancelled.wait()
        try await log.waitForEnd()
        #expect(store.end(task("1"), .completed, text: "late", at: 6).state == .canceled)
        #expect(throws: RPCFailure(.taskNotCancelable, "")) { try store.cancel("1", of: "a", for: .anyone, at: 7) }
        #expect(throws: RPCFailure(.taskNotFound, "")) { try store.cancel("1", of: "b", for: .anyone, at: 7) }
        #expect(throws: RPCFailure(.taskNotFound, "")) { try store.task("2", of: "a", for: .anyone) }
    }

    private func client(_ name: String) -> Caller { .client(APIClient(name: name, token: "")) }

    @Test func `A task exists for its owner and the administrator only`() throws {
        let store = TaskStore(maxTasks: 10, maxBytes: 1 << 20)
        _ = store.begin(task("1", of: "anna"))
        _ = store.begin(task("2", of: "bert"))
        #expect(store.all(of: "a", for: client("anna")).map(\.id) == ["1"])
        #expect(store.all(of: "a", for: .admin).map(\.id) == ["2", "1"])
        #expect(store.all(of: "a", for: .unknown).isEmpty)
        #expect(try store.task("1", of: "a", for: client("anna")).owner == "anna")
        let foreign = #expect(throws: RPCFailure.self) { try store.task("2", of: "a", for: client("anna")) }
        let unknown = #expect(throws: RPCFailure.self) { try store.task("3", of: "a", for: client("anna")) }
        #expect(foreign?.message.replacing("2", with: "3") == unknown?.message)
        #expect(throws: RPCFailure(.taskNotFound, "")) { try store.cancel("2", of: "a", for: client("anna"), at: 1) }
        #expect(try store.cancel("2", of: "a", for: .admin, at: 1).state == .canceled)
    }

    @Test func `A client cannot push out the tasks of another`() {
        let store = TaskStore(maxTasks: 4, maxBytes: 1 << 20)
        func run(_ id: String, of owner: String) {
            _ = store.begin(task(id, of: owner))
            store.end(task(id, of: owner), .completed, text: "", at: 1)
        }
        run("b1", of: "bert")
        for index in 1...9 { run("a\(index)", of: "anna") }
        #expect(ids(store) == ["a9", "a8", "a7", "b1"])
        run("b2", of: "bert")
        run("b3", of: "bert")
        #expect(ids(store) == ["b3", "b2", "a9", "a8"])
    }
}
