import HectorAgents
import HectorCore
import HectorProviders
import Hummingbird

/// Ollama's dialect: `/api/chat`, `/api/generate`, `/api/embed`, `/api/tags`, `/api/show`, `/api/ps` and `/api/version`, with agents, LLM
/// plugins and embedders as models. What manages models is refused by name: plugins have theirs.
struct OllamaDialect: Dialect {
    let backend: Recipients
    let limits: APILimits
    let surroundings: Surroundings

    /// The version of Ollama whose API this is: clients ask for it to know what they may send.
    static let version = "0.12.0"

    func answer(to error: APIError, _ request: Request, _ context: APIContext) -> Response {
        error.response(encoded: Self.form(of: error).encoded())
    }

    private static func form(of error: APIError) -> JSON { ["error": .string(error.message)] }

    /// - Parameter calls: The routes that call a model.
    func add(to routes: RouteGroup, calls: RouteGroup) {
        routes.get("api/version") { _, _ in Response(json: ["version": .string(Self.version)]) }
        routes.get("api/tags") { _, context in
            let backend = backend(for: context)
            return Response(json: ["models": .array((backend.models + backend.embeddersAlone).map { model($0) })])
        }
        routes.get("api/ps") { _, context in
            let backend = backend(for: context)
            let ready = backend.models.filter { name in
                (try? backend.model(name)).map { backend.open(Chat(messages: []), to: $0).whyNotReady == nil } ?? false
            }
            let embedders = backend.embeddersAlone.filter { (try? backend.embedder($0))?.whyNotReady == nil }
            return Response(json: ["models": .array((ready + embedders).map { model($0).adding(["size_vram": 0, "expires_at": .string(Self.never)]) })])
        }
        routes.post("api/show") { request, context in try await show(request, context) }
        calls.post("api/chat") { request, context in
            try await answer(request, context, .chat) { body throws(APIError) in try OllamaRequest(chat: body) }
        }
        calls.post("api/generate") { request, context in
            try await answer(request, context, .generate) { body throws(APIError) in try OllamaRequest(generate: body) }
        }
        calls.post("api/embed") { request, context in
            try await embed(request, context, member: ("input", "dimensions")) { body throws(APIError) in
                try OllamaEmbedRequest(embed: body)
            } written: { embeddings, model, duration in
                OllamaEmbeddings.list(embeddings, model: model, took: duration)
            }
        }
        calls.post("api/embeddings") { request, context in
            try await embed(request, context, member: ("prompt", "dimensions")) { body throws(APIError) in
                try OllamaEmbedRequest(embeddings: body)
            } written: { embeddings, _, _ in
                OllamaEmbeddings.one(embeddings)
            }
        }
        for name in ["pull", "push", "create", "copy"] {
            routes.post("api/\(name)") { _, _ -> Response in throw Self.managed(name) }
        }
        routes.delete("api/delete") { _, _ -> Response in throw Self.managed("delete") }
    }

    /// What a port of its own answers to those who look whether it is there.
    func addGreeting(to routes: RouteGroup) {
        routes.get("/") { _, _ in
            Response(status: .ok, headers: [.contentType: "text/plain; charset=utf-8"], body: ResponseBody(byteBuffer: ByteBuffer(string: "Ollama is running")))
        }
    }

    private static func managed(_ name: String) -> APIError {
        APIError(.unsupported, "Hector does not manage models, so there is no \(name): a model is a plugin, named in hector.yaml or offered by another machine.")
    }

    /// A time that does not come.
    private static let never = "9999-12-31T23:59:59Z"

