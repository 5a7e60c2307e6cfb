import HectorProviders

/// Puts a streamed answer together, within a bound.
struct AnswerCollector: Sendable {
    private(set) var answer = Answer()
    private var bytesLeft: Int

    init(limit: Int) {
        bytesLeft = limit
    }

    /// Takes the next chunk.
    /// - Returns: What to tell the reader; nil for a chunk that says nothing.
    /// - Throws: `AgentError` past the bound; `ProviderError` for a chunk that reports a failure.
    mutating func take(_ chunk: StreamChunk) throws -> TurnEvent? {
        switch chunk.type {
        case .text:
            guard !chunk.text.isEmpty else { return nil }
            try spend(chunk.text.utf8.count)
            answer.text += chunk.text
            return .text(chunk.text)
        case .toolCall:
            try take(chunk.toolCall)
            return .toolCall(chunk.toolCall)
        case .error:
            throw ProviderError(.failed, chunk.error.isEmpty ? "The model stopped without saying why." : chunk.error)
        case .done, .UNRECOGNIZED:
            return nil
        }
    }

    /// Takes an answer that came in one piece.
    mutating func take(_ response: GenerateResponse) throws {
        try spend(response.text.utf8.count)
        answer.text += response.text
        for call in response.toolCalls { try take(call) }
        answer.tokensUsed = Int(response.tokensUsed)
    }

    private mutating func take(_ call: ToolCall) throws {
        try spend(call.id.utf8.count + call.name.utf8.count + call.argumentsJson.utf8.count)
        answer.toolCalls.append(call)
    }

    private mutating func spend(_ bytes: Int) throws {
        bytesLeft -= bytes
        guard bytesLeft >= 0 else {
            throw AgentError(.answerTooLong, "The model's answer grew past the limit and was stopped.")
        }
    }
}
