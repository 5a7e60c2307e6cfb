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
    /// What is wrong with `tool_choice`, unless an agent is asked that has such tools itself.
    var choiceProblem: APIError?
    /// The text that the answer goes on from.
    var beginning: String?
    var stream: Bool
    /// Whether a stream ends with the usage.
    var includeUsage: Bool
    /// The hints that were given and are not followed, sorted.
    var ignored: [String]

    /// As the backend takes it.
    var chat: Chat {
        var chat = Chat(messages: messages, tools: tools, options: options)
        chat.beginning = beginning.map { .text($0) }
        chat.wantsCallPieces = stream
        return chat
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
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "\""):
                    index = JSONText.stringEnd(bytes, from: index)
                    continue
                case UInt8(ascii: "{"):
                    depth += 1
                    if depth <= limit { count += 1 }
                case UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
                index += 1
            }
            return count
        }
    }
}

extension ChatRequest {
    /// Reads a body in time that is linear in its length. It waits for nothing, and may be called on any thread.
    ///
    /// - Throws: `APIError` that names the member that is wrong.
    init(_ body: JSONText) throws(APIError) {
        var fields = ChatFields()
        do throws(MemberError) {
            try body.eachMember { key, value throws(MemberError) in try fields.read(key, value) }
            self = try fields.request()
        } catch {
            throw error.told
        }
    }
}

/// What was read so far of a request of one of OpenAI's APIs.
struct ChatFields {
    var model: String?
    var messages: [Message]?
    var tools: [ToolDefinition] = []
    var toolChoice: JSONText?
    var format = AnswerFormat.text
    var hints: GenerateOptions?
    var continuesMessage = false
    var stop: [String] = []
    var maxTokens: Int?
    var parallelToolCalls = true
    var stream = false
    var includeUsage = false
    var ignored: Set<String> = []

    /// Where the name of a function stands that a request has in a tool or in `tool_choice`.
    var namePath = "function.name"

    private let limits = ChatLimits.standard

    /// The request, when all is read.
    func request() throws(MemberError) -> ChatRequest {
        let model = try required("model", model)
        var messages = try required("messages", messages)
        let (toolChoice, problem) = try toolUse()
        let beginning = try takeBeginning(from: &messages)
        var options = GenerationOptions(stop: stop, maxTokens: maxTokens, parallelToolCalls: parallelToolCalls)
        options.format = format
        options.toolChoice = toolChoice
        options.hints = hints
        return ChatRequest(
            model: model, messages: messages, tools: toolChoice == .none ? [] : tools, options: options, choiceProblem: problem?.told, beginning: beginning,
            stream: stream, includeUsage: includeUsage, ignored: ignored.sorted())
    }

    mutating func read(_ key: String, _ value: JSONText) throws(MemberError) {
        switch key {
        case "model": model = try modelName(value)
        case "messages": messages = try Message.conversation(value, isContinued: &continuesMessage)
        case "tools": tools = try definitions(value) { fields, value throws(MemberError) in try fields.definition(value) }
        case "stop": stop = try sequences(value, upTo: limits.stops)
        case "max_tokens", "max_completion_tokens": maxTokens = min(maxTokens ?? .max, try value.whole(from: 1))
        case "parallel_tool_calls": parallelToolCalls = try value.flag()
        case "tool_choice": toolChoice = value
        case "response_format": format = try AnswerFormat(chat: value)
        case "continue_final_message": if try value.flag() { continuesMessage = true }
        case "stream": stream = try value.flag()
        case "stream_options":
            try value.eachMember { key, value throws(MemberError) in
                if key == "include_usage" { includeUsage = try value.flag() }
            }
        default:
            if try readHint(key, value) { return }
            if try ChatParameter.names(key, value) { ignored.insert(key) }
        }
    }

    func required<T>(_ name: String, _ value: T?) throws(MemberError) -> T {
        guard let value else { throw MemberError("is missing").inside(name) }
        return value
    }

    /// - Returns: Whether it is one of the hints that plugins can be told of.
    private mutating func readHint(_ key: String, _ value: JSONText) throws(MemberError) -> Bool {
        switch key {
        case "temperature": try hint(value, 0...100) { $0.temperature = $1 }
        case "top_p": try hint(value, 0...1) { $0.topP = $1 }
        case "min_p": try hint(value, 0...1) { $0.minP = $1 }
        case "frequency_penalty": try hint(value, -100...100) { $0.frequencyPenalty = $1 }
        case "presence_penalty": try hint(value, -100...100) { $0.presencePenalty = $1 }
        case "repetition_penalty", "repeat_penalty": try hint(value, 0...100) { $0.repetitionPenalty = $1 }
        case "top_k":
            let number = try value.whole(from: -1)
            hints = hints ?? GenerateOptions()
            hints?.topK = Int32(clamping: number)
        case "seed":
            guard value.kind == .number else { throw value.wrongKind("a number") }
            let number = try value.whole(from: .min)
            hints = hints ?? GenerateOptions()
            hints?.seed = Int64(number)
        case "reasoning_effort":
            let effort = try value.text()
            guard Self.efforts.contains(effort) else {
                throw MemberError("must be \(Self.efforts.dropLast().joined(separator: ", ")) or \(Self.efforts.last ?? ""), not \(quoted(effort))")
            }
            hints = hints ?? GenerateOptions()
            hints?.reasoningEffort = effort
        default: return false
        }
        return true
    }

