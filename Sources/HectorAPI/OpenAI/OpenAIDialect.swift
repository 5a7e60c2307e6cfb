import HTTPTypes
import HectorAgents
import HectorCore
import HectorMesh
import HectorProviders
import Hummingbird
import Logging
import Synchronization

/// OpenAI's dialect: `GET /v1/models`, `POST /v1/chat/completions` and `POST /v1/embeddings`, with agents, LLM plugins and embedders
/// as models.
///
/// An agent's model brings its system prompt; a plugin's gets the conversation as it is. Where an agent and
/// a plugin have one name, it is the agent's. Internal agents answer as models and are not listed.
struct OpenAIDialect: Dialect {
    let backend: Recipients
    let snapshot: @Sendable () -> MeshSnapshot
    let limits: APILimits
    let surroundings: Surroundings
    let contextLengths: ContextLengths

    init(backend: Recipients, snapshot: @escaping @Sendable () -> MeshSnapshot, limits: APILimits, surroundings: Surroundings) {
        self.backend = backend
        self.snapshot = snapshot
        self.limits = limits
        self.surroundings = surroundings
        contextLengths = ContextLengths(timing: surroundings.timing, limits: limits)
    }

    /// - Parameter calls: The routes that call a model.
    func add(to routes: RouteGroup, calls: RouteGroup) {
        routes.get("v1/models") { request, context in
            let models = await models(for: context).all
            return Response(json: request.isAnthropics ? models.anthropic : ["object": "list", "data": .array(models.map(\.openAI))])
        }
        routes.get("v1/models/:model") { request, context in
            let model = try await models(for: context).model(try context.parameter("model"))
            return Response(json: request.isAnthropics ? model.anthropic : model.openAI)
        }
        calls.post("v1/chat/completions") { request, context in
            try await complete(request, context)
        }
        calls.post("v1/embeddings") { request, context in
            try await embed(request, context)
        }
    }

    private func models(for context: APIContext) -> ModelList { ModelList(backend: backend(for: context), snapshot: snapshot, contextLengths: contextLengths) }

    private func complete(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(in: context, limits: limits)
        try context.memory?.take(ChatRequest.weight(of: body), for: .request)
        let chat = try await context.offPool(bytes: body.bytes.count) { try ChatRequest(body) }
        let call = try ModelCall(chat.chat, to: chat.model, ignored: chat.ignored, backend(for: context))
        let completion = ChatCompletion(
            id: "chatcmpl-\(surroundings.newID())", created: surroundings.timing.secondsSince1970(), model: chat.model, inChunks: chat.stream
        )
        return try await call.respond(asStream: chat.stream, to: request, context) { answer in
            try await context.whole(weight: answer.weight) { completion.whole(answer) }
        } stream: { sink in
            try await sink.send(completion.opening)
            let calls = Atomic(0)
            let answer = try await call.run.answer { events in
                let before = calls.load(ordering: .relaxed)
                calls.store(before + events.count { $0.beginsCall }, ordering: .relaxed)
                try await sink.send(completion.pieces(events, calls: before))
            }
            try await sink.send(completion.closing(answer, withUsage: chat.includeUsage))
        } failure: { sink, error in
            try await sink.send(error.body)
        }
    }
}

extension TurnEvent {
    fileprivate var beginsCall: Bool {
        switch self {
        case .text: false
        case .toolCall: true
        case .toolCallPiece(let piece): piece.head != nil
        }
    }
}
