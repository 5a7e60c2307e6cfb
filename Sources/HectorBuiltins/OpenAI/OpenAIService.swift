import AsyncHTTPClient
internal import HectorCore
internal import HectorPlugin
import NIOCore
import NIOHTTP1
import Synchronization

/// An endpoint of OpenAI's API with the model that is asked there: what its configuration says, and what it says of itself.
final class OpenAIService: Sendable {
    /// What is known of the endpoint since it answered.
    struct Known: Sendable {
        var catalog: ModelCatalog
        var engine: Engine
        /// What is asked for.
        var model: String
        var context: Int?
        var takesImages: Bool
        /// Whether calls of tools come about at all.
        var callsTools: Bool
        /// Whether it is llama.cpp's server itself, with what that has beside OpenAI's API.
        var isLlamaServer: Bool
        /// Answers that it works on at once; nil where it does not say.
        var slots: Int?

        /// False where the endpoint lists all that it has, and that is not there.
        var hasModel: Bool { !engine.listsAll || catalog.model(model) != nil }
    }

    private struct State {
        var known: Known?
        /// When it answered last; nil where it failed since.
        var answered: Instant?
    }

    let server: HTTPEndpoint
    let limits: BuiltinLimits
    private let settings: Settings
    private let timing: Timing
    private let engine: Engine?
    private let images: Bool?
    private let context: Int?
    private let chosenOptions: Set<String>?
    private let state = Mutex(State())

