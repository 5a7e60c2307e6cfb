internal import HectorCore
internal import HectorAgents
internal import HectorMembership
internal import HectorMesh
internal import HectorProviders

/// Every provider that this host knows of, by its mesh name.
struct MeshDirectory: ProviderDirectory {
    /// Configured, discovered here, or used by an agent.
    let known: [PluginKey]
    let router: Router<ReplicaConnection>
    let now: @Sendable () -> Instant
    let limits: CallLimits
    /// What the configuration says of plugins whose calls cost money, or do not.
    let metered: [PluginKey: Bool]
    let log: FailedCalls

    var llmNames: [String] {
        let here = known.filter { $0.kind == .llm }.map(\.name)
        let elsewhere = router.snapshot().replicas.filter { $0.type == PluginKind.llm.rawValue }.map(\.plugin)
        var seen: Set<String> = []
        return (here + elsewhere).filter { seen.insert($0).inserted }
    }

    func llm(_ name: String) -> (any LLMProvider)? {
        guard llmNames.contains(name) else { return nil }
        return MeshLLMProvider(caller: caller(.llm, name))
    }

    func caller(_ kind: PluginKind, _ name: String) -> MeshCaller {
        let plugin = PluginKey(kind, name)
        return MeshCaller(plugin: plugin, router: router, now: now, limits: limits, metered: metered[plugin], log: log)
    }
}
