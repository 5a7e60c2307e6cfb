package import HectorCore
import HectorYAML

/// An agent as `hector.yaml` defines it.
package struct AgentEntry: Sendable, Equatable {
    /// Its key below `agents`.
    package let id: String
    /// For people; the id when none is given.
    package let name: String
    package let description: String
    /// The mesh name of its model.
    package let llm: String
    package let database: String?
    package let embedder: String?
    package let tools: [Tools]
    package let reasoning: Reasoning
    /// Other agents that it may ask.
    package let agents: [AgentReference]
    /// Mesh names of tool plugins, each of which asks an agent elsewhere.
    package let agentsElsewhere: [String]
    package let systemPrompt: String
    package let examples: [Example]
    /// The JSON Schema of its answers, as it is written.
    package let outputSchema: String?
    /// The documents that it can search; nil for none.
    package let retrieval: Retrieval?
    package let memory: Memory
    package let limits: Allowance
    package let visibility: Visibility
    /// What its answers are like where a caller does not say.
    package let options: AgentOptions
    /// Whether a hint that no plugin can follow is refused.
    package let isStrict: Bool
    /// The plugins it cannot work without, as they stand in the file.
    package let plugins: [PluginReference]
}

/// That an agent uses a plugin.
package struct PluginReference: Sendable, Equatable {
    package let key: PluginKey
    package let origin: Origin
}

extension AgentEntry {
    /// Reads one agent; `id` is its key.
    init?(_ cursor: Cursor, id: String, site: ConfigurationSite) {
        if !Names.isIdentifier(id) {
            cursor.fail("expected an id of 1 to 64 letters, digits, '-' and '_', found \(cited(id))", about: id)
        }
        var plugins: [PluginReference] = []
        func plugin(_ kind: PluginKind, _ value: Cursor?) -> String? {
            // Models have the names that their engines give them.
            guard let value, let name = kind == .llm || kind == .embedder ? value.string().flatMap(value.checkName) : value.label() else { return nil }
            let isBuiltIn = kind == .reasoning && [Reasoning.builtInEngine, Reasoning.supervisor].contains(name)
            if !isBuiltIn { plugins.append(PluginReference(key: PluginKey(kind, name), origin: Origin(value))) }
            return name
        }
        let entry = cursor.fields { fields in
            let llm = plugin(.llm, fields.required("llm", "the name of an LLM plugin"))
            let database = plugin(.database, fields["database"])
            let embedder = plugin(.embedder, fields["embedder"])
            func toolPlugin(_ cursor: Cursor, _ name: String) -> String? {
                guard let name = cursor.checkLabel(name) else { return nil }
                if !plugins.contains(where: { $0.key == PluginKey(.tool, name) }) {
                    plugins.append(PluginReference(key: PluginKey(.tool, name), origin: Origin(cursor)))
                }
                return name
            }
            let tools = Self.tools(fields["tools"], plugin: toolPlugin)
            let reasoning = fields["reasoning"]?.fields { Reasoning($0) { plugin(.reasoning, $0) } } ?? .standard
            let agents = Self.agents(fields, of: id, reasoning, plugin: toolPlugin)
            let prompt = fields["prompt"]?.fields { Prompt($0, site: site) } ?? Prompt()
            return AgentEntry(
                id: id, name: fields["name"]?.nonEmptyString() ?? id, description: fields["description"]?.string() ?? "",
                llm: llm ?? "", database: database, embedder: embedder, tools: tools, reasoning: reasoning,
                agents: agents.here, agentsElsewhere: agents.elsewhere, systemPrompt: prompt.system, examples: prompt.examples,
                outputSchema: fields["output"]?.fields { Self.schema($0, site: site) } ?? nil,
                retrieval: Self.retrieval(fields, database: database, embedder: embedder),
                memory: fields["memory"]?.fields { Memory($0) } ?? Memory(), limits: fields["limits"]?.fields { Allowance($0) } ?? Allowance(),
                visibility: fields["visibility"]?.word() ?? .public,
                options: fields["options"]?.fields { AgentOptions($0) } ?? AgentOptions(), isStrict: fields["strict"]?.bool() ?? false,
                plugins: plugins)
        }
        guard let entry else { return nil }
        self = entry
    }

    private static func tools(_ cursor: Cursor?, plugin: (Cursor, String) -> String?) -> [Tools] {
        var tools: [Tools] = []
        for item in cursor?.list() ?? [] {
            guard tools.count < ConfigurationLimits.toolsOfAgent else {
                item.fail("more than \(ConfigurationLimits.toolsOfAgent) entries: name a whole provider instead of its tools")
                break
            }
            guard let entry = Tools(item, plugin: plugin) else { continue }
            if tools.contains(where: { ($0.provider, $0.tool) == (entry.provider, entry.tool) }) {
                item.fail("it is named twice: remove one of them", about: nil)
            } else {
                tools.append(entry)
            }
        }
        return tools
    }
}
