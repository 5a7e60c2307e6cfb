// A language model that answers with what it was asked, word by word: the smallest whole plugin, with options.
import HectorPlugin

struct EchoModel: LLMProvider {
    let about = PluginDescription(
        name: "echo-llm", version: "0.1.0", author: "The Hector authors",
        summary: "Answers with the last user message",
        capabilities: [
            "streaming": "true",
            // The options that it knows, by the names of the fields of GenerateOptions.
            "options": "temperature,top_p,seed,max_tokens,tool_choice,tool_call_deltas",
            // What it takes in generateFrom.
            "generate_from": "images,text",
        ])

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let answer = try Answer(request)
        var response = GenerateResponse()
        response.text = answer.words.joined()
        if let call = answer.call { response.toolCalls = [call] }
        response.tokensUsed = Int32(clamping: answer.words.count)
        response.finishReason = answer.finishReason
        response.usage = answer.usage
        return response
    }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        try await send(try Answer(request), request.options, onChunk)
    }

    func generateFrom(
        _ request: GenerateFromRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        try await send(try Answer(request.request, from: request.text), request.request.options, onChunk)
    }

    private func send(
        _ answer: Answer, _ options: GenerateOptions, _ onChunk: @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        for word in answer.words { try await onChunk(.text(word)) }
        if let call = answer.call {
            if options.toolCallDeltas {
                try await onChunk(.toolCallDelta(index: 0, id: call.id, name: call.name, arguments: ""))
                for character in call.argumentsJson { try await onChunk(.toolCallDelta(index: 0, arguments: String(character))) }
            } else {
                try await onChunk(.toolCall(call))
            }
        }
        return GenerationEnd(tokensUsed: answer.words.count, finishReason: answer.finishReason, usage: answer.usage)
    }
}

/// What the model says to a request.
struct Answer {
    /// Cut behind each space.
    private(set) var words: [String]
    private(set) var call: ToolCall?
    private(set) var finishReason = FinishReason.stop
    private(set) var usage = Usage()

    /// - Parameter beginning: What the answer goes on from: it is not said again.
    init(_ request: GenerateRequest, from beginning: String = "") throws {
        guard let message = request.messages.last(where: { $0.role == "user" }) else {
            throw ProviderError(.invalidRequest, "there is no user message to echo")
        }
        let options = request.options
        var text = Self.text(of: message)
        guard !text.isEmpty else { throw ProviderError(.invalidRequest, "there is no user message to echo") }
        // To be seen by people and tests: the options as they came.
        if text == "options" { text = Self.described(options) }
        if text.hasPrefix(beginning) { text.removeFirst(beginning.count) }
        words = Self.cut(text)
        usage.promptTokens = Int32(clamping: request.messages.reduce(0) { $0 + Self.cut(Self.text(of: $1)).count })
        if options.toolChoice.mode == .required || options.toolChoice.mode == .named, let tool = request.tools.first {
            words = []
            call = ToolCall.with(id: "call-1", name: tool.name, arguments: "{\"text\":\"\(text.filter { $0.isLetter || $0 == " " })\"}")
            finishReason = .toolCalls
        }
        if options.maxTokens > 0, words.count > Int(options.maxTokens) {
            words.removeLast(words.count - Int(options.maxTokens))
            finishReason = .length
        }
        usage.completionTokens = Int32(clamping: words.count)
    }

    /// Its text, and of each image its type and size.
    private static func text(of message: Message) -> String {
        guard !message.parts.isEmpty else { return message.content }
        return message.parts.map { part in
            switch part.part {
            case .text(let text): text
            case .image(let image): "[\(image.mediaType), \(image.data.count) bytes]"
            case nil: ""
            }
        }.joined()
    }

    private static func described(_ options: GenerateOptions) -> String {
        var words: [String] = []
        if options.hasTemperature { words.append("temperature=\(options.temperature)") }
        if options.hasTopP { words.append("top_p=\(options.topP)") }
        if options.hasSeed { words.append("seed=\(options.seed)") }
        if options.hasReasoningEffort { words.append("reasoning_effort=\(options.reasoningEffort)") }
        if options.maxTokens > 0 { words.append("max_tokens=\(options.maxTokens)") }
        if !options.stop.isEmpty { words.append("stop=\(options.stop.joined(separator: "|"))") }
        return words.isEmpty ? "none" : words.joined(separator: " ")
    }

    private static func cut(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        for character in text {
            word.append(character)
            if character == " " {
                words.append(word)
                word = ""
            }
        }
        return word.isEmpty ? words : words + [word]
    }
}

extension ToolCall {
    fileprivate static func with(id: String, name: String, arguments: String) -> ToolCall {
        var call = ToolCall()
        call.id = id
        call.name = name
        call.argumentsJson = arguments
        return call
    }
}

try await serve(EchoModel())
