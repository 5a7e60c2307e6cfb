package import HectorCore
package import HectorProviders

/// What an agent is: who it is for its users, and which providers it is made of.
package struct AgentDefinition: Sendable, Equatable {
    /// Its key in the configuration; names it in URLs and as a model.
    package var id: String
    /// For people.
    package var name: String
    package var description: String
    /// The mesh name of the LLM plugin that it speaks with.
    package var llm: String
    /// The mesh name of its embedder; nil for none.
    package var embedder: String?
    /// Put before every conversation; empty for none.
    package var systemPrompt: String
    package var visibility: Visibility
    /// What its answers are like where a caller does not say; nil: as the model's own.
    package var options: GenerationOptions?
    /// Whether a hint that cannot be followed is refused.
    package var isStrict: Bool
    /// Said before every conversation, behind the system prompt: what good answers are like.
    package var examples: [Message]
    package var memory: AgentMemory
    package var turnLimits: TurnAllowance
    /// What it does beside asking its model; nil: nothing.
    package var acting: Acting?
    /// Its documents; nil for none.
    package var retrieval: Retrieval?

    package init(
        id: String, name: String, description: String = "", llm: String, embedder: String? = nil, systemPrompt: String = "",
        visibility: Visibility = .public, options: GenerationOptions? = nil, isStrict: Bool = false, examples: [Message] = [],
        memory: AgentMemory = AgentMemory(), turnLimits: TurnAllowance = TurnAllowance(), acting: Acting? = nil,
        retrieval: Retrieval? = nil
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.llm = llm
        self.embedder = embedder
        self.systemPrompt = systemPrompt
        self.visibility = visibility
        self.options = options
        self.isStrict = isStrict
        self.examples = examples
        self.memory = memory
        self.turnLimits = turnLimits
        self.acting = acting
        self.retrieval = retrieval
    }
}
