internal import HectorCore
import HectorMesh
import HectorProto
import SwiftProtobuf
import Testing

@testable import HectorMembership

@Suite struct ToldNodeTests {
    private static func replica(_ id: String, reason: String = "") -> Hector_Mesh_V1_ReplicaState {
        var replica = Hector_Mesh_V1_ReplicaState()
        (replica.id, replica.phase, replica.reason) = (id, .starting, reason)
        return replica
    }

    private static func plugin(
        _ name: String = "echo-llm", type: String = "llm_provider", version: String = "1.0.0",
        replicas: [Hector_Mesh_V1_ReplicaState] = []
    ) -> Hector_Mesh_V1_PluginState {
        var plugin = Hector_Mesh_V1_PluginState()
        (plugin.name, plugin.type, plugin.version, plugin.replicas) = (name, type, version, replicas)
        return plugin
    }

    private static func node(_ plugins: [Hector_Mesh_V1_PluginState], name: String = "gpu-1") -> ToldNode {
        var node = Hector_Mesh_V1_NodeState()
        (node.name, node.plugins) = (name, plugins)
        return ToldNode(node)
    }

    @Test func `What is in order is kept as it is`() throws {
        let node = Self.node([Self.plugin(replicas: [Self.replica("echo-llm-1", reason: "warming up")])])
        #expect(node.name == "gpu-1")
        let plugin = try #require(node.plugins.first)
        #expect(plugin.key.description == "echo-llm (llm_provider)")
        #expect(plugin.version == "1.0.0")
        #expect(plugin.replicas == [ToldNode.Replica(id: "echo-llm-1", condition: .starting(reason: "warming up"), capacity: nil)])
    }

    @Test func `The number of hosts is what the node says, within reason, or unknown`() {
        let told = [0, 1, 8, UInt32.max].map { hosts in ToldNode(.with { $0.hosts = hosts }).hosts }
        #expect(told == [nil, 1, 8, NodeReportLimits().hosts])
    }

    @Test func `What costs money says so`() {
        let plugins = ["true": true, "false": false, "yes": false, "": false].map { value, isMetered in
            var plugin = Self.plugin()
            plugin.capabilities = ["metered": value]
            return (Self.node([plugin]).plugins.first?.metered, isMetered)
        }
        #expect(plugins.allSatisfy { $0.0 == $0.1 })
    }

    @Test func `Texts are cut to their bytes, whatever they are made of`() throws {
        // One character of a hundred thousand bytes.
        let tower = "e" + String(repeating: "\u{301}", count: 50_000)
        let node = Self.node([Self.plugin(version: tower, replicas: [Self.replica("r", reason: tower)])], name: tower)
        #expect((1...63).contains(node.name.utf8.count))
        #expect((1...48).contains(try #require(node.plugins.first).version.utf8.count))
        #expect((1...240).contains(try #require(node.plugins.first?.replicas.first).condition.reason.utf8.count))
    }

    @Test(arguments: ["", "Echo", "a.b", "a b", "-a", String(repeating: "a", count: 63)])
    func `A plugin whose name is no name is passed over`(name: String) {
        #expect(Self.node([Self.plugin(name)]).plugins.isEmpty)
    }

    @Test func `A plugin of an unknown kind is passed over`() {
        #expect(Self.node([Self.plugin(type: "mind_reader")]).plugins.isEmpty)
    }

    @Test(arguments: ["", "a b", "a\r\nx: y", "é", String(repeating: "a", count: 129)])
    func `A replica whose id cannot travel in a header is passed over`(id: String) throws {
        #expect(try #require(Self.node([Self.plugin(replicas: [Self.replica(id), Self.replica("ok")])]).plugins.first).replicas.map(\.id) == ["ok"])
    }

    @Test func `An id stands for one replica of a plugin`() {
        let node = Self.node([
            Self.plugin(replicas: [Self.replica("r"), Self.replica("r")]), Self.plugin("other", replicas: [Self.replica("r"), Self.replica("s")]),
        ])
        #expect(node.plugins.map { $0.replicas.map(\.id) } == [["r"], ["r", "s"]])
    }

