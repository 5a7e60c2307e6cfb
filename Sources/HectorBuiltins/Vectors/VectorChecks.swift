internal import HectorCore
internal import HectorProviders

/// What both vector databases ask of a request before they begin: the same words for the same mistake.
extension VectorLimits {
    func checkCollection(_ name: String, size: Int) throws(ProviderError) {
        guard (1...self.name).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw ProviderError(.invalidRequest, "the name of a collection has 1 to \(self.name) bytes, none of them zero; this one has \(name.utf8.count)")
        }
        guard (1...dimensions).contains(size) else {
            throw ProviderError(.invalidRequest, "vector_size must be from 1 to \(dimensions), not \(size)")
        }
    }

    func check(_ records: [Record], size: Int, in collection: String) throws(ProviderError) {
        guard records.count <= batch else { throw ProviderError(.tooLarge, "a batch has at most \(batch) records, this one has \(records.count)") }
        for record in records {
            guard (1...id).contains(record.id.utf8.count), !record.id.utf8.contains(0) else {
                throw ProviderError(.invalidRequest, "an id has 1 to \(id) bytes, none of them zero; this one has \(record.id.utf8.count)")
            }
            try check(record.vector, size: size, in: collection, of: "the vector of \(quoted(record.id))")
        }
    }

    func check(_ vector: [Float], size: Int, in collection: String, of what: @autoclosure () -> String = "the vector") throws(ProviderError) {
        guard vector.count == size else {
            throw ProviderError(.invalidRequest, "\(what()) has \(vector.count) numbers, and those of the collection \(quoted(collection)) have \(size): use the embedder that the collection was made for")
        }
        guard vector.allSatisfy(\.isFinite) else { throw ProviderError(.invalidRequest, "\(what()) has a number that is infinite or not a number") }
    }

    func checkResults(_ count: Int) throws(ProviderError) {
        guard count <= results else { throw ProviderError(.invalidRequest, "top_k is \(count); at most \(results) results are given") }
    }

    static func unknown(_ collection: String) -> ProviderError {
        ProviderError(.notFound, "there is no collection \(quoted(collection)): create it first")
    }

    static func otherSize(_ collection: String, has size: Int, not wanted: Int) -> ProviderError {
        ProviderError(
            .failedPrecondition,
            "the collection \(quoted(collection)) exists with vectors of \(size) numbers, not \(wanted): use another name, or delete it first")
    }
}

/// The results of a search, as long as they fit into a message.
struct SearchResults {
    private(set) var list: [SearchResult] = []
    private var bytes = 0
    private let limit: Int

    init(limits: VectorLimits) { limit = limits.resultBytes }

    mutating func append(id: String, score: Float, metadata: String, vector: [Float]) throws(ProviderError) {
        bytes += id.utf8.count + metadata.utf8.count + vector.count * 4 + 32
        guard bytes <= limit else {
            throw ProviderError(.tooLarge, "the first \(list.count) results fill a message (\(limit >> 20) MiB): ask for fewer")
        }
        guard let metadata = MetadataText.decode(metadata) else { throw ProviderError(.failed, "the metadata of \(quoted(id)) is not a JSON object") }
        var result = SearchResult()
        (result.id, result.score, result.metadata, result.vector) = (id, score, metadata, vector)
        result.content = metadata["content"] ?? ""
        list.append(result)
    }
}

/// The configuration of a built-in plugin, value by value.
struct BuiltinConfiguration {
    let values: [String: String]

    init(_ values: [String: String]) { self.values = values }

    func required(_ key: String, _ what: String) throws(ProviderError) -> String {
        guard let value = values[key], !value.isEmpty else { throw ProviderError(.invalidRequest, "'\(key)' is missing: \(what)") }
        return value
    }

    func integer(_ key: String, in range: ClosedRange<Int>, default standard: Int) throws(ProviderError) -> Int {
        guard let text = values[key], !text.isEmpty else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw ProviderError(.invalidRequest, "'\(key)' must be a number from \(range.lowerBound) to \(range.upperBound), not \(quoted(text))")
        }
        return number
    }

    func flag(_ key: String, default standard: Bool = false) throws(ProviderError) -> Bool {
        switch values[key] ?? "" {
        case "": return standard
        case "true": return true
        case "false": return false
        case let text: throw ProviderError(.invalidRequest, "'\(key)' must be true or false, not \(quoted(text))")
        }
    }

    /// - Throws: For a key that the plugin does not have, since a typing mistake would otherwise go unnoticed.
    func refuseOthers(than known: [String]) throws(ProviderError) {
        guard let other = values.keys.filter({ !known.contains($0) }).min() else { return }
        let advice = nearest(to: other, among: known).map { "did you mean '\($0)'?" } ?? "known are \(known.joined(separator: ", "))"
        throw ProviderError(.invalidRequest, "'\(other)' is not a key of this plugin: \(advice)")
    }
}
