package import HectorCore
package import HectorProto

extension PluginKind {
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