    private static let efforts = ["none", "minimal", "low", "medium", "high", "xhigh"]

    mutating func hint(
        _ value: JSONText, _ range: ClosedRange<Double>, _ set: (inout GenerateOptions, Double) -> Void
    ) throws(MemberError) {
        guard value.kind == .number else { throw value.wrongKind("a number") }
        guard value.bytes.count <= limits.numberBytes, let number = value.double, range.contains(number) else {
            throw MemberError("must be a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
        }
        var changed = hints ?? GenerateOptions()
        set(&changed, number)
        hints = changed
    }

    /// `tool_choice`, which may stand before the tools.
    ///
    /// - Returns: And what is wrong with it, where the request's own tools are all that there are.
    func toolUse() throws(MemberError) -> (use: ToolUse, problem: MemberError?) {
        guard let toolChoice else { return (.auto, nil) }
        let use = try at("tool_choice") { () throws(MemberError) in try ToolUse(chat: toolChoice, namePath: namePath) }
        if case .named(let name) = use, !tools.isEmpty, !tools.contains(where: { $0.name == name }) {
            return (use, MemberError("is not among the tools: \(quoted(name))").inside(namePath).inside("tool_choice"))
        }
        return (use, tools.isEmpty && use.needsTools ? MemberError("asks for a call, and there are no tools").inside("tool_choice") : nil)
    }

    /// The last message, where it is to be gone on with.
    func takeBeginning(from messages: inout [Message]) throws(MemberError) -> String? {
        guard continuesMessage else { return nil }
        guard let last = messages.last, last.role == "assistant", last.toolCalls.isEmpty, last.parts.isEmpty, !last.content.isEmpty, messages.count > 1 else {
            throw MemberError("cannot be continued: only the text of an assistant can, behind another message").inside("messages[\(messages.count - 1)]")
        }
        guard format == .text, !(try toolUse().use.needsTools) else {
            throw ChatParameter.refusal("an answer that goes on from a text has no other format").inside("response_format")
        }
        messages.removeLast()
        return last.content
    }

    private func modelName(_ value: JSONText) throws(MemberError) -> String {
        let name = try value.text()
        guard !name.isEmpty else { throw MemberError("is empty") }
        guard name.utf8.count <= limits.modelBytes else {
            throw MemberError("names neither an agent nor an LLM plugin: \(quoted(name))", .modelNotFound)
        }
        return name
    }

    /// One stop sequence or several.
    ///
    /// - Parameter most: How many there may be.
    func sequences(_ value: JSONText, upTo most: Int) throws(MemberError) -> [String] {
        guard value.kind == .array else { return [try sequence(value)] }
        var sequences: [String] = []
        var bytes = 0
        try value.eachElement { index, value throws(MemberError) in
            guard index < most else { throw MemberError("exceeds the limit of \(most) sequences") }
            sequences.append(try sequence(value))
            bytes += sequences[index].utf8.count
            guard bytes <= limits.stopBytesTogether else { throw MemberError("exceeds the limit of \(limits.stopBytesTogether) bytes of all sequences") }
        }
        return sequences
    }

    private func sequence(_ value: JSONText) throws(MemberError) -> String {
        let text = try value.text(upTo: limits.stopBytes)
        guard !text.isEmpty else { throw MemberError("is empty: every answer would end before it begins") }
        return text
    }

    /// Reads `tools`.
    ///
    /// - Parameter definition: Reads one of them.
    mutating func definitions(
        _ value: JSONText, _ definition: (inout ChatFields, JSONText) throws(MemberError) -> ToolDefinition
    ) throws(MemberError) -> [ToolDefinition] {
        var tools: [ToolDefinition] = []
        var names: Set<String> = []
        try value.eachElement { index, value throws(MemberError) in
            guard index < limits.tools else { throw MemberError("exceeds the limit of \(limits.tools) tools") }
            let tool = try definition(&self, value)
            guard names.insert(tool.name).inserted else {
                throw MemberError("repeats the name of an earlier tool: \(tool.name)").inside(namePath)
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

    mutating func definition(ofFunction value: JSONText) throws(MemberError) -> ToolDefinition {
        var tool = ToolDefinition()
        var name: String?
        tool.parametersJson = #"{"type":"object","properties":{}}"#
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "name": name = try value.toolName()
            case "description": tool.description_p = try value.text()
            case "parameters":
                guard value.kind == .object else { throw value.wrongKind("an object") }
                tool.parametersJson = value.text
            case "strict": if try value.flag() { ignored.insert(namePath == "name" ? "tools.strict" : "tools.function.strict") }
            default: break
            }
        }
        tool.name = try required("name", name)
        return tool
    }
}

extension JSONText {
    /// A tool's name, as OpenAI and Anthropic allow it.
    func toolName() throws(MemberError) -> String {
        let name = try text()
        let isName = (1...ChatLimits.standard.toolNameBytes).contains(name.utf8.count) && name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isName else {
            throw MemberError("must be 1 to \(ChatLimits.standard.toolNameBytes) of a-z, A-Z, 0-9, _ and -, not \(quoted(name))")
        }
        return name
    }
}
