import AsyncHTTPClient
internal import HectorCore
import HectorPlugin
internal import HectorProto
import NIOCore
import NIOHTTP1
import Synchronization

/// A language model behind OpenAI's API.
final class OpenAIModel: LLMProvider {
    private let timing: Timing
    private let admit: ConnectionCheck?
    private let limits: BuiltinLimits
    private let setup = Mutex<(service: OpenAIService, slots: Int?)?>(nil)

    /// - Parameter admit: As `HTTPEndpoint`.
    init(timing: Timing, limits: BuiltinLimits = BuiltinLimits(), admit: ConnectionCheck? = nil) {
        self.admit = admit
        self.timing = timing
        self.limits = limits
    }

    func initialize(config: [String: String]) async throws {
        let settings = Settings(config)
        let slots = try settings.integer("slots", in: 1...10_000)
        let service = try OpenAIService(settings, timing: timing, limits: limits, admit: admit)
        setup.withLock { $0 = (service, slots) }
        // A server that is not up yet is waited for: until then, health says what is missing.
        _ = try? await service.ask()
    }

    func health() async throws -> ProviderHealth { try await service().health() }

    var load: ProviderLoad { ProviderLoad(slots: setup.withLock { $0.flatMap { $0.slots ?? $0.service.known?.slots } }) }

    /// What it can do, as far as the endpoint has told.
    var about: PluginDescription {
        var capabilities = ["streaming": "true"]
        if let service = setup.withLock({ $0?.service }) {
            capabilities["options"] = service.options.sorted().joined(separator: ",")
            capabilities["function_calling"] = service.callsTools ? "true" : "false"
            capabilities["vision"] = service.takesImages ? "true" : "false"
            let takes = (service.takesImages ? ["images"] : []) + (service.supposedEngine.continuesText ? ["text"] : []) + (service.continuesTokens ? ["tokens"] : [])
            if !takes.isEmpty { capabilities["generate_from"] = takes.joined(separator: ",") }
            if service.countsTokens { capabilities["count_tokens"] = "true" }
        }
        return PluginDescription(name: Builtin.openai.rawValue, version: HectorVersion.current, capabilities: capabilities)
    }

