import HectorAgents
import HectorCore
import HectorProviders
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import HectorAPI

/// The vector of a text is its length and a half; of a wanted dimension as many of these.
final class Lengths: EmbedderProvider {
    let about: PluginDescription
    let batches = Mutex<[[String]]>([])
    let atWork = Mutex((now: 0, most: 0))

    init(_ capabilities: [String: String] = [:]) { about = PluginDescription(name: "e", version: "1", capabilities: capabilities) }

    func embed(_ text: String) async throws -> [Float] {
        guard text != "long" else { throw ProviderError(.tooLarge, "too long") }
        return text == "nan" ? [.nan] : [Float(text.utf8.count), 0.5]
    }

    func embedBatch(_ request: EmbedBatchRequest) async throws -> EmbedBatchResponse {
        batches.withLock { $0.append(request.texts) }
        atWork.withLock {
            $0.now += 1
            $0.most = max($0.most, $0.now)
        }
        defer { atWork.withLock { $0.now -= 1 } }
        await Task.yield()
        var response = EmbedBatchResponse()
        for text in request.texts {
            var embedding = Embedding()
            let vector = try await embed(text)
            embedding.vector = request.dimension == 0 ? vector : [Float](repeating: vector[0], count: Int(request.dimension))
            response.embeddings.append(embedding)
        }
        response.tokensUsed = Int32(request.texts.count)
        return response
    }

    func embedderInfo() async throws -> EmbedderInfo { EmbedderInfo() }
}

/// Tells the size of its context.
private final class SizedLLM: LLMProvider {
    let about = PluginDescription(name: "m", version: "1")
    let asked = Mutex(0)

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse { GenerateResponse() }

    func modelInfo() async throws -> ModelInfo {
        asked.withLock { $0 += 1 }
        var info = ModelInfo()
        info.maxTokens = 4096
        return info
    }
}

@Suite struct EmbeddingsTests {
    let path = "/v1/embeddings"

    private func read(_ members: String) throws -> EmbeddingsRequest { try EmbeddingsRequest(JSONText(Array("{\(members)}".utf8))) }

