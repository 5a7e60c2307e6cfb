import HectorCore
import HectorProviders

/// Reads the content of Anthropic's messages: a text, or blocks.
struct BlockReader {
    /// Members of blocks that are not followed.
    private(set) var ignored: Set<String> = []

    /// The messages that one message of a request comes to. What tools returned stands in messages of its own, before the rest.
    mutating func messages(_ role: String, _ content: JSONText) throws(MemberError) -> [Message] {
        guard content.kind == .array else { return [Message(role: role, content: try content.text())] }
        var results: [Message] = []
        var parts: [ContentPart] = []
        var calls: [ToolCall] = []
        try content.eachElement { _, block throws(MemberError) in
            let type = try Self.type(of: block)
            switch (type, role) {
            case ("tool_result", "user"): results.append(try result(block))
            case ("tool_use", "assistant"): calls.append(try Self.call(block))
            // What a model thought is not part of what it said.
            case ("thinking", "assistant"), ("redacted_thinking", "assistant"): break
            default: parts.append(try Self.part(block, type))
            }
        }
        guard !parts.isEmpty || !calls.isEmpty else { return results }
        var message = Message(role: role, parts: parts)
        message.toolCalls = calls
        return results + [message]
    }

    /// A text, or blocks of text, as one text.
    mutating func text(_ content: JSONText) throws(MemberError) -> String {
        guard content.kind == .array else { return try content.text() }
        var texts: [String] = []
        try content.eachElement { _, block throws(MemberError) in
            let type = try Self.type(of: block)
            guard type == "text" else { throw MemberError("is not supported here: only text is, not \(quoted(type))", .unsupportedParameter).inside("type") }
            texts.append(try Self.part(block, type).text)
        }
        return texts.joined(separator: "\n\n")
    }

    private static func type(of block: JSONText) throws(MemberError) -> String {
        guard block.kind == .object else { throw block.wrongKind("an object") }
        guard let type = block["type"] else { throw MemberError("is missing").inside("type") }
        return try at("type") { () throws(MemberError) in try type.text() }
    }

    private static func part(_ block: JSONText, _ type: String) throws(MemberError) -> ContentPart {
        var part = ContentPart()
        switch type {
        case "text": part.text = try required("text", block) { value throws(MemberError) in try value.text() }
        case "image": part.image = try required("source", block) { value throws(MemberError) in try image(value) }
        default:
            throw MemberError("is not supported here: only text, image, tool_use and tool_result are, not \(quoted(type))", .unsupportedParameter)
                .inside("type")
        }
        return part
    }

    /// Only images that stand in the request: this program fetches nothing that a client names.
    private static func image(_ source: JSONText) throws(MemberError) -> Image {
        guard source["type"]?.string == "base64" else {
            throw MemberError("is not supported: only base64 is", .unsupportedParameter).inside("type")
        }
        let type = try required("media_type", source) { value throws(MemberError) in try value.text(upTo: ChatLimits.standard.mediaTypeBytes).lowercased() }
        guard type.hasPrefix("image/") else { throw MemberError("must be image/TYPE, not \(quoted(type))").inside("media_type") }
        return try required("data", source) { value throws(MemberError) in try Image(mediaType: type, base64: try value.text()) }
    }

    private static func call(_ block: JSONText) throws(MemberError) -> ToolCall {
        let limits = ChatLimits.standard
        var call = ToolCall()
        call.id = try required("id", block) { value throws(MemberError) in try value.text(upTo: limits.callIDBytes) }
        call.name = try required("name", block) { value throws(MemberError) in try value.text(upTo: limits.calledNameBytes) }
        call.argumentsJson = try required("input", block) { value throws(MemberError) in
            guard value.kind == .object else { throw value.wrongKind("an object") }
            return value.text
        }
        return call
    }

    private mutating func result(_ block: JSONText) throws(MemberError) -> Message {
        var message = Message(role: "tool", content: "")
        if let content = block["content"], !content.isNull {
            let parts = try at("content") { () throws(MemberError) in
                guard content.kind == .array else {
                    var part = ContentPart()
                    part.text = try content.text()
                    return [part]
                }
                var parts: [ContentPart] = []
                try content.eachElement { _, block throws(MemberError) in parts.append(try Self.part(block, try Self.type(of: block))) }
                return parts
            }
            message = Message(role: "tool", parts: parts)
        }
        message.toolCallID = try Self.required("tool_use_id", block) { value throws(MemberError) in try value.text(upTo: ChatLimits.standard.callIDBytes) }
        if let flag = block["is_error"], try at("is_error", { () throws(MemberError) in try flag.flag() }) { ignored.insert("messages.content.is_error") }
        return message
    }

    private static func required<T>(
        _ name: String, _ object: JSONText, _ read: (JSONText) throws(MemberError) -> T
    ) throws(MemberError) -> T {
        guard let value = object[name], !value.isNull else { throw MemberError("is missing").inside(name) }
        return try at(name) { () throws(MemberError) in try read(value) }
    }
}

extension Message {
    /// A message of text, or of text and images in their order.
    init(role: String, parts: [ContentPart]) {
        let hasImages = parts.contains { if case .image = $0.part { true } else { false } }
        self.init(role: role, content: hasImages ? "" : parts.map(\.text).joined())
        if hasImages { self.parts = parts }
    }
}
