internal import HectorCore
internal import HectorPlugin
internal import HectorProto

/// An answer as it comes, event by event: what goes on to the host, and what is known at the end. A pure value.
struct ChatAnswer: Sendable {
    /// What an event brought.
    enum Output: Sendable, Equatable {
        /// `tokens`: the ids that it consists of; empty where they are not told, or do not spell it.
        case text(String, tokens: [Int32] = [])
        /// A piece of a call; `id` and `name` in its first one.
        case piece(index: Int, id: String, name: String, arguments: String)
    }

    /// What makes an answer no answer.
    enum Trouble: Error, Equatable {
        case notJSON
        case failed(OpenAIError)
        case tooManyCalls
        case argumentsTooLong
    }

    private struct Call {
        /// The number that the engine gives it; nil where it gives none.
        var number: Int?
        var id: String
        var name: String
        var arguments = ""
        /// The id that the engine gave it; empty: none.
        var given: String
    }

    private let limits: BuiltinLimits
    /// Begins the ids of calls that the engine gives none; unique within the conversation.
    private let idStem: String
    private var calls: [Call] = []
    private var argumentBytes = 0
    private var usage: Usage?
    private var reason: FinishReason = .unspecified
    /// What llama.cpp's `/completion` has counted so far.
    private var predicted = 0
    private(set) var hasText = false
    /// Whether the engine said that it is over.
    private(set) var isOver = false

    init(idStem: String, limits: BuiltinLimits) {
        self.idStem = idStem
        self.limits = limits
    }

    /// All calls so far.
    var toolCalls: [ToolCall] {
        calls.map { call in
            var complete = ToolCall()
            complete.id = call.id
            complete.name = call.name
            complete.argumentsJson = call.arguments.isEmpty ? "{}" : call.arguments
            return complete
        }
    }

    /// Nil where the engine stopped in the middle.
    var end: GenerationEnd? {
        guard isOver || reason != .unspecified else { return nil }
        // Some say STOP where they call.
        let reason = !calls.isEmpty && (self.reason == .stop || self.reason == .unspecified) ? .toolCalls : self.reason
        return GenerationEnd(tokensUsed: Int(usage?.completionTokens ?? 0), finishReason: reason, usage: usage)
    }

    /// Takes the data of one event, or an answer in one piece.
    mutating func read(_ data: [UInt8]) throws(Trouble) -> [Output] {
        if data == Array("[DONE]".utf8) {
            isOver = true
            return []
        }
        guard let json = try? JSONText(data), json.kind == .object else { throw .notJSON }
        if let error = json["error"], !error.isNull { throw .failed(OpenAIError(inStream: error)) }
        if json["choices"] == nil, let text = json["content"]?.string { return completion(text, json) }
        if let told = json["usage"], told.kind == .object { usage = Usage(openAI: told) }
        var output: [Output] = []
        // One answer is asked for.
        var choice: JSONText?
        json["choices"]?.forEachElement { index, value in if index == 0 { choice = value } }
        guard let choice else { return [] }
        if let delta = choice["delta"] ?? choice["message"] {
            for key in ["content", "refusal"] {
                guard let text = delta[key]?.string, !text.isEmpty else { continue }
                hasText = true
                output.append(.text(text, tokens: key == "content" ? Self.tokens(of: text, in: choice) : []))
                if key == "refusal" { reason = .contentFilter }
            }
            var pieces: [JSONText] = []
            delta["tool_calls"]?.forEachElement { pieces.append($1) }
            for piece in pieces { output.append(try take(piece)) }
        }
        // A completion has its text without a message.
        if let text = choice["text"]?.string, !text.isEmpty {
            hasText = true
            output.append(.text(text, tokens: Self.tokens(of: text, in: choice)))
        }
        if let word = choice["finish_reason"]?.string, reason != .contentFilter { reason = FinishReason(openAI: word) }
        return output
    }

