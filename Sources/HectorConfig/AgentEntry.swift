package import HectorCore
import HectorYAML

/// An agent as `hector.yaml` defines it.
package struct AgentEntry: Sendable, Equatable {
    package struct Reasoning: Sendable, Equatable {
        /// The engine that needs no plugin.
        package static let builtInEngine = "chain-of-thought"

        /// The built-in engine or the name of a reasoning strategy plugin.
        package let engine: String
        /// Calls of the model in one turn, at most.
        package let maxIterations: Int

        static let standard = Reasoning(engine: builtInEngine, maxIterations: 10)
    }

    /// Its key below `agents`.
    package let id: String
    /// For people; the id when none is given.
    package let name: String
    package let description: String
    /// The mesh name of its model.
    package let llm: String
    package let database: String?
    package let embedder: String?
    /// Mesh names of tool provider plugins.
    package let tools: [String]
    package let reasoning: Reasoning
    package let systemPrompt: String
    /// Collections of its database to search.
    package let documentStores: [String]
    package let visibility: Visibility
    /// What its answers are like where a caller does not say.
    package let options: AgentOptions
    /// Whether a hint that no plugin can follow is refused.
    package let isStrict: Bool
    /// The plugins it cannot work without, as they stand in the file.
    package let plugins: [PluginReference]
    /// Keys that are checked and that nothing in this version acts on, as they stand in the file.
    package let idle: [Origin]
}

/// That an agent uses a plugin.
package struct PluginReference: Sendable, Equatable {
    package let key: PluginKey
    package let origin: Origin
}

extension AgentEntry {
    /// What agents are not able to use yet: they have no tools, no retrieval, and one call of the model in a turn.
    private static let idleKeys = ["database", "tools", "reasoning", "document_stores"]

    /// Reads one agent; `id` is its key.
    init?(_ cursor: Cursor, id: String, site: ConfigurationSite) {
        if !Names.isIdentifier(id) {
            cursor.fail("expected an id of 1 to 64 letters, digits, '-' and '_', found \(cited(id))", about: id)
        }
        var plugins: [PluginReference] = []
        func plugin(_ kind: PluginKind, _ value: Cursor?) -> String? {
            // Models have the names that their engines give them.
            guard let value, let name = kind == .llm || kind == .embedder ? value.string().flatMap(value.checkName) : value.label() else { return nil }
            let isBuiltIn = kind == .reasoning && name == Reasoning.builtInEngine
            if !isBuiltIn { plugins.append(PluginReference(key: PluginKey(kind, name), origin: Origin(value))) }
            return name
        }
        let entry = cursor.fields { fields in
            let llm = plugin(.llm, fields.required("llm", "the name of an LLM plugin"))
            let database = plugin(.database, fields["database"])
            let embedder = plugin(.embedder, fields["embedder"])
            let tools = fields["tools"]?.list()?.compactMap { plugin(.tool, $0) } ?? []
            let reasoning = fields["reasoning"]?.fields { fields in
                Reasoning(
                    engine: plugin(.reasoning, fields["engine"]) ?? Reasoning.builtInEngine,
                    maxIterations: fields["max_iterations"]?.integer(in: ConfigurationLimits.maxIterations)
                        ?? Reasoning.standard.maxIterations)
            }
            return AgentEntry(
                id: id, name: fields["name"]?.nonEmptyString() ?? id, description: fields["description"]?.string() ?? "",
                llm: llm ?? "", database: database, embedder: embedder, tools: tools, reasoning: reasoning ?? .standard,
                systemPrompt: (fields["prompt"]?.fields { Self.systemPrompt($0, site: site) } ?? nil) ?? "",
                documentStores: fields["document_stores"]?.list()?.compactMap { $0.nonEmptyString() } ?? [],
                visibility: fields["visibility"]?.word() ?? .public,
                options: fields["options"]?.fields { AgentOptions($0) } ?? AgentOptions(), isStrict: fields["strict"]?.bool() ?? false,
                plugins: plugins,
                idle: Self.idleKeys.compactMap { fields[$0].map(Origin.init) })
        }
        guard let entry else { return nil }
        self = entry
    }

    /// The text itself, or that of a file, which is taken as it stands.
    private static func systemPrompt(_ fields: Fields, site: ConfigurationSite) -> String? {
        let (text, file) = (fields["system_prompt"], fields["system_prompt_file"])
        if text != nil, file != nil {
            fields.fail("system_prompt_file", "'system_prompt' is given as well: remove one of them")
            return nil
        }
        return text?.longString() ?? file.flatMap { site.text($0, upTo: YAMLLimits.configuration.scalarBytes) }
    }
}
