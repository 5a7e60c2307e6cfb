/// A language model. `Provider` describes the threads, concurrency, cancellation and errors of all methods.
///
/// The host may repeat a call on another replica after a failure, as long as no part of the answer has arrived. A model whose
/// calls cost money says so with `capabilities: {metered: true}` in its manifest: then calls that may have been paid for are
/// repeated only after a lost connection or `unavailable`.
///
/// A request may carry `options`: how to answer. A plugin follows those that it knows, and names them in its capability
/// `options`, for example `["options": "temperature,max_tokens,stop"]`, by the names of the fields of `GenerateOptions`. The host
/// tells callers which hints were left out, and holds the answer to the rest itself.
public protocol LLMProvider: Provider {
    /// Answers in one piece. The host's `mesh.call_timeout` limits the whole call (2 minutes by default).
    ///
    /// - Parameter request: The conversation, oldest message first, and the tools that the model may call.
    /// - Returns: The text, the tool calls, or both. `tokensUsed` is the number of tokens generated, or 0 if unknown.
    /// - Throws: `ProviderError` with `tooLarge` if the conversation exceeds the model's context, with `invalidRequest`
    ///   if it cannot be answered in this form, for example because it has no messages.
    func generate(_ request: GenerateRequest) async throws -> GenerateResponse

    /// Answers in pieces, as the model produces them.
    ///
    /// Send each piece as soon as it exists: the host's `mesh.call_timeout` limits the time to the first chunk and between
    /// chunks, not the whole answer. When the caller needs no more, because it disconnected or because its stop sequence or
    /// token limit was reached, the task is cancelled and `onChunk` throws.
    ///
    /// - Parameters:
    ///   - request: The conversation, oldest message first, and the tools that the model may call.
    ///   - onChunk: Sends one chunk: a `text` or a complete `toolCall`, or pieces of one (`toolCallDelta`) where
    ///     `options.toolCallDeltas` asks for them. Report errors by throwing from this method, and the
    ///     end by returning; do not send `DONE` or `ERROR` chunks. `onChunk` suspends while the reader is slow
    ///     (back-pressure). It throws when the call has ended, usually `CancellationError`: rethrow the error. Several tasks
    ///     of one call may call it concurrently; chunks are sent in the order of the calls, and all of these tasks wait for the reader. If a
    ///     waiting `onChunk` is cancelled, for example by a time limit of your own, its chunk is still sent.
    ///     For a text chunk that is not exactly one token, set its `tokensUsed` to the number of tokens.
    /// - Returns: The total number of tokens generated, and why the answer ended; 0 or `GenerationEnd()` if unknown.
    /// - Throws: `ProviderError` as `generate` does, also in the middle of the answer: the chunks sent so far remain valid, and
    ///   the caller receives the error after them.
    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd

    /// Answers what `GenerateRequest` cannot ask: messages with images (`Message.parts`), or an answer that goes on from a beginning,
    /// in pieces as `generateStreaming`.
    ///
    /// It is called only if the plugin declares it, with the capability `generate_from` and what it takes: `images`, `text`, `tokens`,
    /// separated by commas. A beginning is not repeated in the answer.
    func generateFrom(
        _ request: GenerateFromRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd

    /// Returns the model's name, the size of its context in tokens, and its sampling temperature; 0 for a number that is unknown.
    /// The default implementation returns only the plugin's name.
    func modelInfo() async throws -> ModelInfo

    /// Returns how many tokens the model reads for that request, exactly: with its template and the definitions of tools. Nothing is
    /// generated, and the options that only shape the answer do not matter.
    ///
    /// It is called only if the plugin declares it, with the capability `count_tokens`: `true`. Messages may have images
    /// (`Message.parts`) if the plugin takes them.
    func countTokens(_ request: GenerateRequest) async throws -> Int
}

extension LLMProvider {
    /// Sends the result of `generate` as one text chunk and one chunk for each tool call. For models that cannot stream.
    public func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        let response = try await generate(request)
        if !response.text.isEmpty { try await onChunk(.text(response.text)) }
        for call in response.toolCalls { try await onChunk(.toolCall(call)) }
        return GenerationEnd(response)
    }

