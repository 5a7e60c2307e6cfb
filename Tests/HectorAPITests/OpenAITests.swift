import HectorAgents
import HectorCore
import HectorMesh
import HectorProviders
import Hummingbird
import HummingbirdTesting
import ScriptedProviders
import Testing

@testable import HectorAPI

@Suite struct OpenAITests {
    let path = "/v1/chat/completions"

    func question(_ model: String, _ more: JSON = [:]) -> JSON {
        guard case .object(let members) = more else { return more }
        return (["model": .string(model), "messages": [["role": "user", "content": "one two"]]] as JSON).adding(members)
    }

    @Test func modelsAreAgentsAndPlugins() async throws {
        try await APIFixture().application.test(.live) { client in
            let list = try await client.get("/v1/models").json
            #expect(list["data"]?.array?.map { $0["id"] } == ["guide", "lost", "m"])
            #expect(try await client.get("/v1/models/m").json["object"] == "model")
            let missing = try await client.get("/v1/models/x")
            #expect(missing.status == .notFound)
            #expect(missing.json["error"]?["code"] == "model_not_found")
        }
    }

    @Test func answersInOnePiece() async throws {
        let llm = ScriptedLLM()
        try await APIFixture(llm: llm).application.test(.live) { client in
            let reply = try await client.post(path, question("guide", ["unheard_of": ["a": 1]]))
            #expect(reply.status == .ok)
            #expect(reply.json == [
                "id": "chatcmpl-id-1", "object": "chat.completion", "created": 1_700_000_000, "model": "guide",
                "choices": [[
                    "index": 0, "finish_reason": "stop", "logprobs": nil,
                    "message": ["role": "assistant", "content": "one two ", "refusal": nil],
                ]],
                "usage": ["prompt_tokens": 0, "completion_tokens": 7, "total_tokens": 7],
            ])
            _ = try await client.post(path, question("m"))
        }
        #expect(llm.requests.map { $0.messages.map(\.role) } == [["system", "user"], ["user"]])
    }

    @Test func streams() async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.post(path, question("m", ["stream": true, "stream_options": ["include_usage": true]]))
            #expect(reply.headers[.contentType] == "text/event-stream")
            #expect(reply.events.last == "[DONE]")
            let events = reply.jsonEvents
            #expect(events.map { $0["choices"]?[0]?["delta"] } == [
                ["role": "assistant", "content": ""], ["content": "one "], ["content": "two "], [:], nil,
            ])
            #expect(events.map { $0["choices"]?[0]?["finish_reason"] } == [.null, .null, .null, "stop", nil])
            #expect(events.last?["usage"]?["total_tokens"] == 7)
            #expect(events.allSatisfy { $0["object"] == "chat.completion.chunk" && $0["id"] == "chatcmpl-id-1" })

            let plain = try await client.post(path, question("m", ["stream": true]))
            #expect(plain.jsonEvents.allSatisfy { $0["usage"] == nil })
        }
    }

    @Test func toolsGoInAndCallsComeOut() async throws {
        let llm = ScriptedLLM { request, onChunk in
            for tool in request.tools {
                var call = ToolCall()
                call.id = "call-\(tool.name)"
                call.name = tool.name
                call.argumentsJson = #"{"city":"Ulm"}"#
                try await onChunk(.toolCall(call))
            }
            return 0
        }
        let schema: JSON = ["type": "object", "properties": ["city": ["type": "string"]]]
        let tools: JSON = [
            ["type": "function", "function": ["name": "weather", "description": "Tells.", "parameters": schema]],
            ["type": "function", "function": ["name": "time"]],
        ]
        @Sendable func call(_ name: String) -> JSON {
            ["id": .string("call-\(name)"), "type": "function", "function": ["name": .string(name), "arguments": #"{"city":"Ulm"}"#]]
        }
        try await APIFixture(llm: llm).application.test(.live) { client in
            let choice = try await client.post(path, question("m", ["tools": tools])).json["choices"]?[0]
            #expect(choice?["finish_reason"] == "tool_calls")
            #expect(choice?["message"]?["content"] == .null)
            #expect(choice?["message"]?["tool_calls"] == [call("weather"), call("time")])

            let events = try await client.post(path, question("guide", ["tools": tools, "stream": true])).jsonEvents
            #expect(events.compactMap { $0["choices"]?[0]?["delta"]?["tool_calls"]?[0] } == [
                call("weather").adding(["index": 0]), call("time").adding(["index": 1]),
            ])
            #expect(events.last?["choices"]?[0]?["finish_reason"] == "tool_calls")

            let none = try await client.post(path, question("m", ["tools": tools, "tool_choice": "none"])).json
            #expect(none["choices"]?[0]?["finish_reason"] == "stop")
        }
        let tool = try #require(llm.requests[0].tools.first)
        #expect(tool.name == "weather" && tool.description_p == "Tells.")
        #expect(try JSON(parsing: tool.parametersJson.utf8) == schema)
    }

    @Test func conversationsComeOverWhole() async throws {
        let llm = ScriptedLLM()
        let messages: JSON = [
            ["role": "developer", "content": "Be kind."],
            ["role": "user", "content": [["type": "text", "text": "Wea"], ["type": "text", "text": "ther?"]]],
            ["role": "assistant", "content": nil, "tool_calls": [
                ["id": "c1", "type": "function", "function": ["name": "weather", "arguments": "{}"]]
            ]],
            ["role": "tool", "tool_call_id": "c1", "content": "Sunny"],
        ]
        try await APIFixture(llm: llm).application.test(.live) { client in
            let reply = try await client.post(path, ["model": "m", "messages": messages])
            #expect(reply.status == .ok)
        }
        let sent = try #require(llm.requests.first?.messages)
        #expect(sent.map(\.role) == ["system", "user", "assistant", "tool"])
        #expect(sent.map(\.content) == ["Be kind.", "Weather?", "", "Sunny"])
        #expect(sent[2].toolCalls.first?.name == "weather")
        #expect(sent[3].toolCallID == "c1")
    }

    @Test(arguments: [
        ("{", nil), (#"[]"#, nil), ("{}", "model"), (#"{"model":"m"}"#, "messages"), (#"{"model":1,"messages":[]}"#, "model"),
        (#"{"model":"m","messages":[]}"#, "messages"),
        (#"{"model":"m","messages":[{"role":"clown","content":"a"}]}"#, "messages[0].role"),
        (#"{"model":"m","messages":[{"role":"user","content":7}]}"#, "messages[0].content"),
        (#"{"model":"m","messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#, "messages[0].content[0].image_url"),
        (#"{"model":"m","n":2,"messages":[{"role":"user","content":"a"}]}"#, "n"),
        (#"{"model":"m","tools":[{"type":"x","function":{"name":"f"}}],"messages":[{"role":"user"}]}"#, "tools[0].type"),
    ]) func wrongRequestsAreExplained(body: String, parameter: String?) async throws {
        try await APIFixture().application.test(.live) { client in
            let reply = try await client.post(path, text: body)
            #expect(reply.status == .badRequest)
            #expect(reply.json["error"]?["type"] == "invalid_request_error")
            let named = reply.json["error"]?["param"]
            #expect(named == parameter.map(JSON.string) ?? .null)
        }
    }

    @Test(arguments: [
        (ProviderError.Code.invalidRequest, 400, "invalid_request"), (.tooLarge, 400, "context_length_exceeded"),
        (.notFound, 404, "not_found"), (.failedPrecondition, 400, "failed_precondition"),
        (.permissionDenied, 403, "permission_denied"), (.unauthenticated, 502, "provider_unauthenticated"),
        (.unsupported, 501, "unsupported"), (.unavailable, 503, "unavailable"), (.exhausted, 429, "exhausted"),
        (.deadlineExceeded, 504, "timeout"), (.failed, 502, "provider_failed"),
    ]) func failuresOfTheModelHaveTheirStatus(code: ProviderError.Code, status: Int, name: String) async throws {
        let llm = ScriptedLLM { _, onChunk in
            try await onChunk(.text("half"))
            throw ProviderError(code, "what and why")
        }
        try await APIFixture(llm: llm).application.test(.live) { client in
            let reply = try await client.post(path, question("m"))
            #expect(reply.status.code == status)
            #expect(reply.json["error"]?["message"] == "what and why")
            #expect(reply.json["error"]?["code"] == .string(name))
            #expect(reply.json["error"]?["param"] == (code == .tooLarge ? "messages" : .null))
            // What OpenAI's clients would send again, and what cannot succeed all the same.
            let isHopeless = code == .unsupported || code == .unauthenticated
            #expect(reply.headers[text: "x-should-retry"] == (isHopeless ? "false" : nil))

            let streamed = try await client.post(path, question("m", ["stream": true]))
            #expect(streamed.status == .ok)
            #expect(streamed.jsonEvents.last?["error"]?["message"] == "what and why")
            #expect(!streamed.events.contains("[DONE]"))
        }
    }

    @Test func `A request under which replica after replica was lost is not sent again by clients`() async throws {
        let plugin = PluginKey(.llm, "m")
        let lost = RouterError.callLostReplicas(
            plugin, ["m-1", "m-2"].map { ReplicaID(plugin, host: "gpu", replica: $0) })
        let llm = ScriptedLLM { _, _ in throw ProviderError(.failed, lost.message, cause: lost) }
        try await APIFixture(llm: llm).application.test(.live) { client in
            let reply = try await client.post(path, question("m"))
            #expect(reply.status == .internalServerError)
            #expect(reply.json["error"]?["code"] == "call_lost_replicas")
            #expect(reply.json["error"]?["message"] == .string(lost.message))
            #expect(reply.headers[text: "x-should-retry"] == "false")
            let streamed = try await client.post(path, question("m", ["stream": true]))
            #expect(streamed.jsonEvents.last?["error"]?["code"] == "call_lost_replicas")
        }
    }

    @Test func failuresOfUnknownKindsAreNotShown() async throws {
        struct Secret: Error { let password = "hunter2" }
        try await APIFixture(llm: ScriptedLLM { _, _ in throw Secret() }).application.test(.live) { client in
            let reply = try await client.post(path, question("m"))
            #expect(reply.status == .internalServerError)
            #expect(!reply.text.contains("hunter2"))
        }
    }

    @Test func missingModelsAreToldBeforeAStreamBegins() async throws {
        try await APIFixture(replicas: []).application.test(.live) { client in
            for stream: JSON in [true, false] {
                #expect(try await client.post(path, question("x", ["stream": stream])).status == .notFound)
                #expect(try await client.post(path, question("lost", ["stream": stream])).status == .serviceUnavailable)
            }
            let reply = try await client.post(path, question("guide", ["stream": true]))
            #expect(reply.status == .serviceUnavailable)
            #expect(reply.headers[.retryAfter] == "1")
        }
    }

    @Test func largeBodiesAreRefused() async throws {
        var fixture = APIFixture()
        fixture.limits.bodyBytes = 1000
        try await fixture.application.test(.live) { client in
            let reply = try await client.post(path, text: String(repeating: " ", count: 1001))
            #expect(reply.status == .contentTooLarge)
            #expect(reply.json["error"]?["code"] == "request_too_large")
        }
    }

    // MARK: parameters

    @Test func `Hints that are not followed are named, whole or streamed`() async throws {
        let hints: JSON = ["temperature": 0, "seed": 7, "top_p": 1, "presence_penalty": 0, "logit_bias": nil, "user": "u"]
        try await APIFixture().application.test(.live) { client in
            for stream: JSON in [false, true] {
                let reply = try await client.post(path, question("m", hints.adding(["stream": stream])))
                #expect(reply.status == .ok)
                #expect(reply.headers[text: "x-hector-ignored"] == "seed, temperature")
                let plain = try await client.post(path, question("m", ["stream": stream, "unheard_of": 1]))
                #expect(plain.headers[text: "x-hector-ignored"] == nil)
            }
        }
    }

    @Test func `Promises that cannot be kept are refused by name`() async throws {
        let llm = ScriptedLLM()
        try await APIFixture(llm: llm).application.test(.live) { client in
            for stream: JSON in [false, true] {
                let reply = try await client.post(
                    path, question("m", ["stream": stream, "logprobs": true]))
                #expect(reply.status == .badRequest)
                #expect(reply.json["error"]?["code"] == "unsupported_parameter")
                #expect(reply.json["error"]?["param"] == "logprobs")
            }
        }
        #expect(llm.requests.isEmpty)
    }

    /// One word a piece: 1, 2, 3, and so on without end.
    private func counting() -> ScriptedLLM {
        ScriptedLLM { _, onChunk in
            for number in 1... { try await onChunk(.text("\(number) ")) }
            return 0
        }
    }

    @Test(arguments: ["guide", "m"]) func `An answer without end is cut at its stop sequence`(model: String) async throws {
        try await APIFixture(llm: counting()).application.test(.live) { client in
            let whole = try await client.post(path, question(model, ["stop": ["4 5", "9"]])).json
            #expect(whole["choices"]?[0]?["message"]?["content"] == "1 2 3 ")
            #expect(whole["choices"]?[0]?["finish_reason"] == "stop")
            #expect(whole["usage"]?["completion_tokens"] == 5)

            let events = try await client.post(path, question(model, ["stop": "4 5", "stream": true])).jsonEvents
            #expect(events.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.string }.joined() == "1 2 3 ")
            #expect(events.last?["choices"]?[0]?["finish_reason"] == "stop")
        }
    }

    @Test(arguments: ["max_tokens", "max_completion_tokens"]) func `An answer without end is cut at its limit`(name: String) async throws {
        try await APIFixture(llm: counting()).application.test(.live) { client in
            let whole = try await client.post(path, question("m", [name: 3])).json
            #expect(whole["choices"]?[0]?["message"]?["content"] == "1 2 3 ")
            #expect(whole["choices"]?[0]?["finish_reason"] == "length")
            #expect(whole["usage"]?["completion_tokens"] == 3)

            let stream = question("m", [name: 3, "stream": true, "stream_options": ["include_usage": true]])
            let events = try await client.post(path, stream).jsonEvents
            #expect(events.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.string }.joined() == "1 2 3 ")
            #expect(events.dropLast().last?["choices"]?[0]?["finish_reason"] == "length")
            #expect(events.last?["usage"]?["total_tokens"] == 3)
        }
    }

    @Test func `A model's schema and a call's arguments are the client's own bytes`() async throws {
        let llm = ScriptedLLM()
        let schema = #"{ "type":"object","properties":{"reasoning":{"type":"string"},  "answer":{"multipleOf":1.0,"maximum":1E3,"é":"\u00e9\/"}}}"#
        let body = #"""
            {"model":"m","tools":[{"type":"function","function":{"parameters":\#(schema),"name":"f"}}],"messages":[
              {"role":"user","content":"hi"},
              {"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{ \"b\": 1.0, \"a\":\"\u00fc\" }"}}]},
              {"role":"tool","tool_call_id":"c","content":"2.0"}]}
            """#
        try await APIFixture(llm: llm).application.test(.live) { client in
            let reply = try await client.post(path, text: body)
            #expect(reply.status == .ok, "\(reply.text)")
        }
        let request = try #require(llm.requests.first)
        #expect(request.tools.map { Array($0.parametersJson.utf8) } == [Array(schema.utf8)])
        #expect(request.messages[1].toolCalls.map(\.argumentsJson) == [#"{ "b": 1.0, "a":"ü" }"#])
    }

    @Test func `A foreign name is cut where it is told`() async throws {
        try await APIFixture().application.test(.live) { client in
            for name in ["two\nlines\u{1B}[31m", String(repeating: "x", count: 100_000)] {
                let reply = try await client.post(path, question(name))
                #expect(reply.status == .notFound)
                #expect(reply.json["error"]?["code"] == "model_not_found")
                #expect(reply.json["error"]?["param"] == "model")
                #expect(reply.text.utf8.count < 300)
                #expect(!reply.text.contains("\\u001b"))
            }
        }
    }
}
