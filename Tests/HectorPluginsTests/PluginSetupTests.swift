import HectorCore
import HectorPlugins
import Testing

@Suite struct PluginSetupTests {
    private func entry(_ kind: PluginKind, _ name: String, replicas: Int = 1) -> PluginEntry {
        PluginEntry(
            key: PluginKey(kind, name), path: "/bin/true", enabled: true, config: [:], replicas: replicas, startTimeout: nil,
            autoMTLS: .offered, metered: nil, environment: .standard, variables: [])
    }

    @Test func `Replicas of plugins of one name are told apart by their kind`() {
        let setup = PluginSetup(
            PluginsConfiguration(
                discovery: .off, entries: [entry(.llm, "ollama", replicas: 2), entry(.embedder, "ollama"), entry(.llm, "other")],
                variables: []),
            environment: [:])
        #expect(setup.problems.isEmpty)
        #expect(setup.plugins.map(\.replicaIDs) == [["ollama-llm-1", "ollama-llm-2"], ["ollama-embedder-1"], ["other-1"]])
    }
}
