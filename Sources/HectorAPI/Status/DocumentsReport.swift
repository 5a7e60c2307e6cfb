import HectorDocuments

/// `GET /documents`: how far the indexes of document stores are.
package struct DocumentsReport: Codable, Sendable, Equatable {
    package struct Store: Codable, Sendable, Equatable {
        package var store: String
        /// Its folder.
        package var path: String
        /// Mesh names.
        package var database: String
        package var embedder: String
        /// `looking`, `indexing`, `up_to_date` or `waiting`.
        package var state: String
        /// What it waits for; empty where it does not.
        package var reason: String
        package var files: Int
        /// Files that are indexed as they are now.
        package var indexed: Int
        package var chunks: Int
        /// The first of them.
        package var problems: [Problem]
        /// All of them.
        package var problemCount: Int

        enum CodingKeys: String, CodingKey {
            case store, path, database, embedder, state, reason, files, indexed, chunks, problems
            case problemCount = "problem_count"
        }
    }

    package struct Problem: Codable, Sendable, Equatable {
        /// In the store; empty for the store itself.
        package var path: String
        package var message: String
    }

    package var stores: [Store]

    init(_ statuses: [StoreStatus]) {
        stores = statuses.map { status in
            let (state, reason) = switch status.state {
            case .looking: ("looking", "")
            case .indexing: ("indexing", "")
            case .upToDate: ("up_to_date", "")
            case .waiting(let reason): ("waiting", reason)
            }
            return Store(
                store: status.store, path: status.path, database: status.database, embedder: status.embedder, state: state, reason: reason, files: status.files,
                indexed: status.indexed, chunks: status.chunks, problems: status.problems.map { Problem(path: $0.path, message: $0.message) },
                problemCount: status.problemCount)
        }
    }
}
