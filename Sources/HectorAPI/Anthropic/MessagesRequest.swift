import HectorAgents
import HectorCore
import HectorProviders

/// The body of Anthropic's `POST /v1/messages`. As of OpenAI's chats, nothing that a client builds on is dropped in silence: what
/// cannot be carried out is named in `ignored` or refused; members that nobody knows are ignored. `docs/anthropic.md` says the same
/// for people.
struct MessagesRequest: Sendable {
    var model: String
    var messages: [Message]
    var tools: [ToolDefinition]
    var options: GenerationOptions
    /// The text that the answer goes on from: the last message, where it is the assistant's.
    var beginning: String?
    var stream: Bool
    /// The hints that were given and are not followed, sorted.
    var ignored: [String]

    /// - Parameter isCount: Whether tokens are counted, and nothing is answered: there is no `max_tokens` then.
    /// - Throws: `APIError` that names the member that is wrong.
    init(_ body: JSONText, isCount: Bool = false) throws(APIError) {
        var fields = MessagesFields()
        do throws(MemberError) {
            try body.eachMember { key, value throws(MemberError) in try fields.read(key, value) }
            guard let model = fields.model else { throw MemberError("is missing").inside("model") }
            guard isCount || fields.options.maxTokens != nil else { throw MemberError("is missing").inside("max_tokens") }
            guard var messages = fields.messages else { throw MemberError("is missing").inside("messages") }
            beginning = try fields.takeBeginning(from: &messages)
            try fields.checkToolChoice()
            self.model = model
            self.messages = fields.system.map { [$0] + messages } ?? messages
        } catch {
            throw error.told
        }
        options = fields.options
        options.stop = fields.common.stop
        options.hints = fields.common.hints
        tools = options.toolChoice == .none ? [] : fields.common.tools
        stream = fields.common.stream
        ignored = fields.common.ignored.sorted()
    }

    /// As the backend takes it.
    var chat: Chat {
        var chat = Chat(messages: messages, tools: tools, options: options)
        chat.beginning = beginning.map { .text($0) }
        chat.wantsCallPieces = stream
        return chat
    }
}

/// What was read so far.
private struct MessagesFields {
    var model: String?
    var system: Message?
    var messages: [Message]?
    var options = GenerationOptions()
    /// What is read as in OpenAI's form: hints, tools, stop sequences, and what is common.ignored.
    var common = ChatFields()

    private let limits = ChatLimits.standard

    mutating func read(_ key: String, _ value: JSONText) throws(MemberError) {
        switch key {
        case "model": model = try value.text(upTo: limits.modelBytes)
        case "max_tokens": options.maxTokens = try value.whole(from: 1)
        case "system":
            var reader = BlockReader()
            let text = try reader.text(value)
            if !text.isEmpty { system = Message(role: "system", content: text) }
        case "messages": messages = try read(messages: value)
        case "tools":
            common.namePath = "name"
            common.tools = try common.definitions(value) { fields, value throws(MemberError) in try fields.anthropicDefinition(value) }
        case "tool_choice": try read(toolChoice: value)
        case "stop_sequences":
            guard value.kind == .array else { throw value.wrongKind("an array") }
            common.stop = try common.sequences(value, upTo: limits.stopSequences)
        case "stream": try common.read(key, value)
        case "temperature": try common.hint(value, 0...1) { $0.temperature = $1 }
        case "top_p": try common.hint(value, 0...1) { $0.topP = $1 }
        case "top_k":
            _ = try value.whole(from: 0)
            try common.read(key, value)
        case "thinking":
            if value["type"]?.string != "disabled" { common.ignored.insert(key) }
        case "output_format": try read(format: value)
        case "output_config":
            try value.eachMember { key, value throws(MemberError) in
                switch key {
                case "format": try read(format: value)
                case "effort": common.ignored.insert("output_config.effort")
                default: break
                }
            }
        case "context_management": common.ignored.insert(key)
        case "mcp_servers":
            var isEmpty = true
            try value.eachElement { _, _ throws(MemberError) in isEmpty = false }
            guard isEmpty else { throw ChatParameter.refusal("send tools, and call them yourself") }
        case "container": throw ChatParameter.refusal("nothing is run for a model here")
        default: break
        }
    }