    private func answer(
        _ request: Request, _ context: APIContext, _ form: OllamaAnswer.Form,
        _ read: @escaping @Sendable (JSONText) throws(APIError) -> OllamaRequest
    ) async throws -> Response {
        let body = try await request.json(in: context, limits: limits)
        try context.memory?.take(ChatRequest.weight(of: body), for: .request)
        let asked = try await context.offPool(bytes: body.bytes.count) { try read(body) }
        let written = OllamaAnswer(form, model: asked.chat.model, created: A2AForm.timestamp(surroundings.now()))
        let backend = backend(for: context)
        let model = Self.name(asked.chat.model, backend)
        guard !asked.isLoad else {
            _ = try ModelCall.recipient(model, backend)
            return Response(encoded: written.loaded(asked.isUnload))
        }
        var chat = asked.chat.chat
        chat.wantsCallPieces = false
        let call = try ModelCall(chat, to: model, ignored: asked.chat.ignored, backend)
        let began = surroundings.timing.now()
        let took = { @Sendable in began.duration(to: surroundings.timing.now()) }
        return try await call.respond(asStream: asked.chat.stream, "application/x-ndjson", to: request, context) { answer in
            let text = try written.whole(answer, took: took())
            return try await context.whole(weight: answer.weight) { text }
        } stream: { sink in
            let answer = try await call.run.answer { events in try await sink.send(try written.pieces(events)) }
            try await sink.send(written.closing(answer, took: took()))
        } failure: { sink, error in
            try await sink.send(ByteBuffer(bytes: Self.form(of: error).encoded() + [UInt8(ascii: "\n")]))
        }
    }

    private func embed(
        _ request: Request, _ context: APIContext, member: (texts: String, dimension: String),
        _ read: @escaping @Sendable (JSONText) throws(APIError) -> OllamaEmbedRequest,
        written: @escaping @Sendable (Embeddings, String, Duration) -> [UInt8]
    ) async throws -> Response {
        let body = try await request.json(in: context, limits: limits)
        // Texts are decoded once, beside the body.
        try context.memory?.take(body.bytes.count, for: .request)
        let asked = try await context.offPool(bytes: body.bytes.count) { try read(body) }
        let backend = backend(for: context)
        let began = surroundings.timing.now()
        let embeddings = try await backend.embed(
            asked.texts, by: Self.name(asked.model, backend), dimension: asked.dimension, context, member: member)
        let took = began.duration(to: surroundings.timing.now())
        let response = try await context.whole(weight: EmbeddingList.weight(of: embeddings)) { written(embeddings, asked.model, took) }
        return response.naming(ignored: asked.ignored)
    }

    /// Clients of Ollama add `:latest` to a name without a tag.
    private static func name(_ name: String, _ backend: ChatBackend) -> String {
        guard name.hasSuffix(":latest"), (try? backend.model(name)) == nil, (try? backend.embedder(name)) == nil else { return name }
        return String(name.dropLast(":latest".count))
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(in: context, limits: limits)
        var name: String?
        do throws(MemberError) {
            try body.eachMember { key, value throws(MemberError) in
                if key == "model" || key == "name" { name = try value.text(upTo: ChatLimits.standard.modelBytes) }
            }
        } catch {
            throw error.told
        }
        guard let name else { throw APIError(.invalidRequest, "model is missing.", parameter: "model") }
        let backend = backend(for: context)
        let capabilities: [JSON]
        if backend.embeddersAlone.contains(Self.name(name, backend)) {
            capabilities = ["embedding"]
        } else {
            let run = backend.open(Chat(messages: []), to: try ModelCall.recipient(Self.name(name, backend), backend))
            capabilities = ["completion", "tools"] + (run.mayTakeImages ? ["vision"] : [])
        }
        return Response(json: [
            "modelfile": "", "parameters": "", "template": "", "license": "", "modified_at": .string(Self.modified),
            "details": Self.details, "model_info": ["general.architecture": "hector", "general.basename": .string(name)],
            "capabilities": .array(capabilities),
        ])
    }

    private func model(_ name: String) -> JSON {
        [
            "name": .string(name), "model": .string(name), "modified_at": .string(Self.modified), "size": 0, "digest": "",
            "details": Self.details,
        ]
    }

    /// When a model was made is its plugin's to know.
    private static let modified = "1970-01-01T00:00:00Z"

    private static let details: JSON = [
        "parent_model": "", "format": "plugin", "family": "hector", "families": ["hector"], "parameter_size": "", "quantization_level": "",
    ]
}
