import HectorCore
import HectorProviders

/// Puts an answer together from its pieces, within a bound and within what its `GenerationOptions` allow.
struct AnswerCollector: Sendable {
    private var text = ""
    private var toolCalls: [ToolCall] = []
    private var reported = GenerationEnd()
    /// A call that comes piece by piece.
    private var open: (index: Int32, call: ToolCall, isTaken: Bool)?
    /// The number of the next call that begins so.
    private var nextIndex: Int32 = 0
    /// Whether pieces of calls are handed on. Where an answer may be cut in the middle, calls are whole or not there.
    private let handsOnPieces: Bool
    /// Whether calls of tools do not belong to the answer.
    private let dropsCalls: Bool
    /// Whether the reader learns of calls as they come.
    private let tellsCalls: Bool
    /// Whether the reader was told anything.
    private var hasTold = false
    private var cutter: AnswerCutter
    private let stops: [String]
    /// Counted for each call of a tool beside its text.
    private let itemBytes: Int
    private let mostBytes: Int
    private var bytesLeft: Int

    init(limits: AgentLimits, options: GenerationOptions, wantsCallPieces: Bool = false, tellsCalls: Bool = true) {
        itemBytes = limits.itemBytes
        mostBytes = limits.answerBytes
        self.tellsCalls = tellsCalls
        bytesLeft = mostBytes
        handsOnPieces = wantsCallPieces && options.maxTokens == nil
        dropsCalls = options.toolChoice == .none
        cutter = AnswerCutter(options)
        stops = options.stop
    }

    /// Whether nothing further belongs to the answer.
    var isCut: Bool { cutter.end != nil }
    var isEmpty: Bool { text.isEmpty && toolCalls.isEmpty && open == nil && cutter.tokens == 0 }
    /// Whether something of the answer has come that this reader knows nothing of.
    func mayBeLost(to reader: TurnEventHandler?) -> Bool { !isEmpty && (reader == nil || !hasTold) }

    /// The answer as far as it has come.
    var answer: Answer {
        var answer = Answer(
            text: text, toolCalls: toolCalls, tokensUsed: isCut ? cutter.tokens : max(reported.tokensUsed, Int(reported.usage?.completionTokens ?? 0)),
            finishReason: ending)
        if !isCut { answer.usage = reported.usage }
        answer.stoppedAt = cutter.stoppedAt ?? modelStoppedAt
        return answer
    }

    /// The stop sequence that the model ended at by itself, where it was asked to and says so.
    private var modelStoppedAt: String? {
        guard !isCut, ending == .stop, stops.contains(reported.stopSequence) else { return nil }
        return reported.stopSequence
    }

    private var ending: Ending {
        if cutter.end == .length { return .length }
        switch isCut ? .unspecified : reported.finishReason {
        case .length: return .length
        case .contentFilter: return .contentFilter
        case .unspecified, .stop, .toolCalls, .UNRECOGNIZED: return toolCalls.isEmpty ? .stop : .toolCalls
        }
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
                try take(chunk, into: &taken.events)
            }
        } catch {
            taken.failure = error
        }
        taken.events = telling(taken.events)
        return taken
    }

    /// What of these events the reader is told.
    private mutating func telling(_ events: [TurnEvent]) -> [TurnEvent] {
        let told = tellsCalls ? events : events.filter { if case .text = $0 { true } else { false } }
        if !told.isEmpty { hasTold = true }
        return told
    }

    private mutating func take(_ chunk: StreamChunk, into events: inout [TurnEvent]) throws {
        guard !isCut else { return }
        switch chunk.type {
        case .text:
            if let event = try take(chunk.text, reported: Int(chunk.tokensUsed)) { events.append(event) }
        case .toolCall:
            if let event = closeCall() { events.append(event) }
            if !isCut, let event = try take(chunk.toolCall) { events.append(event) }
        case .toolCallDelta:
            for delta in chunk.toolCallDeltas where !isCut { try take(delta, into: &events) }
        case .done, .error, .UNRECOGNIZED:
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
        ended(GenerationEnd(response))
        return telling(events)
    }

    /// The model came to the end of its answer by itself.
    ///
    /// - Parameter end: As far as the model says it.
    mutating func ended(_ end: GenerationEnd) {
        reported = end
    }

    /// No further piece comes.
    ///
    /// - Returns: What was held back and belongs to the answer after all.
    mutating func finish() -> [TurnEvent] {
        let text = told(cutter.finish())
        return telling([text, isCut ? nil : closeCall()].compactMap { $0 })
    }

    private mutating func take(_ delta: ToolCallDelta, into events: inout [TurnEvent]) throws {
        if open?.index != delta.index {
            if let event = closeCall() { events.append(event) }
            guard !isCut else { return }
            guard delta.index == nextIndex, !delta.name.isEmpty else {
                throw ProviderError(.failed, "The model's provider sent a piece of a tool call that has no beginning.")
            }
            try spend(itemBytes + delta.id.utf8.count + delta.name.utf8.count)
            nextIndex += 1
            guard !handsOnPieces || dropsCalls || cutter.beginCall() else { return }
            var call = ToolCall()
            call.id = delta.id
            call.name = delta.name
            open = (delta.index, call, handsOnPieces && !dropsCalls)
        }
        try spend(delta.argumentsJson.utf8.count)
        let isFirst = open?.call.argumentsJson.isEmpty == true && !delta.name.isEmpty
        open?.call.argumentsJson += delta.argumentsJson
        guard handsOnPieces, !dropsCalls else { return }
        let head = isFirst ? ToolCallPiece.Head(id: delta.id, name: delta.name) : nil
        events.append(.toolCallPiece(ToolCallPiece(head: head, arguments: delta.argumentsJson)))
    }

    /// A call that came piece by piece is complete.
    ///
    /// - Returns: The call, where its pieces were not handed on.
    private mutating func closeCall() -> TurnEvent? {
        guard let (_, call, isTaken) = open else { return nil }
        open = nil
        if dropsCalls { return nil }
        if isTaken {
            cutter.endCall(call)
            toolCalls.append(call)
            return nil
        }
        guard cutter.take(call) else { return nil }
        toolCalls.append(call)
        return .toolCall(call)
    }

    private mutating func take(_ text: String, reported: Int) throws -> TurnEvent? {
        try spend(text.utf8.count)
        return told(cutter.take(text, reported: reported))
    }

    private mutating func take(_ call: ToolCall) throws -> TurnEvent? {
        try spend(itemBytes + call.id.utf8.count + call.name.utf8.count + call.argumentsJson.utf8.count)
        guard !dropsCalls, cutter.take(call) else { return nil }
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
                "The model's answer grew past \(mostBytes) bytes and was stopped: ask for a shorter one, or set max_tokens."
            )
        }
    }
}
