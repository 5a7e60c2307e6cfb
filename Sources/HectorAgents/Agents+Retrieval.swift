import HectorCore
import HectorDocuments
import HectorProviders
import Synchronization

/// The passages that a turn was given, in the order of their numbers.
final class FoundPassages: Sendable {
    private let found = Mutex<[Passage]>([])

    var all: [Passage] { found.withLock { $0 } }

    /// - Parameter choose: Gets the last number in use.
    func add(_ choose: (Int) -> [Passage]) -> [Passage] {
        found.withLock { found in
            let new = choose(found.last?.number ?? 0)
            found += new
            return new
        }
    }
}

extension Agents {
    /// The conversation with passages before the question that its last user message asks. Where they cannot be searched, the model is told so.
    func withPassages(_ chat: Chat, _ retrieval: Retrieval, _ llm: any LanguageModel, _ found: FoundPassages) async throws -> Chat {
        guard retrieval.form == .context, let index = chat.messages.lastIndex(where: { $0.role == "user" }) else { return chat }
        let question = chat.messages[index].text
        guard !question.allSatisfy(\.isWhitespace) else { return chat }
        var chat = chat
        do {
            let room = try await tokensLeft(for: chat, llm)
            let passages = try await search(question, retrieval, room: room, found, chat.watch)
            guard !passages.isEmpty else { return chat }
            let context = PassageText.context(passages)
            if chat.messages[index].parts.isEmpty {
                chat.messages[index].content = context + chat.messages[index].content
            } else {
                chat.messages[index].parts.insert(.text(context), at: 0)
            }
        } catch let error as SearchFailure {
            chat.watch?(.note("the documents could not be searched: \(error.reason)"))
            let text = "Your documents could not be searched just now (\(singleLine(error.reason, limit: 300))); say so where they are needed."
            if let first = chat.messages.first, first.role == "system", first.parts.isEmpty {
                chat.messages[0].content += "\n\n" + text
            } else {
                chat.messages.insert(Message(role: "system", content: text), at: 0)
            }
        }
        return chat
    }

    /// Why documents cannot be searched now, for people.
    struct SearchFailure: Error {
        let reason: String
    }

    /// What the model's context has room for beside what is said and the answer, in estimated tokens; nil where its plugin does not say how long it is.
    private func tokensLeft(for chat: Chat, _ llm: any LanguageModel) async throws -> Int? {
        let info = try? await CalledReplicas.$current.withValue(nil) { try await timing.limit(limits.listTime) { try await llm.modelInfo() } }
        guard let context = (info ?? nil)?.maxTokens, context > 0 else { return nil }
        let said = chat.messages.reduce(0) { $0 + estimatedTokens($1.text) + 8 }
        let answer = chat.options.maxTokens ?? Int(context) / 4
        return max(0, Int(context) - said - answer)
    }

    /// The passages nearest to a text, from all stores together.
    ///
    /// - Parameters:
    ///   - stores: Some of the agent's; nil for all.
    ///   - room: Estimated tokens, beside the agent's own bound.
    /// - Throws: `SearchFailure`, or `CancellationError`.
    func search(
        _ text: String, _ retrieval: Retrieval, stores: [String]? = nil, results: Int? = nil, room: Int? = nil, _ found: FoundPassages, _ watch: RunWatcher?
    ) async throws -> [Passage] {
        guard let database = providers.database(retrieval.database) else { throw SearchFailure(reason: "the database \(retrieval.database) is not known here") }
        guard let embedder = providers.embedder(retrieval.embedder) else { throw SearchFailure(reason: "the embedder \(retrieval.embedder) is not known here") }
        let began = timing.now()
        let replicas = CalledReplicas()
        let names = stores ?? retrieval.stores
        let limit = max(1, min(results ?? retrieval.results, retrieval.results))
        let asked = text.beginning(bytes: limits.questionBytes)
        do {
            let all = try await CalledReplicas.$current.withValue(replicas) {
                try await timing.limit(limits.searchTime) {
                    var request = EmbedBatchRequest()
                    request.texts = [asked]
                    request.purpose = .query
                    guard let vector = try await embedder.embedBatch(request).embeddings.first?.vector else { return [Passage]() }
                    return try await withThrowingTaskGroup(of: [Passage].self) { group in
                        for store in names {
                            group.addTask { try await Self.search(vector, in: store, of: database, results: limit) }
                        }
                        return try await group.reduce(into: []) { $0 += $1 }
                    }
                }
            }
            guard let all else { throw SearchFailure(reason: "the search took longer than \(limits.searchTime.inSeconds)") }
            let tokens = min(retrieval.tokens, room ?? .max)
            let passages = found.add { PassageText.chosen(all, results: limit, tokens: tokens, after: $0) }
            watch?(.retrieved(stores: names, passages: passages, replicas: replicas.names, took: began.duration(to: timing.now())))
            return passages
        } catch let error as ProviderError {
            try Task.checkCancellation()
            throw SearchFailure(reason: error.message)
        }
    }

    private static func search(_ vector: [Float], in store: String, of database: any DatabaseProvider, results: Int) async throws -> [Passage] {
        var request = SearchRequest()
        request.collection = store
        request.vector = vector
        request.topK = Int32(clamping: results)
        do {
            return try await database.search(request).compactMap { Passage($0, store: store) }
        } catch let error as ProviderError where error.code == .notFound {
            // Nothing has been indexed yet.
            return []
        }
    }

    /// The search that a model asks for as a tool.
    func searchDocuments(_ call: ToolCall, _ retrieval: Retrieval, _ found: FoundPassages, _ chat: Chat) async -> ToolResult {
        let arguments = try? JSONText(Array(call.argumentsJson.utf8))
        let query = arguments?["query"]?.string ?? ""
        guard !query.allSatisfy(\.isWhitespace) else { return .failure("The query is empty: say in a few words what to look for.") }
        let store = arguments?["store"]?.string
        if let store, !retrieval.stores.contains(store) {
            return .failure("There is no store \(quoted(store)); the stores are \(retrieval.stores.joined(separator: ", ")).")
        }
        do {
            let results = arguments?["results"]?.int
            let passages = try await search(query, retrieval, stores: store.map { [$0] }, results: results, found, chat.watch)
            return ToolResult(text: PassageText.result(passages).beginning(bytes: limits.resultBytes))
        } catch let error as SearchFailure {
            return .failure("The documents could not be searched: \(singleLine(error.reason, limit: 500))")
        } catch {
            return .failure("The documents could not be searched.")
        }
    }
}

extension Message {
    /// All of its text.
    var text: String { parts.isEmpty ? content : parts.map(\.text).filter { !$0.isEmpty }.joined(separator: "\n") }
}
