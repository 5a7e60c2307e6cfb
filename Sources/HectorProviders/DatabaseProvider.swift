/// A vector database. `Provider` says on which thread its methods run, and what they throw.
public protocol DatabaseProvider: Provider {
    /// Stores a vector under its id, in place of the one that had it before: done twice, it has the effect of once.
    ///
    /// - Throws: `ProviderError` with `notFound` where there is no such collection, with `invalidRequest` for a vector of
    ///   another size than the collection's.
    func upsert(_ request: UpsertRequest) async throws

    /// The nearest vectors: at most `topK`, best first, a larger score being nearer. Fewer, or none, is no failure.
    ///
    /// - Throws: As `upsert`.
    func search(_ request: SearchRequest) async throws -> [SearchResult]

    /// Forgets the vector of that id. An id that is not there is no failure: the call may be repeated.
    func delete(collection: String, id: String) async throws

    /// - Parameter vectorSize: The number of elements of each of its vectors.
    /// - Throws: `ProviderError` with `failedPrecondition` where the collection is there with vectors of another size.
    func createCollection(_ collection: String, vectorSize: Int) async throws

    /// Forgets a collection with all that is in it.
    func deleteCollection(_ collection: String) async throws
}
