import HectorCore
import Testing

@testable import HectorAPI

@Suite struct TaskStoreTests {
    func task(_ id: String, question: String = "") -> A2ATask {
        A2ATask(
            id: id, agent: "a", context: "c", question: question, messageID: "m", state: .working, changed: 0
        )
    }

    func ids(_ store: TaskStore) -> [String] { store.all(of: "a").map(\.id) }

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
        let answer = try store.cancel("1", of: "a", at: 5)
        #expect(answer.state == .canceled && answer.changed == 5)
        try await cancelled.wait()
        try await log.waitForEnd()
        #expect(store.end(task("1"), .completed, text: "late", at: 6).state == .canceled)
        #expect(throws: RPCFailure(.taskNotCancelable, "")) { try store.cancel("1", of: "a", at: 7) }
        #expect(throws: RPCFailure(.taskNotFound, "")) { try store.cancel("1", of: "b", at: 7) }
        #expect(throws: RPCFailure(.taskNotFound, "")) { try store.task("2", of: "a") }
    }
}
