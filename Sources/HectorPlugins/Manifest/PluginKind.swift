package import HectorProto

/// What a plugin provides. The raw values are those of manifests.
package enum PluginKind: String, Sendable, CaseIterable {
    case llm = "llm_provider"
    case database = "database_provider"
    case embedder = "embedder_provider"
    case tool = "tool_provider"
    case reasoning = "reasoning_strategy"

    /// How the methods that every provider has are called; nil for kinds that have no wire form yet.
    package var methods: ProviderMethods? {
        switch self {
        case .llm: LLMProviderMethods.common
        case .database: DatabaseProviderMethods.common
        case .embedder: EmbedderProviderMethods.common
        case .tool, .reasoning: nil
        }
    }
}
