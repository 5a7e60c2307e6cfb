import HectorCore
import HectorProviders
import OrderedCollections

/// What an agent may call in one turn, by the names that its model knows.
struct ToolTable: Sendable {
    struct Entry: Sendable {
        enum Target: Sendable {
            case tool(provider: String, Tool)
            case agent(String)
            /// A search of the agent's documents.
            case documents
            /// An agent elsewhere, which a plugin asks by one tool.
            case agentElsewhere(plugin: String, Tool)
        }

        /// By this tool a plugin asks its agent.
        static let ask = "ask"

        let target: Target
        let description: String
        /// A JSON Schema object, byte for byte as the plugin says it.
        let schema: String
        /// Whether a person must agree to each call.
        var asks = false
        /// How long one call may take; nil: as for all.
        var timeout: Duration?

        /// For people.
        var title: String {
            switch target {
            case .tool(let provider, let tool): "\(provider).\(tool.name)"
            case .agent(let id), .agentElsewhere(let id, _): "agent \(id)"
            case .documents: "documents.search"
            }
        }

        var asksAgent: Bool {
            switch target {
            case .agent, .agentElsewhere: true
            case .tool, .documents: false
            }
        }

        var isIdempotent: Bool { if case .tool(_, let tool) = target { tool.annotations.idempotent } else { false } }
    }

    private(set) var entries: OrderedDictionary<String, Entry> = [:]
    /// What the agent's tools should have been and are not, for the model and for people.
    private(set) var problems: [String] = []

    /// What an agent is asked with.
    static let agentSchema = #"{"type": "object", "properties": {"message": {"type": "string", "description": "What to ask, with all that is needed to answer it."}}, "required": ["message"], "additionalProperties": false}"#

    private static func documentsSchema(_ stores: [String]) -> String {
        let query: JSON = ["type": "string", "description": "What to look for, in a few words or as a question."]
        let store: JSON = ["type": "string", "enum": .array(stores.map(JSON.string)), "description": "Only this store."]
        let properties: JSON = ["query": query, "store": store, "results": ["type": "integer", "minimum": 1, "description": "How many passages, at most."]]
        return (["type": "object", "properties": properties, "required": ["query"], "additionalProperties": false] as JSON).text
    }

    /// - Parameters:
    ///   - tools: What the agent may call, in the order in which the model sees it. A tool that is named by itself keeps what is said of
    ///   it there.
    ///   - lists: The tools of each provider, or why it has no list now, in words for the model.
    ///   - agents: Ids and descriptions of the agents that it may ask.
    ///   - elsewhere: Plugins that ask agents elsewhere.
    ///   - stores: The agent's document stores, where they are searched by a tool.
    init(
        _ tools: [Acting.Tools], lists: [String: ToolList], agents: [(id: String, description: String)] = [], elsewhere: [String] = [],
        stores: [String] = []
    ) {
        if !stores.isEmpty {
            entries[ToolNames.documents] = Entry(
                target: .documents, description: "Searches the documents (\(stores.joined(separator: ", "))) for passages about something, and returns them with their numbers.",
                schema: Self.documentsSchema(stores))
        }
        for agent in agents {
            let description = agent.description.isEmpty ? "Asks the agent \(agent.id)." : "Asks the agent \(agent.id): \(agent.description)"
            entries[ToolNames.name(agent: agent.id)] = Entry(target: .agent(agent.id), description: description, schema: Self.agentSchema)
        }
        for plugin in elsewhere {
            switch lists[plugin] {
            case .known(let list):
                guard let tool = list.first(where: { $0.name == Entry.ask }) else {
                    problems.append("the plugin \(plugin) asks no agent: it has no tool named \(quoted(Entry.ask))")
                    continue
                }
                entries[ToolNames.name(agent: plugin)] = Entry(
                    target: .agentElsewhere(plugin: plugin, tool), description: tool.description_p, schema: tool.parametersJson)
            case .absent(let reason): problems.append("the agent \(plugin) is not available now: \(reason)")
            case nil: problems.append("the agent \(plugin) is not available now")
            }
        }
        let alone = tools.filter { $0.tool != nil }
        var missing: OrderedSet<String> = []
        for wanted in tools {
            switch lists[wanted.provider] {
            case .known(let list):
                let chosen = wanted.tool.map { name in list.filter { $0.name == name } } ?? list
                if let name = wanted.tool, chosen.isEmpty { problems.append("\(wanted.provider) has no tool named \(quoted(name)) now") }
                for tool in chosen {
                    let special = wanted.tool == nil ? alone.first { $0.provider == wanted.provider && $0.tool == tool.name } : nil
                    add(tool, special ?? wanted)
                }
            case .absent(let reason): missing.append("the tools of \(wanted.provider) are not available now: \(reason)")
            case nil: missing.append("the tools of \(wanted.provider) are not available now")
            }
        }
        problems += missing
    }

    private mutating func add(_ tool: Tool, _ wanted: Acting.Tools) {
        let name = ToolNames.name(provider: wanted.provider, tool: tool.name)
        let entry = Entry(
            target: .tool(provider: wanted.provider, tool), description: tool.description_p, schema: tool.parametersJson,
            asks: wanted.asks || tool.annotations.asks, timeout: wanted.timeout)
        guard let known = entries[name] else {
            entries[name] = entry
            return
        }
        if known.title != entry.title { problems.append("\(entry.title) has the same name as \(known.title) and cannot be called") }
    }

    subscript(name: String) -> Entry? { entries[name] }

    var isEmpty: Bool { entries.isEmpty }

    /// As a model is offered them.
    var definitions: [ToolDefinition] {
        entries.map { name, entry in
            var definition = ToolDefinition()
            definition.name = name
            definition.description_p = entry.description
            definition.parametersJson = entry.schema
            return definition
        }
    }

    /// As a strategy is told of tools.
    var tools: [Tool] {
        entries.compactMap { name, entry in
            guard case .tool(_, var tool) = entry.target else { return nil }
            tool.name = name
            return tool
        }
    }

    /// As a strategy is told of agents.
    var agents: [AgentInfo] {
        entries.values.compactMap { entry in
            var info = AgentInfo()
            switch entry.target {
            case .agent(let id), .agentElsewhere(let id, _): info.name = id
            case .tool, .documents: return nil
            }
            info.description_p = entry.description
            return info
        }
    }

    /// Why arguments are not what the schema allows; nil where they are, and where the schema is beyond what is checked here: then the
    /// tool itself looks at them.
    static func problem(_ arguments: String, of entry: Entry) -> String? {
        let text: JSONText
        do throws(JSONFailure) {
            text = try JSONText(Array(arguments.utf8))
        } catch {
            return "they are no JSON: \(error)"
        }
        guard text.kind == .object else { return "they are not a JSON object" }
        guard let written = try? JSONText(Array(entry.schema.utf8)), let schema = try? JSONSchema(written) else { return nil }
        do throws(JSONSchema.Failure) {
            try schema.check(text)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

/// The tools of a provider.
enum ToolList: Sendable {
    case known([Tool])
    /// Why they are not known now, for people.
    case absent(String)
}
