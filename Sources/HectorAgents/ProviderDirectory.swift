package import HectorCore
package import HectorProviders

/// Where agents find the providers that their definitions name. It is asked with every call, and answers without delay.
package protocol ProviderDirectory: Sendable {
    /// The mesh names of all LLM plugins, in the order in which people should see them.
    var llmNames: [String] { get }

    /// The LLM of that mesh name, whether or not a replica is ready now; nil where no such plugin is known.
    func llm(_ name: String) -> (any LanguageModel)?

    /// The mesh name of the plugin that is meant: the name itself, unless it is an alias or a label.
    func meant(_ name: String, _ kind: PluginKind) -> String

    /// Why the name means no LLM though some have it, for people; nil where none has.
    func whyUnknown(llm name: String) -> String?

    /// Whether a call of the LLM with those needs stands a chance now.
    func mayServe(llm name: String, needs: Abilities) -> Bool

    /// Why no call of it would find a replica now, for people.
    func whyNotReady(llm name: String) -> String

    /// The mesh names of all embedders, in the order in which people should see them.
    var embedderNames: [String] { get }

    /// The embedder of that mesh name, whether or not a replica is ready now; nil where no such plugin is known.
    func embedder(_ name: String) -> (any Embedder)?

    /// The vector database of that mesh name, whether or not a replica is ready now; nil where no such plugin is known.
    func database(_ name: String) -> (any DatabaseProvider)?

    /// The tools of that mesh name, whether or not a replica is ready now; nil where no such plugin is known.
    func toolProvider(_ name: String) -> (any ToolProvider)?

    /// Why no call of its tools would find a replica now, for people; nil where one would.
    func whyNotReady(tools name: String) -> String?

    /// As `toolProvider`.
    func reasoningStrategy(_ name: String) -> (any ReasoningStrategy)?
}

extension ProviderDirectory {
    // For directories of models alone, each under one name.
    package func meant(_ name: String, _ kind: PluginKind) -> String { name }
    package func whyUnknown(llm name: String) -> String? { nil }
    // For directories of models alone.
    package var embedderNames: [String] { [] }
    package func embedder(_ name: String) -> (any Embedder)? { nil }
    package func database(_ name: String) -> (any DatabaseProvider)? { nil }
    package func toolProvider(_ name: String) -> (any ToolProvider)? { nil }
    package func whyNotReady(tools name: String) -> String? { nil }
    package func reasoningStrategy(_ name: String) -> (any ReasoningStrategy)? { nil }
}
