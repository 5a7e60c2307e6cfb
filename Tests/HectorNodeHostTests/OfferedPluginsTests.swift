import HectorCore
import HectorPlugins
import HectorProto
import Testing

@testable import HectorNodeHost
@testable import HectorRPC

/// What a node tells of its plugins.
@Suite struct OfferedPluginsTests {
    /// A host calls what it is told, and nothing else: what is told and what is passed on must be one set.
    @Test(arguments: ProviderService.all.map(\.kind)) func `A node tells the methods that it forwards, and no others`(kind: PluginKind) {
        let key = PluginKey(kind, "p")
        let told = Hector_Mesh_V1_PluginState(PluginSpecification(key: key, executable: "/bin/true")).methods
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
    @Test func `What a program declares when it runs is told first, and the manifest's store stays`() throws {
        let specification = PluginSpecification(key: PluginKey(.database, "p"), executable: "/bin/true", metered: true)
        var node = Hector_Mesh_V1_NodeState()
        node.add(specification, replica: "p-1")
        #expect(node.plugins.first?.capabilities == ["metered": "true"])
        let large = Dictionary(uniqueKeysWithValues: (0..<40).map { ("a\($0)", String(repeating: "x", count: 200)) })
        node.set(large.merging(["count": "true", "store": "other"]) { $1 }, of: specification)
        let told = try #require(node.plugins.first?.capabilities)
        #expect(told["count"] == "true" && told["metered"] == "true" && told["store"] == nil)
        #expect(told.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } <= NodeReportLimits().capabilities)
    }
}
