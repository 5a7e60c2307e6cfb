/// A language model. `Provider` describes the threads, concurrency, cancellation and errors of all methods.
///
/// The host may repeat a call on another replica after a failure, as long as no part of the answer has arrived. A model whose
/// calls cost money says so with `capabilities: {metered: true}` in its manifest: then calls that may have been paid for are
/// repeated only after a lost connection or `unavailable`.
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
    ///   - onChunk: Sends one chunk: a `text` or a complete `toolCall`. Report errors by throwing from this method, and the
    ///     end by returning; do not send `DONE` or `ERROR` chunks. `onChunk` suspends while the reader is slow
    ///     (back-pressure). It throws when the call has ended, usually `CancellationError`: rethrow the error. Several tasks
    ///     of one call may call it concurrently; chunks are sent in the order of the calls, and all of these tasks wait for the reader. If a
    ///     waiting `onChunk` is cancelled, for example by a time limit of your own, its chunk is still sent.
    ///     For a text chunk that is not exactly one token, set its `tokensUsed` to the number of tokens.
    /// - Returns: The total number of tokens generated, or 0 if unknown.
    /// - Throws: `ProviderError` as `generate` does, also in the middle of the answer: the chunks sent so far remain valid, and
    ///   the caller receives the error after them.
    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> Int

    /// Returns the model's name, the size of its context in tokens, and its sampling temperature; 0 for a number that is unknown.
    /// The default implementation returns only the plugin's name.
    func modelInfo() async throws -> ModelInfo
}

extension LLMProvider {
    /// Sends the result of `generate` as one text chunk and one chunk for each tool call. For models that cannot stream.
    public func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> Int {
        let response = try await generate(request)
        if !response.text.isEmpty { try await onChunk(.text(response.text)) }
        for call in response.toolCalls { try await onChunk(.toolCall(call)) }
        return Int(response.tokensUsed)
    }

    public func modelInfo() async throws -> ModelInfo {
        var info = ModelInfo()
        info.modelName = about.name
        return info
    }
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
}

extension Message {
    /// - Parameter role: `user`, `assistant`, `system` or `tool`.
    public init(role: String, content: String) {
        self.init()
        self.role = role
        self.content = content
    }
}
