internal import HectorCore
import ConformanceProviders
@testable import HectorHost
import HectorProviders
import Synchronization
import Testing

extension Integration {
    /// One set of cases over a provider in memory, in a child, and far away: what an agent gets is the same.
    @Suite(.roads, .timeLimit(.minutes(1)))
    struct ConformanceTests {
        // MARK: what `hector plugin test` holds every plugin to

        @Test(arguments: Road.allCases, PluginKind.allCases)
        func `A provider passes the checks for authors on every road`(road: Road, kind: PluginKind) async throws {
            let provider: any Provider =
                switch kind {
                case .llm: try Roads.model(road)
                case .database: try Roads.database(road)
                case .embedder: try Roads.embedder(road)
                case .tool: try Roads.tools(road)
                case .reasoning: try Roads.strategy(road)
                }
            let memory: [PluginKind: any Provider] = [.llm: ConformanceModel(), .database: ConformanceDatabase(), .embedder: ConformanceEmbedder()]
            let subject = PluginSubject(kind, provider, capabilities: memory[kind]?.about.capabilities ?? [:])
            for check in PluginCheck.ofProviders where check.isFor(kind) {
                let result = await check.result(subject)
                #expect(result.verdict != .failed, "\(result)")
            }
        }

        // MARK: language models

        @Test(arguments: Road.allCases) func `A model answers in one piece`(road: Road) async throws {
            let response = try await Roads.model(road).generate(.asking("echo three blind mice"))
            #expect(response.text == "three blind mice")
            #expect(response.tokensUsed == 3)
            #expect(response.toolCalls == [])
        }

        @Test(arguments: Road.allCases) func `A model answers piece by piece, in order, and counts its tokens`(road: Road) async throws {
            let (pieces, tokens) = try await stream(road, "count 500")
            #expect(pieces == (0..<500).map { "\($0);" })
            #expect(tokens == 500)
        }

        @Test(arguments: Road.allCases) func `An empty stream ends well`(road: Road) async throws {
            let (pieces, tokens) = try await stream(road, "count 0")
            #expect(pieces == [])
            #expect(tokens == 0)
        }

        @Test(arguments: Road.allCases, ["", "no such words"])
        func `An invalid request is one, with the provider's words`(road: Road, prompt: String) async throws {
            let model = try Roads.model(road)
            for call in [{ _ = try await model.generate(.asking(prompt)) }, { _ = try await stream(road, prompt) }] {
                let error = await #expect(throws: ProviderError.self) { try await call() }
                #expect(error?.code == .invalidRequest)
                #expect(error?.message.contains("nothing that can be done with this prompt") == true)
            }
        }

        @Test(arguments: Road.allCases) func `What came before a failure stays valid`(road: Road) async throws {
            let pieces = Mutex<[String]>([])
            let model = try Roads.model(road)
            let error = await #expect(throws: ProviderError.self) {
                try await model.generateStreaming(.asking("fail")) { chunk in
                    pieces.withLock { $0.append(chunk.text) }
                }
            }
            #expect(error?.code == .exhausted)
            #expect(error?.message.contains("out of paper") == true)
            #expect(pieces.withLock { $0 } == ["half "])
        }

        @Test(arguments: Road.allCases) func `Every character arrives as it was`(road: Road) async throws {
            let text = "Grüße, 世界! 👩‍👩‍👧‍👦 e\u{301} \u{0} \u{202E} \u{FEFF} \r\n\t \u{10FFFF} \"\\"
            #expect(try await Roads.model(road).generate(.asking("echo \(text)")).text.unicodeScalars.elementsEqual(text.unicodeScalars))
            #expect(try await stream(road, "echo \(text)").pieces.joined() == text)
        }

        @Test(arguments: Road.allCases) func `A megabyte goes and comes back`(road: Road) async throws {
            let text = String(repeating: "0123456789abcdef", count: 65_536)
            #expect(try await Roads.model(road).generate(.asking("echo \(text)")).text == text)
            #expect(try await stream(road, "echo \(text)").pieces == [text])
        }

