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

    var isMetered: Bool { caller.metered ?? caller.router.isMetered(caller.plugin) }

    func health() async throws -> ProviderHealth { try await caller.health(LLMProviderMethods.common) }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        try await caller.unary(LLMProviderMethods.generate, request)
    }

    func generate(_ request: ModelRequest) async throws -> ModelAnswer {
        guard request.dependsOnReplica || !request.needs.isEmpty else { return ModelAnswer(try await generate(request.request)) }
        let seen = SeenAbilities()
        let response = try await caller.unary(
            LLMProviderMethods.generate, request.request, needs: request.needs, told: { request.told(to: seen.note($0)) })
        return ModelAnswer(response, abilities: seen.abilities)
    }

    // Without `@concurrent`, which the protocol means where it says nothing, this would not be its method but one beside it.
    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @concurrent @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        try await stream(LLMProviderMethods.generateStreaming, request) { for chunk in $0 { try await onChunk(chunk) } }
    }

    func generateFrom(
        _ request: GenerateFromRequest, onChunk: @escaping @concurrent @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        try await stream(LLMProviderMethods.generateFrom, request, needs: Self.needs(request)) { for chunk in $0 { try await onChunk(chunk) } }
    }

    func stream(
        _ request: ModelRequest, onChunks: @escaping @Sendable ([StreamChunk]) async throws -> Void
    ) async throws -> ModelEnd {
        guard request.dependsOnReplica || !request.needs.isEmpty else {
            return ModelEnd(try await stream(LLMProviderMethods.generateStreaming, request.request, onChunks: onChunks))
        }
        return try await streamByAbilities(request, onChunks)
    }

    /// A stream that not every replica can make, or that is asked for by what the replica can do.
    @inline(never) private func streamByAbilities(
        _ request: ModelRequest, _ onChunks: @escaping @Sendable ([StreamChunk]) async throws -> Void
    ) async throws -> ModelEnd {
        let seen = SeenAbilities()
        let end: GenerationEnd
        if request.isFrom {
            end = try await stream(
                LLMProviderMethods.generateFrom, request.from(request.request), needs: request.needs,
                told: { request.from(request.told(to: seen.note($0))) }, onChunks: onChunks)
        } else {
            end = try await stream(
                LLMProviderMethods.generateStreaming, request.request, needs: request.needs,
                told: { request.told(to: seen.note($0)) }, onChunks: onChunks)
        }
        return ModelEnd(end, abilities: seen.abilities)
    }

    func abilities(meeting needs: Abilities) -> Abilities { caller.router.commonAbilities(caller.plugin, needs: needs) ?? [] }

    func mayMeet(_ needs: Abilities) -> Bool { caller.router.mayMeet(needs, caller.plugin) }

    private static func needs(_ request: GenerateFromRequest) -> Abilities {
        var needs: Abilities = request.request.messages.contains { !$0.parts.isEmpty } ? .generateFromImages : []
        switch request.beginning {
        case .text: needs.insert(.generateFromText)
        case .tokens: needs.insert(.generateFromTokens)
        case nil: break
        }
        return needs
    }

    private func stream<Q>(
        _ method: Method<Q, StreamChunk>, _ request: Q, needs: Abilities = [], told: (@Sendable (Abilities) -> Q)? = nil,
        onChunks: @escaping @Sendable ([StreamChunk]) async throws -> Void
    ) async throws -> GenerationEnd {
        let end = StreamEnd()
        try await caller.stream(method, request, needs: needs, told: told) {
            guard end.hasContent.withLock({ $0 }) else {
                throw ProviderError(.failed, "\(caller.plugin.name): the stream ended empty, without DONE")
            }
        } inspect: { chunk -> StreamChunk? in
            if chunk.type != .text || !chunk.text.isEmpty { end.hasContent.withLock { $0 = true } }
            switch chunk.type {
            case .text: return chunk.text.isEmpty ? nil : chunk
            case .toolCall, .toolCallDelta: return chunk
            case .done:
                end.end.withLock { $0 = GenerationEnd(chunk) }
                return nil
            case .error: throw caller.failure(chunk.error)
            case .UNRECOGNIZED(let value):
                throw ProviderError(
                    .failed, "\(caller.plugin.name): a chunk of unknown type \(value); is the plugin newer than this host?")
            }
        } onParts: {
            try await onChunks($0)
        }
        return end.end.withLock { $0 }
    }

    func countTokens(_ request: GenerateRequest) async throws -> Int {
        var asked = ModelRequest(request)
        if request.messages.contains(where: { !$0.parts.isEmpty }) { asked.needs = .generateFromImages }
        return try await countTokens(asked)
    }

    func countTokens(_ request: ModelRequest) async throws -> Int {
        var asked = CountTokensRequest()
        asked.request = request.request
        let needs = request.needs.union(.countTokens)
        let response = try await caller.unary(LLMProviderMethods.countTokens, asked, .inquiry, needs: needs) { response in
            guard response.tokens > 0 else { throw ProviderError(.failed, "\(caller.plugin.name): CountTokens counts no tokens") }
        } told: { abilities in
            var told = CountTokensRequest()
            told.request = request.told(to: abilities)
            return told
        }
        return Int(response.tokens)
    }

    func modelInfo() async throws -> ModelInfo {
        try await caller.unary(LLMProviderMethods.getModelInfo, Empty(), .inquiry)
    }
}

