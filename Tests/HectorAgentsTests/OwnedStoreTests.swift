import HectorAgents
import Testing

@Suite struct OwnedStoreTests {
    private func store(_ entries: [(String, String, Int)]) -> OwnedStore<String, String> {
        var store = OwnedStore<String, String>()
        for (key, owner, bytes) in entries { store.put(key, for: key, of: owner, bytes: bytes) }
        return store
    }

    private func kept(_ store: OwnedStore<String, String>) -> [String] { store.newestFirst.reversed().map(\.value) }

    @Test func `The owner of the most gives up its oldest`() {
        var full = store([("b", "bert", 1), ("1", "anna", 1), ("2", "anna", 1), ("3", "anna", 1)])
        full.makeRoom(count: 3)
        #expect(kept(full) == ["b", "2", "3"])
        full.makeRoom(count: 2)
        #expect(kept(full) == ["b", "3"])
    }

    @Test func `Bytes are counted by owner as well`() {
        var full = store([("b", "bert", 10), ("c", "bert", 10), ("1", "anna", 50)])
        full.makeRoom(count: 9, bytes: 60)
        #expect(kept(full) == ["b", "c"])
        full.put("b", for: "b", of: "bert", bytes: 55)
        full.makeRoom(count: 9, bytes: 60)
        #expect(kept(full) == ["c"])
    }

    @Test func `What may not go stays, and the next owner gives up`() {
        var full = store([("b", "bert", 1), ("1", "anna", 1), ("2", "anna", 1)])
        full.makeRoom(count: 1) { $0 == "b" }
        #expect(kept(full) == ["1", "2"])
        #expect(full.remove("1") == "1" && full.remove("1") == nil && full.count == 1 && full.oldest?.key == "2")
    }
}
