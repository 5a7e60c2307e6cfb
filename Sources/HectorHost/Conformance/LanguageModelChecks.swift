internal import HectorCore
internal import HectorProviders
internal import Synchronization

extension GenerateRequest {
    /// The words are those that the tests' models follow; any other model answers something.
    static func asking(_ text: String, tool: Tool? = nil, _ change: (inout GenerateOptions) -> Void = { _ in }) -> GenerateRequest {
        var request = GenerateRequest()
        request.messages = [Message(role: "user", content: "echo \(text)")]
        if let tool {
            var definition = ToolDefinition()
            (definition.name, definition.description_p, definition.parametersJson) = (tool.name, tool.description_p, tool.parametersJson)
            request.tools = [definition]
        }
        change(&request.options)
        return request
    }
}

/// What a stream of chunks has said.
struct HeardAnswer {
    var text = ""
    var calls: [ToolCall] = []
    var deltas: [ToolCallDelta] = []
    var tokens: [Int32] = []
    var pieces = 0
    var end = GenerationEnd()

    var isEmpty: Bool { text.isEmpty && calls.isEmpty && deltas.isEmpty }

    static func streaming(_ model: any LLMProvider, _ request: GenerateRequest) async throws -> HeardAnswer {
        let heard = Mutex(HeardAnswer())
        let end = try await model.generateStreaming(request) { chunk in heard.withLock { $0.add(chunk) } }
        return heard.withLock { heard in
            heard.end = end
            return heard
        }
    }

    static func goingOn(_ model: any LLMProvider, _ request: GenerateFromRequest) async throws -> HeardAnswer {
        let heard = Mutex(HeardAnswer())
        let end = try await model.generateFrom(request) { chunk in heard.withLock { $0.add(chunk) } }
        return heard.withLock { heard in
            heard.end = end
            return heard
        }
    }

    private mutating func add(_ chunk: StreamChunk) {
        pieces += 1
        text += chunk.text
        tokens += chunk.tokenIds
        deltas += chunk.toolCallDeltas
        if chunk.type == .toolCall { calls.append(chunk.toolCall) }
    }
}

