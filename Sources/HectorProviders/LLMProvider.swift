/// A language model. `Provider` says on which thread its methods run, and what they throw.
public protocol LLMProvider: Provider {
    /// Answers in one piece.
    ///
    /// - Throws: `ProviderError` with `tooLarge` for a conversation that is longer than the model takes, with `invalidRequest`
    ///   for one that cannot be answered as it is.
    func generate(_ request: GenerateRequest) async throws -> GenerateResponse

    /// Answers piece by piece, as the model produces it.
    ///
    /// Many calls run at the same time, each in a task of its own. The task is cancelled when the caller goes away or its
    /// deadline passes; closures of `withTaskCancellationHandler` then run on the thread that serves the connection, and
    /// must not block it.
    ///
    /// - Parameter onChunk: Takes each text or tool call in order, and nothing else: what goes wrong is thrown. It suspends
    ///   while the reader is slow, and throws when the reader is gone or has all that it wants (`CancellationError` where the
    ///   task was cancelled, too): let that error pass. Several tasks of a call may use it at the same time: chunks go out in
    ///   the order in which it was called, and all of them wait together. A chunk whose wait is cancelled by a time limit of
    ///   your own is sent all the same. `tokensUsed` of a text says how many tokens it holds, where that is not one.
    /// - Returns: The number of tokens used, 0 where it is unknown.
    /// - Throws: What ended the answer early; chunks already handed over stay valid.
    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> Int

    /// The model's name, the longest conversation that it takes in tokens, and its temperature; 0 for what is unknown.
    func modelInfo() async throws -> ModelInfo
}

extension LLMProvider {
    /// The whole answer as one chunk, for a model that cannot stream.
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
    public static func text(_ text: String) -> StreamChunk {
        var chunk = StreamChunk()
        chunk.type = .text
        chunk.text = text
        return chunk
    }

    public static func toolCall(_ call: ToolCall) -> StreamChunk {
        var chunk = StreamChunk()
        chunk.type = .toolCall
        chunk.toolCall = call
        return chunk
    }
}

extension Message {
    public init(role: String, content: String) {
        self.init()
        self.role = role
        self.content = content
    }
}
