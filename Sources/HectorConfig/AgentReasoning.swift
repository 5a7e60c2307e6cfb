import HectorCore
import HectorYAML

extension AgentEntry {
    /// `agents.ID.reasoning`
    package struct Reasoning: Sendable, Equatable {
        /// The engine that needs no plugin.
        package static let builtInEngine = "chain-of-thought"
        /// The same with the agents of `agents.ID.agents` among its tools.
        package static let supervisor = "supervisor"

        /// A built-in engine or the name of a reasoning strategy plugin.
        package let engine: String
        /// Calls of the model in one turn, at most.
        package let maxIterations: Int
        /// Of all calls of the model in one turn; nil sets no limit.
        package let tokens: Int?
        package let toolCalls: Int
        package let time: Duration

        package static let standard = Reasoning(
            engine: builtInEngine, maxIterations: 10, tokens: nil, toolCalls: ConfigurationLimits.standardToolCalls,
            time: ConfigurationLimits.standardTurnTime)

        /// Whether other agents are asked.
        var asksAgents: Bool { engine != Self.builtInEngine }
    }

    /// One of `agents.ID.tools`.
    package struct Tools: Sendable, Equatable {
        /// The mesh name of the tool provider plugin.
        package let provider: String
        /// One of its tools; nil for all.
        package let tool: String?
        /// Whether a person must agree to each call.
        package let asks: Bool
        /// How long one call may take; nil for the standard.
        package let timeout: Duration?

        package init(provider: String, tool: String? = nil, asks: Bool = false, timeout: Duration? = nil) {
            self.provider = provider
            self.tool = tool
            self.asks = asks
            self.timeout = timeout
        }
    }

    /// What good answers are like: one of `agents.ID.prompt.examples`.
    package struct Example: Sendable, Equatable {
        package let user: String
        package let assistant: String
    }

    /// `agents.ID.prompt`
    struct Prompt {
        var system = ""
        var examples: [Example] = []
    }
}

extension AgentEntry.Reasoning {
    /// - Parameter plugin: Takes the name of a strategy.
    init(_ fields: Fields, plugin: (Cursor) -> String?) {
        engine = fields["engine"].flatMap(plugin) ?? Self.builtInEngine
        maxIterations = fields["max_iterations"]?.integer(in: ConfigurationLimits.maxIterations) ?? Self.standard.maxIterations
        let budget = fields["budget"]?.fields { budget in
            (
                tokens: budget["tokens"]?.integer(in: ConfigurationLimits.turnTokens), time: budget["time"]?.duration(in: ConfigurationLimits.turnTime),
                calls: budget["tool_calls"]?.integer(in: ConfigurationLimits.toolCalls)
            )
        }
        tokens = budget?.tokens
        time = budget?.time ?? Self.standard.time
        toolCalls = budget?.calls ?? Self.standard.toolCalls
    }
}

extension AgentEntry.Tools {
    /// `PROVIDER`, `PROVIDER.TOOL`, or a mapping with one of these as its `name`.
    ///
    /// - Parameter plugin: Takes the name of a provider.
    init?(_ cursor: Cursor, plugin: (Cursor, String) -> String?) {
        func names(_ cursor: Cursor?) -> (String, String?)? {
            guard let cursor, let text = cursor.nonEmptyString() else { return nil }
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[1].isEmpty || parts[1].utf8.count > ConfigurationLimits.toolNameBytes {
                cursor.fail("expected PROVIDER or PROVIDER.TOOL with a tool's name of 1 to \(ConfigurationLimits.toolNameBytes) bytes, found \(cited(text))")
                return nil
            }
            guard let provider = plugin(cursor, String(parts[0])) else { return nil }
            return (provider, parts.count == 2 ? String(parts[1]) : nil)
        }
        if case .mapping = cursor.node.content {
            let read = cursor.fields { fields -> AgentEntry.Tools? in
                let name = names(fields.required("name", "PROVIDER or PROVIDER.TOOL"))
                let (asks, timeout) = (fields["ask"]?.bool() ?? false, fields["timeout"]?.duration(in: ConfigurationLimits.toolTimeout))
                return name.map { AgentEntry.Tools(provider: $0.0, tool: $0.1, asks: asks, timeout: timeout) }
            }
            guard case .some(.some(let tools)) = read else { return nil }
            self = tools
        } else {
            guard let (provider, tool) = names(cursor) else { return nil }
            self.init(provider: provider, tool: tool)
        }
    }
}

