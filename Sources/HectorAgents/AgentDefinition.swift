package import HectorCore
package import HectorProviders

/// What an agent is: who it is for its users, and which providers it is made of. One value for all turns, each of which keeps a reference.
package final class AgentDefinition: Sendable, Equatable {
    /// Its key in the configuration; names it in URLs and as a model.
    package let id: String
    /// For people.
    package let name: String
    package let description: String
    /// The mesh name of the LLM plugin that it speaks with.
    package let llm: String
    /// The mesh name of its embedder; nil for none.
    package let embedder: String?
    /// Put before every conversation; empty for none.
    package let systemPrompt: String
    package let visibility: Visibility
    /// What its answers are like where a caller does not say; nil: as the model's own.
    package let options: GenerationOptions?
    /// Whether a hint that cannot be followed is refused.
    package let isStrict: Bool
    /// Said before every conversation, behind the system prompt: what good answers are like.
    package let examples: [Message]
    package let memory: AgentMemory
    package let turnLimits: TurnAllowance
    /// What it does beside asking its model; nil: nothing.
    package let acting: Acting?
    /// Its documents; nil for none.
    package let retrieval: Retrieval?

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

    package static func == (a: AgentDefinition, b: AgentDefinition) -> Bool {
        a.id == b.id && a.name == b.name && a.description == b.description && a.llm == b.llm && a.embedder == b.embedder
            && a.systemPrompt == b.systemPrompt && a.visibility == b.visibility && a.options == b.options && a.isStrict == b.isStrict
            && a.examples == b.examples && a.memory == b.memory && a.turnLimits == b.turnLimits && a.acting == b.acting && a.retrieval == b.retrieval
    }
}
