import HectorAgents
import HectorCore
import HectorProviders
import ScriptedProviders
import Synchronization
import Testing

/// What a caller asks for beside an answer's content: hints, and promises that the host holds.
@Suite struct OptionTests {
    private func backend(_ llm: any LLMProvider, options: GenerationOptions? = nil, strict: Bool = false) -> ChatBackend {
        let providers = Directory(llms: ["m": llm])
        let guide = AgentDefinition(id: "guide", name: "Guide", llm: "m", systemPrompt: "Be brief.", options: options, isStrict: strict)
        return ChatBackend(Agents([guide], providers: providers, timing: .still, newID: { "turn" }), models: providers)
    }

    private func ask(
        _ backend: ChatBackend, _ options: GenerationOptions = GenerationOptions(), tools: [String] = [], images: Bool = false, pieces: Bool = false,
        beginning: String? = nil, agent: Bool = false, onEvents: TurnEventHandler? = nil
    ) async throws -> Answer {
        var message = Message(role: "user", content: "say it")
        if images {
            message.content = ""
            message.parts = [.text("see"), .image("image/png", [1, 2])]
        }
        var chat = Chat(messages: [message], tools: tools.map { var tool = ToolDefinition(); tool.name = $0; return tool }, options: options)
        chat.wantsCallPieces = pieces
        chat.beginning = beginning.map { .text($0) }
        return try await backend.open(chat, to: agent ? .agent(try backend.agent("guide")) : try backend.model("m")).answer(onEvents)
    }

    /// Gives these answers, one to each request.
    private func model(_ answers: [String], capabilities: [String: String] = [:], calls: [String] = []) -> ScriptedLLM {
        let next = Mutex(0)
        return ScriptedLLM(capabilities: capabilities) { _, onChunk in
            let number = next.withLock { next in defer { next += 1 }; return min(next, answers.count - 1) }
            if calls.indices.contains(number), !calls[number].isEmpty {
                var call = ToolCall()
                (call.id, call.name, call.argumentsJson) = ("c", calls[number], "{}")
                try await onChunk(.toolCall(call))
            } else {
                for character in answers[number] { try await onChunk(.text(String(character))) }
            }
            return GenerationEnd(tokensUsed: 2, finishReason: .stop, usage: usage(prompt: 5, completion: 2))
        }
    }

    private func schema(_ text: String) throws -> GenerationOptions {
        var options = GenerationOptions()
        options.format = .schema(try AnswerSchema(JSONText(Array(text.utf8)), name: "answer"))
        return options
    }

    private func choosing(_ use: ToolUse) -> GenerationOptions {
        var options = GenerationOptions()
        options.toolChoice = use
        return options
    }

    private func hints(_ set: (inout GenerateOptions) -> Void) -> GenerationOptions {
        var (options, hints) = (GenerationOptions(), GenerateOptions())
        set(&hints)
        options.hints = hints
        return options
    }

    // MARK: hints

