internal import HectorCore

/// What is known of a file of an index: kept across restarts.
package struct FileRecord: Sendable, Equatable {
    package var path: String
    /// As the file was when it was read.
    package var stamp: FoundFile.Stamp
    /// What of it can be found; nil where nothing can.
    package var current: Generation?
    /// What may be in the database and must be deleted from it, such as what was being written when the program ended.
    package var stale: [Generation]
    /// Why it could not be read, for people; nil where it could.
    package var problem: String?

    package init(path: String, stamp: FoundFile.Stamp, current: Generation? = nil, stale: [Generation] = [], problem: String? = nil) {
        self.path = path
        self.stamp = stamp
        self.current = current
        self.stale = stale
        self.problem = problem
    }
}

/// The chunks of one state of a file. Their ids follow from it, so that only their number is kept.
package struct Generation: Sendable, Equatable {
    /// Of the file's bytes: 64 hexadecimal digits of its SHA-256.
    package var digest: String
    /// What else decides about chunks and vectors: see `IndexKey.settings`.
    package var settings: String
    package var chunks: Int

    package init(digest: String, settings: String, chunks: Int) {
        self.digest = digest
        self.settings = settings
        self.chunks = chunks
    }

    /// The id of a chunk in the database: 32 hexadecimal digits. The same content of the same file has the same ids everywhere.
    func id(of chunk: Int, _ path: String, in store: String) -> String {
        hexadecimal(SHA256.hash(Array("\(store)\0\(path)\0\(digest)\0\(settings)\0\(chunk)".utf8)).prefix(16))
    }
}

/// Which index a record belongs to: a store may be indexed in several databases.
package struct IndexKey: Sendable, Hashable {
    package var store: String
    /// The database's mesh name.
    package var database: String
    /// What decides about chunks and vectors beside a file's content: where it changes, everything is indexed anew.
    package var settings: String

    package init(_ store: StoreDefinition, database: String, embedder: String) {
        self.store = store.name
        self.database = database
        settings = "\(Chunker.version),\(store.chunk.tokens),\(store.chunk.overlap),\(embedder)"
    }
}

/// Where records are kept.
package protocol DocumentRecords: Sendable {
    /// All of a store in a database, whatever its settings were.
    func records(store: String, database: String) async throws -> [FileRecord]
    func put(_ record: FileRecord, store: String, database: String) async throws
    func remove(path: String, store: String, database: String) async throws
}
