internal import HectorAgents
internal import HectorConfig
internal import HectorProviders

extension GenerationOptions {
    /// Nil where nothing is configured.
    init?(_ options: AgentOptions) {
        guard options != AgentOptions() else { return nil }
        self.init(stop: options.stop, maxTokens: options.maxTokens)
        var hints = GenerateOptions()
        if let value = options.temperature { hints.temperature = value }
        if let value = options.topP { hints.topP = value }
        if let value = options.topK { hints.topK = Int32(clamping: value) }
        if let value = options.minP { hints.minP = value }
        if let value = options.seed { hints.seed = Int64(value) }
        if let value = options.frequencyPenalty { hints.frequencyPenalty = value }
        if let value = options.presencePenalty { hints.presencePenalty = value }
        if let value = options.repetitionPenalty { hints.repetitionPenalty = value }
        if let value = options.reasoningEffort { hints.reasoningEffort = value.rawValue }
        if hints != GenerateOptions() { self.hints = hints }
    }
}
