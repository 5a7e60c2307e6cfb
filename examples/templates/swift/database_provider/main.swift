import HectorPlugin
import Synchronization

/// A vector database in memory: every vector is compared. What it keeps is gone when it stops.
final class MyDatabase: DatabaseProvider {
    private struct Collection {
        let size: Int
        var rows: [String: UpsertRequest] = [:]
    }

    let about = PluginDescription(name: "my-plugin", version: "0.1.0", summary: "Keeps vectors in memory")
    private let collections = Mutex<[String: Collection]>([:])
    private let mostRecords = Mutex(100_000)

    /// Connect to a server here.
    func initialize(config: [String: String]) async throws {
        guard let text = config["most_records"] else { return }
        guard let number = Int(text), number > 0 else { throw ProviderError(.invalidRequest, "most_records must be a number above 0, not '\(text)'") }
        mostRecords.withLock { $0 = number }
    }

    func createCollection(_ name: String, vectorSize: Int) async throws {
        guard vectorSize > 0 else { throw ProviderError(.invalidRequest, "vector_size must be at least 1") }
        collections.withLock { collections in
            if collections[name] == nil { collections[name] = Collection(size: vectorSize) }
        }
    }

    func deleteCollection(_ name: String) async throws {
        guard collections.withLock({ $0.removeValue(forKey: name) }) != nil else { throw Self.unknown(name) }
    }

    func upsert(_ request: UpsertRequest) async throws {
        let most = mostRecords.withLock { $0 }
        try collections.withLock { collections in
            guard let collection = collections[request.collection] else { throw Self.unknown(request.collection) }
            try Self.check(request.vector, collection.size)
            guard collection.rows[request.id] != nil || collection.rows.count < most else { throw ProviderError(.exhausted, "the collection is full") }
            collections[request.collection]?.rows[request.id] = request
        }
    }

    func search(_ request: SearchRequest) async throws -> [SearchResult] {
        try collections.withLock { collections in
            guard let collection = collections[request.collection] else { throw Self.unknown(request.collection) }
            try Self.check(request.vector, collection.size)
            let results = collection.rows.values.map { row in
                var result = SearchResult()
                result.id = row.id
                result.score = zip(row.vector, request.vector).reduce(0) { $0 + $1.0 * $1.1 }
                result.vector = row.vector
                result.metadata = row.metadata
                return result
            }
            // The nearest first; equal ones in the order of their ids.
            return Array(results.sorted { ($0.score, $1.id) > ($1.score, $0.id) }.prefix(max(0, Int(request.topK))))
        }
    }

    func delete(collection: String, id: String) async throws {
        try collections.withLock { collections in
            guard collections[collection] != nil else { throw Self.unknown(collection) }
            collections[collection]?.rows[id] = nil
        }
    }

    private static func check(_ vector: [Float], _ size: Int) throws {
        guard vector.count == size else { throw ProviderError(.invalidRequest, "the vector has \(vector.count) numbers; the collection's have \(size)") }
    }

    private static func unknown(_ name: String) -> ProviderError {
        ProviderError(.notFound, "there is no collection '\(name)': create it first")
    }
}

try await serve(MyDatabase())
