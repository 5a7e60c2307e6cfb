internal import HectorAgents
internal import HectorConfig
internal import HectorCore
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

extension HostConfiguration {
    /// The default agent first, as `Agents` wants it.
    var definitions: [AgentDefinition] {
        let all = agents.map(AgentDefinition.init)
        return all.filter { $0.id == defaultAgent } + all.filter { $0.id != defaultAgent }
    }
}

extension AgentDefinition {
    convenience init(_ agent: AgentEntry) {
        var options = GenerationOptions(agent.options)
        // The configuration was read with it: it is a schema.
        if let text = agent.outputSchema, let json = try? JSONText(Array(text.utf8)), let schema = try? AnswerSchema(json, name: agent.id) {
            options = options ?? GenerationOptions()
            options?.format = .schema(schema)
        }
        self.init(
            id: agent.id, name: agent.name, description: agent.description, llm: agent.llm, embedder: agent.embedder, systemPrompt: agent.systemPrompt,
            visibility: agent.visibility, options: options, isStrict: agent.isStrict,
            examples: agent.examples.flatMap { [Message(role: "user", content: $0.user), Message(role: "assistant", content: $0.assistant)] },
            memory: AgentMemory(tokens: agent.memory.tokens, summarises: agent.memory.summarises, keep: agent.memory.keep),
            turnLimits: TurnAllowance(calls: agent.limits.calls, queue: agent.limits.queue, timeout: agent.limits.timeout), acting: Acting(agent), retrieval: agent.retrieval.map(Retrieval.init))
    }
}

extension Acting {
    /// Nil for an agent that asks its model once.
    convenience init?(_ agent: AgentEntry) {
        let isBuiltIn = [AgentEntry.Reasoning.builtInEngine, AgentEntry.Reasoning.supervisor].contains(agent.reasoning.engine)
        guard !isBuiltIn || !agent.tools.isEmpty || !agent.agents.isEmpty || !agent.agentsElsewhere.isEmpty || agent.retrieval?.form == .tool else {
            return nil
        }
        self.init(
            tools: agent.tools.map { Tools(provider: $0.provider, tool: $0.tool, asks: $0.asks, timeout: $0.timeout) },
            engine: isBuiltIn ? .builtIn : .plugin(agent.reasoning.engine), agents: agent.agents.map(\.id),
            agentsElsewhere: agent.agentsElsewhere,
            budget: TurnBudget(
                iterations: agent.reasoning.maxIterations, toolCalls: agent.reasoning.toolCalls, tokens: agent.reasoning.tokens,
                time: agent.reasoning.time))
    }
}

extension Retrieval {
    init(_ entry: AgentEntry.Retrieval) {
        self.init(
            stores: entry.stores, database: entry.database, embedder: entry.embedder, form: entry.form == .tool ? .tool : .context, results: entry.results,
            tokens: entry.tokens)
    }
}
