import FoundationEssentials
import HectorAgents
import HectorCore
import HectorProviders

/// The body of `POST /api/chat` or `/api/generate` of Ollama's API (docs.ollama.com/api).
///
/// Options are read as OpenAI's are: what plugins can be told of goes to them, what nobody can follow is named in `ignored`, and a
/// promise that cannot be kept is refused by name.
struct OllamaRequest: Sendable {
    let chat: ChatRequest
    /// There is nothing to answer: Ollama loads the model then, or unloads it.
    let isLoad: Bool
    /// Whether the model is to be unloaded at once.
    let isUnload: Bool

    /// - Throws: `APIError` that names the member that is wrong.
    init(chat body: JSONText) throws(APIError) { try self.init(body) { fields, key, value throws(MemberError) in try fields.readChat(key, value) } }

    init(generate body: JSONText) throws(APIError) { try self.init(body) { fields, key, value throws(MemberError) in try fields.readGenerate(key, value) } }

    private init(
        _ body: JSONText, _ read: (inout OllamaFields, String, JSONText) throws(MemberError) -> Void
    ) throws(APIError) {
        var fields = OllamaFields()
        do throws(MemberError) {
            try body.eachMember { key, value throws(MemberError) in try read(&fields, key, value) }
            (chat, isLoad) = try fields.request()
            isUnload = fields.isUnload
        } catch {
            throw error.told
        }
    }
}

/// What was read so far.
private struct OllamaFields {
    private var common = ChatFields()
    private var prompt = ""
    private var system = ""
    private var images: [JSONText] = []
    private(set) var isUnload = false

    init() {
        // A stream, where nothing else is said.
        common.stream = true
    }

    func request() throws(MemberError) -> (ChatRequest, isLoad: Bool) {
        var fields = common
        var messages = fields.messages ?? []
        if !system.isEmpty { messages.insert(Message(role: "system", content: system), at: 0) }
        if !prompt.isEmpty || !images.isEmpty {
            var message = Message(role: "user", content: prompt)
            try at("images") { () throws(MemberError) in try message.add(images) }
            messages.append(message)
        }
        fields.messages = messages
        return (try fields.request(), messages.isEmpty)
    }

    mutating func readChat(_ key: String, _ value: JSONText) throws(MemberError) {
        switch key {
        case "messages": common.messages = try Message.ollamaConversation(value)
        case "tools": try common.read(key, value)
        default: try readCommon(key, value)
        }
    }

    mutating func readGenerate(_ key: String, _ value: JSONText) throws(MemberError) {
        switch key {
        case "prompt": prompt = try value.text()
        case "system": system = try value.text()
        case "images": images = try value.elements()
        case "suffix":
            guard try value.text().isEmpty else { throw ChatParameter.refusal("models complete no gaps here: send a prompt only") }
        case "template":
            guard try value.text().isEmpty else { throw ChatParameter.refusal("the model's plugin makes the prompt: send messages to /api/chat") }
        case "raw":
            guard try !value.flag() else { throw ChatParameter.refusal("the model's plugin makes the prompt: leave it out") }
        case "context":
            guard try value.elements().isEmpty else { throw ChatParameter.refusal("send the conversation to /api/chat") }
        default: try readCommon(key, value)
        }
    }

    private mutating func readCommon(_ key: String, _ value: JSONText) throws(MemberError) {
        switch key {
        case "model", "stream": try common.read(key, value)
        case "format": common.format = try Self.format(value)
        case "options":
            try value.eachMember { key, value throws(MemberError) in try readOption(key, value) }
        case "think":
            // An effort is one that plugins may know; whether to think at all is the model's.
            if value.kind == .string { try common.read("reasoning_effort", value) } else if try value.flag() { common.ignored.insert("think") }
        case "keep_alive": isUnload = value.double == 0 || value.string == "0"
        case "logprobs", "top_logprobs": try common.read(key, value)
        default: break
        }
    }

    private mutating func readOption(_ key: String, _ value: JSONText) throws(MemberError) {
        switch key {
        case "temperature", "top_p", "top_k", "min_p", "seed", "frequency_penalty", "presence_penalty", "repeat_penalty", "stop":
            try common.read(key, value)
        case "num_predict":
            // 0 and less are no limit.
            let limit = try value.whole(from: -2)
            if limit > 0 { common.maxTokens = limit }
        case "num_ctx", "num_keep", "repeat_last_n", "typical_p", "tfs_z", "mirostat", "mirostat_tau", "mirostat_eta", "penalize_newline":
            common.ignored.insert("options.\(key)")
        // How a model is loaded is its plugin's.
        default: break
        }
    }