/// What the chunks of a stream say of its end.
private final class StreamEnd: Sendable {
    let end = Mutex(GenerationEnd())
    /// Whether any chunk said anything.
    let hasContent = Mutex(false)
}

/// What the replica can do that was asked last.
private final class SeenAbilities: Sendable {
    private let seen = Mutex(Abilities())

    var abilities: Abilities { seen.withLock { $0 } }

    func note(_ abilities: Abilities) -> Abilities {
        seen.withLock { $0 = abilities }
        return abilities
    }
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

    /// Record by record where no known replica takes batches.
    func upsertBatch(collection: String, records: [Record]) async throws {
        guard caller.isDeclared(.upsertBatch) else { return try await upsertEach(of: records, in: collection) }
        var request = UpsertBatchRequest()
        request.collection = collection
        request.records = records
        _ = try await caller.unary(DatabaseProviderMethods.upsertBatch, request, needs: .upsertBatch)
    }

    func searchFiltered(_ request: SearchFilteredRequest) async throws -> [SearchResult] {
        try await caller.unary(DatabaseProviderMethods.searchFiltered, request, needs: .searchFiltered) { try caller.check(true, $0.error) }.results
    }

    func count(collection: String, filter: Filter?) async throws -> Int {
        var request = CountRequest()
        request.collection = collection
        if let filter { request.filter = filter }
        return Int(clamping: try await caller.unary(DatabaseProviderMethods.count, request, needs: .count).count)
    }
}

/// An embedder somewhere in the mesh.
struct MeshEmbedderProvider: EmbedderProvider, Embedder {
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

    var abilities: Abilities { caller.router.commonAbilities(caller.plugin, needs: []) ?? [] }

    var takesBatches: Bool { caller.isDeclared(.embedBatch) }

    func mayMeet(_ needs: Abilities) -> Bool { caller.router.mayMeet(needs, caller.plugin) }

    var whyNotReady: String? {
        caller.isDeclared([]) ? nil : caller.router.snapshot().whyNotReady(plugin: caller.plugin.name) ?? "The embedder was not ready; try again."
    }

    /// Text by text where no known replica takes batches. A dimension is refused there; a purpose is left out, since a model that knows
    /// none makes one vector for all.
    func embedBatch(_ request: EmbedBatchRequest) async throws -> EmbedBatchResponse {
        guard request.dimension != 0 || caller.isDeclared(.embedBatch) else { return try await embedEach(of: request.texts) }
        var needs: Abilities = .embedBatch
        if request.dimension != 0 { needs.insert(.embedDimension) }
        // All of one name make the same vectors of a text: where one knows purposes, only those are asked that do.
        if request.purpose != .unspecified, caller.isDeclared(.embedPurpose) { needs.insert(.embedPurpose) }
        return try await caller.unary(EmbedderProviderMethods.embedBatch, request, needs: needs) { response in
            guard response.embeddings.count == request.texts.count, response.embeddings.allSatisfy({ !$0.vector.isEmpty }) else {
                throw ProviderError(
                    .failed, "\(caller.plugin.name): \(response.embeddings.count) vectors for \(request.texts.count) texts, or empty ones")
            }
        }
    }
}
