import Foundation
import HTTPTypes
import HectorAgents
import HectorCore
import HectorProviders
import Hummingbird
import HummingbirdTesting
import ScriptedProviders
import Synchronization
import Testing

@testable import HectorAPI

/// Anthropic's dialect.
/// Counts words, one token each.
private final class CountingLLM: LLMProvider {
    let about = PluginDescription(name: "m", version: "1", capabilities: ["count_tokens": "true"])
    let asked = Mutex<[GenerateRequest]>([])

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse { GenerateResponse() }

    func countTokens(_ request: GenerateRequest) async throws -> Int {
        asked.withLock { $0.append(request) }
        return request.messages.reduce(0) { $0 + $1.content.split(separator: " ").count }
    }
}

@Suite struct MessagesTests {
    /// A request that is good, with these members added to it.
    func read(_ more: String = "", messages: String = #"[{"role":"user","content":"hi"}]"#) throws -> MessagesRequest {
        let members = [#""model":"m","max_tokens":9,"messages":\#(messages)"#, more].filter { !$0.isEmpty }
        return try MessagesRequest(JSONText(Array("{\(members.joined(separator: ","))}".utf8)))
    }

    @Test func requestsAreRead() throws {
        let request = try read(#"""
            "system":[{"type":"text","text":"Be"},{"type":"text","text":"brief"}],"stop_sequences":["a"],"temperature":0.5,"top_k":3,"stream":true,
            "tools":[{"name":"f","description":"d","input_schema":{"type": "object"}}],"tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},
            "thinking":{"type":"enabled"},"metadata":{"user_id":"u"}
            """#)
        #expect(request.messages.map(\.role) == ["system", "user"] && request.messages[0].content == "Be\n\nbrief")
        #expect(request.options.stop == ["a"] && request.options.maxTokens == 9 && !request.options.parallelToolCalls)
        #expect(request.options.toolChoice == .named("f") && request.options.hints?.temperature == 0.5 && request.options.hints?.topK == 3)
        #expect(request.tools.map(\.parametersJson) == [#"{"type": "object"}"#] && request.stream && request.ignored == ["thinking"])
        #expect(try read(#""thinking":{"type":"disabled"}"#).ignored == [])
    }

    @Test func blocksBecomeMessages() throws {
        let request = try read(messages: #"""
            [{"role":"user","content":[{"type":"text","text":"Look: "},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AQI="}}]},
             {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"I call."},{"type":"tool_use","id":"c","name":"f","input":{"a": 1}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","is_error":true,"content":[{"type":"text","text":"no"}]},{"type":"text","text":"Go on."}]}]
            """#)
        #expect(request.messages.map(\.role) == ["user", "assistant", "tool", "user"])
        #expect(request.messages[0].parts.count == 2 && request.messages[0].parts[1].image.data == Data([1, 2]))
        #expect(request.messages[1].content == "I call." && request.messages[1].toolCalls[0].argumentsJson == #"{"a": 1}"#)
        #expect(request.messages[2].toolCallID == "c" && request.messages[2].content == "no" && request.messages[3].content == "Go on.")
        #expect(request.ignored == ["messages.content.is_error"])
    }

    @Test func theLastWordsOfTheAssistantAreTheBeginning() throws {
        let request = try read(messages: #"[{"role":"user","content":"hi"},{"role":"assistant","content":"Well,"}]"#)
        #expect(request.messages.map(\.role) == ["user"] && request.beginning == "Well,")
    }

    @Test(arguments: [
        (#""max_tokens":0"#, "max_tokens", "max_tokens must be at least 1."),
        (#""temperature":2"#, "temperature", "temperature must be a number from 0 to 1."),
        (#""tool_choice":{"type":"any"}"#, "tool_choice", "tool_choice asks for a call, and there are no tools."),
        (#""tool_choice":{"type":"maybe"}"#, "tool_choice.type", "tool_choice.type must be auto, any, tool or none, not 'maybe'."),
        (#""tools":[{"type":"web_search_20250305","name":"web_search"}]"#, "tools[0].type", "tools[0].type is not supported with this value: only tools that the client runs are supported, not 'web_search_20250305'."),
        (#""tools":[{"name":"f"}]"#, "tools[0].input_schema", "tools[0].input_schema is missing."),
        (#""stop_sequences":["a",""]"#, "stop_sequences[1]", "stop_sequences[1] is empty: every answer would end before it begins."),
        (#""messages":[]"#, "messages", "messages is empty."),
        (#""messages":[{"role":"clown","content":"a"}]"#, "messages[0].role", "messages[0].role must be user or assistant, not 'clown'."),
        (#""messages":[{"role":"user","content":[{"type":"document"}]}]"#, "messages[0].content[0].type", "messages[0].content[0].type is not supported here: only text, image, tool_use and tool_result are, not 'document'."),
        (#""messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://a"}}]}]"#, "messages[0].content[0].source.type", "messages[0].content[0].source.type is not supported: only base64 is."),
        (#""system":[{"type":"image"}]"#, "system[0].type", "system[0].type is not supported here: only text is, not 'image'."),
    ]) func whatIsWrongIsNamed(more: String, parameter: String, message: String) throws {
        let error = #expect(throws: APIError.self) { try read(more) }
        #expect(error?.parameter == parameter && error?.message == message)
    }

    @Test func maxTokensAreRequired() {
        #expect(throws: APIError.self) { try MessagesRequest(JSONText(Array(#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#.utf8))) }
    }

    @Test func answersAreWrittenByteByByte() {
        var call = ToolCall()
        (call.id, call.name, call.argumentsJson) = ("c", "f", #"{"a": 1}"#)
        let writer = MessageEvents(id: "msg_1", model: "m")
        var answer = Answer(text: "Hm.", toolCalls: [call], tokensUsed: 3, finishReason: .toolCalls)
        #expect(String(decoding: writer.whole(answer), as: UTF8.self) == #"{"content":[{"text":"Hm.","type":"text"},{"id":"c","input":{"a": 1},"name":"f","type":"tool_use"}],"id":"msg_1","model":"m","role":"assistant","stop_reason":"tool_use","stop_sequence":null,"type":"message","usage":{"input_tokens":0,"output_tokens":3}}"#)
        var usage = Usage()
        (usage.promptTokens, usage.completionTokens, usage.cachedTokens) = (10, 2, 4)
        (answer.usage, answer.finishReason, answer.toolCalls, answer.stoppedAt) = (usage, .stop, [], "x")
        #expect(String(decoding: writer.whole(answer), as: UTF8.self) == #"{"content":[{"text":"Hm.","type":"text"}],"id":"msg_1","model":"m","role":"assistant","stop_reason":"stop_sequence","stop_sequence":"x","type":"message","usage":{"cache_creation_input_tokens":0,"cache_read_input_tokens":4,"input_tokens":6,"output_tokens":2}}"#)
    }

    @Test func eventsAreWrittenByteByByte() {
        var writer = MessageEvents(id: "msg_1", model: "m")
        #expect(String(buffer: writer.opening) == """
            event: message_start\ndata: {"message":{"content":[],"id":"msg_1","model":"m","role":"assistant","stop_reason":null,"stop_sequence":null,"type":"message","usage":{"input_tokens":0,"output_tokens":0}},"type":"message_start"}

            event: ping\ndata: {"type":"ping"}\n\n
            """)
        let pieces = writer.pieces([.text("a"), .text("b"), .toolCallPiece(ToolCallPiece(head: .init(id: "c", name: "f"), arguments: "{")), .toolCallPiece(ToolCallPiece(arguments: "}"))])
        #expect(String(buffer: pieces) == """
            event: content_block_start\ndata: {"content_block":{"text":"","type":"text"},"index":0,"type":"content_block_start"}

            event: content_block_delta\ndata: {"delta":{"text":"a","type":"text_delta"},"index":0,"type":"content_block_delta"}

            event: content_block_delta\ndata: {"delta":{"text":"b","type":"text_delta"},"index":0,"type":"content_block_delta"}

            event: content_block_stop\ndata: {"index":0,"type":"content_block_stop"}

            event: content_block_start\ndata: {"content_block":{"id":"c","input":{},"name":"f","type":"tool_use"},"index":1,"type":"content_block_start"}

            event: content_block_delta\ndata: {"delta":{"partial_json":"{","type":"input_json_delta"},"index":1,"type":"content_block_delta"}

            event: content_block_delta\ndata: {"delta":{"partial_json":"}","type":"input_json_delta"},"index":1,"type":"content_block_delta"}\n\n
            """)
        #expect(String(buffer: writer.closing(Answer(tokensUsed: 3, finishReason: .toolCalls))) == """
            event: content_block_stop\ndata: {"index":1,"type":"content_block_stop"}

            event: message_delta\ndata: {"delta":{"stop_reason":"tool_use","stop_sequence":null},"type":"message_delta","usage":{"input_tokens":0,"output_tokens":3}}

            event: message_stop\ndata: {"type":"message_stop"}\n\n
            """)
        #expect(String(buffer: MessageEvents.failure(APIError(.overloaded, "Later."))) == """
            event: error\ndata: {"error":{"message":"Later.","type":"overloaded_error"},"type":"error"}\n\n
            """)
    }

    @Test func `Tokens are counted by a plugin that counts, with the agent's prompt and the beginning of the answer`() async throws {
        let counting = CountingLLM()
        try await APIFixture(llm: counting).application.test(.live) { client throws in
            func count(_ body: JSON) async throws -> Reply { try await client.post("/v1/messages/count_tokens", body) }
            let messages: JSON = [["role": "user", "content": "one two"], ["role": "assistant", "content": "three"]]
            // "Be brief." comes first.
            #expect(try await count(["model": "guide", "messages": messages]).text == #"{"input_tokens":5}"#)
            #expect(try await count(["model": "m", "system": "four", "messages": messages]).json == ["input_tokens": 4])
            let image: JSON = ["type": "image", "source": ["type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="]]
            let refused = try await count(["model": "m", "messages": [["role": "user", "content": [image]]]])
            #expect(refused.status == .notImplemented && refused.json["type"] == "error")
            #expect(try await count(["model": "m", "messages": []]).status == .badRequest)
            #expect(try await count(["model": "x", "messages": messages]).status == .notFound)
        }
        #expect(counting.asked.withLock { $0.map { $0.messages.map(\.role) } } == [["system", "user", "assistant"], ["system", "user", "assistant"]])
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.post("/v1/messages/count_tokens", ["model": "m", "messages": [["role": "user", "content": "a"]]])
            #expect(reply.status == .notImplemented && reply.json["error"]?["message"]?.string?.contains("count_tokens") == true)
        }
    }

    @Test func `Many stop sequences are searched, and a plugin's own is named`() async throws {
        let llm = ScriptedLLM { request, onChunk in
            try await onChunk(.text("abc"))
            return GenerationEnd(tokensUsed: 1, finishReason: .stop, stopSequence: request.messages.last?.content ?? "")
        }
        try await APIFixture(llm: llm).application.test(.live) { client throws in
            func stop(_ text: String, _ sequences: [JSON], stream: Bool = false) async throws -> JSON? {
                let reply = try await client.post("/v1/messages", [
                    "model": "m", "max_tokens": 9, "stream": .bool(stream), "messages": [["role": "user", "content": .string(text)]],
                    "stop_sequences": .array(sequences),
                ])
                guard stream else { return reply.json }
                return reply.text.split(separator: "\n").first { $0.contains("message_delta") && $0.hasPrefix("data") }
                    .flatMap { try? JSON(parsing: $0.dropFirst(6).utf8) }?["delta"]
            }
            let many = (1...8190).map { JSON.string("x\($0)") }
            for stream in [false, true] {
                let found = try await stop("x", many + ["c"], stream: stream)
                #expect(found?["stop_reason"] == "stop_sequence" && found?["stop_sequence"] == "c")
                let told = try await stop("x7", many, stream: stream)
                #expect(told?["stop_reason"] == "stop_sequence" && told?["stop_sequence"] == "x7")
                // What the request has not, no plugin stops at.
                let other = try await stop("y", many, stream: stream)
                #expect(other?["stop_reason"] == "end_turn" && other?["stop_sequence"] == .null)
            }
            let refused = try await stop("x", many + ["c", "d"])
            #expect(refused?["error"]?["message"] == "stop_sequences[8191] exceeds the limit of 8191 sequences.")
            let long = try await stop("x", (1...300).map { _ in .string(String(repeating: "s", count: 256)) })
            #expect(long?["error"]?["message"] == "stop_sequences[256] exceeds the limit of 65536 bytes of all sequences.")
        }
    }

    @Test func theKeyIsACredentialAndErrorsHaveTheForm() async throws {
        try await APIFixture(security: APISecurity(token: "secret")).application.test(.live) { client in
            let question: JSON = ["model": "m", "max_tokens": 9, "messages": [["role": "user", "content": "one"]]]
            func headers(_ name: String, _ value: String) -> HTTPFields {
                var headers = HTTPFields()
                headers[text: name] = value
                headers[text: "anthropic-version"] = "2023-06-01"
                return headers
            }
            #expect(try await client.post("/v1/messages", question, headers("x-api-key", "secret")).status == .ok)
            #expect(try await client.post("/v1/messages", question, headers("authorization", "Bearer secret")).status == .ok)
            let refused = try await client.post("/v1/messages", question, headers("x-api-key", "wrong"))
            #expect(refused.status == .unauthorized && refused.json["error"]?["type"] == "authentication_error" && refused.json["type"] == "error")
            #expect(try await client.get("/v1/models", headers("x-api-key", "wrong")).json["type"] == "error")
            let models = try await client.get("/v1/models", headers("x-api-key", "secret")).json
            #expect(models["data"]?.array?.map { $0["display_name"] } == ["guide", "lost", "m"] && models["has_more"] == false)
            #expect(try await client.post("/v1/messages/count_tokens", question, headers("x-api-key", "secret")).status == .notImplemented)
        }
    }

    @Test func aModelThatIsNotReadyIsToldBeforeAStreamBegins() async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.post("/v1/messages", ["model": "lost", "max_tokens": 9, "stream": true, "messages": [["role": "user", "content": "a"]]])
            #expect(reply.status == .serviceUnavailable && reply.json["error"]?["type"] == "overloaded_error")
        }
    }
}