    private mutating func read(messages value: JSONText) throws(MemberError) -> [Message] {
        var messages: [Message] = []
        var reader = BlockReader()
        try value.eachElement { _, value throws(MemberError) in
            var role: String?
            var content: JSONText?
            try value.eachMember { key, value throws(MemberError) in
                switch key {
                case "role": role = try value.text()
                case "content": content = value
                default: break
                }
            }
            guard let role else { throw MemberError("is missing").inside("role") }
            guard role == "user" || role == "assistant" || role == "system" else {
                throw MemberError("must be user or assistant, not \(quoted(role))").inside("role")
            }
            guard let content else { throw MemberError("is missing").inside("content") }
            messages += try at("content") { () throws(MemberError) in try reader.messages(role, content) }
        }
        common.ignored.formUnion(reader.ignored)
        guard !messages.isEmpty else { throw MemberError("is empty") }
        return messages
    }

    private mutating func read(toolChoice value: JSONText) throws(MemberError) {
        var (type, name): (String?, String?)
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "type": type = try value.text()
            case "name": name = try value.text(upTo: limits.toolNameBytes)
            case "disable_parallel_tool_use": options.parallelToolCalls = !(try value.flag())
            default: break
            }
        }
        switch type {
        case "auto": options.toolChoice = .auto
        case "any": options.toolChoice = .required
        case "none": options.toolChoice = .none
        case "tool":
            guard let name else { throw MemberError("is missing").inside("name") }
            options.toolChoice = .named(name)
        case nil: throw MemberError("is missing").inside("type")
        case let other?: throw MemberError("must be auto, any, tool or none, not \(quoted(other))").inside("type")
        }
    }

    private mutating func read(format value: JSONText) throws(MemberError) {
        guard value["type"]?.string == "json_schema" else { throw ChatParameter.refusal("only json_schema is supported").inside("type") }
        guard let schema = value["schema"] else { throw MemberError("is missing").inside("schema") }
        options.format = try at("schema") { () throws(MemberError) in .schema(try AnswerFormat.read(schema: schema, name: "")) }
    }

    /// `tool_choice` may stand before the tools.
    mutating func checkToolChoice() throws(MemberError) {
        let use = options.toolChoice
        guard !common.tools.isEmpty else {
            guard !use.needsTools else { throw MemberError("asks for a call, and there are no tools").inside("tool_choice") }
            return options.toolChoice = .auto
        }
        if case .named(let name) = use, !common.tools.contains(where: { $0.name == name }) {
            throw MemberError("is not among the tools: \(quoted(name))").inside("tool_choice.name")
        }
    }

    /// The last message, where the answer goes on from it.
    func takeBeginning(from messages: inout [Message]) throws(MemberError) -> String? {
        guard let last = messages.last, last.role == "assistant" else { return nil }
        guard last.toolCalls.isEmpty, last.parts.isEmpty, !last.content.isEmpty, messages.count > 1 else {
            throw MemberError("ends with a message that cannot be continued: only the text of an assistant can, behind another message").inside("messages")
        }
        guard options.format == .text, !options.toolChoice.needsTools else {
            throw MemberError("ends with the beginning of the answer, which then has no other format, and no call that must be made").inside("messages")
        }
        messages.removeLast()
        return last.content
    }
}

extension ChatFields {
    /// Reads a tool that the client runs: its name, and its schema as `input_schema`.
    fileprivate mutating func anthropicDefinition(_ value: JSONText) throws(MemberError) -> ToolDefinition {
        var tool = ToolDefinition()
        var (name, schema): (String?, String?)
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "type":
                let type = try value.text()
                guard type == "custom" else { throw ChatParameter.refusal("only tools that the client runs are supported, not \(quoted(type))") }
            case "name": name = try value.toolName()
            case "description": tool.description_p = try value.text()
            case "input_schema":
                guard value.kind == .object else { throw value.wrongKind("an object") }
                schema = value.text
            case "strict": if try value.flag() { ignored.insert("tools.strict") }
            default: break
            }
        }
        tool.name = try required("name", name)
        tool.parametersJson = try required("input_schema", schema)
        return tool
    }
}
