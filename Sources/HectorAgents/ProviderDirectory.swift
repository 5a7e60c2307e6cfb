package import HectorCore
package import HectorProviders

/// Where agents find the providers that their definitions name. It is asked with every call, and answers without delay.
package protocol ProviderDirectory: Sendable {
    /// The mesh names of all LLM plugins, in the order in which people should see them.
    var llmNames: [String] { get }

    /// The LLM of that mesh name, whether or not a replica is ready now; nil where no such plugin is known.
    func llm(_ name: String) -> (any LanguageModel)?

    /// Whether a call of the LLM with those needs stands a chance now.
    func mayServe(llm name: String, needs: Abilities) -> Bool

    /// Why no call of it would find a replica now, for people.
    func whyNotReady(llm name: String) -> String

    /// The mesh names of all embedders, in the order in which people should see them.
    var embedderNames: [String] { get }

    /// The embedder of that mesh name, whether or not a replica is ready now; nil where no such plugin is known.
    func embedder(_ name: String) -> (any Embedder)?

    /// The tools of that mesh name, whether or not a replica is ready now; nil where no such plugin is known.
    func toolProvider(_ name: String) -> (any ToolProvider)?

    /// As `toolProvider`.
    func reasoningStrategy(_ name: String) -> (any ReasoningStrategy)?
}

extension ProviderDirectory {
    // For directories of models alone.
    package var embedderNames: [String] { [] }
    package func embedder(_ name: String) -> (any Embedder)? { nil }
    package func toolProvider(_ name: String) -> (any ToolProvider)? { nil }
    package func reasoningStrategy(_ name: String) -> (any ReasoningStrategy)? { nil }
}