extension AgentEntry.Prompt {
    /// What the model reads first: who it is, what it is to do, and what else there is to say, with a blank line between them.
    init(_ fields: Fields, site: ConfigurationSite) {
        let role = fields["role"]?.longString()
        let (text, file) = (fields["system_prompt"], fields["system_prompt_file"])
        if text != nil, file != nil { fields.fail("system_prompt_file", "'system_prompt' is given as well: remove one of them") }
        // That of a file is taken as it stands.
        let prompt = text?.longString() ?? (text == nil ? file.flatMap { site.text($0, upTo: YAMLLimits.configuration.scalarBytes) } : nil)
        system = [role, prompt, fields["instructions"]?.longString()].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: "\n\n")
        for example in fields["examples"]?.list() ?? [] {
            guard examples.count < ConfigurationLimits.examples else {
                example.fail("more than \(ConfigurationLimits.examples) examples: remove some")
                break
            }
            let read = example.fields { fields in
                (fields.required("user", "what a user says")?.longString(), fields.required("assistant", "what a good answer is")?.longString())
            }
            if let user = read?.0, let assistant = read?.1 { examples.append(AgentEntry.Example(user: user, assistant: assistant)) }
        }
    }
}

extension AgentEntry {
    /// `agents.ID.output`: a JSON Schema, or a file with one. Checked, and kept as it is written.
    static func schema(_ fields: Fields, site: ConfigurationSite) -> String? {
        let (text, file) = (fields["schema"], fields["schema_file"])
        guard (text == nil) != (file == nil), let cursor = text ?? file else {
            fields.fail(text == nil ? "schema" : "schema_file", "expected either 'schema', a JSON Schema as text, or 'schema_file', the path of one")
            return nil
        }
        guard let written = text?.longString() ?? file.flatMap({ site.text($0, upTo: YAMLLimits.configuration.scalarBytes) }) else { return nil }
        do {
            _ = try JSONSchema(ofAnswers: try JSONText(Array(written.utf8)))
            return written
        } catch let error as JSONFailure {
            cursor.fail("expected a JSON Schema, which is an object in JSON: it is \(error)", about: nil)
        } catch {
            cursor.fail("the JSON Schema cannot be held to: \(error)", about: nil)
        }
        return nil
    }

    /// Other agents: ids of those of this host, as they stand in the file, and `{plugin: NAME}` for those that a plugin asks.
    ///
    /// - Parameter plugin: Takes the name of a tool provider.
    static func agents(
        _ fields: Fields, of id: String, _ reasoning: Reasoning, plugin: (Cursor, String) -> String?
    ) -> (here: [AgentReference], elsewhere: [String]) {
        guard let cursor = fields["agents"] else {
            if reasoning.engine == Reasoning.supervisor { fields.fail("agents", "the engine \(Reasoning.supervisor) needs agents that it may ask: write agents: [ID]") }
            return ([], [])
        }
        guard reasoning.asksAgents else {
            cursor.fail("only an engine that asks agents uses them: set reasoning.engine to \(Reasoning.supervisor) or to a reasoning plugin", about: nil)
            return ([], [])
        }
        var references: [AgentReference] = []
        var elsewhere: [String] = []
        for item in cursor.list() ?? [] {
            guard references.count + elsewhere.count < ConfigurationLimits.agentsOfAgent else {
                item.fail("more than \(ConfigurationLimits.agentsOfAgent) agents: remove some")
                break
            }
            if case .mapping = item.node.content {
                let name = item.fields { fields in
                    fields.required("plugin", "the name of a tool plugin that asks an agent, such as one of the kind a2a").flatMap { cursor in
                        cursor.nonEmptyString().flatMap { plugin(cursor, $0) }
                    }
                } ?? nil
                if let name, !elsewhere.contains(name) { elsewhere.append(name) }
                continue
            }
            guard let other = item.nonEmptyString() else { continue }
            if other == id {
                item.fail("an agent does not ask itself: remove it")
            } else if !references.contains(where: { $0.id == other }) {
                references.append(AgentReference(id: other, origin: Origin(item)))
            }
        }
        for (reference, name) in references.flatMap({ reference in elsewhere.map { (reference, $0) } }) where reference.id == name {
            fields.fail("agents", "an agent of this host and a plugin are both named \(cited(name)), and the model could not tell them apart: rename the plugin")
        }
        return (references, elsewhere)
    }
}

/// That an agent may ask another one.
package struct AgentReference: Sendable, Equatable {
    package let id: String
    package let origin: Origin
}
