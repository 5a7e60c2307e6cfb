import HectorProviders

/// The body of `POST /v1/chat/completions`, as far as it is understood; other members are ignored.
struct ChatRequest: Decodable, Sendable {
    var model: String
    var messages: [ChatMessage]
    var tools: [Tool]?
    /// `"none"` keeps the tools from the model; every other choice is the model's own.
    var toolChoice: JSON?
    var stream: Bool?
    var streamOptions: StreamOptions?
    var n: Int?

    struct StreamOptions: Decodable, Sendable {
        var includeUsage: Bool?

        enum CodingKeys: String, CodingKey {
            case includeUsage = "include_usage"
        }
    }

    struct Tool: Decodable, Sendable {
        struct Function: Decodable, Sendable {
            var name: String
            var description: String?
            var parameters: JSON?
        }

        var type: String
        var function: Function
    }

    enum CodingKeys: String, CodingKey {
        case model, messages, tools, stream, n
        case toolChoice = "tool_choice"
        case streamOptions = "stream_options"
    }

    /// - Throws: `APIError` naming the member that is wrong.
    func conversation() throws -> [Message] {
        guard n ?? 1 == 1 else {
            throw APIError(.invalidRequest, "Only one choice can be made: leave n out or set it to 1.", parameter: "n")
        }
        guard !messages.isEmpty else {
            throw APIError(.invalidRequest, "messages is empty.", parameter: "messages")
        }
        return try messages.enumerated().map { index, message in try message.plain(at: "messages[\(index)]") }
    }

    func toolDefinitions() throws -> [ToolDefinition] {
        if toolChoice == "none" { return [] }
        return try (tools ?? []).enumerated().map { index, tool in
            guard tool.type == "function" else {
                throw APIError(.invalidRequest, "Only tools of type function are known.", parameter: "tools[\(index)].type")
            }
            var definition = ToolDefinition()
            definition.name = tool.function.name
            definition.description_p = tool.function.description ?? ""
            definition.parametersJson = (tool.function.parameters ?? ["type": "object", "properties": [:]]).text
            return definition
        }
    }
}

/// One message of an OpenAI conversation.
struct ChatMessage: Decodable, Sendable {
    struct Call: Decodable, Sendable {
        struct Function: Decodable, Sendable {
            var name: String
            var arguments: String?
        }

        var id: String
        var function: Function
    }

    struct Part: Decodable, Sendable {
        var type: String
        var text: String?
    }

    /// A text, or parts of which all must be text.
    enum Content: Decodable, Sendable {
        case text(String)
        case parts([Part])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .parts(try container.decode([Part].self))
            }
        }
    }

    var role: String
    var content: Content?
    var toolCalls: [Call]?
    var toolCallID: String?

    enum CodingKeys: String, CodingKey {
        case role, content
        case toolCalls = "tool_calls"
        case toolCallID = "tool_call_id"
    }

    /// The message in the providers' form.
    func plain(at place: String) throws -> Message {
        var message = Message()
        switch role {
        case "user", "assistant", "system", "tool": message.role = role
        case "developer": message.role = "system"
        default:
            throw APIError(
                .invalidRequest, "A role is one of system, developer, user, assistant and tool, not \"\(role)\".",
                parameter: "\(place).role"
            )
        }
        switch content {
        case nil: break
        case .text(let text): message.content = text
        case .parts(let parts):
            for (index, part) in parts.enumerated() {
                guard part.type == "text", let text = part.text else {
                    throw APIError(
                        .invalidRequest, "Only text can be read, not a part of type \"\(part.type)\".",
                        parameter: "\(place).content[\(index)]"
                    )
                }
                message.content += text
            }
        }
        message.toolCalls = (toolCalls ?? []).map { call in
            var toolCall = ToolCall()
            toolCall.id = call.id
            toolCall.name = call.function.name
            toolCall.argumentsJson = call.function.arguments ?? "{}"
            return toolCall
        }
        message.toolCallID = toolCallID ?? ""
        return message
    }
}
