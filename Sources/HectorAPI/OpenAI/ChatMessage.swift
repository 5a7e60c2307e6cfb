import HectorCore
import HectorProviders

extension Message {
    /// Reads the `messages` of a chat request.
    ///
    /// - Parameter isContinued: Set where the answer goes on from the last one.
    static func conversation(_ value: JSONText, isContinued: inout Bool) throws(MemberError) -> [Message] {
        var messages: [Message] = []
        var continued: Int?
        try value.eachElement { index, value throws(MemberError) in
            var isBeginning = false
            messages.append(try Message(chat: value, isBeginning: &isBeginning))
            if isBeginning { continued = index }
        }
        if let continued {
            guard continued == messages.count - 1 else { throw ChatParameter.refusal("only the last message can be continued").inside("[\(continued)].prefix") }
            isContinued = true
        }
        guard !messages.isEmpty else { throw MemberError("is empty") }
        return messages
    }

    /// Reads one message of a chat request.
    private init(chat value: JSONText, isBeginning: inout Bool) throws(MemberError) {
        self.init()
        let limits = ChatLimits.standard
        var role: String?
        var refusal: String?
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "role": role = try Self.role(value)
            case "content": try readContent(value, .chat)
            case "refusal": refusal = try value.text()
            case "tool_calls": toolCalls = try Self.calls(value)
            case "tool_call_id": toolCallID = try value.text(upTo: limits.callIDBytes)
            case "function_call": throw ChatParameter.refusal("send it as tool_calls")
            case "audio": throw ChatParameter.refusal("only text is supported")
            case "prefix", "partial":
                if try value.flag() { isBeginning = true }
            default: break
            }
        }
        guard let role else { throw MemberError("is missing").inside("role") }
        self.role = role
        // A refusal stands in the place of an answer.
        if content.isEmpty, parts.isEmpty, let refusal { content = refusal }
    }

    static func role(_ value: JSONText) throws(MemberError) -> String {
        let role = try value.text()
        switch role {
        case "user", "assistant", "system", "tool": return role
        case "developer": return "system"
        default: throw MemberError("must be system, developer, user, assistant or tool, not \(quoted(role))")
        }
    }

    /// The types of a message's parts, and the member of each that holds its content.
    struct PartTypes: Sendable {
        let contents: [String: String]
        /// For people.
        let words: String

        static let chat = PartTypes(contents: ["text": "text", "refusal": "refusal", "image_url": "image_url"], words: "text and image_url")
        static let responses = PartTypes(
            contents: ["input_text": "text", "output_text": "text", "refusal": "refusal", "input_image": "image_url"],
            words: "input_text, input_image and output_text")
    }

    /// A text, or parts: text that is joined, or text and images in their order.
    mutating func readContent(_ value: JSONText, _ types: PartTypes) throws(MemberError) {
        switch value.kind {
        case .string: content = try value.text()
        case .array:
            var parts: [ContentPart] = []
            var hasImages = false
            try value.eachElement { _, value throws(MemberError) in
                let part = try Self.part(value, types)
                if case .image = part.part { hasImages = true }
                parts.append(part)
            }
            guard hasImages else { return content = parts.map(\.text).joined() }
            self.parts = parts
        default: throw value.wrongKind("a string or an array of parts")
        }
    }

    private static func part(_ value: JSONText, _ types: PartTypes) throws(MemberError) -> ContentPart {
        var type: String?
        var contents: [String: JSONText] = [:]
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "type": type = try value.text()
            case "text", "refusal", "image_url": contents[key] = value
            default: break
            }
        }
        guard let type else { throw MemberError("is missing").inside("type") }
        guard let key = types.contents[type] else {
            throw MemberError("is not supported: only \(types.words) are, not \(quoted(type))", .unsupportedParameter).inside("type")
        }
        guard let content = contents[key] else { throw MemberError("is missing").inside(key) }
        return try at(key) { () throws(MemberError) in
            var part = ContentPart()
            if key == "image_url" { part.image = try Image(chat: content) } else { part.text = try content.text() }
            return part
        }
    }

    private static func calls(_ value: JSONText) throws(MemberError) -> [ToolCall] {
        var calls: [ToolCall] = []
        try value.eachElement { _, value throws(MemberError) in calls.append(try call(value)) }
        return calls
    }

    private static func call(_ value: JSONText) throws(MemberError) -> ToolCall {
        let limits = ChatLimits.standard
        var call = ToolCall()
        var (hasID, hasName) = (false, false)
        call.argumentsJson = "{}"
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "id":
                call.id = try value.text(upTo: limits.callIDBytes)
                hasID = true
            case "type":
                guard try value.text() == "function" else { throw ChatParameter.refusal("only functions can be called") }
            case "function":
                try value.eachMember { key, value throws(MemberError) in
                    switch key {
                    case "name":
                        call.name = try value.text(upTo: limits.calledNameBytes)
                        hasName = true
                    case "arguments": call.argumentsJson = try value.text()
                    default: break
                    }
                }
            default: break
            }
        }
        guard hasID else { throw MemberError("is missing").inside("id") }
        guard hasName else { throw MemberError("is missing").inside("function.name") }
        return call
    }
}
