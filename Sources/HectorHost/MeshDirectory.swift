internal import HectorCore
internal import HectorAgents
internal import HectorMembership
internal import HectorMesh
internal import HectorProviders
internal import OrderedCollections

/// Every provider that this host knows of, by its mesh name.
struct MeshDirectory: ProviderDirectory {
    /// Configured, discovered here, or used by an agent.
    let known: OrderedSet<PluginKey>
    let router: Router
    let now: @Sendable () -> Instant
    let limits: CallLimits
    /// What the configuration says of plugins whose calls cost money, or do not.
    let metered: [PluginKey: Bool]
    let log: FailedCalls
    private let toolLists = ToolLists()

    var llmNames: [String] { names(of: .llm) }
    var embedderNames: [String] { names(of: .embedder) }

    private func names(of kind: PluginKind) -> [String] {
        let here = known.filter { $0.kind == kind }.map(\.name)
        return Array(OrderedSet(here + router.plugins(of: kind)))
    }

    func llm(_ name: String) -> (any LanguageModel)? { model(name) }

    func mayServe(llm name: String, needs: Abilities) -> Bool { router.mayServe(PluginKey(.llm, name), needs: needs) }

    func whyNotReady(llm name: String) -> String {
        // Another one may have come meanwhile.
        router.snapshot().whyNotReady(plugin: name) ?? "The model was not ready; try again."
    }

    func model(_ name: String) -> MeshLLMProvider? {
        let plugin = PluginKey(.llm, name)
        guard known.contains(plugin) || router.carries(plugin) else { return nil }
        return MeshLLMProvider(caller: caller(.llm, name))
    }

    func embedder(_ name: String) -> (any Embedder)? {
        knows(PluginKey(.embedder, name)) ? MeshEmbedderProvider(caller: caller(.embedder, name)) : nil
    }

    func toolProvider(_ name: String) -> (any ToolProvider)? {
        knows(PluginKey(.tool, name)) ? MeshToolProvider(caller: caller(.tool, name), lists: toolLists) : nil
    }

    func reasoningStrategy(_ name: String) -> (any ReasoningStrategy)? {
        knows(PluginKey(.reasoning, name)) ? MeshReasoningStrategy(caller: caller(.reasoning, name)) : nil
    }

    private func knows(_ plugin: PluginKey) -> Bool { known.contains(plugin) || router.carries(plugin) }

    func caller(_ kind: PluginKind, _ name: String) -> MeshCaller {
        let plugin = PluginKey(kind, name)
        return MeshCaller(plugin: plugin, router: router, now: now, limits: limits, metered: metered[plugin], log: log)
    }
}
