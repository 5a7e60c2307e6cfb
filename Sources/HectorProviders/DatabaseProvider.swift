/// A vector database.
public protocol DatabaseProvider: Provider {
    func upsert(_ request: UpsertRequest) async throws
    /// At most `topK` results, best first.
    func search(_ request: SearchRequest) async throws -> [SearchResult]
    func delete(collection: String, id: String) async throws
    func createCollection(_ collection: String, vectorSize: Int) async throws
    func deleteCollection(_ collection: String) async throws
}
