import HTTPTypes
import HectorAgents
import HectorCore
import HectorProviders
import HummingbirdTesting
import ScriptedProviders
import Testing

@testable import HectorAPI

/// OpenAI's options on their way to the model, and what comes back.
@Suite struct OptionTests {
    private let path = "/v1/chat/completions"

    private func question(_ members: [String: JSON], model: JSON = "m") -> JSON {
        let base: JSON = ["model": model, "messages": [["role": "user", "content": "hi"]]]
        return base.adding(members.mapValues { $0 })
    }

    private let tools: JSON = [["type": "function", "function": ["name": "f"]]]

    private func calling() -> ScriptedLLM {
        ScriptedLLM(capabilities: ["options": "seed,tool_call_deltas"]) { _, onChunk in
            try await onChunk(.text("see"))
            try await onChunk(.toolCallDelta(index: 0, id: "c0", name: "f", arguments: ""))
            try await onChunk(.toolCallDelta(index: 0, arguments: "{\"a\":"))
            try await onChunk(.toolCallDelta(index: 0, arguments: "1}"))
            try await onChunk(.toolCallDelta(index: 1, id: "c1", name: "f", arguments: "{}"))
            var usage = Usage()
            (usage.promptTokens, usage.completionTokens, usage.cachedTokens, usage.reasoningTokens) = (9, 4, 8, 3)
            return GenerationEnd(tokensUsed: 4, finishReason: .toolCalls, usage: usage)
        }
    }

    @Test func `Calls are streamed piece by piece in OpenAI's form, and the usage ends the stream`() async throws {
        try await APIFixture(llm: calling()).application.test(.live) { client in
            let reply = try await client.post(
                path, question(["stream": true, "tools": tools, "stream_options": ["include_usage": true], "seed": 7, "temperature": 1]))
            #expect(reply.headers[text: "x-hector-ignored"] == "temperature")
            #expect(reply.text.contains(#""delta":{"tool_calls":[{"index":0,"id":"c0","type":"function","function":{"name":"f","arguments":""}}]}"#))
            #expect(reply.text.contains(#""delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}"#))
            #expect(reply.text.contains(#""delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"#))
            #expect(reply.text.contains(#""delta":{"tool_calls":[{"index":1,"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}"#))
            #expect(reply.text.contains(#""finish_reason":"tool_calls""#))
            #expect(reply.text.contains(
                #""usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":3}}"#))
        }
    }

    @Test func `A whole answer has the same calls, and names the hints that were left out`() async throws {
        try await APIFixture(llm: calling()).application.test(.live) { client in
            let reply = try await client.post(path, question(["tools": tools, "seed": 7, "temperature": 1, "mirostat": 2]))
            #expect(reply.headers[text: "x-hector-ignored"] == "mirostat, temperature")
            #expect(reply.json["usage"]?["total_tokens"] == 13)
        }
    }

    @Test(arguments: [false, true]) func `A strict agent refuses a hint that no replica can follow, and follows the others`(stream: Bool) async throws {
        let llm = calling()
        try await APIFixture(llm: llm).application.test(.live) { client in
            for (hint, name): ([String: JSON], JSON) in [(["temperature": 1], "temperature"), (["mirostat": 2], "mirostat")] {
                let reply = try await client.post(path, question(hint.merging(["stream": .bool(stream)]) { $1 }, model: "exact"))
                #expect(reply.status == .badRequest)
                #expect(reply.json["error"]?["code"] == "unsupported_parameter" && reply.json["error"]?["param"] == name)
            }
            #expect(llm.requests.isEmpty)
            let reply = try await client.post(path, question(["seed": 7, "stream": .bool(stream)], model: "exact"))
            #expect(reply.status == .ok && reply.headers[text: "x-hector-ignored"] == nil)
        }
    }

    @Test(arguments: [false, true]) func `What the model refused to say ends so`(stream: Bool) async throws {
        let llm = ScriptedLLM { _, onChunk in try await onChunk(.text("I")); return GenerationEnd(tokensUsed: 1, finishReason: .contentFilter) }
        try await APIFixture(llm: llm).application.test(.live) { client in
            let reply = try await client.post(path, question(["stream": .bool(stream)]))
            #expect(reply.text.contains(#""finish_reason":"content_filter""#))
        }
    }

    @Test(arguments: [false, true]) func `A model that takes no images refuses them by name, and nothing is asked`(stream: Bool) async throws {
        let llm = ScriptedLLM()
        let image: JSON = [["role": "user", "content": [["type": "image_url", "image_url": ["url": "data:image/png;base64,AAEC"]]]]]
        try await APIFixture(llm: llm).application.test(.live) { client in
            for model: JSON in ["m", "guide"] {
                let reply = try await client.post(path, ["model": model, "stream": .bool(stream), "messages": image])
                #expect(reply.status == .badRequest && reply.text.contains("images"), "\(reply.text)")
                #expect(reply.json["error"]?["code"] == "unsupported_parameter" && reply.json["error"]?["param"] == "messages")
            }
        }
        #expect(llm.requests.isEmpty)
    }

    @Test(arguments: [false, true]) func `An answer in the format arrives whole, and one that is not fails clearly`(stream: Bool) async throws {
        let format: JSON = ["type": "json_schema", "json_schema": ["name": "n", "schema": ["type": "object", "required": ["a"]]]]
        let good = ScriptedLLM { _, onChunk in for piece in ["{\"a\"", ": 1", "}"] { try await onChunk(.text(piece)) }; return 3 }
        try await APIFixture(llm: good).application.test(.live) { client in
            let reply = try await client.post(path, question(["stream": .bool(stream), "response_format": format]))
            #expect(reply.text.contains(#""content":"{\"a\": 1}""#), "\(reply.text)")
        }
        try await APIFixture(llm: ScriptedLLM()).application.test(.live) { client in
            let reply = try await client.post(path, question(["stream": .bool(stream), "response_format": format]))
            #expect(reply.status == (stream ? .ok : .badGateway))
            #expect(reply.text.contains("answer_not_as_asked"), "\(reply.text)")
            #expect(stream || reply.headers[text: "x-should-retry"] == "false")
        }
    }
}
