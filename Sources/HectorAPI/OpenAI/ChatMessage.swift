import HectorCore
import HectorProviders

extension Message {
    /// Reads the `messages` of a chat request.
    static func conversation(_ value: JSONText) throws(MemberError) -> [Message] {
        var messages: [Message] = []
        try value.eachElement { _, value throws(MemberError) in messages.append(try Message(chat: value)) }
        guard !messages.isEmpty else { throw MemberError("is empty") }
        return messages
    }

    /// Reads one message of a chat request.
    private init(chat value: JSONText) throws(MemberError) {
        self.init()
        let limits = ChatLimits.standard
        var role: String?
        var refusal: String?
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "role": role = try Self.role(value)
            case "content": content = try Self.content(value)
            case "refusal": refusal = try value.text()
            case "tool_calls": toolCalls = try Self.calls(value)
            case "tool_call_id": toolCallID = try value.text(upTo: limits.callIDBytes)
            case "function_call": throw ChatParameter.refusal("send it as tool_calls")
            case "audio": throw ChatParameter.refusal("only text is supported")
            case "prefix", "partial":
                guard value.bool == false else { throw ChatParameter.refusal(ChatParameter.noContinuation) }
            default: break
            }
        }
        guard let role else { throw MemberError("is missing").inside("role") }
        self.role = role
        // A refusal stands in the place of an answer.
        if content.isEmpty, let refusal { content = refusal }
    }

    private static func role(_ value: JSONText) throws(MemberError) -> String {
        let role = try value.text()
        switch role {
        case "user", "assistant", "system", "tool": return role
        case "developer": return "system"
        default: throw MemberError("must be system, developer, user, assistant or tool, not \(quoted(role))")
        }
    }

    /// A text, or parts all of which are text.
    private static func content(_ value: JSONText) throws(MemberError) -> String {
        switch value.kind {
        case .string: return try value.text()
        case .array:
            var texts: [String] = []
            try value.eachElement { _, value throws(MemberError) in texts.append(try part(value)) }
            return texts.joined()
        default: throw value.wrongKind("a string or an array of parts")
        }
    }

    private static func part(_ value: JSONText) throws(MemberError) -> String {
        var type: String?
        var texts: [String: JSONText] = [:]
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "type": type = try value.text()
            case "text", "refusal": texts[key] = value
            default: break
            }
        }
        guard let type else { throw MemberError("is missing").inside("type") }
        guard type == "text" || type == "refusal" else {
            throw MemberError("is not supported: only text is, not \(quoted(type))", .unsupportedParameter)
                .inside("type")
        }
        guard let text = texts[type] else { throw MemberError("is missing").inside(type) }
        return try at(type) { () throws(MemberError) in try text.text() }
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
