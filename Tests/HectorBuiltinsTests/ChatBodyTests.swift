import FoundationEssentials
import HectorCore
@testable import HectorBuiltins
import HectorProto
import HectorProviders
import Testing

@Suite struct ChatBodyTests {
    private func body(_ request: GenerateRequest, beginning: String? = nil, engine: Engine = .openai, options: Set<String>? = nil) throws -> JSONText {
        let body = ChatBody(request, beginning: beginning, model: "m", engine: engine, options: options ?? engine.options)
        return try JSONText(body.json.encoded())
    }

    private func everything() -> GenerateRequest {
        var request = GenerateRequest()
        request.messages = [Message(role: "user", content: "Hi")]
        var options = GenerateOptions()
        (options.temperature, options.topP, options.topK, options.minP, options.seed) = (0.5, 0.9, 40, 0.05, 7)
        (options.frequencyPenalty, options.presencePenalty, options.repetitionPenalty) = (0.1, 0.2, 1.1)
        (options.reasoningEffort, options.maxTokens, options.stop, options.singleToolCall) = ("low", 9, ["END"], true)
        request.options = options
        return request
    }

    private func tool(_ name: String) -> ToolDefinition {
        var tool = ToolDefinition()
        (tool.name, tool.description_p, tool.parametersJson) = (name, "what it does", #"{"type": "object","x":1.0}"#)
        return tool
    }

    @Test func `Each engine gets the options that it follows, by its own names`() throws {
        let openAI = try body(everything())
        #expect(openAI["temperature"]?.double == 0.5 && openAI["seed"]?.int == 7 && openAI["reasoning_effort"]?.string == "low")
        #expect(openAI["max_completion_tokens"]?.int == 9 && openAI["max_tokens"] == nil)
        #expect(openAI["top_k"] == nil && openAI["min_p"] == nil && openAI["repetition_penalty"] == nil)
        #expect(openAI["stop"]?.text == #"["END"]"# && openAI["stream"]?.bool == true && openAI["stream_options"]?["include_usage"]?.bool == true)
        // Without tools nothing is said of their calls.
        #expect(openAI["parallel_tool_calls"] == nil)
        let llama = try body(everything(), engine: .llamaCPP)
        #expect(llama["top_k"]?.int == 40 && llama["repeat_penalty"]?.double == 1.1 && llama["max_tokens"]?.int == 9 && llama["reasoning_effort"] == nil)
        #expect(try body(everything(), engine: .vllm)["repetition_penalty"]?.double == 1.1)
        let chosen = try body(everything(), options: ["seed"])
        #expect(chosen["seed"]?.int == 7 && chosen["temperature"] == nil && chosen["stop"] == nil)
    }

    @Test func `Conversations with calls, results and images`() throws {
        var request = GenerateRequest()
        var call = ToolCall()
        (call.id, call.name, call.argumentsJson) = ("a", "f", #"{"x":1}"#)
        var calling = Message(role: "assistant", content: "")
        calling.toolCalls = [call]
        var result = Message(role: "tool", content: "1")
        result.toolCallID = "a"
        var seen = Message(role: "user", content: "")
        var (text, image) = (ContentPart(), ContentPart())
        text.text = "What is this?"
        image.image.mediaType = "image/png"
        image.image.data = Data([1, 2, 3])
        seen.parts = [text, image]
        request.messages = [calling, result, seen]
        let messages = try #require(try body(request)["messages"])
        #expect(messages.text == #"[{"content":null,"role":"assistant","tool_calls":[{"function":{"arguments":"{\"x\":1}","name":"f"},"id":"a","type":"function"}]},{"content":"1","role":"tool","tool_call_id":"a"},{"content":[{"text":"What is this?","type":"text"},{"image_url":{"url":"data:image/png;base64,AQID"},"type":"image_url"}],"role":"user"}]"#)
    }

    @Test func `Schemas of tools are passed on byte for byte, and choices in the engine's way`() throws {
        var request = everything()
        request.tools = [tool("f"), tool("g")]
        request.options.toolChoice.mode = .named
        request.options.toolChoice.name = "g"
        let named = try body(request)
        #expect(named["tools"]?.text.contains(#""parameters":{"type": "object","x":1.0}"#) == true)
        #expect(named["tool_choice"]?["function"]?["name"]?.string == "g" && named["parallel_tool_calls"]?.bool == false)
        // Engines that know no names are offered that tool alone.
        let llama = try body(request, engine: .llamaCPP)
        #expect(llama["tool_choice"]?.string == "required" && llama["tools"]?.text.contains(#""name":"f""#) == false)
        // Nobody who cannot be told is told.
        let ollama = try body(request, engine: .ollama)
        #expect(ollama["tool_choice"] == nil && ollama["tools"]?.text.contains(#""name":"f""#) == true)
        request.options.toolChoice.mode = .required
        #expect(try body(request)["tool_choice"]?.string == "required")
    }

    @Test func `Formats`() throws {
        var request = everything()
        request.options.responseFormat.kind = .jsonObject
        #expect(try body(request)["response_format"]?.text == #"{"type":"json_object"}"#)
        request.options.responseFormat.kind = .jsonSchema
        request.options.responseFormat.schemaJson = #"{"type": "object"}"#
        #expect(try body(request)["response_format"]?.text == #"{"json_schema":{"name":"answer","schema":{"type": "object"}},"type":"json_schema"}"#)
    }

    @Test func `Ids of tokens are asked for in the engine's way, and answers go on from them`() throws {
        var request = everything()
        request.options.tokenIds = true
        let llama = try body(request, engine: .llamaCPP)
        #expect(llama["logprobs"]?.bool == true && llama["top_logprobs"]?.int == 1 && llama["return_token_ids"] == nil)
        #expect(try body(request, engine: .vllm)["return_token_ids"]?.bool == true)
        #expect(try body(request)["logprobs"] == nil)
        request.tools = [tool("f")]
        #expect(try body(request, engine: .llamaCPP)["logprobs"] == nil, "it refuses both together in a stream")
        request.tools = []
        request.options.responseFormat.kind = .jsonSchema
        request.options.responseFormat.schemaJson = #"{"type":"array"}"#
        let completion = try JSONText(ChatBody(completing: request, prompt: "<s>Hi", tokens: [4, 5], options: Engine.llamaCPP.options).json.encoded())
        #expect(completion["prompt"]?.text == #"["<s>Hi",4,5]"# && completion["n_predict"]?.int == 9 && completion["max_tokens"] == nil)
        #expect(completion["return_tokens"]?.bool == true && completion["json_schema"]?.text == #"{"type":"array"}"# && completion["response_format"] == nil)
        #expect(completion["stop"]?.text == #"["END"]"# && completion["top_k"]?.int == 40)
        let vllm = try JSONText(ChatBody(completing: request, prompt: [1, 2], room: 90, model: "m", options: Engine.vllm.options).json.encoded())
        #expect(vllm["prompt"]?.text == "[1,2]" && vllm["max_tokens"]?.int == 9 && vllm["return_token_ids"]?.bool == true && vllm["reasoning_effort"] == nil)
        #expect(vllm["response_format"]?["type"]?.string == "json_schema" && vllm["stream"]?.bool == true)
    }

    @Test func `An answer goes on from its beginning in the engine's way`() throws {
        #expect(try body(everything(), beginning: "Once", engine: .llamaCPP)["messages"]?.text.hasSuffix(#"{"content":"Once","role":"assistant"}]"#) == true)
        #expect(try body(everything(), beginning: "Once", engine: .hector)["messages"]?.text.contains(#""prefix":true"#) == true)
        let vllm = try body(everything(), beginning: "Once", engine: .vllm)
        #expect(vllm["continue_final_message"]?.bool == true && vllm["add_generation_prompt"]?.bool == false)
    }
}