    /// `"json"`, or a JSON Schema.
    private static func format(_ value: JSONText) throws(MemberError) -> AnswerFormat {
        if value.kind == .object {
            do throws(JSONSchema.Failure) {
                return .schema(try AnswerSchema(value, name: ""))
            } catch {
                throw MemberError("is a JSON Schema that cannot be used: \(error)")
            }
        }
        switch try value.text() {
        case "": return .text
        case "json": return .json
        case let other: throw MemberError("must be \"json\" or a JSON Schema, not \(quoted(other))")
        }
    }
}

extension Message {
    /// Reads `messages`. Ollama's calls have no ids, and results name their tools: the ids that plugins get are made here.
    fileprivate static func ollamaConversation(_ value: JSONText) throws(MemberError) -> [Message] {
        var messages: [Message] = []
        /// Calls without a result yet.
        var open: [ToolCall] = []
        var calls = 0
        try value.eachElement { _, value throws(MemberError) in
            var message = Message()
            var role: String?
            var tool: String?
            var images: JSONText?
            try value.eachMember { key, value throws(MemberError) in
                switch key {
                case "role": role = try Self.role(value)
                case "content": message.content = try value.text()
                case "images": images = value
                case "tool_calls":
                    try value.eachElement { _, value throws(MemberError) in
                        message.toolCalls.append(try ToolCall(ollama: value, number: calls))
                        calls += 1
                    }
                case "tool_name", "name": tool = try value.text(upTo: ChatLimits.standard.calledNameBytes)
                case "tool_call_id": message.toolCallID = try value.text(upTo: ChatLimits.standard.callIDBytes)
                default: break
                }
            }
            guard let role else { throw MemberError("is missing").inside("role") }
            message.role = role
            if let images { try at("images") { () throws(MemberError) in try message.add(try images.elements()) } }
            open += message.toolCalls
            if role == "tool", message.toolCallID.isEmpty,
                let index = open.firstIndex(where: { tool == nil || $0.name == tool }) ?? open.indices.first {
                message.toolCallID = open.remove(at: index).id
            }
            messages.append(message)
        }
        return messages
    }

    /// Images in base64, behind the text.
    fileprivate mutating func add(_ images: [JSONText]) throws(MemberError) {
        guard !images.isEmpty else { return }
        parts = content.isEmpty ? [] : [.text(content)]
        content = ""
        for (index, value) in images.enumerated() {
            parts.append(try at("[\(index)]") { () throws(MemberError) in
                var part = ContentPart()
                part.image = try Image(base64: value)
                return part
            })
        }
    }
}

extension JSONText {
    fileprivate func elements() throws(MemberError) -> [JSONText] {
        var elements: [JSONText] = []
        try eachElement { _, value throws(MemberError) in elements.append(value) }
        return elements
    }
}

extension Image {
    /// Reads bytes in base64, whose first ones tell the type.
    fileprivate init(base64 value: JSONText) throws(MemberError) {
        self.init()
        guard let data = Data(base64Encoded: try value.text()), !data.isEmpty else { throw MemberError("is not valid base64") }
        guard let type = Self.type(of: data) else {
            throw MemberError("is no image that is known here: PNG, JPEG, GIF and WebP are", .unsupportedParameter)
        }
        mediaType = type
        self.data = data
    }

    /// By the first bytes of each format.
    private static func type(of data: Data) -> String? {
        if data.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "image/png" }
        if data.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if data.starts(with: Array("GIF8".utf8)) { return "image/gif" }
        if data.starts(with: Array("RIFF".utf8)), data.dropFirst(8).starts(with: Array("WEBP".utf8)) { return "image/webp" }
        return nil
    }
}

extension ToolCall {
    /// Reads one of `tool_calls`: `{"function": {"name", "arguments": {}}}`.
    fileprivate init(ollama value: JSONText, number: Int) throws(MemberError) {
        self.init()
        id = "call-\(number)"
        argumentsJson = "{}"
        var name: String?
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "id": id = try value.text(upTo: ChatLimits.standard.callIDBytes)
            case "function":
                try value.eachMember { key, value throws(MemberError) in
                    switch key {
                    case "name": name = try value.text(upTo: ChatLimits.standard.calledNameBytes)
                    case "arguments":
                        guard value.kind == .object else { throw value.wrongKind("an object") }
                        argumentsJson = value.text
                    default: break
                    }
                }
            default: break
            }
        }
        guard let name else { throw MemberError("is missing").inside("function.name") }
        self.name = name
    }
}
