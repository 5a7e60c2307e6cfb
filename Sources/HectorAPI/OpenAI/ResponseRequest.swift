import HectorAgents
import HectorCore
import HectorProviders

/// The body of `POST /v1/responses`. What it shares with chat completions is read by the same `ChatFields`, with the same errors, hints
/// and refusals.
struct ResponseRequest: Sendable {
    /// Without messages: what the request says stands in `items`.
    var chat: ChatRequest
    /// What the request says, as it stands in the request.
    var items: [ResponseItem]
    /// The written `input`.
    var input: JSONText
    /// The system's message of this request only: a response that goes on from this one does not inherit it.
    var instructions: String?
    /// The stored response that comes before.
    var previous: String?
    var isStored: Bool
    /// Members that the response repeats, as they are written.
    var repeated: [String: JSONText]

    /// Reads a body in time that is linear in its length. It waits for nothing, and may be called on any thread.
    ///
    /// - Throws: `APIError` that names the member that is wrong.
    init(_ body: JSONText) throws(APIError) {
        var fields = Fields()
        do throws(MemberError) {
            try body.eachMember { key, value throws(MemberError) in try fields.read(key, value) }
            (chat, items, input) = (try fields.chat.request(), fields.items, try fields.chat.required("input", fields.input))
        } catch {
            throw error.told
        }
        (instructions, previous, isStored, repeated) = (fields.instructions, fields.previous, fields.isStored, fields.repeated)
    }

    private struct Fields {
        var chat: ChatFields
        var items: [ResponseItem] = []
        var input: JSONText?
        var instructions: String?
        var previous: String?
        var isStored = true
        var repeated: [String: JSONText] = [:]

        init() {
            chat = ChatFields()
            chat.messages = []
            chat.namePath = "name"
        }

        private static let repeating: Set = [
            "instructions", "metadata", "tools", "tool_choice", "parallel_tool_calls", "temperature", "top_p", "max_output_tokens",
            "previous_response_id", "store", "user", "safety_identifier", "prompt_cache_key", "max_tool_calls",
        ]

        mutating func read(_ key: String, _ value: JSONText) throws(MemberError) {
            if Self.repeating.contains(key) { repeated[key] = value }
            switch key {
            case "input":
                input = value
                items = try ResponseItem.all(value)
            case "instructions": instructions = try value.text()
            case "previous_response_id": previous = try value.text(upTo: ResponseLimits.standard.idBytes)
            case "store": isStored = try value.flag()
            case "metadata": try checkMetadata(value)
            case "tools": chat.tools = try chat.definitions(value) { fields, value throws(MemberError) in try Self.tool(value, &fields) }
            case "max_output_tokens": try chat.read("max_tokens", value)
            case "reasoning": try readReasoning(value)
            case "text": try readText(value)
            case "include":
                try value.eachElement { _, value throws(MemberError) in
                    // The others tell of reasoning and of tools that no model here has: there is nothing to include.
                    if try value.text() == "message.output_text.logprobs" { throw ChatParameter.refusal("plugins do not report probabilities") }
                }
            case "truncation":
                guard try value.text() == "disabled" else { return _ = chat.ignored.insert(key) }
            case "background":
                guard !(try value.flag()) else { throw ChatParameter.refusal("wait for the answer, or read it as a stream") }
            case "conversation": throw ChatParameter.refusal("use previous_response_id")
            case "prompt": throw ChatParameter.refusal("prompts are not stored here: send instructions and input")
            // Members of chat completions that mean nothing here.
            case "messages", "response_format", "max_tokens", "max_completion_tokens", "stream_options", "prefix", "continue_final_message",
                "functions", "function_call": break
            default: try chat.read(key, value)
            }
        }

        private mutating func readReasoning(_ value: JSONText) throws(MemberError) {
            try value.eachMember { key, value throws(MemberError) in
                switch key {
                case "effort": try chat.read("reasoning_effort", value)
                default: chat.ignored.insert("reasoning.\(singleLine(key, limit: 40))")
                }
            }
            repeated["reasoning"] = value
        }

        private mutating func readText(_ value: JSONText) throws(MemberError) {
            try value.eachMember { key, value throws(MemberError) in
                switch key {
                case "format": chat.format = try AnswerFormat(chat: value, isFlat: true)
                case "verbosity": chat.ignored.insert("text.verbosity")
                default: break
                }
            }
            repeated["text"] = value
        }

        private func checkMetadata(_ value: JSONText) throws(MemberError) {
            let limits = ResponseLimits.standard
            var count = 0
            try value.eachMember { key, value throws(MemberError) in
                count += 1
                guard count <= limits.metadata, key.utf8.count <= limits.metadataKeyBytes else {
                    throw MemberError("is too much: at most \(limits.metadata) keys of \(limits.metadataKeyBytes) bytes are stored")
                }
                _ = try value.text(upTo: limits.metadataValueBytes)
            }
        }

        private static func tool(_ value: JSONText, _ fields: inout ChatFields) throws(MemberError) -> ToolDefinition {
            guard value.kind == .object else { throw value.wrongKind("an object") }
            let type = value["type"]?.string ?? ""
            guard type == "function" else {
                let problem = "is not supported: only tools of type function are, not \(quoted(type))"
                throw MemberError(problem, .unsupportedParameter).inside("type")
            }
            return try fields.definition(ofFunction: value)
        }
    }
}

/// The bounds of responses beside those of `ChatLimits` and `APILimits`.
struct ResponseLimits: Sendable, Equatable {
    /// Bytes of the id of a response or an item: a UUID with room to spare.
    var idBytes = 256
    /// Members of `metadata`: OpenAI's limit.
    var metadata = 16
    /// Bytes of a key in `metadata`: OpenAI's limit is in characters.
    var metadataKeyBytes = 64
    /// Bytes of a value in `metadata`: OpenAI's limit is 512 characters.
    var metadataValueBytes = 2048
    /// Items in one page of `input_items`: OpenAI's limit.
    var page = 100

    static let standard = ResponseLimits()
}
