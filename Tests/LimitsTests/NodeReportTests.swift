import HectorCore
import SwiftProtobuf
import Testing

@testable import HectorMembership
@testable import HectorNodeHost
@testable import HectorPlugins
@testable import HectorProto
@testable import HectorRPC

/// What a node tells hosts is bounded where it is sent, not only where it is read: a message that is too long costs the connection.
struct NodeReportTests {
    private static func specification(_ name: String, replicas: Int, _ capabilities: [String: String]) -> PluginSpecification {
        PluginSpecification(
            key: PluginKey(.database, name), executable: "/bin/\(name)", replicas: replicas,
            manifest: PluginManifest(
                name: name, version: SemanticVersion(1, 0, 0), kind: .database, capabilities: capabilities))
    }

    @Test func `A full node of plugins with many words sends a message that hosts accept`() throws {
        let limits = NodeReportLimits()
        var words: [String: String] = [:]
        for number in 0..<1_000 { words["note-\(number)"] = String(repeating: "w", count: 100) }
        words["store"] = "/var/lib/vectors"
        var state = Hector_Mesh_V1_NodeState()
        for number in 0..<limits.plugins {
            let plugin = Self.specification("plugin-\(number)", replicas: limits.replicas / limits.plugins, words)
            for replica in plugin.replicaIDs {
                let error = PluginError(.exited, plugin: replica, String(repeating: "ä", count: 10_000))
                state.set(plugin, .failed(reason: error), replica: replica)
            }
        }
        let message: [UInt8] = try state.serializedBytes()
        #expect(message.count < RPCLimits().maximumMessageLength / 2)
        let told = ToldNode(try Hector_Mesh_V1_NodeState(serializedBytes: message))
        #expect(told.plugins.count == limits.plugins)
        #expect(told.plugins.reduce(0) { $0 + $1.replicas.count } == limits.replicas)
        // What a host goes by comes first.
        #expect(told.plugins.allSatisfy { $0.store == "/var/lib/vectors" })
    }

    @Test func `A node that offers more names than hosts read tells no more`() throws {
        let limits = NodeReportLimits()
        var state = Hector_Mesh_V1_NodeState()
        for number in 0 ..< limits.plugins + 10 { state.set(Self.specification("plugin-\(number)", replicas: 1, [:]), replica: "one") }
        #expect(state.plugins.count == limits.plugins)
        for number in 0 ..< limits.replicas { state.set(Self.specification("plugin-0", replicas: 1, [:]), replica: "r\(number)") }
        #expect(state.plugins[0].replicas.count == limits.replicasPerPlugin)
        for number in 0 ..< limits.plugins { for replica in 0 ..< 8 { state.set(Self.specification("plugin-\(number)", replicas: 1, [:]), replica: "q\(replica)") } }
        #expect(state.plugins.reduce(0) { $0 + $1.replicas.count } == limits.replicas)
    }

    @Test func `What hosts read of the capabilities comes before everything else`() {
        var state = Hector_Mesh_V1_NodeState()
        let large = String(repeating: "a", count: NodeReportLimits().capabilities - 50)
        state.set(Self.specification("vectors", replicas: 1, ["a": large, "b": large, "z": "small", "store": "s", "metered": "true"]), replica: "vectors-1")
        #expect(state.plugins[0].capabilities.keys.sorted() == ["a", "metered", "store", "z"])
    }

    /// Two long ids that begin alike would stand for one store where they are cut, and calls would go to the other's data.
    @Test func `A store's id that is too long is none, and is never cut`() {
        let long = String(repeating: "s", count: NodeReportLimits().store)
        var state = Hector_Mesh_V1_NodeState()
        state.set(Self.specification("vectors", replicas: 1, ["store": long]), replica: "vectors-1")
        state.set(Self.specification("others", replicas: 1, ["store": long + "2"]), replica: "others-1")
        #expect(state.plugins.map { $0.capabilities["store"] } == [long, nil])
        // A node of an earlier version sends it whole.
        state.plugins[1].capabilities["store"] = long + "2"
        #expect(ToldNode(state).plugins.map(\.store) == [long, nil])
    }
}

extension Hector_Mesh_V1_NodeState {
    fileprivate mutating func set(_ specification: PluginSpecification, _ state: PluginState = .starting(attempt: 1), replica: String) {
        let names = OfferedNames(specification)
        for plugin in names.plugins { set(plugin, names.condition(state) ?? .ready, replica: replica, capacity: "") }
    }
}
