internal import HectorCore
import Testing

@testable import HectorMesh

@Suite struct MeaningTests {
    private let router = Router(mesh: "test", host: "here", timing: ManualClock().timing, seed: 1, classify: classify)

    private func publish(_ names: [(PluginKind, String)]) -> ReplicaSource {
        let source = router.source(named: "test")
        source.publish(names.map { kind, name in
            PublishedReplica(
                ReplicaDescription(id: ReplicaID(PluginKey(kind, name), host: "here", replica: "engine-1"), host: "here", path: .local, capacity: "engine-1"),
                .ready("to the engine"))
        })
        return source
    }

    @Test func `A name goes before labels, and a label means what only one has`() {
        let source = publish([(.llm, "llama3.2:3b"), (.llm, "a:b"), (.llm, "A.B"), (.embedder, "llama3.2_3b")])
        #expect(router.meaning(of: "llama3.2:3b", .llm) == .plugin(PluginKey(.llm, "llama3.2:3b")))
        #expect(router.meaning(of: "llama3-2-3b", .llm) == .plugin(PluginKey(.llm, "llama3.2:3b")))
        #expect(router.meaning(of: "llama3-2-3b", .embedder) == .plugin(PluginKey(.embedder, "llama3.2_3b")))
        #expect(router.meaning(of: "llama3.2-3b", .llm) == .unknown, "neither its name nor its label")
        #expect(router.meaning(of: "a-b", .llm) == .several(["A.B", "a:b"]))
        #expect(router.sharedLabels == [SharedLabel(label: "a-b", kind: .llm, names: ["A.B", "a:b"])])
        source.end()
        #expect(router.meaning(of: "a-b", .llm) == .unknown && router.sharedLabels.isEmpty)
    }

    @Test func `One of that very name is meant, and those with the label have their own names`() {
        let source = publish([(.llm, "a:b"), (.llm, "a-b")])
        #expect(router.meaning(of: "a-b", .llm) == .plugin(PluginKey(.llm, "a-b")))
        #expect(router.meaning(of: "a:b", .llm) == .plugin(PluginKey(.llm, "a:b")))
        #expect(router.sharedLabels.map(\.names) == [["a-b", "a:b"]])
        source.end()
    }

    @Test func `Nothing is waited for that a label reaches`() {
        router.expect([PluginKey(.llm, "a-b"), PluginKey(.llm, "c")])
        let source = publish([(.llm, "a:b")])
        #expect(router.snapshot().waiting == ["c"])
        source.end()
    }

    @Test func `A replica that does not tell its content goes with any`() {
        let source = router.source(named: "test")
        let key = PluginKey(.llm, "m:1")
        source.publish([("one", "digest 1"), ("two", nil), ("three", "digest 2")].map { name, store in
            PublishedReplica(ReplicaDescription(id: ReplicaID(key, host: "here", replica: name), host: "here", path: .local, store: store), .ready("to \(name)"))
        })
        #expect(router.snapshot().replicas.map { [$0.replica, $0.plugin] } == [["one", "m:1"], ["two", "m:1"], ["three", "m:1@2"]])
        #expect(router.replicasOfOtherStores.isEmpty)
        source.end()
    }

    // MARK: contents

    /// Replicas of `m:1`, each on a machine of its own.
    private func offer(_ digests: [(host: String, digest: String)], _ source: ReplicaSource) {
        source.publish(digests.map { host, digest in
            PublishedReplica(
                ReplicaDescription(
                    id: ReplicaID(PluginKey(.llm, "m:1"), host: host, replica: "engine-1"), host: host, path: .lan,
                    store: Stores().store(of: PluginKey(.llm, "m:1"), capability: nil, digest: digest, host: host)),
                .ready("to \(host)"))
        })
    }

    private func meaning(_ name: String) -> Meaning { router.meaning(of: name, .llm) }

    @Test func `Another content under a name is a plugin of its own`() {
        let source = router.source(named: "test")
        let (first, second) = ("sha256:\(String(repeating: "a1", count: 32))", "sha256:\(String(repeating: "b2", count: 32))")
        let (plain, other) = (Meaning.plugin(PluginKey(.llm, "m:1")), Meaning.plugin(PluginKey(.llm, "m:1@sha256:b2b2b2b2b2b2")))
        offer([("one", first), ("two", second), ("three", first)], source)
        #expect(router.snapshot().replicas.map { [$0.plugin, $0.host, $0.reason] } == [
            ["m:1", "one", ""], ["m:1", "three", ""], ["m:1@sha256:b2b2b2b2b2b2", "two", ""],
        ])
        #expect(meaning("m:1") == plain && meaning("m:1@sha256:a1a1") == plain && meaning("m:1@a1a1a1") == plain && meaning("m:1@\(first)") == plain)
        #expect(meaning("m:1@sha256:b2b2b2b2b2b2") == other && meaning("m:1@b2b2") == other && meaning("m:1@\(second)") == other)
        #expect(meaning("m:1@b2b") == .unknown && meaning("m:1@c3c3") == .unknown && meaning("m:2@b2b2") == .unknown)
        #expect(router.otherContents == [
            OtherContent(plugin: PluginKey(.llm, "m:1@sha256:b2b2b2b2b2b2"), name: "m:1", digest: second, hosts: ["two"])
        ])
        #expect(router.sharedLabels.isEmpty && meaning("m-1") == plain)
        // The name goes back to its content, and means the other one only while that is alone.
        offer([("two", second)], source)
        #expect(meaning("m:1") == other && meaning("m:1@a1a1") == .unknown)
        offer([("two", second), ("three", first)], source)
        #expect(meaning("m:1") == plain)
        source.end()
        #expect(meaning("m:1") == .unknown && meaning("m:1@b2b2") == .unknown && router.otherContents.isEmpty)
    }

    @Test func `What the beginning of a digest leaves open is told`() {
        let source = router.source(named: "test")
        offer([("one", "sha256:aaaa"), ("two", "sha256:aabb00000000"), ("three", "sha256:aabb11111111"), ("four", "no digest at all, \u{1}")], source)
        #expect(meaning("m:1@aabb") == .several(["m:1@sha256:aabb00000000", "m:1@sha256:aabb11111111"]))
        #expect(meaning("m:1@aabb1") == .plugin(PluginKey(.llm, "m:1@sha256:aabb11111111")))
        #expect(router.snapshot().replicas.allSatisfy { Label.isName($0.plugin) })
        #expect(Set(router.snapshot().replicas.map(\.plugin)).count == 4)
        offer([("two", "sha256:aabb00000000"), ("three", "sha256:aabb11111111")], source)
        #expect(meaning("m:1") == .several(["m:1@sha256:aabb00000000", "m:1@sha256:aabb11111111"]))
        source.end()
    }

    @Test func `Contents are bounded, and one too many is not used`() {
        var limits = MeshLimits()
        (limits.contentsPerName, limits.namesWithContents) = (2, 1)
        var contents = Contents(limits: limits)
        let name = PluginKey(.llm, "m:1")
        #expect(["a", "b", "c", "b"].map { contents.plugin(for: "sha256:\($0)", under: name).name } == ["m:1", "m:1@sha256:b", "m:1", "m:1@sha256:b"])
        let other = PluginKey(.llm, "n:1")
        #expect(contents.plugin(for: "sha256:a", under: other) == other && contents.plugins(under: other).isEmpty)
    }
}
