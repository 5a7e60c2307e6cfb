/// A vector database: named collections of vectors, each with an id and metadata.
///
/// `Provider` describes the threads, concurrency, cancellation and errors of all methods. The host may repeat `upsert`,
/// `search` and `delete` after a failure that left the outcome unknown: repeating them must not change the result.
/// `createCollection` and `deleteCollection` are never repeated once a replica may have begun.
public protocol DatabaseProvider: Provider {
    /// Stores a vector and its metadata under an id, replacing any previous vector with that id.
    ///
    /// - Throws: `ProviderError` with `notFound` if the collection does not exist, with `invalidRequest` if the vector does
    ///   not have as many elements as the collection's `vectorSize`.
    func upsert(_ request: UpsertRequest) async throws

    /// Returns the vectors nearest to `request.vector`: at most `topK`, best first.
    ///
    /// A larger `score` means nearer; its scale depends on the database. Fewer than `topK` results, or none, is not an error.
    ///
    /// - Throws: As `upsert`.
    func search(_ request: SearchRequest) async throws -> [SearchResult]

    /// Removes the vector with that id. An id that does not exist should not be an error, because the host may repeat the call.
    ///
    /// - Throws: `ProviderError` with `notFound` if the collection does not exist.
    func delete(collection: String, id: String) async throws

    /// Creates an empty collection. If it exists with the same vector size, it is left as it is.
    ///
    /// - Parameter vectorSize: Number of elements in each vector of the collection.
    /// - Throws: `ProviderError` with `invalidRequest` for a size that is not supported, such as 0, and with
    ///   `failedPrecondition` if the collection exists with vectors of a different size.
    func createCollection(_ collection: String, vectorSize: Int) async throws

    /// Deletes a collection and all its vectors.
    ///
    /// - Throws: `ProviderError` with `notFound` if the collection does not exist.
    func deleteCollection(_ collection: String) async throws

    /// As `upsert` of all records, one after the other. After a failure any of them may have been stored, and the host may repeat the call.
    ///
    /// Hosts use it if the plugin declares the capability `upsert_batch: true`; the default implementation calls `upsert`.
    func upsertBatch(collection: String, records: [Record]) async throws

    /// As `search`, but only records that the filter lets pass are results.
    ///
    /// Called only if the plugin declares the capability `search_filtered: true`.
    func searchFiltered(_ request: SearchFilteredRequest) async throws -> [SearchResult]

    /// The number of records in a collection that the filter lets pass; of all of them without a filter.
    ///
    /// Called only if the plugin declares the capability `count: true`.
    func count(collection: String, filter: Filter?) async throws -> Int
}

extension DatabaseProvider {
    public func upsertBatch(collection: String, records: [Record]) async throws {
        try await upsertEach(of: records, in: collection)
    }

    /// A batch as single calls, in order.
    package func upsertEach(of records: [Record], in collection: String) async throws {
        for record in records {
            var request = UpsertRequest()
            request.collection = collection
            request.id = record.id
            request.vector = record.vector
            request.metadata = record.metadata
            try await upsert(request)
        }
    }

    public func searchFiltered(_ request: SearchFilteredRequest) async throws -> [SearchResult] {
        throw ProviderError(.unsupported, "\(about.name) cannot filter")
    }

    public func count(collection: String, filter: Filter?) async throws -> Int {
        throw ProviderError(.unsupported, "\(about.name) cannot count")
    }
}