    /// An event of llama.cpp's `POST /completion`.
    private mutating func completion(_ text: String, _ json: JSONText) -> [Output] {
        var ids: [Int32] = []
        json["tokens"]?.forEachElement { if let id = $1.int { ids.append(Int32(clamping: id)) } }
        let count = json["tokens_predicted"]?.int ?? 0
        // Of a character that several tokens make, it tells the last one only.
        if ids.count != count - predicted { ids = [] }
        predicted = count
        if json["stop"]?.bool == true {
            isOver = true
            reason = json["stop_type"]?.string == "limit" ? .length : .stop
            var used = Usage()
            (used.promptTokens, used.completionTokens) = (Int32(clamping: json["tokens_evaluated"]?.int ?? 0), Int32(clamping: count))
            used.cachedTokens = Int32(clamping: json["timings"]?["cache_n"]?.int ?? 0)
            usage = used
        }
        guard !text.isEmpty else { return [] }
        hasText = true
        return [.text(text, tokens: ids)]
    }

    /// vLLM tells the ids of a piece; llama.cpp tells of each token what it spells, and leaves out those that end no character.
    private static func tokens(of text: String, in choice: JSONText) -> [Int32] {
        var ids: [Int32] = []
        if let told = choice["token_ids"], told.forEachElement({ if let id = $1.int { ids.append(Int32(clamping: id)) } }) { return ids }
        var spelled: [UInt8] = []
        choice["logprobs"]?["content"]?.forEachElement { _, token in
            guard let id = token["id"]?.int else { return }
            ids.append(Int32(clamping: id))
            token["bytes"]?.forEachElement { if let byte = $1.int { spelled.append(UInt8(truncatingIfNeeded: byte)) } }
        }
        return spelled == Array(text.utf8) ? ids : []
    }

    private mutating func take(_ piece: JSONText) throws(Trouble) -> Output {
        let number = piece["index"]?.int
        let id = piece["id"]?.string ?? ""
        let function = piece["function"]
        let name = function?["name"]?.string ?? ""
        // A text, by the API; some engines write the object itself.
        let arguments = function?["arguments"].map { $0.string ?? ($0.isNull ? "" : $0.text) } ?? ""
        argumentBytes += arguments.utf8.count
        guard argumentBytes <= limits.argumentBytes else { throw .argumentsTooLong }
        if let index = index(ofCall: number, id: id, name: name) {
            calls[index].arguments += arguments
            // A name comes whole; some repeat it with every piece.
            let isFirstName = calls[index].name.isEmpty && !name.isEmpty
            if isFirstName { calls[index].name = name }
            return .piece(index: index, id: "", name: isFirstName ? name : "", arguments: arguments)
        }
        guard calls.count < limits.toolCalls else { throw .tooManyCalls }
        let index = calls.count
        calls.append(Call(number: number, id: id.isEmpty ? "\(idStem)-\(index)" : id, name: name, arguments: arguments, given: id))
        return .piece(index: index, id: calls[index].id, name: name, arguments: arguments)
    }

    /// The call that a piece belongs to; nil for a new one. Engines that number all calls 0, or none, tell them apart by their ids.
    private func index(ofCall number: Int?, id: String, name: String) -> Int? {
        let last = calls.lastIndex { number == nil || $0.number == number }
        guard let last else { return nil }
        if !id.isEmpty { return calls[last].given == id ? last : nil }
        // Without numbers and ids, a name begins the next call.
        return number == nil && !name.isEmpty ? nil : last
    }
}

extension Usage {
    fileprivate init(openAI json: JSONText) {
        self.init()
        func count(_ value: JSONText?) -> Int32 { Int32(clamping: value?.int ?? 0) }
        promptTokens = count(json["prompt_tokens"])
        completionTokens = count(json["completion_tokens"])
        cachedTokens = count(json["prompt_tokens_details"]?["cached_tokens"])
        reasoningTokens = count(json["completion_tokens_details"]?["reasoning_tokens"])
    }
}

extension FinishReason {
    fileprivate init(openAI word: String) {
        switch word {
        case "stop", "eos", "end_turn", "stop_sequence": self = .stop
        case "length", "max_tokens": self = .length
        case "tool_calls", "function_call": self = .toolCalls
        case "content_filter": self = .contentFilter
        default: self = .unspecified
        }
    }
}