    init(
        _ settings: Settings, timing: Timing, limits: BuiltinLimits = BuiltinLimits(), admit: ConnectionCheck? = nil
    ) throws(ProviderError) {
        self.settings = settings
        self.timing = timing
        self.limits = limits
        engine = try settings["engine"].map { word throws(ProviderError) in
            guard let engine = Engine(rawValue: word) else {
                throw ProviderError(.invalidRequest, "engine must be one of \(Engine.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return engine
        }
        images = try settings.flag("images")
        context = try settings.integer("context", in: 1...100_000_000)
        chosenOptions = try settings.list("options").map { words throws(ProviderError) in
            let unknown = words.filter { !Engine.allOptions.contains($0) }
            guard unknown.isEmpty else {
                throw ProviderError(
                    .invalidRequest,
                    "options: \(unknown.map { quoted($0) }.joined(separator: ", ")) cannot be told to any endpoint; there are \(Engine.allOptions.sorted().joined(separator: ", "))")
            }
            return Set(words)
        }
        server = try HTTPEndpoint(settings, silence: settings.time("timeout") ?? limits.silence, limits: limits, admit: admit)
    }

    /// What is known of it now; nil before it answered for the first time.
    var known: Known? { state.withLock { $0.known } }

    /// What is known of it, asked where it has not answered yet.
    func ready() async throws -> Known {
        if let known { return known }
        return try await ask()
    }

    /// The engine, as far as it is known.
    var supposedEngine: Engine { known?.engine ?? engine ?? Engine(url: server.url, owners: []) }
    /// The options that it follows.
    var options: Set<String> {
        chosenOptions ?? (callsTools ? supposedEngine.options : supposedEngine.options.subtracting(Engine.optionsOfTools))
    }
    /// Whether the tokens of a conversation can be counted.
    var countsTokens: Bool { known.map { $0.isLlamaServer || $0.engine == .vllm && server.url.hasSuffix("/v1") } ?? false }
    /// Whether an answer can go on from the ids of tokens.
    var continuesTokens: Bool { countsTokens }
    var callsTools: Bool { known?.callsTools ?? true }
    /// Whether it takes images.
    var takesImages: Bool { images ?? known?.takesImages ?? (supposedEngine == .openai) }

    /// It is well while it answers; it is asked where it has not for a while, or where a call failed.
    func health() async -> ProviderHealth {
        let last = state.withLock { $0.answered }
        if let last, timing.now() - last < limits.healthInterval { return ProviderHealth(isHealthy: true) }
        do {
            let known = try await ask()
            guard known.hasModel else {
                return ProviderHealth(isHealthy: false, message: "\(server.url) has no model \(quoted(known.model)): \(known.catalog.names)")
            }
            return ProviderHealth(isHealthy: true)
        } catch {
            return ProviderHealth(isHealthy: false, message: "\(error)")
        }
    }

    /// Asks for its models.
    @discardableResult
    func ask() async throws -> Known {
        let catalog: ModelCatalog
        do {
            let response = try await server.send(.GET, "/models", within: limits.modelsTime)
            guard response.status.code == 200 else { throw try await failure(response, model: nil) }
            guard let told = ModelCatalog(try await server.body(of: response, upTo: limits.answerBytes), limits: limits) else {
                throw ProviderError(.failedPrecondition, "\(server.url)/models is no list of models, so it is not the beginning of an OpenAI API; most end with /v1")
            }
            catalog = told
        } catch {
            failed()
            throw error
        }
        let engine = self.engine ?? Engine(url: server.url, owners: catalog.owners)
        guard let name = settings["model"] ?? (catalog.models.count == 1 ? catalog.models[0].id : nil) else {
            failed()
            throw ProviderError(.failedPrecondition, "model is not set in the plugin's configuration, and \(server.url) has not exactly one: \(catalog.names)")
        }
        let model = catalog.model(name) ?? (engine.ignoresModel ? catalog.models.first : nil)
        let properties = engine == .llamaCPP ? await llamaProperties() : nil
        let known = Known(
            catalog: catalog, engine: engine, model: name, context: context ?? model?.context, takesImages: model?.takesImages ?? (engine == .openai),
            callsTools: properties?["chat_template_caps"]?["supports_tools"]?.bool ?? true, isLlamaServer: properties != nil, slots: properties?["total_slots"]?.int)
        state.withLock { $0 = State(known: known, answered: known.hasModel ? timing.now() : nil) }
        return known
    }

    /// What llama.cpp's server tells beside OpenAI's API; nil where it does not.
    private func llamaProperties() async -> JSONText? {
        guard server.url.hasSuffix("/v1"), let response = try? await server.send(.GET, "/../props", within: limits.modelsTime),
            response.status.code == 200, let body = try? await server.body(of: response, upTo: limits.eventBytes)
        else { return nil }
        return try? JSONText(body)
    }

    /// The conversation as the model's template writes it.
    func prompt(_ request: GenerateRequest, model: String) async throws -> String {
        let written = try await ask("/../apply-template", ChatBody(conversation: request, model: model, engine: .llamaCPP).json)
        guard let prompt = written["prompt"]?.string else { throw ProviderError(.failed, "\(server.url) did not answer with a prompt at /apply-template") }
        return prompt
    }

    /// The conversation as the model's template writes it, in tokens, and how many an answer may have beside them: vLLM's form.
    func promptTokens(_ request: GenerateRequest, model: String) async throws -> (ids: [Int32], room: Int) {
        let told = try await ask("/../tokenize", ChatBody(conversation: request, model: model, engine: .vllm).json)
        var ids: [Int32] = []
        guard told["tokens"]?.forEachElement({ if let id = $1.int { ids.append(Int32(clamping: id)) } }) == true, let most = told["max_model_len"]?.int else {
            throw ProviderError(.failed, "\(server.url) did not answer with tokens and the length of its context at /tokenize")
        }
        return (ids, most - ids.count)
    }

    /// How many tokens the model reads for that request.
    func count(_ request: GenerateRequest) async throws -> Int {
        let known = try await ready()
        guard countsTokens else { throw ProviderError(.unsupported, "\(server.url) does not count tokens") }
        guard request.messages.allSatisfy({ $0.parts.allSatisfy { if case .image = $0.part { false } else { true } } }) else {
            throw ProviderError(.unsupported, "\(server.url) does not count the tokens of images")
        }
        if known.engine == .vllm {
            guard let count = try await ask("/../tokenize", ChatBody(conversation: request, model: known.model, engine: known.engine).json)["count"]?.int else {
                throw ProviderError(.failed, "\(server.url) did not answer with a count at /tokenize")
            }
            return count
        }
        let prompt = try await prompt(request, model: known.model)
        var count = 0
        let told = try await ask("/../tokenize", ["content": .string(prompt), "add_special": true, "parse_special": true])["tokens"]?.forEachElement { _, _ in count += 1 }
        guard told == true else { throw ProviderError(.failed, "\(server.url) did not answer with tokens at /tokenize") }
        return count
    }

    private func ask(_ path: String, _ body: JSON) async throws -> JSONText {
        let bytes = try await server.body(of: post(path, body, accepting: "application/json"), upTo: limits.eventBytes)
        guard let json = try? JSONText(bytes) else { throw ProviderError(.failed, "\(server.url) sent what is no JSON") }
        return json
    }

    /// Sends a request with a JSON body, and waits until the response begins.
    ///
    /// - Throws: `ProviderError`, in the server's words where it has any.
    func post(_ path: String, _ body: JSON, accepting type: String) async throws -> HTTPClientResponse {
        do {
            let response = try await server.send(.POST, path, body.encoded(), headers: [("accept", type)])
            guard response.status.code == 200 else { throw try await failure(response, model: known?.model) }
            state.withLock { $0.answered = timing.now() }
            return response
        } catch let error as ProviderError {
            if error.code != .invalidRequest, error.code != .tooLarge { failed() }
            throw error
        }
    }

    /// The next health call asks.
    func failed() { state.withLock { $0.answered = nil } }

    private func failure(_ response: HTTPClientResponse, model: String?) async throws -> ProviderError {
        let error = OpenAIError(status: Int(response.status.code), body: try await server.words(of: response))
        return failure(error, model: model, retryAfter: Duration(retryAfter: response.headers.first(name: "retry-after")))
    }

    func failure(_ error: OpenAIError, model: String?, retryAfter: Duration? = nil) -> ProviderError {
        error.failure(of: server, model: model, hasKey: settings["key"] != nil, catalog: known?.catalog, retryAfter: retryAfter)
    }
}
