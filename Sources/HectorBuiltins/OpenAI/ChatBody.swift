internal import FoundationEssentials
internal import HectorCore
internal import HectorPlugin
internal import HectorProto

/// The body of `POST /chat/completions`: a request in the engine's words.
struct ChatBody: Sendable {
    let json: JSON

    /// - Parameters:
    ///   - options: Those that the endpoint follows; others are left out.
    ///   - beginning: How the answer begins; the engine goes on from it.
    init(_ request: GenerateRequest, beginning: String? = nil, model: String, engine: Engine, options: Set<String>) {
        var body: [String: JSON] = [
            "model": .string(model), "stream": true, "stream_options": ["include_usage": true],
        ]
        var messages = request.messages.map(Self.message)
        if let beginning {
            var last: [String: JSON] = ["role": "assistant", "content": .string(beginning)]
            if engine == .hector { last["prefix"] = true }
            if engine == .vllm {
                body["continue_final_message"] = true
                body["add_generation_prompt"] = false
            }
            messages.append(.object(last))
        }
        body["messages"] = .array(messages)
        Self.addTools(request, to: &body, engine, options)
        if request.hasOptions { Self.add(request.options, to: &body, engine, options) }
        if request.options.tokenIds, options.contains("token_ids") {
            // llama.cpp tells them with their probabilities, and those only where it looks for no calls in what it streams.
            if engine == .vllm { body["return_token_ids"] = true }
            if engine == .llamaCPP, body["tools"] == nil { (body["logprobs"], body["top_logprobs"]) = (true, 1) }
        }
        json = .object(body)
    }

    /// The body of llama.cpp's `POST /completion`: an answer that goes on from the ids of tokens.
    ///
    /// - Parameter prompt: The conversation as the model's template writes it.
    init(completing request: GenerateRequest, prompt: String, tokens: [Int32], options: Set<String>) {
        var body: [String: JSON] = ["stream": true, "prompt": .array([.string(prompt)] + tokens.map { .integer(Int64($0)) })]
        if request.hasOptions {
            let given = request.options
            Self.add(given, to: &body, .llamaCPP, options)
            body["n_predict"] = body.removeValue(forKey: "max_tokens")
            if let format = body.removeValue(forKey: "response_format"), case .object = format {
                body["json_schema"] = given.responseFormat.kind == .jsonSchema ? .written(given.responseFormat.schemaJson) : ["type": "object"]
            }
            if given.tokenIds { body["return_tokens"] = true }
        }
        json = .object(body)
    }

    /// The body of vLLM's `POST /v1/completions`: an answer that goes on from tokens.
    ///
    /// - Parameters:
    ///   - prompt: The conversation, and the beginning of its answer.
    ///   - room: Tokens that the answer may have; vLLM would stop after 16.
    init(completing request: GenerateRequest, prompt: [Int32], room: Int, model: String, options: Set<String>) {
        var body: [String: JSON] = [
            "model": .string(model), "stream": true, "stream_options": ["include_usage": true], "prompt": .array(prompt.map { .integer(Int64($0)) }),
            "max_tokens": .integer(Int64(room)),
        ]
        if request.hasOptions { Self.add(request.options, to: &body, .vllm, options.subtracting(["reasoning_effort"])) }
        if request.options.tokenIds, options.contains("token_ids") { body["return_token_ids"] = true }
        json = .object(body)
    }

    /// The conversation alone, with its tools: what is counted, or written by the model's template.
    init(conversation request: GenerateRequest, model: String, engine: Engine) {
        var body: [String: JSON] = ["model": .string(model), "messages": .array(request.messages.map(Self.message)), "add_generation_prompt": true]
        Self.addTools(request, to: &body, engine, [])
        json = .object(body)
    }

