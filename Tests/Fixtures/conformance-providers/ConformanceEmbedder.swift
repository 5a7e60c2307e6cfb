public import HectorProviders

/// Counts bytes by their two lowest bits.
public struct ConformanceEmbedder: EmbedderProvider {
    public let about = PluginDescription(name: "conformance", version: "1.2.3", capabilities: ["embed_batch": "dimension,purpose"])

    public init() {}

    public func embed(_ text: String) async throws -> [Float] {
        guard !text.isEmpty else { throw ProviderError(.invalidRequest, "there is nothing to embed") }
        var vector: [Float] = [0, 0, 0, 0]
        for byte in text.utf8 { vector[Int(byte & 3)] += 1 }
        return vector
    }

    /// A vector of fewer dimensions is the beginning of the whole one; that of a question is negative.
    public func embedBatch(_ request: EmbedBatchRequest) async throws -> EmbedBatchResponse {
        guard (0...4).contains(request.dimension) else { throw ProviderError(.invalidRequest, "vectors have 4 dimensions at most") }
        var response = EmbedBatchResponse()
        for text in request.texts {
            var embedding = Embedding()
            embedding.vector = Array(try await embed(text).prefix(request.dimension == 0 ? 4 : Int(request.dimension)))
            if request.purpose == .query { embedding.vector = embedding.vector.map { -$0 } }
            response.embeddings.append(embedding)
        }
        response.tokensUsed = Int32(request.texts.count)
        return response
    }

    public func embedderInfo() async throws -> EmbedderInfo {
        var info = EmbedderInfo()
        info.modelName = "conformance-embedder"
        info.dimension = 4
        return info
    }
}
