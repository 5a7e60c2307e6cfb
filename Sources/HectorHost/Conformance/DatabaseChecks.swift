internal import HectorCore
internal import HectorProviders

/// A collection that exists while a check runs.
private func withCollection<T>(_ database: any DatabaseProvider, size: Int = 2, _ body: (String) async throws -> T) async throws -> T {
    let name = "hector_test_\(UInt32.random(in: 0...UInt32.max))"
    try await database.createCollection(name, vectorSize: size)
    do {
        let result = try await body(name)
        try await database.deleteCollection(name)
        return result
    } catch {
        try? await database.deleteCollection(name)
        throw error
    }
}

private func row(_ id: String, _ vector: [Float], in collection: String, _ metadata: [String: String] = [:]) -> UpsertRequest {
    var request = UpsertRequest()
    (request.collection, request.id, request.vector, request.metadata) = (collection, id, vector, metadata)
    return request
}

private func nearest(_ vector: [Float], in collection: String, _ count: Int) -> SearchRequest {
    var request = SearchRequest()
    (request.collection, request.vector, request.topK) = (collection, vector, Int32(clamping: count))
    return request
}

private func filter(_ conditions: (String, Condition.Operator, [String])...) -> Filter {
    var filter = Filter()
    filter.conditions = conditions.map { key, relation, values in
        var condition = Condition()
        (condition.key, condition.operator, condition.values) = (key, relation, values)
        return condition
    }
    return filter
}

/// What other checks do with a database.
enum DatabaseUse {
    /// Stores a text beside a vector, finds it, and forgets both.
    static func roundTrip(_ database: any DatabaseProvider, _ text: String) async throws {
        try await withCollection(database) { name in
            try await database.upsert(row("a", [1, 0], in: name, ["text": text]))
            let found = try await database.search(nearest([1, 0], in: name, 1))
            try require(
                found.first?.metadata["text"] == text,
                "metadata of \(text.utf8.count) bytes comes back changed: \(quoted((found.first?.metadata["text"] ?? "").prefix(60)))")
        }
    }
}

extension PluginCheck {
    private static func database(_ name: String, _ body: @escaping @Sendable (any DatabaseProvider, PluginSubject) async throws -> String) -> PluginCheck {
        PluginCheck(name, .database, over: \.database, body)
    }

    /// A check of a method that only some databases have: where it is not declared it is refused.
    private static func optional(
        _ name: String, _ ability: Abilities, refused call: @escaping @Sendable (any DatabaseProvider, String) async throws -> Void,
        _ body: @escaping @Sendable (any DatabaseProvider) async throws -> String
    ) -> PluginCheck {
        database(name) { database, subject in
            if subject.abilities.contains(ability) { return try await body(database) }
            let capability = name.replacing("-", with: "_")
            guard subject.bench != nil else { throw Skipped("it does not declare \(capability)") }
            try await withCollection(database) { collection in
                do {
                    try await call(database, collection)
                } catch let error as ProviderError where error.code == .unsupported {
                    return
                }
                // The SDK makes a batch of single calls for every database.
                throw Skipped("it has the method without declaring \(capability): hosts do not use it. Declare `\(capability): true` to save calls")
            }
            throw Skipped("it does not declare \(capability), and refuses it")
        }
    }

