import HectorCore
import HectorProto
import Testing

@testable import HectorNodeHost
@testable import HectorPlugins
@testable import HectorRPC

/// What a node tells of its plugins.
@Suite struct OfferedPluginsTests {
    /// A host calls what it is told, and nothing else: what is told and what is passed on must be one set.
    @Test(arguments: ProviderService.all.map(\.kind)) func `A node tells the methods that it forwards, and no others`(kind: PluginKind) {
        let key = PluginKey(kind, "p")
        let told = OfferedNames(PluginSpecification(key: key, executable: "/bin/true")).plugins.flatMap(\.methods)
        let forwarder = PluginForwarder(now: { Instant() })
        forwarder.offer(key)
        let service = ProviderService.of(kind)
        let passed = service.methods.filter { method in
            let request = ForwardedRequest(path: method.path, authority: "p", metadata: [:], peer: nil)
            // It has no replica here; what it may not forward it refuses with another code.
            if case .refuse(let error) = forwarder.route(request) { return error.code != .permissionDenied }
            return true
        }
        #expect(told == passed.map(\.name) && !told.isEmpty)
    }

    /// What a host routes by must not be what there is no room for.
    @Test func `What a program declares when it runs is told first, its store with it`() throws {
        let specification = PluginSpecification(key: PluginKey(.database, "p"), executable: "/bin/true", metered: true)
        let names = OfferedNames(specification)
        #expect(names.plugins.map(\.capabilities) == [["metered": "true"]])
        let large = Dictionary(uniqueKeysWithValues: (0..<40).map { ("a\($0)", String(repeating: "x", count: 200)) })
        let told = try #require(names.running(large.merging(["count": "true", "store": "other"]) { $1 }).plugins.first?.capabilities)
        #expect(told["count"] == "true" && told["metered"] == "true" && told["store"] == "other")
        #expect(told.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } <= NodeReportLimits().capabilities)
    }

    @Test func `A replica that does not know its store yet leaves that of the others`() {
        let specification = PluginSpecification(key: PluginKey(.database, "p"), executable: "/bin/true")
        var node = Hector_Mesh_V1_NodeState()
        for (id, names) in [("p-1", OfferedNames(specification).running(["store": "a"])), ("p-2", OfferedNames(specification))] {
            for plugin in names.plugins { node.set(plugin, .ready, replica: id, capacity: "") }
        }
        #expect(node.plugins.map(\.capabilities) == [["store": "a"]] && node.plugins.first?.replicas.count == 2)
        for plugin in OfferedNames(specification).running(["store": "b"]).plugins { node.set(plugin, .ready, replica: "p-1", capacity: "") }
        #expect(node.plugins.first?.capabilities["store"] == "b")
    }

    @Test func `Hosts are told of each name that a process offers, under its label and in its own form`() throws {
        let names = OfferedNames(PluginSpecification(key: PluginKey(.llm, "engine"), executable: "/bin/true"))
        #expect(names.names == [PluginKey(.llm, "engine")] && names.capacity(of: "engine-1").isEmpty)
        let running = names.running(["options": "seed"], offers: [
            PluginOffer(key: PluginKey(.llm, "a:b"), digest: "sha256:1", capabilities: ["metered": "true"]),
            PluginOffer(key: PluginKey(.llm, "a-b"), digest: "", capabilities: [:]),
        ])
        #expect(running.names == [PluginKey(.llm, "a:b"), PluginKey(.llm, "a-b")] && running.capacity(of: "engine-1") == "engine-1")
        #expect(running.plugins.map { [$0.name, $0.original, $0.digest] } == [["a-b", "a:b", "sha256:1"], ["a-b", "", ""]])
        #expect(running.plugins.map(\.capabilities) == [["options": "seed", "metered": "true"], ["options": "seed"]])
        // It is there, and what it offered is not.
        let idle = names.running([:], offers: [])
        #expect(idle.names == [PluginKey(.llm, "engine")] && !idle.serves)

        var state = Hector_Mesh_V1_NodeState()
        for plugin in running.plugins { state.set(plugin, .ready, replica: "engine-1", capacity: "engine-1") }
        #expect(state.plugins.count == 2 && state.plugins.allSatisfy { $0.replicas.map(\.capacity) == ["engine-1"] })
        state.remove(PluginKey(.llm, "a-b"), replica: "engine-1")
        #expect(state.plugins.map(\.original) == ["a:b"])
    }
}
