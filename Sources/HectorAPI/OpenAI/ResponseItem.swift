import HectorCore
import HectorProviders

/// One item of what is said to a model, or by it.
enum ResponseItem: Sendable {
    case message(Message)
    case call(ToolCall)
    /// What a tool returned, as a message.
    case result(Message)
    /// An item of a stored response's output.
    case reference(String)

    /// Reads `input`: a text of the user, or items.
    static func all(_ value: JSONText) throws(MemberError) -> [ResponseItem] {
        guard value.kind != .string else { return [.message(Message(role: "user", content: try value.text()))] }
        var items: [ResponseItem] = []
        guard value.kind == .array else { throw value.wrongKind("a string or an array of items") }
        try value.eachElement { _, value throws(MemberError) in
            // A client repeats what an earlier response has: what the agent called itself is known to it alone.
            if value["type"]?.string != "mcp_call" { items.append(try ResponseItem(value)) }
        }
        return items
    }

    private init(_ value: JSONText) throws(MemberError) {
        guard value.kind == .object else { throw value.wrongKind("an object") }
        let limits = ChatLimits.standard
        switch value["type"].flatMap({ $0.isNull ? nil : $0.string ?? "" }) {
        case nil, "message":
            var message = Message()
            try value.eachMember { key, value throws(MemberError) in
                switch key {
                case "role": message.role = try Message.role(value)
                case "content": try message.readContent(value, .responses)
                default: break
                }
            }
            guard !message.role.isEmpty else { throw MemberError("is missing").inside("role") }
            guard message.role != "tool" else {
                throw MemberError("cannot be tool: send an item of type function_call_output").inside("role")
            }
            self = .message(message)
        case "function_call":
            var call = ToolCall()
            call.argumentsJson = "{}"
            try value.eachMember { key, value throws(MemberError) in
                switch key {
                case "call_id": call.id = try value.text(upTo: limits.callIDBytes)
                case "name": call.name = try value.text(upTo: limits.calledNameBytes)
                case "arguments": call.argumentsJson = try value.text()
                default: break
                }
            }
            guard !call.id.isEmpty else { throw MemberError("is missing").inside("call_id") }
            guard !call.name.isEmpty else { throw MemberError("is missing").inside("name") }
            self = .call(call)
        case "function_call_output":
            var result = Message(role: "tool", content: "")
            var hasOutput = false
            try value.eachMember { key, value throws(MemberError) in
                switch key {
                case "call_id": result.toolCallID = try value.text(upTo: limits.callIDBytes)
                case "output":
                    try result.readContent(value, .responses)
                    hasOutput = true
                default: break
                }
            }
            guard !result.toolCallID.isEmpty else { throw MemberError("is missing").inside("call_id") }
            guard hasOutput else { throw MemberError("is missing").inside("output") }
            self = .result(result)
        case "item_reference":
            guard let id = value["id"], !id.isNull else { throw MemberError("is missing").inside("id") }
            self = .reference(try at("id") { () throws(MemberError) in try id.text(upTo: ResponseLimits.standard.idBytes) })
        case let other?:
            let problem = "is not supported: only message, function_call, function_call_output and item_reference are, not \(quoted(other))"
            throw MemberError(problem, .unsupportedParameter).inside("type")
        }
    }

    /// The items of a written `input` as OpenAI lists them: each with an id, and its content as parts.
    ///
    /// - Parameter id: Makes the id of an item that has none, of its place and its kind.
    static func listed(_ input: JSONText, id: (Int, String) -> String) -> [(id: String, json: JSON)] {
        guard let text = input.string else {
            var items: [(String, JSON)] = []
            input.forEachElement { index, value in items.append(listed(value, index, id)) }
            return items
        }
        let name = id(0, "msg")
        return [(name, message(name, role: "user", content: [["type": "input_text", "text": .string(text)]]))]
    }

    private static func listed(_ value: JSONText, _ index: Int, _ id: (Int, String) -> String) -> (id: String, json: JSON) {
        var members: [String: JSONText] = [:]
        value.forEachMember { key, value in members[key] = value.isNull ? nil : value }
        let type = members["type"]?.string ?? "message"
        let name = members["id"]?.string ?? id(index, ["message": "msg", "function_call": "fc"][type] ?? "fco")
        if type == "message" {
            let role = members["role"]?.string ?? "user"
            let isAnswer = role == "assistant"
            let part: JSON? = (members["content"]?.string).map {
                isAnswer ? ["type": "output_text", "text": .string($0), "annotations": []] : ["type": "input_text", "text": .string($0)]
            }
            return (name, message(name, role: role, content: part.map { [$0] } ?? .written(members["content"]?.onOneLine ?? "[]")))
        }
        var object: [String: JSON] = ["id": .string(name), "status": "completed"]
        for key in ["type", "call_id", "name", "arguments", "output"] { object[key] = (members[key]?.onOneLine).map(JSON.written) }
        return (name, .object(object))
    }

    private static func message(_ id: String, role: String, content: JSON) -> JSON {
        ["id": .string(id), "type": "message", "role": .string(role), "status": "completed", "content": content]
    }
}

extension [Message] {
    /// Adds an item. Calls belong to the assistant's message before them.
    mutating func append(_ item: ResponseItem) {
        switch item {
        case .message(let message), .result(let message): append(message)
        case .call(let call):
            if last?.role != "assistant" { append(Message(role: "assistant", content: "")) }
            self[count - 1].toolCalls.append(call)
        case .reference: break
        }
    }
}