    func modelInfo() async throws -> ModelInfo {
        let known = try await service().ready()
        var info = ModelInfo()
        info.modelName = known.model
        info.maxTokens = Int32(clamping: known.context ?? 0)
        return info
    }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let text = Mutex("")
        var response = GenerateResponse()
        // As a stream, too: then it may take as long as it makes progress.
        let (end, calls) = try await answer(request, beginning: nil) { output in
            if case .text(let piece, _) = output { text.withLock { $0 += piece } }
        }
        response.text = text.withLock { $0 }
        response.toolCalls = calls
        response.tokensUsed = Int32(clamping: end.tokensUsed)
        response.finishReason = end.finishReason
        if let usage = end.usage { response.usage = usage }
        return response
    }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        try await stream(request, beginning: nil, onChunk)
    }

    func generateFrom(
        _ request: GenerateFromRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        switch request.beginning {
        case .tokens(let tokens):
            let service = try service()
            _ = try await service.ready()
            guard service.continuesTokens else {
                throw ProviderError(.unsupported, "\(service.server.url) cannot go on from the ids of tokens: OpenAI's API has no form for it, only llama.cpp's server and vLLM have one of their own")
            }
            guard request.request.tools.isEmpty else {
                throw ProviderError(.unsupported, "\(service.server.url) cannot go on from the ids of tokens where tools may be called")
            }
            return try await stream(request.request, beginning: .tokens(tokens.ids), onChunk)
        case .text(let text):
            guard try service().supposedEngine.continuesText else {
                throw ProviderError(.unsupported, "\(try service().server.url) cannot go on from the beginning of an answer")
            }
            return try await stream(request.request, beginning: .text(text), onChunk)
        case nil: return try await stream(request.request, beginning: nil, onChunk)
        }
    }

    func countTokens(_ request: GenerateRequest) async throws -> Int {
        guard !request.messages.isEmpty else { throw ProviderError(.invalidRequest, "there are no messages to count") }
        return try await service().count(request)
    }

    private enum Beginning {
        case text(String)
        case tokens([Int32])
    }

    private func stream(
        _ request: GenerateRequest, beginning: Beginning?, _ onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        let (wantsPieces, wantsTokens) = (request.options.toolCallDeltas, request.options.tokenIds)
        let (end, calls) = try await answer(request, beginning: beginning) { output in
            switch output {
            case .text(let text, let tokens):
                var chunk = StreamChunk.text(text)
                if wantsTokens, !tokens.isEmpty { (chunk.tokenIds, chunk.tokensUsed) = (tokens, Int32(clamping: tokens.count)) }
                try await onChunk(chunk)
            case .piece(let index, let id, let name, let arguments) where wantsPieces:
                try await onChunk(.toolCallDelta(index: index, id: id, name: name, arguments: arguments))
            case .piece: break
            }
        }
        if !wantsPieces { for call in calls { try await onChunk(.toolCall(call)) } }
        return end
    }

    private func answer(
        _ request: GenerateRequest, beginning: Beginning?, _ onOutput: (ChatAnswer.Output) async throws -> Void
    ) async throws -> (GenerationEnd, [ToolCall]) {
        guard !request.messages.isEmpty else { throw ProviderError(.invalidRequest, "there are no messages to answer") }
        let service = try service()
        let known = try await service.ready()
        let (path, body): (String, ChatBody)
        switch beginning {
        case .tokens(let tokens):
            (path, body) = try await completing(request, tokens, service, known)
        case .text(let text):
            (path, body) = ("/chat/completions", ChatBody(request, beginning: text, model: known.model, engine: known.engine, options: service.options))
        case nil: (path, body) = ("/chat/completions", ChatBody(request, model: known.model, engine: known.engine, options: service.options))
        }
        let response = try await service.post(path, body.json, accepting: "text/event-stream")
        var answer = ChatAnswer(idStem: "call-\(request.messages.count)", limits: limits)
        do {
            if response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true {
                var events = EventStream(limit: limits.eventBytes)
                var parts = response.body.makeAsyncIterator()
                while !answer.isOver, let part = try await service.server.explaining({ try await parts.next() }) {
                    for event in try await service.server.explaining({ try events.read(part.readableBytesView) }) {
                        for output in try answer.read(event.data) { try await onOutput(output) }
                    }
                }
            } else {
                // One that does not stream at all.
                let whole = try await service.server.body(of: response, upTo: limits.eventBytes)
                for output in try answer.read(whole) { try await onOutput(output) }
            }
        } catch let trouble as ChatAnswer.Trouble {
            service.failed()
            throw explain(trouble, service, known.model)
        } catch let error as ProviderError where error.code == .unavailable {
            service.failed()
            throw error
        }
        guard let end = answer.end else {
            service.failed()
            throw ProviderError(.unavailable, "\(service.server.url) ended its answer in the middle")
        }
        return (end, answer.toolCalls)
    }

    /// Where and how to ask for an answer that goes on from the ids of tokens.
    private func completing(
        _ request: GenerateRequest, _ tokens: [Int32], _ service: OpenAIService, _ known: OpenAIService.Known
    ) async throws -> (String, ChatBody) {
        guard known.engine == .vllm else {
            let prompt = try await service.prompt(request, model: known.model)
            return ("/../completion", ChatBody(completing: request, prompt: prompt, tokens: tokens, options: service.options))
        }
        let prompt = try await service.promptTokens(request, model: known.model)
        let room = prompt.room - tokens.count
        guard room > 0 else {
            throw ProviderError(.tooLarge, "\(service.server.url): the conversation and the beginning of its answer have \(prompt.ids.count + tokens.count) tokens, and the model reads \(prompt.ids.count + prompt.room)")
        }
        return ("/completions", ChatBody(completing: request, prompt: prompt.ids + tokens, room: room, model: known.model, options: service.options))
    }

    private func explain(_ trouble: ChatAnswer.Trouble, _ service: OpenAIService, _ model: String) -> ProviderError {
        switch trouble {
        case .notJSON: ProviderError(.failed, "\(service.server.url) sent what is no JSON in the middle of its answer")
        case .failed(let error): service.failure(error, model: model)
        case .tooManyCalls: ProviderError(.failed, "\(service.server.url) answered with more than \(limits.toolCalls) calls of tools")
        case .argumentsTooLong: ProviderError(.failed, "\(service.server.url) answered with calls whose arguments have more than \(limits.argumentBytes) bytes")
        }
    }

    private func service() throws -> OpenAIService {
        guard let service = setup.withLock({ $0?.service }) else { throw ProviderError(.failedPrecondition, "it was not initialized") }
        return service
    }
}
