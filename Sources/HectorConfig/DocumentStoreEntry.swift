import HectorYAML

/// `document_stores.NAME`: a folder of documents that agents can search.
package struct DocumentStoreEntry: Sendable, Equatable {
    /// Its key, and the name of the collection that it fills.
    package let name: String
    /// Absolute.
    package let path: String
    /// Patterns of the files that are taken; empty for all documents.
    package let include: [String]
    /// Patterns of files and folders that are left out.
    package let exclude: [String]
    /// Tokens of a chunk, at most.
    package let chunkTokens: Int
    /// Of these, what a chunk repeats of the one before it.
    package let chunkOverlap: Int
    /// Whether changes are taken over while the host runs.
    package let isWatched: Bool
}

extension DocumentStoreEntry {
    init?(_ cursor: Cursor, name: String, site: ConfigurationSite) {
        if !Names.isIdentifier(name) {
            cursor.fail("expected a name of 1 to 64 letters, digits, '-' and '_', found \(cited(name))", about: name)
        }
        let entry = cursor.fields { fields in
            let chunk = fields["chunk"]?.fields { fields in
                let tokens = fields["tokens"]?.integer(in: ConfigurationLimits.chunkTokens) ?? ConfigurationLimits.standardChunkTokens
                let overlap = fields["overlap"]?.integer(in: 0...ConfigurationLimits.chunkTokens.upperBound) ?? min(ConfigurationLimits.standardChunkOverlap, tokens / 2)
                if overlap > tokens / 2 { fields.fail("overlap", "\(overlap) is more than half of a chunk's \(tokens) tokens: set it to \(tokens / 2) at most") }
                return (tokens, overlap)
            } ?? (ConfigurationLimits.standardChunkTokens, ConfigurationLimits.standardChunkOverlap)
            return DocumentStoreEntry(
                name: name, path: fields.required("path", "the folder with the documents").flatMap { site.existing(.folder, $0) } ?? "",
                include: Self.patterns(fields["include"]), exclude: Self.patterns(fields["exclude"]), chunkTokens: chunk.0, chunkOverlap: chunk.1,
                isWatched: fields["watch"]?.bool() ?? true)
        }
        guard let entry else { return nil }
        self = entry
    }

    private static func patterns(_ cursor: Cursor?) -> [String] {
        var patterns: [String] = []
        for item in cursor?.list() ?? [] {
            guard patterns.count < ConfigurationLimits.patterns else {
                item.fail("more than \(ConfigurationLimits.patterns) patterns: remove some")
                break
            }
            guard let text = item.nonEmptyString() else { continue }
            if text.utf8.count > ConfigurationLimits.patternBytes || text.hasPrefix("/") || text.split(separator: "/").contains("..") {
                item.fail("expected a pattern of paths in the store such as *.md or guides/**, of at most \(ConfigurationLimits.patternBytes) bytes, found \(cited(text))")
            } else {
                patterns.append(text)
            }
        }
        return patterns
    }
}

extension AgentEntry {
    /// `agents.ID.retrieval`, with the stores, the database and the embedder that it needs.
    package struct Retrieval: Sendable, Equatable {
        /// How the model gets at documents.
        package enum Form: String, Sendable, CaseIterable {
            /// Passages that are near to the question stand before it.
            case context
            /// The model has a tool that searches.
            case tool
        }

        /// Names of collections: of `document_stores`, or ones that others fill.
        package let stores: [String]
        package let database: String
        package let embedder: String
        package let form: Form
        /// Passages of one search, at most.
        package let results: Int
        /// Of all these together, at most.
        package let tokens: Int
    }

    /// Nil for an agent without stores.
    static func retrieval(_ fields: Fields, database: String?, embedder: String?) -> Retrieval? {
        let settings = fields["retrieval"]?.fields { fields in
            (
                form: fields["as"]?.word(Retrieval.Form.self) ?? .context, results: fields["results"]?.integer(in: ConfigurationLimits.results),
                tokens: fields["tokens"]?.integer(in: ConfigurationLimits.retrievalTokens)
            )
        }
        guard let cursor = fields["document_stores"] else {
            if settings != nil { fields.fail("retrieval", "there is nothing to search: write document_stores: [NAME] as well") }
            return nil
        }
        var stores: [String] = []
        for item in cursor.list() ?? [] {
            guard stores.count < ConfigurationLimits.storesOfAgent else {
                item.fail("more than \(ConfigurationLimits.storesOfAgent) stores: remove some")
                break
            }
            guard let name = item.nonEmptyString() else { continue }
            if name.utf8.count > ConfigurationLimits.collectionBytes {
                item.fail("expected a name of at most \(ConfigurationLimits.collectionBytes) bytes")
            } else if stores.contains(name) {
                item.fail("it is named twice: remove one of them", about: nil)
            } else {
                stores.append(name)
            }
        }
        if fields["database"] == nil { fields.fail("document_stores", "the agent needs a database that keeps them: write database: NAME") }
        if fields["embedder"] == nil { fields.fail("document_stores", "the agent needs an embedder to search them: write embedder: NAME") }
        guard let database, let embedder, !stores.isEmpty else { return nil }
        return Retrieval(
            stores: stores, database: database, embedder: embedder, form: settings?.form ?? .context,
            results: settings?.results ?? ConfigurationLimits.standardResults, tokens: settings?.tokens ?? ConfigurationLimits.standardRetrievalTokens)
    }
}

extension HostConfiguration {
    /// `document_stores`
    static func stores(_ fields: Fields, agents: [AgentEntry], site: ConfigurationSite) -> [DocumentStoreEntry] {
        var stores: [DocumentStoreEntry] = []
        for (name, cursor) in fields["document_stores"]?.entries() ?? [] {
            guard stores.count < ConfigurationLimits.stores else {
                cursor.fail("more than \(ConfigurationLimits.stores) stores: remove some")
                break
            }
            guard let entry = DocumentStoreEntry(cursor, name: name, site: site) else { continue }
            stores.append(entry)
            let users = agents.filter { $0.retrieval?.stores.contains(name) == true }
            for (number, agent) in users.enumerated() {
                guard let other = users[..<number].first(where: { $0.retrieval?.database == agent.retrieval?.database && $0.retrieval?.embedder != agent.retrieval?.embedder })
                else { continue }
                cursor.fail(
                    "the agents \(cited(other.id)) and \(cited(agent.id)) keep it in the same database with different embedders, whose vectors do not fit together: give one of them another database or the same embedder",
                    about: nil)
            }
        }
        return stores
    }
}
