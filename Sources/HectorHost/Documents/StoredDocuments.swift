internal import HectorDocuments
internal import HectorStore

/// What is indexed, in the host's state directory.
struct StoredDocuments: DocumentRecords {
    static let namespace = "documents"

    let state: StateStore

    func records(store: String, database: String) async throws -> [FileRecord] {
        try await state.list(in: Self.namespace, prefix: FileRecord.keys(store: store, database: database)).compactMap { FileRecord(kept: $0.value) }
    }

    func put(_ record: FileRecord, store: String, database: String) async throws {
        try await state.put(record.kept, for: FileRecord.key(record.path, store: store, database: database), in: Self.namespace)
    }

    func remove(path: String, store: String, database: String) async throws {
        try await state.delete(FileRecord.key(path, store: store, database: database), in: Self.namespace)
    }
}