    static let databases: [PluginCheck] = [
        database("keeps") { database, _ in
            try await withCollection(database) { name in
                let rows: [(String, [Float])] = [("brown", [1, 0]), ("grey", [0.5, 0.5]), ("white", [0, 1])]
                for (id, vector) in rows { try await database.upsert(row(id, vector, in: name, ["colour": "\(id) ü"])) }
                let found = try await database.search(nearest([1, 0.1], in: name, 2))
                try require(found.count == 2, "Search with top_k 2 among three vectors gave \(found.count) results")
                try require(
                    found.map(\.id) == ["brown", "grey"],
                    "Search for [1, 0.1] among [1, 0], [0.5, 0.5] and [0, 1] gave \(found.map(\.id)). The nearest comes first")
                try require(
                    found[0].score >= found[1].score,
                    "the first result has the score \(found[0].score), the second \(found[1].score). A larger score means nearer")
                try require(found[0].metadata == ["colour": "brown ü"], "the metadata came back as \(found[0].metadata)")
                return "finds the nearest first, with its metadata"
            }
        },
        database("replaces") { database, _ in
            try await withCollection(database) { name in
                try await database.upsert(row("a", [1, 0], in: name))
                for _ in 0..<2 { try await database.upsert(row("a", [0, 1], in: name)) }
                try await database.upsert(row("b", [1, 0], in: name))
                let found = try await database.search(nearest([1, 0], in: name, 9))
                try require(
                    found.count == 2,
                    "after three Upserts of one id and one of another, Search finds \(found.count) vectors. Upsert replaces what has the same id")
                try require(found[0].id == "b", "Search finds the vector that an Upsert has replaced")
                return "an Upsert replaces what has its id"
            }
        },
        database("forgets") { database, _ in
            try await withCollection(database) { name in
                try await database.upsert(row("a", [1, 0], in: name))
                try await database.upsert(row("b", [0, 1], in: name))
                try await database.delete(collection: name, id: "a")
                try require(try await database.search(nearest([1, 0], in: name, 9)).map(\.id) == ["b"], "Search finds what was deleted")
                do {
                    try await database.delete(collection: name, id: "a")
                } catch let error as ProviderError where error.code == .notFound {}
                return "Delete removes, and may be repeated"
            }
        },
        database("refuses") { database, _ in
            try await withCollection(database) { name in
                try await requireRefusal("Upsert of three numbers where vectors have two", .invalidRequest, .failedPrecondition) {
                    try await database.upsert(row("x", [1, 2, 3], in: name))
                }
                try await requireRefusal("CreateCollection with vector_size 0", .invalidRequest) {
                    try await database.createCollection("\(name)_0", vectorSize: 0)
                }
                try await requireRefusal("Search in a collection that does not exist", .notFound) {
                    _ = try await database.search(nearest([1, 0], in: "\(name)_1", 1))
                }
                try await requireRefusal("DeleteCollection of one that does not exist", .notFound) { try await database.deleteCollection("\(name)_1") }
                return "wrong sizes and unknown collections"
            }
        },
        database("finds-nothing") { database, _ in
            try await withCollection(database) { name in
                try require(
                    try await database.search(nearest([1, 0], in: name, 3)).isEmpty,
                    "Search in an empty collection finds something")
                try await database.upsert(row("a", [1, 0], in: name))
                do {
                    try require(try await database.search(nearest([1, 0], in: name, 0)).isEmpty, "Search with top_k 0 finds something")
                } catch let error as ProviderError where error.code == .invalidRequest {}
                return "an empty collection, and top_k 0"
            }
        },
        optional("upsert-batch", .upsertBatch) { try await $0.upsertBatch(collection: $1, records: []) } _: { database in
            try await withCollection(database) { name in
                try await database.upsertBatch(collection: name, records: records)
                try require(
                    try await database.search(nearest([1, 0], in: name, 99)).count == records.count,
                    "UpsertBatch of \(records.count) records kept fewer")
                return "\(records.count) records"
            }
        },
        optional("search-filtered", .searchFiltered) { database, name in
            var request = SearchFilteredRequest()
            (request.collection, request.vector, request.topK) = (name, [1, 0], 1)
            _ = try await database.searchFiltered(request)
        } _: { database in
            try await withCollection(database) { name in
                try await database.upsertEach(of: records, in: name)
                let cases: [(Filter, [String])] = [
                    (filter(("age", .isLess, ["6"]), ("age", .isPresent, [])), ["5", "4"]), (filter(("age", .isAtMost, ["6"])), ["6", "5"]),
                    (filter(("sex", .isOneOf, ["f"]), ("age", .isAtLeast, ["4"])), ["8", "6"]), (filter(("age", .isGreater, ["7"])), ["8"]),
                    (filter(("sex", .isNoneOf, ["f", "m"])), ["9"]), (filter(("age", .isMissing, [])), ["9"]),
                ]
                for (filter, ids) in cases {
                    var request = SearchFilteredRequest()
                    (request.collection, request.vector, request.topK, request.filter) = (name, [1, 0], 2, filter)
                    let found = try await database.searchFiltered(request).map(\.id)
                    let said = filter.conditions.map { "\($0.key) \($0.operator) \($0.values)" }.joined(separator: " and ")
                    try require(found == ids, "SearchFiltered with \(said) found \(found), not \(ids)")
                }
                return "\(cases.count) filters"
            }
        },
        optional("count", .count) { _ = try await $0.count(collection: $1, filter: nil) } _: { database in
            try await withCollection(database) { name in
                try await database.upsertEach(of: records, in: name)
                let all = try await database.count(collection: name, filter: nil)
                try require(all == records.count, "Count of \(records.count) records is \(all)")
                let some = try await database.count(collection: name, filter: filter(("sex", .isOneOf, ["f"]), ("age", .isAtLeast, ["4"])))
                try require(some == 3, "Count with a filter that three records pass is \(some)")
                return "all, and with a filter"
            }
        },
    ]

    /// The higher its number, the nearer to [1, 0]; the last has no metadata.
    private static let records: [Record] = (0..<10).map { number in
        var record = Record()
        (record.id, record.vector) = ("\(number)", [Float(number), 1])
        if number < 9 { record.metadata = ["age": "\(number)", "sex": number.isMultiple(of: 2) ? "f" : "m"] }
        return record
    }
}
