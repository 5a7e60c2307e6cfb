// A language model that plays a part: it calls tools (`use TOOL ARGUMENTS` in a line calls that one), answers in JSON, looks at images, and takes its time where a word asks for it. So
// clients of HTTP APIs can be shown everything that an answer can be.
import HectorPlugin

struct Actor: LLMProvider {
    let about = PluginDescription(
        name: "actor", version: "1.0.0",
        capabilities: ["options": "temperature,seed,max_tokens,tool_choice,tool_call_deltas,response_format", "generate_from": "images", "count_tokens": "true"])

    func countTokens(_ request: GenerateRequest) async throws -> Int {
        max(1, request.messages.reduce(0) { $0 + $1.content.split(separator: " ").count })
    }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        var response = GenerateResponse()
        response.finishReason = .stop
        let part = Part(request)
        response.text = part.words.joined()
        response.toolCalls = part.calls
        if !part.calls.isEmpty { response.finishReason = .toolCalls }
        response.usage = part.usage
        response.tokensUsed = part.usage.completionTokens
        try await part.rest()
        return response
    }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        let part = Part(request)
        for word in part.words {
            try await onChunk(.text(word))
            try await part.rest()
        }
        for (index, call) in part.calls.enumerated() {
            guard request.options.toolCallDeltas else {
                try await onChunk(.toolCall(call))
                continue
            }
            try await onChunk(.toolCallDelta(index: index, id: call.id, name: call.name, arguments: ""))
            for piece in call.argumentsJson.split(after: ":") { try await onChunk(.toolCallDelta(index: index, arguments: piece)) }
        }
        return GenerationEnd(
            tokensUsed: Int(part.usage.completionTokens), finishReason: part.calls.isEmpty ? .stop : .toolCalls, usage: part.usage)
    }

    func generateFrom(
        _ request: GenerateFromRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        try await generateStreaming(request.request, onChunk: onChunk)
    }
}

/// What it says to a request.
struct Part {
    private(set) var words: [String] = []
    private(set) var calls: [ToolCall] = []
    private(set) var usage = Usage()
    private var isSlow = false

    init(_ request: GenerateRequest) {
        let asked = request.messages.last { $0.role == "user" }
        let text = asked.map { $0.parts.isEmpty ? $0.content : Self.seen($0) } ?? ""
        isSlow = text.contains("slowly")
        usage.promptTokens = Int32(request.messages.reduce(0) { $0 + $1.content.split(separator: " ").count })
        let results = request.messages.reversed().prefix { $0.role == "tool" }.reversed()
        if !results.isEmpty {
            words = "The tool said: \(results.map(\.content).joined(separator: "; "))".split(after: " ")
        } else if !request.tools.isEmpty, let used = Self.used(text) {
            calls = used
        } else if request.options.responseFormat.kind != .text {
            words = #"{"name": "Ada", "age": 36}"#.split(after: " ")
        } else if !request.tools.isEmpty, request.options.toolChoice.mode != .none, text.contains("weather") || request.options.toolChoice.mode == .required {
            let cities = text.contains("both") && !request.options.singleToolCall ? ["Paris", "Rome"] : ["Paris"]
            calls = cities.enumerated().map { index, city in
                var call = ToolCall()
                call.id = "call-\(index + 1)"
                call.name = request.tools[0].name
                call.argumentsJson = #"{"city":"\#(city)"}"#
                return call
            }
        } else {
            words = text.split(after: " ")
        }
        usage.completionTokens = Int32(max(words.count, calls.count))
    }

    /// The calls of a text whose lines are `use TOOL ARGUMENTS`.
    private static func used(_ text: String) -> [ToolCall]? {
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("use ") }
        guard !lines.isEmpty else { return nil }
        return lines.enumerated().map { index, line in
            let parts = line.split(separator: " ", maxSplits: 2)
            var call = ToolCall()
            call.id = "call-\(index + 1)"
            call.name = String(parts[1])
            call.argumentsJson = parts.count > 2 ? String(parts[2]) : ""
            return call
        }
    }

    /// Between words, where it is to take its time.
    func rest() async throws { if isSlow { try await Task.sleep(for: .milliseconds(200)) } }

    private static func seen(_ message: Message) -> String {
        message.parts.map { part in
            switch part.part {
            case .text(let text): text + " "
            case .image(let image): "[\(image.mediaType), \(image.data.count) bytes]"
            case nil: ""
            }
        }.joined()
    }
}

extension String {
    /// Cut behind each of that character.
    fileprivate func split(after character: Character) -> [String] {
        var parts = [""]
        for next in self {
            parts[parts.count - 1].append(next)
            if next == character { parts.append("") }
        }
        return parts.filter { !$0.isEmpty }
    }
}

try await serve(Actor())
