internal import Synchronization
public import HectorProviders

/// A vector database in memory: dot product, every vector compared.
public final class ConformanceDatabase: DatabaseProvider {
    private struct Collection {
        var size: Int
        var rows: [String: UpsertRequest] = [:]
    }

    public let about = PluginDescription(
        name: "conformance", version: "1.2.3", capabilities: ["upsert_batch": "true", "search_filtered": "true", "count": "true"])
    private let collections = Mutex<[String: Collection]>([:])

    public init() {}

    public func createCollection(_ collection: String, vectorSize: Int) async throws {
        try collections.withLock { collections in
            guard vectorSize > 0 else { throw ProviderError(.invalidRequest, "vectors have at least one dimension") }
            if collections[collection] == nil { collections[collection] = Collection(size: vectorSize) }
        }
    }

    public func deleteCollection(_ collection: String) async throws {
        try collections.withLock { collections in
            guard collections.removeValue(forKey: collection) != nil else { throw Self.unknown(collection) }
        }
    }

    public func upsert(_ request: UpsertRequest) async throws {
        try collections.withLock { collections in
            guard let size = collections[request.collection]?.size else { throw Self.unknown(request.collection) }
            guard request.vector.count == size else {
                throw ProviderError(.invalidRequest, "the vector has \(request.vector.count) dimensions, not \(size)")
            }
            collections[request.collection]?.rows[request.id] = request
        }
    }

    public func search(_ request: SearchRequest) async throws -> [SearchResult] {
        try collections.withLock { collections in
            guard let collection = collections[request.collection] else { throw Self.unknown(request.collection) }
            let results = collection.rows.values.map { row in
                var result = SearchResult()
                result.id = row.id
                result.score = zip(row.vector, request.vector).reduce(0) { $0 + $1.0 * $1.1 }
                result.vector = row.vector
                result.metadata = row.metadata
                return result
            }
            return Array(results.sorted { ($0.score, $1.id) > ($1.score, $0.id) }.prefix(Int(request.topK)))
        }
    }

    public func searchFiltered(_ request: SearchFilteredRequest) async throws -> [SearchResult] {
        var all = SearchRequest()
        (all.collection, all.vector, all.topK) = (request.collection, request.vector, .max)
        return Array(try await search(all).filter { request.filter.passes($0.metadata) }.prefix(Int(request.topK)))
    }

    public func count(collection: String, filter: Filter?) async throws -> Int {
        try collections.withLock { collections in
            guard let rows = collections[collection]?.rows.values else { throw Self.unknown(collection) }
            return rows.count { filter?.passes($0.metadata) ?? true }
        }
    }

    public func delete(collection: String, id: String) async throws {
        try collections.withLock { collections in
            guard collections[collection]?.rows.removeValue(forKey: id) != nil else {
                throw ProviderError(.notFound, "there is no '\(id)'")
            }
        }
    }

    private static func unknown(_ collection: String) -> ProviderError {
        ProviderError(.notFound, "there is no collection '\(collection)'")
    }
}
