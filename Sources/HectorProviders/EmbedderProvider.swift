/// Turns text into vectors. `Provider` describes the threads, concurrency, cancellation and errors of all methods.
public protocol EmbedderProvider: Provider {
    /// Returns the vector of one text.
    ///
    /// The host may repeat the call on another replica after a failure.
    ///
    /// - Parameter text: One text; many calls run at the same time.
    /// - Returns: Exactly `embedderInfo().dimension` elements; never empty, since the host treats an empty vector as a failure
    ///   of the replica. Vectors need not have length 1: normalize them if the database compares by dot product.
    /// - Throws: `ProviderError` with `tooLarge` if the text is longer than the model accepts (unless it is truncated), with
    ///   `invalidRequest` if it cannot be embedded, for example because it is empty.
    func embed(_ text: String) async throws -> [Float]

    /// Returns the model's name and the number of elements in its vectors. Both must stay the same while the provider runs.
    func embedderInfo() async throws -> EmbedderInfo

    /// Returns the vectors of several texts, one for each, in order.
    ///
    /// Hosts use it if the plugin declares the capability `embed_batch`, with what it takes beside texts: `dimension`, `purpose`, separated
    /// by commas, or `true`. What is not declared is not asked for. The default implementation calls `embed` for each text.
    ///
    /// - Throws: As `embed`; `ProviderError` with `invalidRequest` for a dimension that the model does not have.
    func embedBatch(_ request: EmbedBatchRequest) async throws -> EmbedBatchResponse
}

extension EmbedderProvider {
    public func embedBatch(_ request: EmbedBatchRequest) async throws -> EmbedBatchResponse {
        guard request.dimension == 0 else { throw ProviderError(.unsupported, "\(about.name) has vectors of one dimension only") }
        return try await embedEach(of: request.texts)
    }

    /// A batch as single calls, in order.
    package func embedEach(of texts: [String]) async throws -> EmbedBatchResponse {
        var response = EmbedBatchResponse()
        response.embeddings.reserveCapacity(texts.count)
        for text in texts {
            var embedding = Embedding()
            embedding.vector = try await embed(text)
            response.embeddings.append(embedding)
        }
        return response
    }
}
