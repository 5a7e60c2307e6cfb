import Foundation
import HectorAgents
import HectorCore
import HectorProviders
import HectorStore
import Testing

@testable import HectorHost

@Suite struct StoredSessionsTests {
    private func state(_ path: String) -> StateStore {
        StateStore(of: "hector", in: StateDirectory(configured: path, environment: [:]))
    }

    @Test func `A session comes back whole`() async throws {
        let folder = NSTemporaryDirectory() + "hector-sessions-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var call = ToolCall()
        (call.id, call.name, call.argumentsJson) = ("c", "t", "{}")
        var asks = Message(role: "assistant", content: "ü\u{0}")
        asks.toolCalls = [call]
        var record = SessionRecord(key: SessionKey(owner: "anna", agent: "a", session: "with/slash\u{0}"), began: 5, used: 7)
        record.turns = [[Message(role: "user", content: "hi"), asks], []]
        record.forgotten = 3
        record.keep = .seconds(90)
        record.summary = .init(text: "short", turns: 2)
        do {
            let sessions = StoredSessions(state: state(folder))
            let gone = SessionKey(agent: "a", session: "gone")
            try await sessions.write([record.key, gone]) { [record] key in key == record.key ? record : SessionRecord(key: gone, began: 1, used: 1) }
            try await sessions.write([gone]) { _ in nil }
        }
        let sessions = StoredSessions(state: state(folder))
        #expect(sessions.all() == [record])
    }

    @Test func `Bytes of something else are no session`() {
        #expect(SessionRecord(kept: []) == nil && SessionRecord(kept: Array(#"{"owner": 7}"#.utf8)) == nil)
    }
}