    @Test func requestsAreRead() throws {
        let one = try read(#""model":"e","input":"a b","user":"u","unheard_of":1"#)
        #expect(one.model == "e" && one.texts == ["a b"] && one.encoding == .float && one.dimension == 0)
        let two = try read(#""model":"e","input":["a","b"],"encoding_format":"base64","dimensions":3"#)
        #expect(two.texts == ["a", "b"] && two.encoding == .base64 && two.dimension == 3)
    }

    @Test(arguments: [
        (#""input":"a""#, "model", "model is missing."),
        (#""model":"e""#, "input", "input is missing."),
        (#""model":"e","input":[]"#, "input", "input is empty."),
        (#""model":"e","input":["a",""]"#, "input[1]", "input[1] is empty."),
        (#""model":"e","input":[1,2]"#, "input[0]", "input[0] is not supported: only texts are, and not tokens, which every model numbers in its own way."),
        (#""model":"e","input":[[1]]"#, "input[0]", "input[0] is not supported: only texts are, and not tokens, which every model numbers in its own way."),
        (#""model":"e","input":{}"#, "input", "input must be a string, not an object."),
        (#""model":"e","input":"a","encoding_format":"int8""#, "encoding_format", "encoding_format must be float or base64, not 'int8'."),
        (#""model":"e","input":"a","dimensions":0"#, "dimensions", "dimensions must be at least 1."),
        (#""model":"e","input":"a","dimensions":2147483648"#, "dimensions", "dimensions must be at most 2147483647."),
    ]) func whatIsWrongIsNamed(members: String, parameter: String, message: String) throws {
        let error = #expect(throws: APIError.self) { try read(members) }
        #expect(error?.parameter == parameter && error?.message == message)
    }

    @Test func textsAreBounded() throws {
        func list(_ count: Int) -> String { #""model":"e","input":[\#([String](repeating: #""a""#, count: count).joined(separator: ","))]"# }
        #expect(try read(list(2048)).texts.count == 2048)
        #expect(throws: APIError.self) { try read(list(2049)) }
    }

    @Test func listsAreWrittenByteByByte() {
        let embeddings = Embeddings(vectors: [[1, -0.5], [1e-7]], tokensUsed: 4)
        let floats = String(decoding: EmbeddingList.openAI(embeddings, model: "e", encoding: .float), as: UTF8.self)
        #expect(floats == #"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0,-0.5]},{"object":"embedding","index":1,"embedding":[1e-07]}],"model":"e","usage":{"prompt_tokens":4,"total_tokens":4}}"#)
        #expect(EmbeddingList.base64([1, -0.5]) == "AACAPwAAAL8=")
    }

    @Test func embeddersAnswer() async throws {
        let embedder = Lengths()
        try await APIFixture(embedders: ["e": embedder]).application.test(.live) { client in
            let reply = try await client.post(path, ["model": "e", "input": ["a", "bcd"]])
            #expect(reply.json == [
                "object": "list", "model": "e", "usage": ["prompt_tokens": 2, "total_tokens": 2],
                "data": [["object": "embedding", "index": 0, "embedding": [1, .number(0.5)]], ["object": "embedding", "index": 1, "embedding": [3, .number(0.5)]]],
            ])
            let encoded = try await client.post(path, ["model": "e", "input": "a", "encoding_format": "base64"])
            #expect(encoded.json["data"]?[0]?["embedding"] == "AACAPwAAAD8=")
        }
        // Without the capability text by text.
        #expect(embedder.batches.withLock { $0.allSatisfy { $0.count == 1 } })
    }

    @Test func batchesAreBoundedAndKeepTheirOrder() async throws {
        let embedder = Lengths(["embed_batch": "true"])
        let texts = (1...300).map { String(repeating: "a", count: $0) }
        let made = try await ProvidedEmbedder(embedder).embed(texts)
        #expect(made.vectors.map { Int($0[0]) } == Array(1...300) && made.tokensUsed == 300)
        #expect(embedder.batches.withLock { $0.map(\.count).sorted() } == [44, 64, 64, 64, 64])
        #expect(embedder.atWork.withLock { $0.most } <= EmbeddingLimits.standard.callsAtOnce)
        var limits = EmbeddingLimits()
        limits.elements = 599
        await #expect(throws: AgentError(.answerTooLong, "")) { try await ProvidedEmbedder(embedder).embed(texts, limits: limits) }
    }

    @Test func dimensionsArePromises() async throws {
        try await APIFixture(embedders: ["e": Lengths(), "d": Lengths(["embed_batch": "dimension"])]).application.test(.live) { client in
            let refused = try await client.post(path, ["model": "e", "input": "a", "dimensions": 3])
            #expect(refused.status == .badRequest && refused.json["error"]?["param"] == "dimensions")
            #expect(refused.json["error"]?["code"] == "unsupported_parameter")
            let made = try await client.post(path, ["model": "d", "input": "a", "dimensions": 3])
            #expect(made.json["data"]?[0]?["embedding"] == [1, 1, 1])
        }
    }

    @Test func failuresAreTold() async throws {
        try await APIFixture(embedders: ["e": Lengths()]).application.test(.live) { client in
            let unknown = try await client.post(path, ["model": "x", "input": "a"])
            #expect(unknown.status == .notFound && unknown.json["error"]?["code"] == "model_not_found")
            let chat = try await client.post(path, ["model": "guide", "input": "a"])
            #expect(chat.status == .notFound && chat.json["error"]?["message"] == "\"guide\" is no embedder: it answers chats.")
            let long = try await client.post(path, ["model": "e", "input": "long"])
            #expect(long.status == .badRequest && long.json["error"]?["param"] == "input")
            #expect(try await client.post(path, ["model": "e", "input": "nan"]).status == .badGateway)
        }
    }

    @Test func `An agent's embedder is reached by the agent's id`() async throws {
        try await APIFixture(embedders: ["e": Lengths()], guideEmbedder: "e").application.test(.live) { client in
            let made = try await client.post(path, ["model": "guide", "input": "abc"])
            #expect(made.json["data"]?[0]?["embedding"] == [3, .number(0.5)] && made.json["model"] == "guide")
            // It is no model of its own in lists.
            #expect(try await client.get("/v1/models").json["data"]?.array?.map { $0["id"] } == ["guide", "lost", "m", "e"])
        }
        try await APIFixture(guideEmbedder: "nowhere").application.test(.live) { client in
            let lost = try await client.post(path, ["model": "guide", "input": "abc"])
            #expect(lost.status == .serviceUnavailable)
            #expect(lost.json["error"]?["message"] == "Agent \"guide\" uses the embedder plugin \"nowhere\", which is not known here.")
        }
    }

    @Test func `Lists tell the sizes of contexts, and ask each plugin once a minute`() async throws {
        let llm = SizedLLM()
        var fixture = APIFixture(llm: llm)
        let system = fixture.timing
        let later = Mutex(Duration.zero)
        fixture.timing = Timing(
            now: { system.now().advanced(by: later.withLock { $0 }) }, sleepUntil: system.sleep(until:), random: system.random)
        try await fixture.application.test(.live) { client throws in
            for _ in 0..<2 {
                let list = try await client.get("/v1/models").json["data"]
                #expect(list?.array?.map { $0["context_length"] } == [4096, nil, 4096])
            }
            #expect(llm.asked.withLock { $0 } == 1)
            later.withLock { $0 = .seconds(61) }
            _ = try await client.get("/v1/models")
            #expect(llm.asked.withLock { $0 } == 2)
        }
    }

    @Test func modelsAreToldInDetail() async throws {
        try await APIFixture(embedders: ["e": Lengths(["embed_batch": "dimension"])]).application.test(.live) { client in
            let list = try await client.get("/v1/models").json["data"]
            #expect(list?.array?.map { $0["id"] } == ["guide", "lost", "m", "e"])
            #expect(list?[0]?["kind"] == "agent" && list?[0]?["plugin"] == "m" && list?[0]?["replicas_ready"] == 1)
            #expect(list?[1]?["replicas_ready"] == 0)
            // A plugin that does not say it, or is not there, has none.
            #expect(list?.array?.allSatisfy { $0["context_length"] == nil } == true)
            #expect(list?[2]?["kind"] == "llm" && list?[2]?["created"] == 0)
            let embedder: JSON = [
                "id": "e", "object": "model", "created": 0, "owned_by": "hector", "kind": "embedder", "plugin": "e",
                "capabilities": ["embed_batch", "embed_batch.dimension"], "replicas_ready": 0,
            ]
            #expect(list?[3] == embedder)
            #expect(try await client.get("/v1/models/e").json == embedder)
        }
    }
}