    @Test func `Plugins and replicas are counted`() {
        let many = (0..<1_000).map { plugin in
            Self.plugin("p\(plugin)", replicas: (0..<100).map { Self.replica("p\(plugin)-\($0)") })
        }
        let node = Self.node(many)
        #expect(node.plugins.count == 256)
        #expect(node.plugins.allSatisfy { $0.replicas.count <= 64 })
        #expect(node.plugins.reduce(0) { $0 + $1.replicas.count } == 1_024)
    }

    @Test func `Replicas of one process say so, and an id that is too long is none`() {
        func replica(_ id: String, _ capacity: String) -> Hector_Mesh_V1_ReplicaState {
            Hector_Mesh_V1_ReplicaState(.ready, id: id, capacity: capacity)
        }
        let long = String(repeating: "a", count: 128)
        let node = Self.node([
            Self.plugin(replicas: [replica("a", "p"), replica("b", ""), replica("c", long)]),
            Self.plugin("other", replicas: [replica("d", "p"), replica("e", long + "a"), replica("f", long + "b")]),
        ])
        #expect(node.plugins.map { $0.replicas.map(\.capacity) } == [["p", nil, long], ["p", nil, nil]])
    }

    // MARK: methods

    private static let all = ["Health", "GetManifest", "GetStatus", "Generate", "GenerateStreaming", "GetModelInfo"]

    private static func abilities(_ capabilities: [String: String], forwarding told: [String]) throws -> Abilities {
        var plugin = Self.plugin(type: "llm_provider")
        (plugin.methods, plugin.capabilities) = (told, capabilities)
        return try #require(node([plugin]).plugins.first).abilities
    }

    @Test func `What a plugin declares counts as far as its node forwards it`() throws {
        let capabilities = ["options": "seed", "generate_from": "images,text"]
        #expect(try Self.abilities(capabilities, forwarding: Self.all + ["GenerateFrom"]) == [.seed, .generateFromImages, .generateFromText])
        #expect(try Self.abilities(capabilities, forwarding: Self.all) == .seed)
        #expect(try Self.abilities(capabilities, forwarding: []) == .seed, "a node of commit 291afae")
        #expect(try Self.abilities([:], forwarding: Self.all + ["GenerateFrom"]) == [])
    }

    private static func methods(_ told: [String], type: String = "llm_provider") throws -> Set<String>? {
        var plugin = Self.plugin(type: type)
        plugin.methods = told
        return try #require(node([plugin]).plugins.first).methods
    }

    @Test func `A node that forwards all methods is told from one that forwards some`() throws {
        #expect(try Self.methods(Self.all) == nil)
        #expect(try Self.methods(Self.all.filter { $0 != "GenerateStreaming" }) == Set(Self.all).subtracting(["GenerateStreaming"]))
    }

    @Test func `A node that tells no methods forwards those of commit 291afae`() throws {
        #expect(try Self.methods([]) == nil, "which are all that there are now")
    }

    @Test func `Methods that this host does not know are not kept`() throws {
        #expect(try Self.methods(Self.all + ["GenerateVideo"]) == nil)
        for unknown in ["GenerateVideo", "Initialize", "Shutdown", "generate", "/hector.plugin.LLMProvider/Generate", "a\r\nb", ""] {
            #expect(try Self.methods([unknown]) == [], "a node that forwards nothing of use says so")
        }
    }

    @Test func `A list of methods is read to its bound`() throws {
        let many = (0..<63).map { "Method\($0)" }
        #expect(try Self.methods(many + ["Generate"]) == ["Generate"])
        #expect(try Self.methods(many + ["Other", "Generate"]) == [])
        #expect(try Self.methods([String(repeating: "a", count: 1_000_000), "Generate"]) == ["Generate"])
    }

    /// Nodes of that commit do not run such plugins at all.
    @Test(arguments: [("tool_provider", ["ListTools", "CallTool"]), ("reasoning_strategy", ["Decide"])])
    func `A node that tells no methods forwards none of the kinds that came later`(type: String, own: [String]) throws {
        #expect(try Self.methods([], type: type) == [])
        #expect(try Self.methods(["Health", "GetManifest", "GetStatus"] + own, type: type) == nil, "which are all that there are")
        #expect(try Self.methods(own, type: type) == Set(own))
    }
}
