import HectorCore
@testable import HectorBuiltins
import HectorProviders
import Testing

@Suite struct OpenAIErrorTests {
    private func failure(_ status: Int, _ body: String, hasKey: Bool = true, retryAfter: String? = nil) throws -> ProviderError {
        let server = try HTTPEndpoint(
            Settings(["url": "http://127.0.0.1:9/v1/", "key": "sk-very-secret", "headers": #"{"x-team":"team-secret"}"#]), silence: nil, limits: BuiltinLimits())
        let catalog = ModelCatalog(Array(#"{"data":[{"id":"a"},{"id":"b"}]}"#.utf8), limits: BuiltinLimits())
        return OpenAIError(status: status, body: Array(body.utf8))
            .failure(of: server, model: "gpt-x", hasKey: hasKey, catalog: catalog, retryAfter: Duration(retryAfter: retryAfter))
    }

    @Test(arguments: [
        (400, #"{"error":{"message":"bad"}}"#, ProviderError.Code.invalidRequest), (422, #"{"detail":[{"loc":["body"]}]}"#, .invalidRequest),
        (400, #"{"error":{"code":400,"message":"request (5031 tokens) exceeds the available context size (2048 tokens)","type":"exceed_context_size_error"}}"#, .tooLarge),
        (400, #"{"error":{"message":"This model's maximum context length is 8 tokens","code":"context_length_exceeded"}}"#, .tooLarge),
        (413, "", .tooLarge), (500, #"{"error":{"message":"input is too large to process. increase the physical batch size"}}"#, .tooLarge),
        (401, #"{"error":{"message":"no"}}"#, .unauthenticated), (403, "", .permissionDenied), (404, #"{"error":"model 'gpt-x' not found"}"#, .failedPrecondition),
        (404, "404 page not found", .failedPrecondition), (405, "", .failedPrecondition), (307, "", .failedPrecondition),
        (429, #"{"error":{"message":"slow down"}}"#, .exhausted), (500, "oops", .failed), (501, #"{"error":{"message":"no embeddings"}}"#, .unsupported),
        (502, "", .unavailable), (503, #"{"error":{"message":"Loading model"}}"#, .unavailable), (529, "", .unavailable),
    ])
    func `Statuses become codes of the same meaning`(status: Int, body: String, code: ProviderError.Code) throws {
        #expect(try failure(status, body).code == code)
    }

    @Test func `The server's words are kept, and say what to do`() throws {
        #expect(try failure(404, #"{"error":{"message":"The model `gpt-x` does not exist","code":"model_not_found"}}"#).message
            == "http://127.0.0.1:9/v1 has no model 'gpt-x': it has 'a', 'b'. Correct model in the plugin's configuration")
        #expect(try failure(401, #"{"error":{"message":"Incorrect API key"}}"#).message
            == "http://127.0.0.1:9/v1 rejects the key: correct key in the plugin's configuration. It says: Incorrect API key")
        #expect(try failure(401, "", hasKey: false).message.contains("wants a key: set key"))
        #expect(try failure(400, #"{"error":{"message":"Unsupported value","param":"temperature"}}"#).message == "http://127.0.0.1:9/v1 refuses temperature: Unsupported value")
        #expect(try failure(404, "nothing").message.contains("most end with /v1"))
    }

    @Test func `No secret is shown, even where the server says it`() throws {
        let message = try failure(401, #"{"error":{"message":"Incorrect key sk-very-secret of team-secret"}}"#).message
        #expect(!message.contains("sk-very-secret") && !message.contains("team-secret") && message.contains("[secret]"))
    }

    @Test func `How long to wait is passed on`() throws {
        #expect(try failure(429, "", retryAfter: "2").retryAfter == .seconds(2) && failure(503, "", retryAfter: "0.25").retryAfter == .milliseconds(250))
        #expect(try failure(429, "", retryAfter: "Wed, 21 Oct 2026 07:28:00 GMT").retryAfter == nil && failure(400, "", retryAfter: "2").retryAfter == nil)
    }

    @Test func `Models are listed in three dialects`() throws {
        let body = #"""
            {"object":"list","data":[{"id":"m.gguf","owned_by":"llamacpp","architecture":{"input_modalities":["text","image"]},"meta":{"n_ctx":2048}},
            {"id":"v","owned_by":"vllm","max_model_len":4096},{"id":"llama3:latest","owned_by":"library"},
            {"id":"h","owned_by":"hector","context_length":512,"capabilities":["temperature"]}]}
            """#
        let catalog = try #require(ModelCatalog(Array(body.utf8), limits: BuiltinLimits()))
        #expect(catalog.models.map(\.context) == [2048, 4096, nil, 512] && catalog.models.map(\.takesImages) == [true, nil, nil, false])
        #expect(catalog.model("llama3")?.id == "llama3:latest" && catalog.model("none") == nil)
        #expect(Engine(url: "http://x/v1", owners: ["llamacpp"]) == .llamaCPP && Engine(url: "https://api.openai.com/v1", owners: []) == .openai)
        #expect(ModelCatalog(Array("<html>".utf8), limits: BuiltinLimits()) == nil)
    }

    @Test func `Vectors are put in the order of the texts`() throws {
        let list = try #require(EmbeddingList(Array(#"{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2.5]}],"usage":{"total_tokens":6}}"#.utf8), count: 2))
        #expect(list.vectors == [[1, 2.5], [3, 4]] && list.tokens == 6)
        for wrong in [#"{"data":[{"embedding":[1]}]}"#, #"{"data":[{"embedding":[1]},{"embedding":[1,2]}]}"#, #"{"data":[{"embedding":[]},{"embedding":[]}]}"#, "{}"] {
            #expect(EmbeddingList(Array(wrong.utf8), count: 2) == nil)
        }
    }
}
