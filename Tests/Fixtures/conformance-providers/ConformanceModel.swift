internal import Synchronization
public import HectorProviders

/// A language model that does what its prompt says, the same in memory, as a child and far away.
///
/// - `echo TEXT` answers TEXT, as one chunk a word.
/// - `count N` answers with N chunks.
/// - `forever NAME` streams until its reader is gone, or, asked for one piece, waits until it is cancelled.
/// - `state NAME` answers how that call is: `unknown`, `begun` or `cancelled`.
/// - `trace` answers with the request that its call belongs to, and the trace.
/// - `config` answers with the configuration that it was given, as `key=value`, sorted.
/// - `end` answers with the options that it got, and tells why it ends and what it used.
/// - `fail` fails after the first chunk.
/// - Anything else, the empty prompt too, is an invalid request.
public final class ConformanceModel: LLMProvider {
    public let about = PluginDescription(
        name: "conformance", version: "1.2.3", capabilities: ["options": "seed,tool_call_deltas", "generate_from": "images,text,tokens", "count_tokens": "true"])
    private let states = Mutex<[String: String]>([:])
    private let config = Mutex<[String: String]>([:])

    public init() {}

    public func initialize(config: [String: String]) async throws { self.config.withLock { $0 = config } }

    public func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        var response = GenerateResponse()
        let text = Mutex("")
        response.tokensUsed = Int32(try await answer(request, pausing: true) { piece in text.withLock { $0 += piece } })
        response.text = text.withLock { $0 }
        return response
    }

    public func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        guard request.messages.last?.content == "end" else {
            return GenerationEnd(tokensUsed: try await answer(request, pausing: false) { try await onChunk(.text($0)) })
        }
        let options = request.options
        try await onChunk(.text("seed \(options.seed), stop \(options.stop), format \(options.responseFormat.schemaJson)"))
        if options.toolCallDeltas { try await onChunk(.toolCallDelta(index: 0, id: "c", name: "f", arguments: "{}")) }
        var usage = Usage()
        (usage.promptTokens, usage.completionTokens, usage.cachedTokens, usage.reasoningTokens) = (4, 3, 2, 1)
        return GenerationEnd(tokensUsed: 3, finishReason: .contentFilter, usage: usage)
    }

    /// Says what it was asked to go on from, and what it was shown.
    public func generateFrom(
        _ request: GenerateFromRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        switch request.beginning {
        case .text(let text): try await onChunk(.text("behind \(text)"))
        case .tokens(let tokens): try await onChunk(.text("behind \(tokens.ids)"))
        case nil: break
        }
        for case .image(let image)? in request.request.messages.flatMap(\.parts).map(\.part) {
            try await onChunk(.text("\(image.mediaType) \(Array(image.data))"))
        }
        return GenerationEnd(tokensUsed: 1, finishReason: .stop)
    }

    /// One for each word and image.
    public func countTokens(_ request: GenerateRequest) async throws -> Int {
        guard !request.messages.isEmpty else { throw ProviderError(.invalidRequest, "there are no messages to count") }
        return request.messages.reduce(0) { $0 + $1.content.split(separator: " ").count + $1.parts.count }
    }

    public func modelInfo() async throws -> ModelInfo {
        var info = ModelInfo()
        info.modelName = "conformance-model"
        info.maxTokens = 4096
        info.temperature = 0.25
        return info
    }

    public func health() async throws -> ProviderHealth { ProviderHealth(isHealthy: true, message: "well") }

    private func answer(
        _ request: GenerateRequest, pausing: Bool, _ piece: (String) async throws -> Void
    ) async throws -> Int {
        let prompt = request.messages.last?.content ?? ""
        let parts = prompt.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts.first, parts.dropFirst().first) {
        case ("echo", let text?):
            var words = 0
            for word in text.split(separator: " ", omittingEmptySubsequences: false) {
                try await piece(words == 0 ? String(word) : " \(word)")
                words += 1
            }
            return words
        case ("config", nil):
            try await piece(config.withLock { $0.map { "\($0)=\($1)" }.sorted().joined(separator: " ") })
            return 1
        case ("count", let number?):
            guard let count = Int(number) else { throw ProviderError(.invalidRequest, "count what?") }
            for index in 0..<count { try await piece("\(index);") }
            return count
        case ("forever", let name?):
            states.withLock { $0[String(name)] = "begun" }
            do {
                while true {
                    if pausing { try await Task.sleep(for: .seconds(60)) } else { try await piece("more ") }
                    // A model takes its time: one that does not keeps every processor from the others.
                    try await Task.sleep(for: .milliseconds(1))
                }
            } catch {
                states.withLock { $0[String(name)] = "cancelled" }
                throw error
            }
        case ("trace", nil):
            try await piece("\(TraceContext.current?.requestID ?? "none") \(TraceContext.current?.traceParent ?? "none")")
            return 1
        case ("fail", nil):
            try await piece("half ")
            throw ProviderError(.exhausted, "out of paper")
        case ("state", let name?):
            try await piece(states.withLock { $0[String(name)] } ?? "unknown")
            return 1
        default: throw ProviderError(.invalidRequest, "there is nothing that can be done with this prompt")
        }
    }
}
