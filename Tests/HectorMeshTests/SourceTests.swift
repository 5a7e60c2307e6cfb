internal import HectorCore
import Testing

@testable import HectorMesh

/// Who owns a replica, and what its owner's whole set says.
@Suite struct SourceTests {
    private var state = RouterState(limits: MeshLimits(), seed: 1)

    private func published(_ names: [String], _ state: ReplicaState<any CallTarget> = .ready("a")) -> [PublishedReplica] {
        names.map { PublishedReplica(replica($0), state) }
    }

    private var names: [String] { state.copies.statuses(now: at(0)).map(\.replica) }

    @Test mutating func `A set replaces the one before`() {
        let source = state.addSource("children")
        #expect(state.publish(published(["a", "b"]), from: source, now: at(0)).isEmpty)
        #expect(names == ["a", "b"])
        #expect(state.publish(published(["b", "c"]), from: source, now: at(0)).isEmpty)
        #expect(names == ["b", "c"])
        #expect(state.publish([], from: source, now: at(0)).isEmpty)
        #expect(names.isEmpty)
    }

    @Test mutating func `What has not changed goes on as it was, what is connected anew begins anew`() {
        let source = state.addSource("children")
        func epoch() -> UInt64? { state.sets[echo]?.replicas.first?.epoch }
        _ = state.publish(published(["a"]), from: source, now: at(0))
        let first = epoch()
        _ = state.publish(published(["a"]), from: source, now: at(1))
        #expect(epoch() == first)
        var described = published(["a"])
        described[0].description.version = "1.1.0"
        _ = state.publish(described, from: source, now: at(2))
        #expect(epoch() == first && state.copies.statuses(now: at(2)).map(\.version) == ["1.1.0"])
        _ = state.publish(published(["a"], .ready("anew")), from: source, now: at(3))
        #expect(epoch() == first.map { $0 + 1 })
        _ = state.publish(published(["a"], .lost(reason: "killed")), from: source, now: at(4))
        #expect(state.copies.statuses(now: at(4)).map(\.reason) == ["killed"])
        _ = state.publish(published(["a"], .ready("anew")), from: source, now: at(5))
        #expect(epoch() == first.map { $0 + 2 })
    }

    /// Review C1: a stale link reported a replica lost that another link served, and nobody ever said otherwise.
    @Test mutating func `What one source owns, no other can touch`() {
        let owner = state.addSource("node gpu-1")
        let other = state.addSource("node gpu-1, again")
        _ = state.publish(published(["a"]), from: owner, now: at(0))
        #expect(state.publish(published(["a"], .lost(reason: "stale")), from: other, now: at(1)).map(\.replica) == ["a"])
        #expect(state.copies.statuses(now: at(1)).map(\.state) == [.ready])
        #expect(state.publish([], from: other, now: at(2)).isEmpty)
        state.end(other, now: at(3))
        #expect(names == ["a"])
        // Once its owner lets go of it, another may have it.
        state.end(owner, now: at(4))
        let heir = state.addSource("node gpu-1, moved")
        #expect(state.publish(published(["a"]), from: heir, now: at(5)).isEmpty)
        #expect(names == ["a"])
    }

    /// Review C4: the numbers began anew with each set, and late results of a replica that is gone counted for its successor.
    @Test mutating func `Serial numbers are given out once`() throws {
        let source = state.addSource("children")
        var seen: Set<UInt64> = []
        for round in 0..<5 {
            _ = state.publish(published(["a", "b"]), from: source, now: at(Double(round)))
            for replica in try #require(state.sets[echo]).replicas { #expect(seen.insert(replica.serial).inserted) }
            _ = state.publish([], from: source, now: at(Double(round)))
            #expect(state.sets[echo] == nil)
        }
    }

    @Test mutating func `Replicas of another store get no calls, and say so`() {
        let database = PluginKey(.database, "vectors")
        func published(_ stores: [(name: String, store: String)], _ connection: String = "a") -> [PublishedReplica] {
            stores.map { name, store in
                var description = replica(name, plugin: database)
                description.store = store
                return PublishedReplica(description, .ready(connection))
            }
        }
        let source = state.addSource("children")
        _ = state.publish(published([("one", "x")]), from: source, now: at(0))
        _ = state.publish(published([("one", "x"), ("two", "y"), ("three", "x")]), from: source, now: at(1))
        #expect(state.sets[database]?.explain(.unary, now: at(1)).candidates.map(\.replica.replica).sorted() == ["one", "three"])
        #expect(state.sets[database]?.explain(.unary, now: at(1)).excluded.map(\.exclusion) == [.otherStore])
        #expect(state.copies.statuses(now: at(1)).first { $0.replica == "two" }?.reason.contains("another store") == true)
        #expect(state.replicasOfOtherStores.map(\.replica) == ["two"])
        // The name keeps its store, also while nobody has it.
        _ = state.publish(published([("two", "y")]), from: source, now: at(2))
        #expect(state.sets[database]?.explain(.unary, now: at(2)).candidates.isEmpty == true)
        _ = state.publish([], from: source, now: at(3))
        _ = state.publish(published([("two", "y")]), from: source, now: at(4))
        #expect(state.sets[database]?.explain(.unary, now: at(4)).candidates.isEmpty == true)
    }
}
