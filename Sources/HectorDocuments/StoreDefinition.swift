/// A folder of documents.
package struct StoreDefinition: Sendable, Equatable {
    /// The name of the collection that it fills.
    package var name: String
    /// Absolute.
    package var path: String
    package var include: [String]
    package var exclude: [String]
    package var chunk: ChunkSize
    /// Whether it is looked at again and again.
    package var isWatched: Bool

    package init(name: String, path: String, include: [String] = [], exclude: [String] = [], chunk: ChunkSize = ChunkSize(), isWatched: Bool = true) {
        self.name = name
        self.path = path
        self.include = include
        self.exclude = exclude
        self.chunk = chunk
        self.isWatched = isWatched
    }

    /// Whether a file is a document of the store, by its path in it.
    func takes(_ path: String) -> Bool {
        DocumentFormat(path: path) != nil && !excludes(path) && (include.isEmpty || include.contains { Glob($0).matches(path) })
    }

    /// Whether a file or a folder is left out, by its path in the store.
    func excludes(_ path: String) -> Bool { exclude.contains { Glob($0).matches(path) } }
}
