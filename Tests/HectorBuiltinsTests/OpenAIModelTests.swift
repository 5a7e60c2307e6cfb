import HectorCore
@testable import HectorBuiltins
import HectorProgram
import HectorProto
import HectorProviders
import Synchronization
import Testing

/// The provider and a server that says what real ones do not say on demand.
@Suite(.timeLimit(.minutes(1))) struct OpenAIModelTests {
    private static let models = #"{"data":[{"id":"m","owned_by":"somebody"}]}"#

    private func text(_ text: String) -> String { #"{"choices":[{"delta":{"content":"\#(text)"}}]}"# }

    private var request: GenerateRequest {
        var request = GenerateRequest()
        request.messages = [Message(role: "user", content: "Hi")]
        return request
    }

    /// A model at a server that answers calls as `script` does.
    private func serving(
        _ config: [String: String] = [:], timing: Timing = .system(), answering script: @escaping @Sendable (ScriptedServer.Request) -> [ScriptedServer.Part],
        _ body: @escaping @Sendable (OpenAIModel, ScriptedServer) async throws -> Void
    ) async throws {
        try await ScriptedServer.run({ $0.line == "GET /v1/models" ? ScriptedServer.answer("200 OK", Self.models) : script($0) }) { server in
            let model = OpenAIModel(timing: timing)
            try await model.initialize(config: config.merging(["url": server.url, "key": "sk-secret-key"]) { $1 })
            try await body(model, server)
        }
    }

    private func failure(_ body: () async throws -> Void) async throws -> ProviderError {
        do {
            try await body()
        } catch let error as ProviderError {
            return error
        }
        return ProviderError(.failed, "nothing was thrown")
    }

    @Test func `A stream is passed on piece by piece, whole answers are joined of it`() async throws {
        let (hello, world) = (text("Hel"), text("lo"))
        let events = [hello, world, #"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#, "[DONE]"]
        try await serving(answering: { _ in ScriptedServer.events(events) }) { model, server in
            let pieces = Mutex<[String]>([])
            let end = try await model.generateStreaming(request) { chunk in pieces.withLock { $0.append(chunk.text) } }
            #expect(pieces.withLock { $0 } == ["Hel", "lo"] && end.finishReason == .stop && end.tokensUsed == 2)
            let whole = try await model.generate(request)
            #expect(whole.text == "Hello" && whole.usage.promptTokens == 3)
            let calls = server.requests.filter { $0.line == "POST /v1/chat/completions" }
            #expect(calls.count == 2 && calls[0].head.contains("authorization: bearer sk-secret-key"))
            #expect(try JSONText(Array(calls[0].body.utf8))["model"]?.string == "m")
        }
    }

    @Test func `Calls of tools come whole, or in pieces where those are asked for`() async throws {
        let events = [
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":"tool_calls"}]}"#, "[DONE]",
        ]
        try await serving(answering: { _ in ScriptedServer.events(events) }) { model, _ in
            let chunks = Mutex<[StreamChunk]>([])
            _ = try await model.generateStreaming(request) { chunk in chunks.withLock { $0.append(chunk) } }
            #expect(chunks.withLock { $0.map(\.toolCall.argumentsJson) } == [#"{"x":1}"#])
            var wanting = request
            wanting.options.toolCallDeltas = true
            chunks.withLock { $0 = [] }
            _ = try await model.generateStreaming(wanting) { chunk in chunks.withLock { $0.append(chunk) } }
            #expect(chunks.withLock { $0.map { $0.toolCallDeltas[0].argumentsJson } } == [#"{"x""#, ":1}"])
        }
    }

    @Test func `A server that does not stream is read as well`() async throws {
        let whole = #"{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}"#
        try await serving(answering: { _ in ScriptedServer.answer("200 OK", whole) }) { model, _ in
            let answer = try await model.generate(request)
            #expect(answer.text == "Hello")
        }
    }

    @Test func `vLLM counts the tokens of a conversation, and what cannot be counted or continued is refused by name`() async throws {
        try await serving(["engine": "vllm"], answering: { request in
            request.line == "POST /tokenize" ? ScriptedServer.answer("200 OK", #"{"count":7,"max_model_len":9,"tokens":[1]}"#) : ScriptedServer.answer("404 Not Found", "{}")
        }) { model, server in
            #expect(model.about.capabilities["count_tokens"] == "true" && model.about.capabilities["generate_from"]?.contains("tokens") == true)
            #expect(try await model.countTokens(request) == 7)
            #expect(server.requests.last?.body == #"{"add_generation_prompt":true,"messages":[{"content":"Hi","role":"user"}],"model":"m"}"#)
            var beginning = GenerateFromRequest()
            (beginning.request, beginning.tokens.ids) = (request, Array(1...8))
            let from = beginning
            let refused1 = try await failure { _ = try await model.generateFrom(from) { _ in } }
            #expect(refused1.code == .tooLarge && refused1.message.contains("have 9 tokens, and the model reads 9"), "\(refused1)")
            var image = request
            var part = ContentPart()
            part.image = Image()
            image.messages[0].parts = [.text("what is it?"), part]
            let asked = image
            let refused2 = try await failure { _ = try await model.countTokens(asked) }
            #expect(refused2.code == .unsupported)
        }
        try await serving(answering: { _ in [] }) { model, _ in
            #expect(model.about.capabilities["count_tokens"] == nil)
            let refused3 = try await failure { _ = try await model.countTokens(request) }
            #expect(refused3.code == .unsupported)
        }
    }

    @Test func `An answer of vLLM goes on from the ids of tokens`() async throws {
        let events = [
            #"{"choices":[{"index":0,"text":"Hel","token_ids":[7]}]}"#, #"{"choices":[{"index":0,"text":"lo","token_ids":[8,9],"finish_reason":"stop"}]}"#,
            #"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3}}"#, "[DONE]",
        ]
        try await serving(["engine": "vllm"], answering: { request in
            switch request.line {
            case "POST /tokenize": ScriptedServer.answer("200 OK", #"{"count":3,"max_model_len":100,"tokens":[11,12,13]}"#)
            case "POST /v1/completions": ScriptedServer.events(events)
            default: ScriptedServer.answer("404 Not Found", "{}")
            }
        }) { model, server in
            var from = GenerateFromRequest()
            (from.request, from.tokens.ids) = (request, [4, 5])
            from.request.options.tokenIds = true
            let chunks = Mutex<[StreamChunk]>([])
            let end = try await model.generateFrom(from) { chunk in chunks.withLock { $0.append(chunk) } }
            #expect(chunks.withLock { $0.map(\.text) } == ["Hel", "lo"] && chunks.withLock { $0.map(\.tokenIds) } == [[7], [8, 9]])
            #expect(end.finishReason == .stop && end.tokensUsed == 3)
            let asked = try JSONText(Array(try #require(server.requests.last).body.utf8))
            #expect(asked["prompt"]?.text == "[11,12,13,4,5]" && asked["max_tokens"]?.int == 95 && asked["return_token_ids"]?.bool == true && asked["model"]?.string == "m")
            var tool = ToolDefinition()
            tool.name = "f"
            from.request.tools = [tool]
            let withTools = from
            let refused = try await failure { _ = try await model.generateFrom(withTools) { _ in } }
            #expect(refused.code == .unsupported)
        }
    }

    @Test func `What goes wrong says what and why, and no key`() async throws {
        let cases: [(parts: [ScriptedServer.Part], code: ProviderError.Code, words: String)] = [
            (ScriptedServer.answer("429 Too Many Requests", #"{"error":{"message":"slow down"}}"#, "retry-after: 7\r\n"), .exhausted, "slow down"),
            (ScriptedServer.answer("401 Unauthorized", #"{"error":{"message":"sk-secret-key is wrong"}}"#), .unauthenticated, "[secret] is wrong"),
            (ScriptedServer.answer("404 Not Found", #"{"error":{"message":"no model m","code":"model_not_found"}}"#), .failedPrecondition, "it has 'm'"),
            (ScriptedServer.events([text("Hel")]), .unavailable, "ended its answer in the middle"),
            (ScriptedServer.events([text("Hel"), "{"]), .failed, "no JSON"),
            (ScriptedServer.events([text("Hel"), #"{"error":{"message":"out of memory","code":500}}"#]), .failed, "out of memory"),
            ([.bytes("not HTTP at all\r\n\r\n")], .unavailable, "does not speak HTTP"),
            ([.bytes("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"), .silence], .unavailable, "silent for too long"),
            (ScriptedServer.events([text("Hel")]) + [.silence], .unavailable, "silent for too long"),
        ]
        for (parts, code, words) in cases {
            try await serving(["timeout": "1s"], answering: { _ in parts }) { model, _ in
                let failure = try await failure { _ = try await model.generate(request) }
                #expect(failure.code == code && failure.message.contains(words) && !failure.message.contains("sk-secret-key"), "\(failure)")
                if code == .exhausted { #expect(failure.retryAfter == .seconds(7)) }
            }
        }
    }

    @Test func `An event without end is not kept`() async throws {
        var limits = BuiltinLimits()
        limits.eventBytes = 100
        let long = text(String(repeating: "x", count: 200))
        try await ScriptedServer.run({ $0.line.hasPrefix("GET") ? ScriptedServer.answer("200 OK", Self.models) : ScriptedServer.events([long]) }) { [limits] server in
            let model = OpenAIModel(timing: .system(), limits: limits)
            try await model.initialize(config: ["url": server.url, "model": "m", "engine": "other"])
            let failure = try await failure { _ = try await model.generate(request) }
            #expect(failure.message.contains("longer than 100 bytes"), "\(failure)")
        }
    }

    @Test func `Nobody waits for an answer that its caller needs no more`() async throws {
        let first = text("Hel")
        try await serving(answering: { _ in ScriptedServer.events([first]) + [.silence] }) { model, server in
            let began = Signal<Void>()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await model.generateStreaming(request) { _ in began.set() } }
                try? await began.wait()
                group.cancelAll()
            }
            for _ in 0..<500 where server.departures == 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(server.departures == 1)
        }
    }

    @Test func `A server that is not up is waited for, and tells then what it can do`() async throws {
        // A port on which nobody listens.
        let port = Mutex(0)
        try await ScriptedServer.run({ _ in [] }) { server in port.withLock { $0 = server.port } }
        let free = port.withLock { $0 }
        let model = OpenAIModel(timing: .system())
        try await model.initialize(config: ["url": "http://127.0.0.1:\(free)/v1"])
        let before = try await model.health()
        #expect(!before.isHealthy && before.message == "nothing listens at http://127.0.0.1:\(free)/v1: start the server, or correct url")
        #expect(model.about.capabilities["options"]?.contains("top_k") == false)
        let failure = try await failure { _ = try await model.generate(request) }
        #expect(failure.code == .unavailable)
        try await ScriptedServer.run(port: free, { request in
            request.line == "GET /v1/models"
                ? ScriptedServer.answer("200 OK", #"{"data":[{"id":"m","owned_by":"llamacpp","meta":{"n_ctx":512}}]}"#)
                : ScriptedServer.answer("200 OK", #"{"total_slots":4,"chat_template_caps":{"supports_tools":false}}"#)
        }) { _ in
            let health = try await model.health()
            #expect(health.isHealthy)
            #expect(try await model.modelInfo().maxTokens == 512)
            let capabilities = model.about.capabilities
            #expect(capabilities["options"]?.contains("top_k") == true && capabilities["options"]?.contains("tool") == false)
            #expect(capabilities["generate_from"] == "text,tokens" && capabilities["function_calling"] == "false")
            #expect(model.load.slots == 4)
        }
    }

    @Test func `Which model is meant must be clear`() async throws {
        let two = #"{"data":[{"id":"a","owned_by":"library"},{"id":"b:latest","owned_by":"library"}]}"#
        try await ScriptedServer.run({ _ in ScriptedServer.answer("200 OK", two) }) { server in
            for (config, words) in [([:], "has not exactly one: it has 'a', 'b:latest'"), (["model": "c"], "has no model 'c': it has 'a', 'b:latest'"), (["model": "b"], "")] {
                let model = OpenAIModel(timing: .system())
                try await model.initialize(config: ["url": server.url].merging(config) { $1 })
                let health = try await model.health()
                #expect(health.isHealthy == words.isEmpty && health.message.contains(words), "\(health)")
            }
        }
    }

    @Test func `A server that answered is not asked again for a while, one that failed is`() async throws {
        let now = Mutex(Instant())
        let timing = Timing(now: { now.withLock { $0 } }, sleepUntil: { _ in }, random: { $0.lowerBound })
        try await serving(timing: timing, answering: { _ in ScriptedServer.answer("500 Oops", "{}") }) { model, server in
            for _ in 0..<3 {
                let health = try await model.health()
                #expect(health.isHealthy)
            }
            #expect(server.requests.count == 1)
            now.withLock { $0 = $0.advanced(by: .seconds(15)) }
            #expect(try await model.health().isHealthy && server.requests.count == 2)
            _ = try? await model.generate(request)
            #expect(try await model.health().isHealthy && server.requests.count == 4)
        }
    }

    @Test(arguments: [
        ([:], "url is required"), (["url": "ftp://x"], "url must be an address"), (["url": "http://u:p@x/v1"], "url must be an address"),
        (["url": "http://x", "engine": "gpt"], "engine must be one of openai, llama.cpp"), (["url": "http://x", "options": #"["mood"]"#], "options: 'mood'"),
        (["url": "http://x", "headers": #"{"host":"y"}"#], "headers: 'host'"), (["url": "http://x", "images": "maybe"], "images must be true or false"),
    ] as [([String: String], String)])
    func `A wrong configuration is refused by the key's name`(config: [String: String], words: String) async throws {
        let failure = try await failure { try await OpenAIModel(timing: .system()).initialize(config: config) }
        #expect(failure.message.contains(words), "\(failure)")
    }

    @Test func `Texts are embedded in batches, of the dimension that was asked for`() async throws {
        try await ScriptedServer.run({ request in
            guard request.line == "POST /v1/embeddings", let body = try? JSONText(Array(request.body.utf8)) else { return ScriptedServer.answer("200 OK", Self.models) }
            var vectors: [String] = []
            body["input"]?.forEachElement { vectors.append(#"{"index":\#($0),"embedding":[\#($1.string?.utf8.count ?? 0),0.5]}"#) }
            return ScriptedServer.answer("200 OK", #"{"data":[\#(vectors.joined(separator: ","))],"usage":{"total_tokens":1}}"#)
        }) { server in
            let embedder = OpenAIEmbedder(timing: .system())
            try await embedder.initialize(config: ["url": server.url, "batch": "2", "query_prefix": "q: "])
            #expect(embedder.about.capabilities["embed_batch"] == "true,dimension,purpose")
            var request = EmbedBatchRequest()
            request.texts = ["a", "bb", "ccc"]
            let answer = try await embedder.embedBatch(request)
            #expect(answer.embeddings.map(\.vector) == [[1, 0.5], [2, 0.5], [3, 0.5]] && answer.tokensUsed == 2)
            #expect(server.requests.filter { $0.line.hasPrefix("POST") }.count == 2)
            request.purpose = .query
            #expect(try await embedder.embedBatch(request).embeddings[0].vector == [4, 0.5])
            #expect(try await embedder.embedderInfo().dimension == 2)
            request.dimension = 3
            let failure = try await failure { _ = try await embedder.embedBatch(request) }
            #expect(failure.code == .invalidRequest && failure.message.contains("vectors of 2 elements, not of 3"))
            #expect(server.requests.last?.body.contains(#""dimensions":3"#) == true)
        }
    }
}