    /// The model would be asked twice for what cannot be.
    @Test func `A schema that no answer matches is refused at once`() throws {
        let error = #expect(throws: JSONSchema.Failure.self) { try AnswerSchema(JSONText(Array("false".utf8)), name: "n") }
        #expect(error?.path == "$" && error?.problem.contains("leave the schema out") == true)
        _ = try AnswerSchema(JSONText(Array("true".utf8)), name: "n")
        _ = try AnswerSchema(JSONText(Array(#"{"properties": {"a": false}}"#.utf8)), name: "n")
    }

    @Test func `A call without options says nothing of options`() async throws {
        let llm = ScriptedLLM()
        _ = try await ask(backend(llm))
        #expect(llm.requests.allSatisfy { !$0.hasOptions })
    }

    @Test(arguments: [false, true]) func `Hints reach the model, and those that it does not declare are named`(streams: Bool) async throws {
        let llm = ScriptedLLM(capabilities: ["options": "temperature"]) { _, onChunk in try await onChunk(.text("a")); return 1 }
        let answer = try await ask(backend(llm), hints { $0.temperature = 0.5; $0.seed = 7; $0.topP = 1 }, onEvents: streams ? unread : nil)
        #expect(llm.requests.first?.options.temperature == 0.5 && llm.requests.first?.options.seed == 7)
        #expect(answer.ignored == Abilities.seed)
    }

    @Test func `An agent's options count where the caller does not say`() async throws {
        let llm = model(["a b c d e f g h"])
        var defaults = hints { $0.temperature = 0.5; $0.seed = 7 }
        defaults.maxTokens = 3
        let backend = backend(llm, options: defaults)
        let answer = try await ask(backend, hints { $0.seed = 8 }, agent: true)
        #expect(llm.requests.last?.options.seed == 8 && llm.requests.last?.options.temperature == 0.5 && llm.requests.last?.options.maxTokens == 3)
        #expect(answer.finishReason == .length)
        _ = try await ask(backend, GenerationOptions(maxTokens: 5), agent: true)
        #expect(llm.requests.last?.options.maxTokens == 5)
    }

    @Test func `A strict agent asks no model that would leave a hint out`() async throws {
        let llm = model(["a"], capabilities: ["options": "temperature"])
        let backend = backend(llm, strict: true)
        _ = try await ask(backend, hints { $0.temperature = 0.5 }, agent: true)
        let error = await #expect(throws: ProviderError.self) { try await ask(backend, hints { $0.seed = 1 }, agent: true) }
        #expect(error?.code == .invalidRequest && error?.message.contains("seed") == true)
        #expect(llm.requests.count == 1)
    }

    // MARK: what needs a method of its own

    @Test func `Images and beginnings go to a model that declares them, as parts and as a beginning`() async throws {
        let llm = model(["upon"], capabilities: ["generate_from": "images,text"])
        #expect(try await ask(backend(llm), images: true).text == "upon")
        #expect(try await ask(backend(llm), beginning: "Once ").text == "upon")
        #expect(llm.froms.count == 2)
        #expect(llm.froms.first?.request.messages.first?.parts.count == 2)
        #expect(llm.froms.last?.beginning == .text("Once "))
    }

    @Test func `A model that does not declare them is never asked`() async throws {
        let llm = model(["upon"], capabilities: ["generate_from": "text"])
        let error = await #expect(throws: ProviderError.self) { try await ask(backend(llm), images: true) }
        #expect(error?.code == .invalidRequest && error?.message.contains("images") == true)
        #expect(llm.requests.isEmpty)
    }

    // MARK: formats

    @Test func `An answer in a format is asked for in the prompt of a model that does not know formats`() async throws {
        let options = try schema(#"{"type":"object","required":["a"]}"#)
        let plain = model([#"{"a":1}"#])
        #expect(try await ask(backend(plain), options, agent: true).text == #"{"a":1}"#)
        let prompt = try #require(plain.requests.first?.messages.first)
        #expect(prompt.role == "system" && prompt.content.hasPrefix("Be brief.\n\nAnswer with one JSON value") && prompt.content.hasSuffix(#"{"type":"object","required":["a"]}"#))
        let knowing = model([#"{"a":1}"#], capabilities: ["options": "response_format"])
        _ = try await ask(backend(knowing), options, agent: true)
        #expect(knowing.requests.first?.messages.first?.content == "Be brief.")
        #expect(knowing.requests.first?.options.responseFormat.schemaJson == #"{"type":"object","required":["a"]}"#)
    }

    @Test func `An answer that does not match is asked for once more, with the reason, and its tokens count`() async throws {
        let llm = model([#"{"b":1}"#, "```json\n{\"a\": 1}\n```"])
        let events = Mutex<[TurnEvent]>([])
        let answer = try await ask(backend(llm), try schema(#"{"required":["a"]}"#)) { new in events.withLock { $0 += new } }
        #expect(answer.text == #"{"a": 1}"#)
        #expect(events.withLock { $0 } == [.text(#"{"a": 1}"#)], "nothing of the first answer, and no fence")
        #expect(llm.requests.last?.messages.suffix(2).map(\.role) == ["assistant", "user"])
        #expect(llm.requests.last?.messages.last?.content.contains("$.a is missing") == true)
        #expect(answer.usage == usage(prompt: 10, completion: 4) && answer.tokensUsed == 4)
    }

    @Test(arguments: ["no JSON", "[1]", #"{"a":"#]) func `A model that does not keep to the format is given up after the second answer`(text: String) async throws {
        let llm = model([text])
        var options = GenerationOptions()
        options.format = .json
        let error = await #expect(throws: AgentError.self) { try await ask(backend(llm), options) }
        #expect(error?.code == .notAsAsked)
        #expect(llm.requests.count == 2)
    }

    @Test func `An answer in a format that was cut says so, and is not asked for again`() async throws {
        let llm = model([#"{"a":1,"b":2}"#])
        var options = try schema("{}")
        options.maxTokens = 4
        let answer = try await ask(backend(llm), options)
        #expect(answer.finishReason == .length && llm.requests.count == 1)
    }

    // MARK: tools

    @Test func `A call that must be made is asked for, and asked for once more`() async throws {
        let llm = model(["I would rather talk", ""], calls: ["", "f"])
        let answer = try await ask(backend(llm), choosing(.required), tools: ["f", "g"])
        #expect(answer.toolCalls.map(\.name) == ["f"] && answer.finishReason == .toolCalls)
        #expect(llm.requests.first?.messages.first?.content == "You must answer by calling at least one of the tools.")
        #expect(llm.requests.first?.options.toolChoice.mode == .required)
        #expect(llm.requests.last?.messages.last?.content.contains("it calls no tool") == true)
    }

    @Test(arguments: [("g", "it calls 'g' and not f"), ("", "it calls no tool")]) func `A model that does not call the tool fails clearly`(called: String, problem: String) async throws {
        let llm = model(["talk", "talk"], calls: [called, called])
        let error = await #expect(throws: AgentError.self) { try await ask(backend(llm), choosing(.named("f")), tools: ["f", "g"]) }
        #expect(error?.code == .notAsAsked && error?.message.contains(problem) == true)
        #expect(llm.requests.first?.tools.map(\.name) == ["f"])
    }

    @Test func `Where no tool may be called none is offered, and a call all the same is no part of the answer`() async throws {
        let llm = model(["a", "b"], calls: ["f"])
        let answer = try await ask(backend(llm), choosing(.none), tools: ["f"])
        #expect(answer.toolCalls.isEmpty && answer.finishReason == .stop && llm.requests.first?.tools.isEmpty == true)
    }

    // MARK: calls piece by piece

    private func pieces() -> ScriptedLLM {
        ScriptedLLM { request, onChunk in
            try await onChunk(.text("Let me see"))
            for (index, name) in ["f", "g"].enumerated() {
                try await onChunk(.toolCallDelta(index: index, id: "c\(index)", name: name, arguments: ""))
                for piece in [#"{"a""#, ":1}"] { try await onChunk(.toolCallDelta(index: index, arguments: piece)) }
            }
            return GenerationEnd(tokensUsed: request.options.toolCallDeltas ? 1 : 0, finishReason: .toolCalls)
        }
    }

    @Test func `Pieces of calls are handed on as they come, and make up the answer`() async throws {
        let events = Mutex<[TurnEvent]>([])
        let answer = try await ask(backend(pieces()), tools: ["f", "g"], pieces: true) { new in events.withLock { $0 += new } }
        #expect(answer.toolCalls.map(\.argumentsJson) == [#"{"a":1}"#, #"{"a":1}"#] && answer.toolCalls.map(\.id) == ["c0", "c1"])
        #expect(answer.tokensUsed == 1, "they were asked for")
        #expect(events.withLock { $0 } == [
            .text("Let me see"),
            .toolCallPiece(ToolCallPiece(head: .init(id: "c0", name: "f"), arguments: "")), .toolCallPiece(ToolCallPiece(arguments: #"{"a""#)),
            .toolCallPiece(ToolCallPiece(arguments: ":1}")),
            .toolCallPiece(ToolCallPiece(head: .init(id: "c1", name: "g"), arguments: "")), .toolCallPiece(ToolCallPiece(arguments: #"{"a""#)),
            .toolCallPiece(ToolCallPiece(arguments: ":1}")),
        ])
    }

    @Test func `A reader that wants whole calls gets them whole`() async throws {
        let events = Mutex<[TurnEvent]>([])
        let answer = try await ask(backend(pieces()), tools: ["f", "g"]) { new in events.withLock { $0 += new } }
        #expect(events.withLock { $0 }.dropFirst() == [.toolCall(answer.toolCalls[0]), .toolCall(answer.toolCalls[1])])
    }

    @Test func `A call that goes past a limit is not there, and a second one ends the answer that may have one`() async throws {
        let cut = try await ask(backend(pieces()), GenerationOptions(maxTokens: 2), tools: ["f", "g"], pieces: true) { _ in }
        #expect(cut.toolCalls.count == 1 && cut.finishReason == .length)
        let single = try await ask(backend(pieces()), GenerationOptions(parallelToolCalls: false), tools: ["f", "g"], pieces: true) { _ in }
        #expect(single.toolCalls.map(\.name) == ["f"] && single.finishReason == .toolCalls)
    }

    @Test(arguments: [1, -1]) func `A piece without a beginning is the provider's fault`(index: Int) async throws {
        let llm = ScriptedLLM { _, onChunk in try await onChunk(.toolCallDelta(index: index, name: "f", arguments: "")); return 0 }
        await #expect(throws: ProviderError.self) { try await ask(backend(llm), tools: ["f"], pieces: true) { _ in } }
    }

    // MARK: the end

    @Test(arguments: [(FinishReason.length, Ending.length), (.contentFilter, .contentFilter), (.stop, .stop), (.toolCalls, .stop), (.unspecified, .stop)])
    func `What the model says of the end counts`(told: FinishReason, expected: Ending) async throws {
        let llm = ScriptedLLM { _, onChunk in
            try await onChunk(.text("a"))
            return GenerationEnd(tokensUsed: 1, finishReason: told, usage: usage(prompt: 3, completion: 1))
        }
        for onEvents in [nil, unread] as [TurnEventHandler?] {
            let answer = try await ask(backend(llm), onEvents: onEvents)
            #expect(answer.finishReason == expected && answer.usage == usage(prompt: 3, completion: 1))
        }
    }
}

private func usage(prompt: Int32, completion: Int32) -> Usage {
    var usage = Usage()
    (usage.promptTokens, usage.completionTokens) = (prompt, completion)
    return usage
}

/// A reader that wants the answer in pieces and does not look at them.
private let unread: TurnEventHandler = { _ in }