    public func generateFrom(
        _ request: GenerateFromRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        throw ProviderError(.unsupported, "\(about.name) takes neither images nor the beginning of an answer")
    }

    public func countTokens(_ request: GenerateRequest) async throws -> Int {
        throw ProviderError(.unsupported, "\(about.name) does not count tokens")
    }

    public func modelInfo() async throws -> ModelInfo {
        var info = ModelInfo()
        info.modelName = about.name
        return info
    }
}

/// How a stream of chunks ended.
public struct GenerationEnd: Sendable, Equatable, ExpressibleByIntegerLiteral {
    /// All tokens generated; 0 if unknown.
    public var tokensUsed: Int
    /// Why the answer ended; `.unspecified` if the model does not tell.
    public var finishReason: FinishReason
    /// The tokens of the prompt and of the answer; nil if unknown.
    public var usage: Usage?
    /// The text of `options.stop` that ended the answer, where `finishReason` is `.stop`; empty for another end, or if unknown.
    public var stopSequence: String

    public init(tokensUsed: Int = 0, finishReason: FinishReason = .unspecified, usage: Usage? = nil, stopSequence: String = "") {
        self.tokensUsed = tokensUsed
        self.finishReason = finishReason
        self.usage = usage
        self.stopSequence = stopSequence
    }

    /// As an answer in one piece tells it.
    package init(_ response: GenerateResponse) {
        self.init(
            tokensUsed: Int(response.tokensUsed), finishReason: response.finishReason, usage: response.hasUsage ? response.usage : nil,
            stopSequence: response.stopSequence)
    }

    /// As the last chunk of a stream tells it.
    package init(_ chunk: StreamChunk) {
        self.init(
            tokensUsed: Int(chunk.tokensUsed), finishReason: chunk.finishReason, usage: chunk.hasUsage ? chunk.usage : nil,
            stopSequence: chunk.stopSequence)
    }

    /// That last chunk.
    package var chunk: StreamChunk {
        var done = StreamChunk()
        done.type = .done
        done.tokensUsed = Int32(clamping: tokensUsed)
        if finishReason != .unspecified { done.finishReason = finishReason }
        if let usage { done.usage = usage }
        done.stopSequence = stopSequence
        return done
    }

    /// That number of tokens, and nothing else is known.
    public init(integerLiteral tokens: Int) { self.init(tokensUsed: tokens) }
}

extension StreamChunk {
    /// A piece of the answer's text. The host counts it as one token, or by its length if it is long, unless `tokensUsed` is set.
    public static func text(_ text: String) -> StreamChunk {
        var chunk = StreamChunk()
        chunk.type = .text
        chunk.text = text
        return chunk
    }

    /// A complete tool call, with all its arguments.
    public static func toolCall(_ call: ToolCall) -> StreamChunk {
        var chunk = StreamChunk()
        chunk.type = .toolCall
        chunk.toolCall = call
        return chunk
    }

    /// A piece of a tool call; only where `options.toolCallDeltas` asks for it.
    ///
    /// - Parameters:
    ///   - index: The call's number within the answer, from 0.
    ///   - id: In the call's first piece, as its name.
    public static func toolCallDelta(index: Int, id: String = "", name: String = "", arguments: String) -> StreamChunk {
        var delta = ToolCallDelta()
        delta.index = Int32(clamping: index)
        delta.id = id
        delta.name = name
        delta.argumentsJson = arguments
        var chunk = StreamChunk()
        chunk.type = .toolCallDelta
        chunk.toolCallDeltas = [delta]
        return chunk
    }
}

extension Message {
    /// - Parameter role: `user`, `assistant`, `system` or `tool`.
    public init(role: String, content: String) {
        self.init()
        self.role = role
        self.content = content
    }
}