private let sentence = "three blind mice see how they run"
private let weather = Tool(
    name: "get_weather", description: "The weather of a city.",
    parameters: #"{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}"#)

extension PluginCheck {
    private static func model(_ name: String, _ body: @escaping @Sendable (any LLMProvider, PluginSubject) async throws -> String) -> PluginCheck {
        PluginCheck(name, .llm, over: \.model, body)
    }

    /// A check of an option, for plugins that declare it.
    private static func option(
        _ name: String, _ ability: Abilities, _ body: @escaping @Sendable (any LLMProvider) async throws -> String
    ) -> PluginCheck {
        model("option-\(name.replacing("_", with: "-"))") { model, subject in
            guard subject.abilities.contains(ability) else { throw Skipped("its capability `options` does not name \(name)") }
            return try await body(model)
        }
    }

    static let models: [PluginCheck] = [
        model("model-info") { model, _ in
            let info = try await model.modelInfo()
            try require(!info.modelName.isEmpty, "GetModelInfo has no model_name. Give one: clients see it")
            try require(
                info.maxTokens >= 0,
                "GetModelInfo has max_tokens \(info.maxTokens). Give the size of the context, or 0 if it is unknown")
            return "\(quoted(info.modelName)), \(info.maxTokens == 0 ? "unknown" : "\(info.maxTokens)") tokens of context"
        },
        model("generate") { model, _ in
            let answer = try await model.generate(.asking(sentence))
            try require(!answer.text.isEmpty || !answer.toolCalls.isEmpty, "Generate answers with neither text nor tool calls. Fill `text`")
            try require(
                answer.tokensUsed >= 0,
                "Generate has tokens_used \(answer.tokensUsed). Give the number of tokens, or 0 if it is unknown")
            return "\(answer.tokensUsed) tokens: \(quoted(answer.text.prefix(60)))"
        },
        model("generate-refuses") { model, _ in
            try await requireRefusal("Generate without messages", .invalidRequest) { _ = try await model.generate(GenerateRequest()) }
        },
        model("stream") { model, _ in
            let answer = try await HeardAnswer.streaming(model, .asking(sentence))
            try require(!answer.isEmpty, "GenerateStreaming sends neither text nor tool calls. Send TEXT chunks, each with `text`")
            return "\(answer.pieces) chunk\(answer.pieces == 1 ? "" : "s"), then DONE"
        },
        model("stream-refuses") { model, _ in
            try await requireRefusal("GenerateStreaming without messages", .invalidRequest) {
                _ = try await model.generateStreaming(GenerateRequest()) { _ in }
            }
        },
        model("options-known") { _, subject in
            let given = (subject.capabilities["options"] ?? "").split { $0 == "," || $0 == " " }.map(String.init)
            guard !given.isEmpty else { throw Skipped("it declares no options") }
            let unknown = given.filter { Abilities(capabilities: ["options": $0]).isEmpty }
            try require(
                unknown.isEmpty,
                "its capability `options` names \(unknown.map { quoted($0) }.joined(separator: ", ")), which is not a field of GenerateOptions. Correct or remove it")
            return given.joined(separator: ", ")
        },
        model("options-ignored") { model, _ in
            let answer = try await HeardAnswer.streaming(model, .asking(sentence) { options in
                (options.temperature, options.topP, options.topK, options.minP, options.seed) = (0.5, 0.9, 40, 0.05, 7)
                (options.frequencyPenalty, options.presencePenalty, options.repetitionPenalty) = (0.1, 0.1, 1.1)
                (options.reasoningEffort, options.maxTokens, options.stop) = ("low", 50, ["a text that no model says"])
            })
            try require(!answer.isEmpty, "a request with options gets an empty answer. Ignore options that the plugin does not know")
            return "a request with every option is answered"
        },
        option("max_tokens", .maxTokens) { model in
            let answer = try await model.generate(.asking(sentence) { $0.maxTokens = 1 })
            try require(
                answer.finishReason != .unspecified,
                "with max_tokens 1 the answer has no finish_reason. Set LENGTH where it was cut")
            try require(
                answer.tokensUsed <= 1,
                "with max_tokens 1 the answer has \(answer.tokensUsed) tokens. Stop after max_tokens, or do not declare it")
            return "an answer of one token"
        },
        option("stop", .stop) { model in
            let answer = try await model.generate(.asking(sentence) { $0.stop = ["mice"] })
            try require(!answer.text.contains("mice"), "the answer contains its stop text. End it before, or do not declare `stop`")
            let told = answer.stopSequence
            try require(
                told.isEmpty || told == "mice",
                "the answer has stop_sequence \(quoted(told)), which the request does not stop at. Give the text of `stop` that ended it, or leave it empty")
            return "ends before the stop text\(told.isEmpty ? "" : ", and names it")"
        },
        option("seed", .seed) { model in
            let request = GenerateRequest.asking(sentence) { ($0.seed, $0.temperature) = (7, 1) }
            let texts = [try await model.generate(request).text, try await model.generate(request).text]
            try require(
                texts[0] == texts[1],
                "the same seed gave two answers: \(quoted(texts[0].prefix(60))) and \(quoted(texts[1].prefix(60))). Seed the sampler, or do not declare `seed`")
            return "the same seed gives the same answer"
        },
        option("tool_choice", .toolChoice) { model in
            let called = try await model.generate(.asking(sentence, tool: weather) { $0.toolChoice.mode = .required })
            guard let call = called.toolCalls.first else {
                throw Unfit("with tool_choice REQUIRED the answer calls no tool. Call one, or do not declare `tool_choice`")
            }
            try require(call.name == weather.name, "with tool_choice REQUIRED it calls \(quoted(call.name)), which it was not offered")
            try require(!call.id.isEmpty, "the tool call has no id. Give each call one that is unique in the conversation")
            try require(
                (try? JSONText(Array(call.argumentsJson.utf8)))?.kind == .object,
                "arguments_json is no JSON object: \(quoted(call.argumentsJson.prefix(60)))")
            let free = try await model.generate(.asking(sentence, tool: weather) { $0.toolChoice.mode = .none })
            try require(free.toolCalls.isEmpty, "with tool_choice NONE it calls \(quoted(free.toolCalls.first?.name ?? ""))")
            return "calls \(call.name) where it must, and nothing where it may not"
        },
        option("tool_call_deltas", [.toolCallDeltas, .toolChoice]) { model in
            let request = GenerateRequest.asking(sentence, tool: weather) { ($0.toolChoice.mode, $0.toolCallDeltas) = (.required, true) }
            let answer = try await HeardAnswer.streaming(model, request)
            try require(answer.calls.isEmpty, "with tool_call_deltas it sends a TOOL_CALL chunk. Send TOOL_CALL_DELTA chunks instead")
            guard let first = answer.deltas.first else { throw Unfit("with tool_call_deltas it sends no TOOL_CALL_DELTA chunk") }
            try require(
                first.index == 0 && !first.id.isEmpty && first.name == weather.name,
                "the first TOOL_CALL_DELTA needs index 0, an id, and the tool's name")
            let arguments = answer.deltas.filter { $0.index == 0 }.map(\.argumentsJson).joined()
            try require(
                (try? JSONText(Array(arguments.utf8)))?.kind == .object,
                "the pieces of arguments_json make no JSON object: \(quoted(arguments.prefix(60)))")
            return "\(answer.deltas.count) pieces make one call"
        },
        option("token_ids", .tokenIDs) { model in
            let answer = try await HeardAnswer.streaming(model, .asking(sentence) { $0.tokenIds = true })
            try require(!answer.tokens.isEmpty, "with token_ids the chunks carry none. Fill token_ids, or do not declare it")
            return "\(answer.tokens.count) token ids"
        },
        option("response_format", .responseFormat) { model in
            let answer = try await model.generate(.asking(sentence) { $0.responseFormat.kind = .jsonObject })
            try require(
                (try? JSONText(Array(answer.text.utf8)))?.kind == .object,
                "with response_format JSON_OBJECT it answers \(quoted(answer.text.prefix(60))), which is no JSON object. Hosts check that as well: do not declare what the model does not hold")
            return "answers with a JSON object"
        },
        goingOn("generate-from-text", .generateFromText) { $0.text = "echo three blind" },
        goingOn("generate-from-tokens", .generateFromTokens) { $0.tokens.ids = [1, 2, 3] },
        goingOn("generate-from-images", .generateFromImages) {
            $0.request.messages[0].content = ""
            $0.request.messages[0].parts = [.text("echo what is this?"), .image("image/png", onePixel)]
        },
        model("count-tokens") { model, subject in
            guard subject.abilities.contains(.countTokens) else { throw Skipped("it does not declare count_tokens") }
            let counts = [try await model.countTokens(.asking("three")), try await model.countTokens(.asking(sentence))]
            try require(
                counts[0] > 0 && counts[1] > counts[0],
                "CountTokens counts \(counts[0]) tokens of a short request and \(counts[1]) of a longer one. Count what the model reads, or do not declare it")
            try await requireRefusal("CountTokens without messages", .invalidRequest) { _ = try await model.countTokens(GenerateRequest()) }
            return "\(counts[1]) tokens of \(quoted(sentence))"
        },
        model("count-tokens-undeclared") { model, subject in
            guard !subject.abilities.contains(.countTokens) else { throw Skipped("it declares count_tokens") }
            _ = try subject.needsProcess()
            return try await requireRefusal("CountTokens, which its capabilities do not declare,", .unsupported) {
                _ = try await model.countTokens(.asking(sentence))
            }
        },
        model("generate-from-undeclared") { model, subject in
            guard subject.abilities.isDisjoint(with: [.generateFromText, .generateFromTokens, .generateFromImages]) else {
                throw Skipped("it declares generate_from")
            }
            _ = try subject.needsProcess()
            return try await requireRefusal("GenerateFrom, which its capabilities do not declare,", .unsupported) {
                _ = try await HeardAnswer.goingOn(model, from { $0.text = "three blind" })
            }
        },
    ]

    private static func goingOn(_ name: String, _ ability: Abilities, _ change: @escaping @Sendable (inout GenerateFromRequest) -> Void) -> PluginCheck {
        model(name) { model, subject in
            guard subject.abilities.contains(ability) else {
                throw Skipped("its capability `generate_from` does not name \(name.dropFirst("generate-from-".count))")
            }
            let answer = try await HeardAnswer.goingOn(model, from(change))
            try require(!answer.isEmpty, "GenerateFrom answers with nothing. Answer, or do not declare it")
            return quoted(answer.text.prefix(60))
        }
    }

    private static func from(_ change: (inout GenerateFromRequest) -> Void) -> GenerateFromRequest {
        var request = GenerateFromRequest()
        request.request = .asking(sentence)
        change(&request)
        return request
    }

    /// A PNG of one grey pixel.
    private static let onePixel: [UInt8] = [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3A, 0x7E,
        0x9B, 0x55, 0, 0, 0, 10, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0x68, 0, 0, 0, 0x82, 0, 0x81, 0x77, 0xCD, 0x72, 0xB6, 0, 0, 0, 0,
        0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
    ]
}
