internal import HectorCore
internal import HectorLoad
internal import HectorProto
internal import HectorProviders
internal import HectorRPC
internal import SwiftProtobuf
internal import Synchronization

/// One plugin process, called directly, and held to the rules of its streams.
struct CheckedPlugin: LLMProvider, DatabaseProvider, EmbedderProvider, ToolProvider, ReasoningStrategy {
    let connection: ClientConnection
    let about: PluginDescription
    let common: ProviderMethods
    let limit: Duration

    private var options: CallOptions { CallOptions(timeout: limit) }

    private func unary<Q, R>(_ method: Method<Q, R>, _ request: Q) async throws -> R {
        try await telling(method.name) { try await connection.unary(method, request, options: options) }
    }

    /// - Parameter onMessage: Says what is wrong with a message by throwing.
    private func stream<Q, R>(_ method: Method<Q, R>, _ request: Q, _ onMessage: @escaping @Sendable (R) async throws -> Void) async throws {
        try await telling(method.name) {
            try await connection.serverStreaming(method, request, options: CallOptions(progress: .init(first: limit, next: limit))) { messages in
                for try await message in messages { try await onMessage(message) }
            }
        }
    }

    private func telling<T>(_ method: String, _ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as RPCError {
            throw ProviderError(error.providerCode, "\(method): \(singleLine("\(error)", limit: 500))", cause: error)
        }
    }

    private func check(_ method: String, _ success: Bool, _ error: String) throws {
        guard success, error.isEmpty else {
            throw Unfit("\(method) reports a failure in a valid response: \(quoted(error)). Prefer a gRPC status: hosts take this for INTERNAL")
        }
    }

    func health() async throws -> ProviderHealth {
        let answer = try await unary(common.health, HealthRequest())
        return ProviderHealth(isHealthy: answer.healthy, message: answer.message)
    }

