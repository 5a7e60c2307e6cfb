internal import HectorAgents
internal import HectorCore
internal import HectorMesh
internal import HectorProto
internal import HectorProviders
internal import Synchronization

/// A language model somewhere in the mesh.
struct MeshLLMProvider: LLMProvider, LanguageModel {
    let caller: MeshCaller

    var about: PluginDescription { PluginDescription(name: caller.plugin.name, version: "") }

    func health() async throws -> ProviderHealth { try await caller.health(LLMProviderMethods.common) }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        try await caller.unary(LLMProviderMethods.generate, request)
    }

    // Without `@concurrent`, which the protocol means where it says nothing, this would not be its method but one beside it.
    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @concurrent @Sendable (StreamChunk) async throws -> Void
    ) async throws -> Int {
        try await stream(request) { for chunk in $0 { try await onChunk(chunk) } }
    }

    func stream(
        _ request: GenerateRequest, onChunks: @escaping @Sendable ([StreamChunk]) async throws -> Void
    ) async throws -> Int {
        let end = StreamEnd()
        try await caller.stream(LLMProviderMethods.generateStreaming, request) {
            guard end.hasContent.withLock({ $0 }) else {
                throw ProviderError(.failed, "\(caller.plugin.name): the stream ended empty, without DONE")
            }
        } inspect: { chunk -> StreamChunk? in
            if chunk.type != .text || !chunk.text.isEmpty { end.hasContent.withLock { $0 = true } }
            switch chunk.type {
            case .text: return chunk.text.isEmpty ? nil : chunk
            case .toolCall, .toolCallDelta: return chunk
            case .done:
                end.tokens.withLock { $0 = Int(chunk.tokensUsed) }
                return nil
            case .error: throw caller.failure(chunk.error)
            case .UNRECOGNIZED(let value):
                throw ProviderError(
                    .failed, "\(caller.plugin.name): a chunk of unknown type \(value); is the plugin newer than this host?")
            }
        } onParts: {
            try await onChunks($0)
        }
        return end.tokens.withLock { $0 }
    }

    func modelInfo() async throws -> ModelInfo {
        try await caller.unary(LLMProviderMethods.getModelInfo, Empty(), .inquiry)
    }
}

/// What the chunks of a stream say of its end.
private final class StreamEnd: Sendable {
    let tokens = Mutex(0)
    /// Whether any chunk said anything.
    let hasContent = Mutex(false)
}

/// A vector database somewhere in the mesh.
struct MeshDatabaseProvider: DatabaseProvider {
    let caller: MeshCaller

    var about: PluginDescription { PluginDescription(name: caller.plugin.name, version: "") }

    func health() async throws -> ProviderHealth { try await caller.health(DatabaseProviderMethods.common) }

    func upsert(_ request: UpsertRequest) async throws {
        _ = try await caller.unary(DatabaseProviderMethods.upsert, request) { try caller.check($0.success, $0.error) }
    }

    func search(_ request: SearchRequest) async throws -> [SearchResult] {
        try await caller.unary(DatabaseProviderMethods.search, request) { try caller.check(true, $0.error) }.results
    }

    func delete(collection: String, id: String) async throws {
        var request = DeleteRequest()
        request.collection = collection
        request.id = id
        _ = try await caller.unary(DatabaseProviderMethods.delete, request) { try caller.check($0.success, $0.error) }
    }

    func createCollection(_ collection: String, vectorSize: Int) async throws {
        var request = CreateCollectionRequest()
        request.collection = collection
        request.vectorSize = UInt64(clamping: vectorSize)
        _ = try await caller.unary(DatabaseProviderMethods.createCollection, request) { try caller.check($0.success, $0.error) }
    }

    func deleteCollection(_ collection: String) async throws {
        var request = DeleteCollectionRequest()
        request.collection = collection
        _ = try await caller.unary(DatabaseProviderMethods.deleteCollection, request) { try caller.check($0.success, $0.error) }
    }
}

/// An embedder somewhere in the mesh.
struct MeshEmbedderProvider: EmbedderProvider {
    let caller: MeshCaller

    var about: PluginDescription { PluginDescription(name: caller.plugin.name, version: "") }

    func health() async throws -> ProviderHealth { try await caller.health(EmbedderProviderMethods.common) }

    func embed(_ text: String) async throws -> [Float] {
        var request = EmbedRequest()
        request.text = text
        return try await caller.unary(EmbedderProviderMethods.embed, request) { response in
            try caller.check(true, response.error)
            guard !response.vector.isEmpty else {
                throw ProviderError(.failed, "\(caller.plugin.name): the response to Embed has no vector; is it a different message?")
            }
        }.vector
    }

    func embedderInfo() async throws -> EmbedderInfo {
        try await caller.unary(EmbedderProviderMethods.getEmbedderInfo, Empty(), .inquiry)
    }
}
