package import HectorProviders

/// Where agents find the providers that their definitions name.
package protocol ProviderDirectory: Sendable {
    /// The mesh names of all LLM plugins, in the order in which people should see them.
    var llmNames: [String] { get }

    /// The LLM of that mesh name, whether or not a replica is ready now; nil where no such plugin is known.
    func llm(_ name: String) -> (any LLMProvider)?
}
