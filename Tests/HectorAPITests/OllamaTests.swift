import HectorAgents
import HectorCore
import HectorProviders
import HTTPTypes
import HummingbirdTesting
import ScriptedProviders
import Testing

@testable import HectorAPI

/// Ollama's API. What its own client does with it is in `make prove`.
@Suite struct OllamaTests {
    private let question: JSON = ["model": "m", "messages": [["role": "user", "content": "one two"]]]

    private func lines(_ reply: Reply) -> [JSON] {
        reply.text.split(separator: "\n").map { (try? JSON(parsing: $0.utf8)) ?? .string("not JSON: \($0)") }
    }

    // MARK: requests

    private func chat(_ members: String) throws -> OllamaRequest {
        try OllamaRequest(chat: JSONText(Array("{\"model\":\"m\",\(members)}".utf8)))
    }

    private func generate(_ members: String) throws -> OllamaRequest {
        try OllamaRequest(generate: JSONText(Array("{\"model\":\"m\",\(members)}".utf8)))
    }

    @Test func `A request is a stream unless it says otherwise, and its options are those of all dialects`() throws {
        let request = try chat(#"""
            "messages":[{"role":"user","content":"hi"}],"think":"low","keep_alive":"5m","unheard_of":1,
            "options":{"temperature":0.5,"seed":7,"num_predict":9,"stop":["a","b"],"repeat_penalty":1.5,"num_ctx":2048,"num_gpu":1}
            """#).chat
        #expect(request.stream && request.options.maxTokens == 9 && request.options.stop == ["a", "b"])
        #expect(request.options.hints?.temperature == 0.5 && request.options.hints?.seed == 7 && request.options.hints?.repetitionPenalty == 1.5)
        #expect(request.options.hints?.reasoningEffort == "low")
        #expect(request.ignored == ["options.num_ctx"])
        #expect(try !chat(#""messages":[{"role":"user","content":"hi"}],"stream":false"#).chat.stream)
        #expect(try chat(#""messages":[{"role":"user","content":"hi"}],"options":{"num_predict":-1},"think":true"#).chat.ignored == ["think"])
    }

    @Test func `A format is JSON or a schema`() throws {
        func format(_ value: String) throws -> AnswerFormat { try chat(#""messages":[{"role":"user","content":"hi"}],"format":\#(value)"#).chat.options.format }
        #expect(try format(#""json""#) == .json && format(#""""#) == .text)
        guard case .schema(let schema) = try format(#"{"type":"object"}"#) else {
            Issue.record("no schema")
            return
        }
        #expect(schema.text == #"{"type":"object"}"#)
    }

    @Test func `A result belongs to the call of its tool that has none yet`() throws {
        let call = #"{"function":{"name":"f","arguments":{"a":1}}}"#
        let other = #"{"function":{"name":"g","arguments":{}}}"#
        let request = try chat(#"""
            "messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"","tool_calls":[\#(call),\#(other),\#(call)]},
            {"role":"tool","tool_name":"g","content":"1"},{"role":"tool","tool_name":"f","content":"2"},{"role":"tool","content":"3"}]
            """#).chat
        #expect(request.messages[1].toolCalls.map(\.id) == ["call-0", "call-1", "call-2"])
        #expect(request.messages[1].toolCalls[0].argumentsJson == #"{"a":1}"#)
        #expect(request.messages.dropFirst(2).map(\.toolCallID) == ["call-1", "call-0", "call-2"])
    }

    @Test func `Images are bytes whose beginning tells the type`() throws {
        for (bytes, type) in [("iVBORw0KGgo=", "image/png"), ("/9j/4A==", "image/jpeg"), ("R0lGODlh", "image/gif"), ("UklGRgAAAABXRUJQ", "image/webp")] {
            let parts = try generate(#""prompt":"see","images":["\#(bytes)"]"#).chat.messages[0].parts
            #expect(parts.map(\.text) == ["see", ""] && parts[1].image.mediaType == type)
        }
    }

    @Test func `A prompt is a conversation of its own`() throws {
        let request = try generate(#""prompt":"hi","system":"be brief","stream":false"#)
        #expect(request.chat.messages.map { [$0.role, $0.content] } == [["system", "be brief"], ["user", "hi"]] && !request.isLoad)
        let load = try generate(#""keep_alive":0"#)
        #expect(load.isLoad && load.isUnload)
    }

    @Test(arguments: [
        (#""messages":[{"content":"hi"}]"#, "messages[0].role"),
        (#""messages":[{"role":"user","images":["AAAA"]}]"#, "messages[0].images[0]"),
        (#""messages":[{"role":"user","images":["?"]}]"#, "messages[0].images[0]"),
        (#""messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}]"#, "messages[0].tool_calls[0].function.arguments"),
        (#""messages":[{"role":"assistant","tool_calls":[{"function":{}}]}]"#, "messages[0].tool_calls[0].function.name"),
        (#""messages":[],"options":{"temperature":"hot"}"#, "options.temperature"),
        (#""messages":[],"options":[]"#, "options"), (#""messages":[],"format":"yaml""#, "format"), (#""messages":[],"logprobs":true"#, "logprobs"),
        (#""messages":[],"format":{"type":7}"#, "format"),
    ])
    func `What is wrong is named`(_ members: String, _ path: String) {
        let error = #expect(throws: APIError.self) { try chat(members) }
        #expect(error?.parameter == path, "\(error?.message ?? "")")
    }

    @Test(arguments: [#""suffix":"x""#, #""template":"x""#, #""raw":true"#, #""context":[1]"#])
    func `What cannot be kept is refused by name`(_ member: String) throws {
        let error = #expect(throws: APIError.self) { try generate(#""prompt":"hi",\#(member)"#) }
        #expect(error?.code == .unsupportedParameter && error?.parameter.map { member.contains($0) } == true)
    }

    // MARK: answers

    @Test func `Answers come as lines, and whole where they are asked for whole`() async throws {
        try await APIFixture().application.test(.live) { client in
            let streamed = try await client.post("/api/chat", question)
            #expect(streamed.headers[.contentType] == "application/x-ndjson")
            let parts = lines(streamed)
            #expect(parts.map { $0["message"]?["content"] } == ["one ", "two ", ""] && parts.map { $0["done"] } == [false, false, true])
            #expect(parts.allSatisfy { $0["model"] == "m" && $0["created_at"] == "2023-11-14T22:13:20.123Z" })
            #expect(parts.last?["done_reason"] == "stop" && parts.last?["eval_count"] == 7)

            let whole = try await client.post("/api/chat", question.adding(["stream": false])).json
            #expect(whole["message"] == ["role": "assistant", "content": "one two "] && whole["done"] == true)
            let generated = try await client.post("/api/generate", ["model": "m:latest", "prompt": "one", "stream": false]).json
            #expect(generated["response"] == "one " && generated["model"] == "m:latest")
            #expect(try await client.post("/api/generate", ["model": "m"]).json["done_reason"] == "load")
        }
    }

    @Test func `Calls are whole, with their arguments as an object`() async throws {
        let llm = ScriptedLLM { request, onChunk in
            var call = ToolCall()
            call.id = "c"
            call.name = "f"
            call.argumentsJson = request.messages.last?.content ?? ""
            try await onChunk(.toolCall(call))
            return 1
        }
        let tools: JSON = [["type": "function", "function": ["name": "f"]]]
        @Sendable func ask(_ text: String, stream: Bool) -> JSON {
            ["model": "m", "stream": .bool(stream), "tools": tools, "messages": [["role": "user", "content": .string(text)]]]
        }
        try await APIFixture(llm: llm).application.test(.live) { client in
            for stream in [false, true] {
                let reply = try await client.post("/api/chat", ask(#"{"a": [1]}"#, stream: stream))
                #expect(lines(reply).first?["message"]?["tool_calls"] == [["id": "c", "function": ["name": "f", "arguments": ["a": [1]]]]])
                let wrong = try await client.post("/api/chat", ask("[1]", stream: stream))
                #expect(lines(wrong).last?["error"] != nil && wrong.status == (stream ? .ok : .badGateway))
            }
        }
    }

    @Test func `Texts are embedded, in the form of today and in the older one`() async throws {
        let embedders = ["e": Lengths(), "d": Lengths(["embed_batch": "dimension"])]
        try await APIFixture(embedders: embedders).application.test(.live) { client throws in
            let one = try await client.post("/api/embed", ["model": "e:latest", "input": "abc", "options": [:], "keep_alive": "5m"]).json
            #expect(one["model"] == "e:latest" && one["embeddings"] == [[3, .number(0.5)]])
            #expect(one["load_duration"] == 0 && one["prompt_eval_count"] == 1)
            let several = try await client.post("/api/embed", ["model": "d", "input": ["a", "bc"], "dimensions": 3, "truncate": true])
            #expect(several.json["embeddings"] == [[1, 1, 1], [2, 2, 2]] && several.headers[text: "x-hector-ignored"] == "truncate")
            #expect(try await client.post("/api/embeddings", ["model": "e", "prompt": "ab"]).text == #"{"embedding":[2.0,0.5]}"#)
            // Nothing to embed: the model is there.
            #expect(try await client.post("/api/embed", ["model": "e", "input": ""]).json["embeddings"] == [])
            #expect(try await client.post("/api/embed", ["model": "e", "input": []]).json["embeddings"] == [])
            #expect(try await client.post("/api/embeddings", ["model": "e"]).text == #"{"embedding":[]}"#)
        }
    }

    @Test func `What is wrong with texts is told in Ollama's form`() async throws {
        try await APIFixture(embedders: ["e": Lengths()]).application.test(.live) { client throws in
            func refusal(_ body: JSON, _ path: String = "/api/embed") async throws -> String {
                let reply = try await client.post(path, body)
                return "\(reply.status.code) \(reply.json["error"]?.string ?? "")"
            }
            #expect(try await refusal(["input": "a"]) == "400 model is missing.")
            #expect(try await refusal(["model": "e", "input": ["a", ""]]) == "400 input[1] is empty.")
            #expect(try await refusal(["model": "e", "input": "a", "dimensions": -1]) == "400 dimensions must be at least 0.")
            #expect(try await refusal(["model": "e", "prompt": 1], "/api/embeddings") == "400 prompt must be a string, not a number.")
            #expect(try await refusal(["model": "x", "input": "a"]) == "404 There is no embedder plugin named \"x\".")
            #expect(try await refusal(["model": "m", "input": "a"]) == "404 \"m\" is no embedder: it answers chats.")
            #expect(try await refusal(["model": "e", "input": "long", "truncate": false]) == "400 too long")
            let dimension = try await client.post("/api/embed", ["model": "e", "input": "a", "dimensions": 3])
            #expect(dimension.status == .badRequest)
        }
    }

    @Test func `Embedders are models, too`() async throws {
        try await APIFixture(embedders: ["e": Lengths()]).application.test(.live) { client throws in
            for path in ["/api/tags", "/api/ps"] {
                #expect(try await client.get(path).json["models"]?.array?.last?["name"] == "e")
            }
            #expect(try await client.post("/api/show", ["model": "e:latest"]).json["capabilities"] == ["embedding"])
        }
    }

    @Test func `Vectors are written byte by byte`() {
        let made = Embeddings(vectors: [[1, -0.5], [1e-7]], tokensUsed: 4)
        #expect(String(decoding: OllamaEmbeddings.list(made, model: "e", took: .microseconds(3)), as: UTF8.self)
            == #"{"model":"e","embeddings":[[1.0,-0.5],[1e-07]],"total_duration":3000,"load_duration":0,"prompt_eval_count":4}"#)
    }

    @Test func `Lists and details have the form that clients read`() async throws {
        try await APIFixture().application.test(.live) { client in
            let tags = try await client.get("/api/tags").json
            #expect(tags["models"]?.array?.map { $0["name"] } == ["guide", "lost", "m"])
            #expect(try await client.get("/api/ps").json["models"]?.array?.map { $0["name"] } == ["guide", "m"])
            #expect(try await client.get("/api/version").json == ["version": .string(OllamaDialect.version)])
            let shown = try await client.post("/api/show", ["model": "m"]).json
            #expect(shown["capabilities"] == ["completion", "tools"] && shown["details"]?["family"] == "hector")
        }
    }

    @Test func `Errors have Ollama's form, and what manages models is refused by name`() async throws {
        try await APIFixture().application.test(.live) { client in
            let unknown = try await client.post("/api/chat", question.adding(["model": "x"]))
            #expect(unknown.status == .notFound && unknown.json["error"] == "There is no agent or LLM plugin named \"x\".")
            #expect(try await client.post("/api/pull", ["model": "x"]).status == .notImplemented)
            #expect(try await client.delete("/api/delete").status == .notImplemented)
            let form = try await client.post("/api/chat", text: "{}", [.contentType: "application/x-www-form-urlencoded"])
            #expect(form.status == .unsupportedMediaType && form.json["error"] != nil)
        }
    }

    @Test func `A port of its own has Ollama's API and nothing else`() async throws {
        let api = APIFixture(security: APISecurity(token: "0123456789abcdef")).api
        let application = api.application(logger: APIFixture.logger, sharing: api.shared(.ollama))
        try await application.test(.live) { client throws in
            let token: HTTPFields = [.authorization: "Bearer 0123456789abcdef"]
            #expect(try await client.get("/").status == .unauthorized)
            #expect(try await client.get("/", token).text == "Ollama is running")
            #expect(try await client.post("/api/chat", question, token).status == .ok)
            #expect(try await client.post("/api/chat", question).status == .unauthorized)
            #expect(try await client.get("/v1/models", token).status == .notFound)
            #expect(try await client.get("/mesh", token).status == .notFound)
        }
    }
}
