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
        #expect(router.snapshot().replicas.map { $0.reason.isEmpty } == [true, false, true], "one, three, two")
        #expect(router.replicasOfOtherStores.map(\.replica) == ["three"])
        source.end()
    }
}