    private static func message(_ message: Message) -> JSON {
        var json: [String: JSON] = ["role": .string(message.role)]
        if message.parts.isEmpty {
            json["content"] = message.content.isEmpty && !message.toolCalls.isEmpty ? .null : .string(message.content)
        } else {
            json["content"] = .array(message.parts.compactMap(part))
        }
        if !message.toolCalls.isEmpty {
            json["tool_calls"] = .array(message.toolCalls.map { call in
                [
                    "id": .string(call.id), "type": "function",
                    "function": ["name": .string(call.name), "arguments": .string(call.argumentsJson.isEmpty ? "{}" : call.argumentsJson)],
                ]
            })
        }
        if !message.toolCallID.isEmpty { json["tool_call_id"] = .string(message.toolCallID) }
        return .object(json)
    }

    private static func part(_ part: ContentPart) -> JSON? {
        switch part.part {
        case .text(let text): ["type": "text", "text": .string(text)]
        case .image(let image):
            ["type": "image_url", "image_url": ["url": .string("data:\(image.mediaType);base64,\(image.data.base64EncodedString())")]]
        case nil: nil
        }
    }

    private static func addTools(_ request: GenerateRequest, to body: inout [String: JSON], _ engine: Engine, _ options: Set<String>) {
        let choice = request.hasOptions && request.options.hasToolChoice && options.contains("tool_choice") ? request.options.toolChoice : ToolChoice()
        var tools = request.tools
        if choice.mode == .named, !engine.takesNamedTool { tools.removeAll { $0.name != choice.name } }
        guard !tools.isEmpty else { return }
        body["tools"] = .array(tools.map { tool in
            let schema: JSON = tool.parametersJson.isEmpty ? ["type": "object", "properties": [:]] : .written(tool.parametersJson)
            return ["type": "function", "function": ["name": .string(tool.name), "description": .string(tool.description_p), "parameters": schema]]
        })
        switch choice.mode {
        case .none: body["tool_choice"] = "none"
        case .required: body["tool_choice"] = "required"
        case .named: body["tool_choice"] = engine.takesNamedTool ? ["type": "function", "function": ["name": .string(choice.name)]] : "required"
        case .auto, .UNRECOGNIZED: break
        }
        if request.options.singleToolCall, options.contains("single_tool_call") { body["parallel_tool_calls"] = false }
    }

    private static func add(_ given: GenerateOptions, to body: inout [String: JSON], _ engine: Engine, _ options: Set<String>) {
        func set(_ option: String, as name: String? = nil, _ value: JSON?) {
            if let value, options.contains(option) { body[name ?? option] = value }
        }
        set("temperature", given.hasTemperature ? .number(given.temperature) : nil)
        set("top_p", given.hasTopP ? .number(given.topP) : nil)
        set("top_k", given.hasTopK ? .integer(Int64(given.topK)) : nil)
        set("min_p", given.hasMinP ? .number(given.minP) : nil)
        set("seed", given.hasSeed ? .integer(given.seed) : nil)
        set("frequency_penalty", given.hasFrequencyPenalty ? .number(given.frequencyPenalty) : nil)
        set("presence_penalty", given.hasPresencePenalty ? .number(given.presencePenalty) : nil)
        set("repetition_penalty", as: engine.repetitionPenalty, given.hasRepetitionPenalty ? .number(given.repetitionPenalty) : nil)
        set("reasoning_effort", given.hasReasoningEffort ? .string(given.reasoningEffort) : nil)
        set("max_tokens", as: engine.maxTokens, given.maxTokens > 0 ? .integer(Int64(given.maxTokens)) : nil)
        set("stop", given.stop.isEmpty ? nil : .array(given.stop.map(JSON.string)))
        switch given.hasResponseFormat ? given.responseFormat.kind : .text {
        case .jsonObject: set("response_format", ["type": "json_object"])
        case .jsonSchema:
            let name = given.responseFormat.name
            set("response_format", [
                "type": "json_schema",
                "json_schema": ["name": .string(name.isEmpty ? "answer" : name), "schema": .written(given.responseFormat.schemaJson)],
            ])
        case .text, .UNRECOGNIZED: break
        }
    }
}