    // MARK: language models

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse { try await unary(LLMProviderMethods.generate, request) }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @concurrent @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        try await chunks(LLMProviderMethods.generateStreaming, request, onChunk)
    }

    func generateFrom(
        _ request: GenerateFromRequest, onChunk: @escaping @concurrent @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        try await chunks(LLMProviderMethods.generateFrom, request, onChunk)
    }

    private func chunks<Q>(
        _ method: Method<Q, StreamChunk>, _ request: Q, _ onChunk: @escaping @concurrent @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        let end = Mutex<GenerationEnd?>(nil)
        try await stream(method, request) { chunk in
            guard end.withLock({ $0 == nil }) else { throw Unfit("\(method.name) sends a chunk behind DONE. DONE is the last one") }
            switch chunk.type {
            case .text, .toolCall, .toolCallDelta: try await onChunk(chunk)
            case .done:
                end.withLock { $0 = GenerationEnd(chunk) }
            case .error: throw Unfit("\(method.name) sends an ERROR chunk: \(quoted(chunk.error)). End the call with a gRPC status")
            case .UNRECOGNIZED(let value): throw Unfit("\(method.name) sends a chunk of the unknown type \(value)")
            }
        }
        guard let end = end.withLock({ $0 }) else { throw Unfit("\(method.name) ends without DONE. Send a chunk of type DONE last, with tokens_used") }
        return end
    }

    /// Calls that it works on, as it says behind a response; nil where it does not say.
    func callsAtWork() async throws -> Int? {
        let told = Mutex<Int?>(nil)
        var options = options
        options.onTrailers = { trailers in
            told.withLock { $0 = trailers.bytes(MeshMetadata.load, atMost: NodeReportLimits().loadReport).flatMap { LoadReport(bytes: $0) }?.inFlight }
        }
        _ = try await connection.unary(common.health, HealthRequest(), options: options)
        return told.withLock { $0 }
    }

    func countTokens(_ request: GenerateRequest) async throws -> Int {
        var asked = CountTokensRequest()
        asked.request = request
        return Int(try await unary(LLMProviderMethods.countTokens, asked).tokens)
    }

    func modelInfo() async throws -> ModelInfo { try await unary(LLMProviderMethods.getModelInfo, Empty()) }

    // MARK: databases

    func upsert(_ request: UpsertRequest) async throws {
        let answer = try await unary(DatabaseProviderMethods.upsert, request)
        try check("Upsert", answer.success, answer.error)
    }

    func search(_ request: SearchRequest) async throws -> [SearchResult] {
        let answer = try await unary(DatabaseProviderMethods.search, request)
        try check("Search", true, answer.error)
        return answer.results
    }

    func delete(collection: String, id: String) async throws {
        let answer = try await unary(DatabaseProviderMethods.delete, .with { ($0.collection, $0.id) = (collection, id) })
        try check("Delete", answer.success, answer.error)
    }

    func createCollection(_ collection: String, vectorSize: Int) async throws {
        let answer = try await unary(
            DatabaseProviderMethods.createCollection, .with { ($0.collection, $0.vectorSize) = (collection, UInt64(clamping: vectorSize)) })
        try check("CreateCollection", answer.success, answer.error)
    }

    func deleteCollection(_ collection: String) async throws {
        let answer = try await unary(DatabaseProviderMethods.deleteCollection, .with { $0.collection = collection })
        try check("DeleteCollection", answer.success, answer.error)
    }

    func upsertBatch(collection: String, records: [Record]) async throws {
        _ = try await unary(DatabaseProviderMethods.upsertBatch, .with { ($0.collection, $0.records) = (collection, records) })
    }

    func searchFiltered(_ request: SearchFilteredRequest) async throws -> [SearchResult] {
        let answer = try await unary(DatabaseProviderMethods.searchFiltered, request)
        try check("SearchFiltered", true, answer.error)
        return answer.results
    }

    func count(collection: String, filter: Filter?) async throws -> Int {
        var request = CountRequest()
        request.collection = collection
        if let filter { request.filter = filter }
        return Int(clamping: try await unary(DatabaseProviderMethods.count, request).count)
    }

    // MARK: embedders

    func embed(_ text: String) async throws -> [Float] {
        let answer = try await unary(EmbedderProviderMethods.embed, .with { $0.text = text })
        try check("Embed", true, answer.error)
        return answer.vector
    }

    func embedderInfo() async throws -> EmbedderInfo { try await unary(EmbedderProviderMethods.getEmbedderInfo, Empty()) }

    func embedBatch(_ request: EmbedBatchRequest) async throws -> EmbedBatchResponse { try await unary(EmbedderProviderMethods.embedBatch, request) }

    // MARK: tools

    func tools() async throws -> [Tool] { try await unary(ToolProviderMethods.listTools, ListToolsRequest()).tools }

    func call(
        _ request: CallToolRequest, onOutput: @escaping @concurrent @Sendable (ToolOutput) async throws -> Void
    ) async throws -> ToolEnd {
        let end = Mutex<ToolEnd?>(nil)
        try await stream(ToolProviderMethods.callTool, request) { output in
            guard end.withLock({ $0 == nil }) else { throw Unfit("CallTool sends output behind its end. The end is the last message") }
            if let problem = ToolLimits().problem(output) { throw Unfit("CallTool: \(problem)") }
            guard case .end(let told) = output.output else { return try await onOutput(output) }
            end.withLock { $0 = told }
        }
        guard let end = end.withLock({ $0 }) else { throw Unfit("CallTool ends without its end. Send `end` last, with `failed` where the tool failed") }
        return end
    }

    // MARK: strategies

    func decide(
        _ request: DecideRequest, onEvent: @escaping @concurrent @Sendable (DecideEvent) async throws -> Void
    ) async throws -> DecideEvent {
        let step = Mutex<DecideEvent?>(nil)
        try await stream(ReasoningStrategyMethods.decide, request) { event in
            guard step.withLock({ $0 == nil }) else { throw Unfit("Decide sends something behind its step. The step is the last message") }
            guard event.event != nil else { throw Unfit("Decide sends an empty event") }
            guard event.isStep else { return try await onEvent(event) }
            step.withLock { $0 = event }
        }
        guard let step = step.withLock({ $0 }) else { throw Unfit("Decide ends without a step. Send one, such as `answer` or `call_model`, last") }
        return step
    }
}
