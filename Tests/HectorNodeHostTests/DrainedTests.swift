import HectorCore
import HectorProto
import Testing

@testable import HectorNodeHost

/// What of a node is drained, as a value.
struct DrainedTests {
    private let model = PluginKey(.llm, "model")

    @Test func `A plugin is drained by its name, by the label of that, or with the whole node`() {
        var drained = Drained()
        #expect(drained.reason(for: model) == nil)
        drained.drain(["model"], reason: "")
        #expect(drained.reason(for: model) == "drained on the machine itself" && drained.reason(for: PluginKey(.llm, "other")) == nil)
        drained.drain(["llama3-2-3b"], reason: "slow")
        #expect(drained.reason(for: PluginKey(.llm, "llama3.2:3b")) == "drained on the machine itself: slow")
        drained.drain([], reason: "new card")
        #expect(drained.reason(for: PluginKey(.llm, "other")) == "drained on the machine itself: new card")
        drained.undrain(["model"])
        #expect(Array(drained.plugins.keys) == ["llama3-2-3b"] && drained.node == "new card")
        drained.undrain([])
        #expect(drained == Drained())
    }

    @Test func `What is kept comes back whole, and unknown keys are left alone`() {
        var drained = Drained()
        drained.drain([], reason: "")
        drained.drain(["b", "a"], reason: "ümlaut")
        #expect(drained.kept.map(\.key) == ["node", "plugin a", "plugin b"])
        #expect(Drained(kept: drained.kept + [(key: "of a later version", value: [1])]) == drained)
    }

    @Test func `Hosts are told of replicas that take calls or will, and not of failed ones, that they are drained`() {
        func replica(_ phase: Hector_Mesh_V1_ReplicaState.Phase) -> Hector_Mesh_V1_ReplicaState {
            var replica = Hector_Mesh_V1_ReplicaState()
            (replica.phase, replica.reason) = (phase, "itself")
            return replica
        }
        var node = Hector_Mesh_V1_NodeState()
        var plugin = Hector_Mesh_V1_PluginState()
        (plugin.name, plugin.type) = ("model", "llm_provider")
        plugin.replicas = [.ready, .starting, .unhealthy, .failed, .restarting].map(replica)
        node.plugins = [plugin]
        var drained = Drained()
        drained.drain([], reason: String(repeating: "x", count: 1_000))
        let told = node.draining(drained).plugins[0].replicas
        #expect(told.map(\.phase) == [.stopping, .stopping, .stopping, .failed, .restarting])
        #expect(told[0].reason.hasPrefix("drained on the machine itself: xxx") && told[0].reason.utf8.count == NodeReportLimits().reason && told[3].reason == "itself")
    }
}