        @Test(arguments: Road.allCases) func `Many calls at once each get their own answer`(road: Road) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        let words = "call number \(number)"
                        let answer =
                            number.isMultiple(of: 2)
                            ? try await Roads.model(road).generate(.asking("echo \(words)")).text
                            : try await stream(road, "echo \(words)").pieces.joined()
                        #expect(answer == words)
                    }
                }
                try await group.waitForAll()
            }
        }

        @Test(arguments: Road.allCases) func `Cancelling a call cancels the provider`(road: Road) async throws {
            let model = try Roads.model(road)
            try await cancel("forever stream", model) { _ = try await model.generateStreaming($0) { _ in } }
            try await cancel("forever piece", model) { _ = try await model.generate($0) }
        }

        @Test(arguments: Road.allCases) func `A reader that throws ends the stream, and gets its own error back`(road: Road) async throws {
            struct Enough: Error {}
            let model = try Roads.model(road)
            await #expect(throws: Enough.self) {
                try await model.generateStreaming(.asking("forever enough")) { _ in throw Enough() }
            }
            try await wait(for: "cancelled", "enough", model)
        }

        @Test(arguments: Road.allCases) func `A slow reader gets every piece`(road: Road) async throws {
            let count = Mutex(0)
            _ = try await Roads.model(road).generateStreaming(.asking("count 3000")) { chunk in
                let index = count.withLock { count in
                    defer { count += 1 }
                    return count
                }
                #expect(chunk.text == "\(index);")
                if index.isMultiple(of: 300) { try await Task.sleep(for: .milliseconds(5)) }
            }
            #expect(count.withLock { $0 } == 3000)
        }

        @Test(arguments: Road.allCases) func `A model says what and how it is`(road: Road) async throws {
            let model = try Roads.model(road)
            let info = try await model.modelInfo()
            #expect(info.modelName == "conformance-model")
            #expect(info.maxTokens == 4096)
            #expect(info.temperature == 0.25)
            #expect(try await model.health() == ProviderHealth(isHealthy: true, message: "well"))
        }

        @Test(arguments: Road.allCases) func `A model gets its options, and its end arrives with pieces of calls`(road: Road) async throws {
            var request = GenerateRequest.asking("end")
            (request.options.seed, request.options.stop, request.options.toolCallDeltas) = (-7, ["a", "b"], true)
            request.options.responseFormat.schemaJson = "{ }"
            let chunks = Mutex<[StreamChunk]>([])
            let end = try await Roads.model(road).generateStreaming(request) { chunk in chunks.withLock { $0.append(chunk) } }
            var usage = Usage()
            (usage.promptTokens, usage.completionTokens, usage.cachedTokens, usage.reasoningTokens) = (4, 3, 2, 1)
            #expect(end == GenerationEnd(tokensUsed: 3, finishReason: .contentFilter, usage: usage))
            #expect(chunks.withLock { $0 } == [
                .text(#"seed -7, stop ["a", "b"], format { }"#), .toolCallDelta(index: 0, id: "c", name: "f", arguments: "{}"),
            ])
        }

        @Test(arguments: Road.allCases) func `An answer goes on from a text, from tokens, or is about images`(road: Road) async throws {
            let model = try Roads.model(road)
            func answer(_ change: (inout GenerateFromRequest) -> Void) async throws -> String {
                var request = GenerateFromRequest()
                request.request = .asking("go on")
                change(&request)
                let text = Mutex("")
                let end = try await model.generateFrom(request) { chunk in text.withLock { $0 += chunk.text } }
                #expect(end.finishReason == .stop)
                return text.withLock { $0 }
            }
            #expect(try await answer { $0.text = "Once" } == "behind Once")
            #expect(try await answer { $0.tokens.ids = [5, -1, 7] } == "behind [5, -1, 7]")
            #expect(try await answer { $0.request.messages[0].parts = [.text("see"), .image("image/png", [0, 255])] } == "image/png [0, 255]")
        }

        // MARK: databases

        @Test(arguments: Road.allCases) func `A database's refusals keep their kind`(road: Road) async throws {
            let database = try Roads.database(road)
            try await database.createCollection("strict", vectorSize: 2)
            await expect(.invalidRequest, "3 dimensions") { try await database.upsert(.row("x", [1, 2, 3], in: "strict", [:])) }
            await expect(.invalidRequest, "at least one") { try await database.createCollection("none", vectorSize: 0) }
            await expect(.notFound, "nowhere") { _ = try await database.search(.nearest([1], in: "nowhere", 1)) }
            await expect(.notFound, "'ghost'") { try await database.delete(collection: "strict", id: "ghost") }
            await expect(.notFound, "nowhere") { try await database.deleteCollection("nowhere") }
            #expect(try await database.health().isHealthy)
        }

        // MARK: embedders

        @Test(arguments: Road.allCases) func `An embedder takes batches, with a dimension and a purpose`(road: Road) async throws {
            let embedder = try Roads.embedder(road)
            var request = EmbedBatchRequest()
            request.texts = ["abcd€", "a"]
            #expect(try await embedder.embedBatch(request).embeddings.map(\.vector) == [[2, 1, 3, 1], [0, 1, 0, 0]])
            (request.dimension, request.purpose) = (2, .query)
            let response = try await embedder.embedBatch(request)
            #expect(response.embeddings.map(\.vector) == [[-2, -1], [0, -1]] && response.tokensUsed == 2)
            request.dimension = 5
            await expect(.invalidRequest, "at most") { _ = try await embedder.embedBatch(request) }
        }

        @Test(arguments: Road.allCases) func `An embedder embeds and refuses`(road: Road) async throws {
            let embedder = try Roads.embedder(road)
            #expect(try await embedder.embed("abcd€") == [2, 1, 3, 1])
            await expect(.invalidRequest, "nothing to embed") { _ = try await embedder.embed("") }
            let info = try await embedder.embedderInfo()
            #expect(info.modelName == "conformance-embedder")
            #expect(info.dimension == 4)
            #expect(try await embedder.health().isHealthy)
        }

        // MARK: -

        private func stream(_ road: Road, _ prompt: String) async throws -> (pieces: [String], tokens: Int) {
            let pieces = Mutex<[String]>([])
            let end = try await Roads.model(road).generateStreaming(.asking(prompt)) { chunk in
                pieces.withLock { $0.append(chunk.text) }
            }
            return (pieces.withLock { $0 }, end.tokensUsed)
        }

        private func expect(
            _ code: ProviderError.Code, _ words: String, at location: SourceLocation = #_sourceLocation,
            _ body: () async throws -> Void
        ) async {
            let error = await #expect(throws: ProviderError.self, sourceLocation: location) { try await body() }
            #expect(error?.code == code, sourceLocation: location)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")", sourceLocation: location)
        }

        /// Makes the call, cancels it once the provider has begun, and expects the provider to notice.
        private func cancel(
            _ prompt: String, _ model: any LLMProvider, _ call: @escaping @Sendable (GenerateRequest) async throws -> Void
        ) async throws {
            let name = String(prompt.dropFirst("forever ".count))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: (any Error).self) { try await call(.asking(prompt)) }
                }
                try await wait(for: "begun", name, model)
                group.cancelAll()
                try await group.waitForAll()
            }
            try await wait(for: "cancelled", name, model)
        }

        private func wait(for state: String, _ name: String, _ model: any LLMProvider) async throws {
            let end = ContinuousClock.now + .seconds(5)
            var now = ""
            while now != state, ContinuousClock.now < end {
                now = try await model.generate(.asking("state \(name)")).text
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(now == state)
        }
    }
}

extension GenerateRequest {
    static func asking(_ prompt: String) -> GenerateRequest {
        var request = GenerateRequest()
        request.messages = [Message(role: "user", content: prompt)]
        return request
    }
}

extension UpsertRequest {
    static func row(_ id: String, _ vector: [Float], in collection: String, _ metadata: [String: String]) -> UpsertRequest {
        var request = UpsertRequest()
        (request.collection, request.id, request.vector, request.metadata) = (collection, id, vector, metadata)
        return request
    }
}

extension SearchRequest {
    static func nearest(_ vector: [Float], in collection: String, _ count: Int32) -> SearchRequest {
        var request = SearchRequest()
        (request.collection, request.vector, request.topK) = (collection, vector, count)
        return request
    }
}
