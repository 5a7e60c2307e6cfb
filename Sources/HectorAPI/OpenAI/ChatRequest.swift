import HectorAgents
import HectorCore
import HectorProviders

/// The body of `POST /v1/chat/completions`. Nothing that a client builds on is dropped in silence: what cannot be carried
/// out is either named in `ignored` or refused, see `ChatParameter`; members that nobody knows are ignored.
///
/// Texts are decoded once. A tool's schema and a call's arguments are not decoded at all: every byte of them is kept.
struct ChatRequest: Sendable {
    var model: String
    var messages: [Message]
    /// None where `tool_choice` is `none`.
    var tools: [ToolDefinition]
    var options: GenerationOptions
    var stream: Bool
    /// Whether a stream ends with the usage.
    var includeUsage: Bool
    /// The hints that were given and are not followed, sorted.
    var ignored: [String]

    /// Reads a body in time that is linear in its length. It waits for nothing, and may be called on any thread.
    ///
    /// - Throws: `APIError` that names the member that is wrong.
    init(_ body: JSONText) throws(APIError) {
        var fields = Fields()
        do throws(MemberError) {
            try body.eachMember { key, value throws(MemberError) in try fields.read(key, value) }
            model = try fields.required("model", fields.model)
            messages = try fields.required("messages", fields.messages)
        } catch {
            throw error.told
        }
        tools = fields.hasToolsSwitchedOff ? [] : fields.tools
        options = GenerationOptions(
            stop: fields.stop, maxTokens: fields.maxTokens, parallelToolCalls: fields.parallelToolCalls
        )
        stream = fields.stream
        includeUsage = fields.includeUsage
        ignored = fields.ignored.sorted()
    }

    /// An upper estimate of the bytes that a parsed request occupies, its body included, made in one pass over
    /// the body and without building anything.
    static func weight(of body: JSONText) -> Int {
        body.bytes.count + objects(in: body, downTo: 5) * 256
    }

    /// The number of objects nested in fewer than `limit` containers. Messages are at level 3, calls, parts and tools at level 5 or
    /// above; deeper objects belong to schemas, of which only the bytes are kept.
    private static func objects(in body: JSONText, downTo limit: Int) -> Int {
        body.bytes.withUnsafeBufferPointer { bytes in
            var (count, depth, index) = (0, 0, 0)
            var isString = false
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "\\"): index += 1
                case UInt8(ascii: "\""): isString.toggle()
                case UInt8(ascii: "{") where !isString:
                    depth += 1
                    if depth <= limit { count += 1 }
                case UInt8(ascii: "[") where !isString: depth += 1
                case UInt8(ascii: "}") where !isString, UInt8(ascii: "]") where !isString: depth -= 1
                default: break
                }
                index += 1
            }
            return count
        }
    }
}

/// What was read so far.
private struct Fields {
    var model: String?
    var messages: [Message]?
    var tools: [ToolDefinition] = []
    var hasToolsSwitchedOff = false
    var stop: [String] = []
    var maxTokens: Int?
    var parallelToolCalls = true
    var stream = false
    var includeUsage = false
    var ignored: Set<String> = []

    private let limits = ChatLimits.standard

    mutating func read(_ key: String, _ value: JSONText) throws(MemberError) {
        switch key {
        case "model": model = try modelName(value)
        case "messages": messages = try Message.conversation(value)
        case "tools": tools = try definitions(value)
        case "stop": stop = try sequences(value)
        case "max_tokens", "max_completion_tokens": maxTokens = min(maxTokens ?? .max, try value.whole(from: 1))
        case "parallel_tool_calls": parallelToolCalls = try value.flag()
        case "stream": stream = try value.flag()
        case "stream_options":
            try value.eachMember { key, value throws(MemberError) in
                if key == "include_usage" { includeUsage = try value.flag() }
            }
        default:
            if key == "tool_choice" { hasToolsSwitchedOff = value.string == "none" }
            if try ChatParameter.names(key, value) { ignored.insert(key) }
        }
    }

    func required<T>(_ name: String, _ value: T?) throws(MemberError) -> T {
        guard let value else { throw MemberError("is missing").inside(name) }
        return value
    }

    private func modelName(_ value: JSONText) throws(MemberError) -> String {
        let name = try value.text()
        guard !name.isEmpty else { throw MemberError("is empty") }
        guard name.utf8.count <= limits.modelBytes else {
            throw MemberError("names neither an agent nor an LLM plugin: \(quoted(name))", .modelNotFound)
        }
        return name
    }

    /// `stop` is one sequence or several.
    private func sequences(_ value: JSONText) throws(MemberError) -> [String] {
        guard value.kind == .array else { return [try sequence(value)] }
        var sequences: [String] = []
        try value.eachElement { index, value throws(MemberError) in
            guard index < limits.stops else { throw MemberError("exceeds the limit of \(limits.stops) sequences") }
            sequences.append(try sequence(value))
        }
        return sequences
    }

    private func sequence(_ value: JSONText) throws(MemberError) -> String {
        let text = try value.text(upTo: limits.stopBytes)
        guard !text.isEmpty else { throw MemberError("is empty: every answer would end before it begins") }
        return text
    }

    private mutating func definitions(_ value: JSONText) throws(MemberError) -> [ToolDefinition] {
        var tools: [ToolDefinition] = []
        var names: Set<String> = []
        try value.eachElement { index, value throws(MemberError) in
            guard index < limits.tools else { throw MemberError("exceeds the limit of \(limits.tools) tools") }
            let tool = try definition(value)
            guard names.insert(tool.name).inserted else {
                throw MemberError("repeats the name of an earlier tool: \(tool.name)").inside("function.name")
            }
            tools.append(tool)
        }
        return tools
    }

    private mutating func definition(_ value: JSONText) throws(MemberError) -> ToolDefinition {
        var function: JSONText?
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "type":
                guard try value.text() == "function" else { throw ChatParameter.refusal("only tools of type function are supported") }
            case "function": function = value
            default: break
            }
        }
        let described = try required("function", function)
        return try at("function") { () throws(MemberError) in try definition(ofFunction: described) }
    }

    private mutating func definition(ofFunction value: JSONText) throws(MemberError) -> ToolDefinition {
        var tool = ToolDefinition()
        var name: String?
        tool.parametersJson = #"{"type":"object","properties":{}}"#
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "name": name = try toolName(value)
            case "description": tool.description_p = try value.text()
            case "parameters":
                guard value.kind == .object else { throw value.wrongKind("an object") }
                tool.parametersJson = value.text
            case "strict": if try value.flag() { ignored.insert("tools.function.strict") }
            default: break
            }
        }
        tool.name = try required("name", name)
        return tool
    }

    private func toolName(_ value: JSONText) throws(MemberError) -> String {
        let name = try value.text()
        let isName = (1...limits.toolNameBytes).contains(name.utf8.count) && name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isName else {
            throw MemberError("must be 1 to \(limits.toolNameBytes) of a-z, A-Z, 0-9, _ and -, not \(quoted(name))")
        }
        return name
    }
}
