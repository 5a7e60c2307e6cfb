import HectorProviders

/// Puts an answer together from its pieces, within a bound and within what its `GenerationOptions` allow.
struct AnswerCollector: Sendable {
    private var text = ""
    private var toolCalls: [ToolCall] = []
    private var tokensReported = 0
    private var cutter: AnswerCutter
    private let limits: AgentLimits
    private var bytesLeft: Int

    init(limits: AgentLimits, options: GenerationOptions) {
        self.limits = limits
        bytesLeft = limits.answerBytes
        cutter = AnswerCutter(options)
    }

    /// Whether nothing further belongs to the answer.
    var isCut: Bool { cutter.end != nil }
    var isEmpty: Bool { text.isEmpty && toolCalls.isEmpty && cutter.tokens == 0 }

    /// The answer as far as it has come.
    var answer: Answer {
        Answer(
            text: text, toolCalls: toolCalls, tokensUsed: isCut ? cutter.tokens : tokensReported,
            finishReason: cutter.end == .length ? .length : toolCalls.isEmpty ? .stop : .toolCalls
        )
    }

    /// What chunks came to.
    struct Taken: Sendable {
        /// What to tell the reader.
        var events: [TurnEvent] = []
        /// `AgentError` past the bound; `ProviderError` for a chunk that `LLMProvider` does not allow. The events came before it.
        var failure: (any Error)?
    }

    /// Takes the next chunks; one that comes after the end of a cut answer is passed over.
    mutating func take(_ chunks: [StreamChunk]) -> Taken {
        var taken = Taken()
        do {
            for chunk in chunks {
                if let event = try take(chunk) { taken.events.append(event) }
            }
        } catch {
            taken.failure = error
        }
        return taken
    }

    private mutating func take(_ chunk: StreamChunk) throws -> TurnEvent? {
        guard !isCut else { return nil }
        switch chunk.type {
        case .text: return try take(chunk.text, reported: Int(chunk.tokensUsed))
        case .toolCall: return try take(chunk.toolCall)
        case .toolCallDelta, .done, .error, .UNRECOGNIZED:
            throw ProviderError(.failed, "The model's provider sent a chunk that is neither text nor a tool call.")
        }
    }

    /// Takes an answer that came in one piece.
    ///
    /// - Returns: What to tell the reader.
    mutating func take(_ response: GenerateResponse) throws -> [TurnEvent] {
        var events: [TurnEvent] = []
        if let event = try take(response.text, reported: 0) { events.append(event) }
        for call in response.toolCalls where !isCut {
            if let event = try take(call) { events.append(event) }
        }
        ended(tokensUsed: Int(response.tokensUsed))
        return events
    }

    /// The model came to the end of its answer by itself.
    ///
    /// - Parameter tokensUsed: 0 where the model does not say.
    mutating func ended(tokensUsed: Int) {
        tokensReported = tokensUsed
    }

    /// No further piece comes.
    ///
    /// - Returns: Text that was held back and belongs to the answer after all.
    mutating func finish() -> TurnEvent? {
        told(cutter.finish())
    }

    private mutating func take(_ text: String, reported: Int) throws -> TurnEvent? {
        try spend(text.utf8.count)
        return told(cutter.take(text, reported: reported))
    }

    private mutating func take(_ call: ToolCall) throws -> TurnEvent? {
        try spend(limits.itemBytes + call.id.utf8.count + call.name.utf8.count + call.argumentsJson.utf8.count)
        guard cutter.take(call) else { return nil }
        toolCalls.append(call)
        return .toolCall(call)
    }

    private mutating func told(_ certain: String) -> TurnEvent? {
        guard !certain.isEmpty else { return nil }
        text += certain
        return .text(certain)
    }

    private mutating func spend(_ bytes: Int) throws {
        bytesLeft -= bytes
        guard bytesLeft >= 0 else {
            throw AgentError(
                .answerTooLong,
                "The model's answer grew past \(limits.answerBytes) bytes and was stopped: ask for a shorter one, or set max_tokens."
            )
        }
    }
}
