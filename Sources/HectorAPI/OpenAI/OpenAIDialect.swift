import HTTPTypes
import HectorAgents
import HectorCore
import HectorMesh
import HectorProviders
import Hummingbird
import Logging
import NIOCore
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
        let work = try await work(request, context)
        return try await work.call.respond(asStream: work.isStream, to: request, context) { answer in
            try await context.whole(weight: answer.weight) { work.completion.whole(answer) }
        } stream: { sink in
            try await work.stream(to: sink)
        } failure: { sink, error in
            try await sink.send(error.body)
        }
    }

    @inline(never) private func work(_ request: Request, _ context: APIContext) async throws -> ChatWork {
        let body = try await request.json(in: context, limits: limits)
        try context.memory?.take(ChatRequest.weight(of: body), for: .request)
        return try await context.offPool(bytes: body.bytes.count) { try opened(body, context) }
    }

    @inline(never) private func opened(_ body: JSONText, _ context: APIContext) throws -> ChatWork {
        let chat = try ChatRequest(body)
        return ChatWork(
            call: try ModelCall(chat.chat, to: chat.model, ignored: chat.ignored, choiceProblem: chat.choiceProblem, backend(for: context)),
            completion: ChatCompletion(
                id: "chatcmpl-\(surroundings.newID())", created: surroundings.timing.secondsSince1970(), model: chat.model, inChunks: chat.stream),
            isStream: chat.stream, includesUsage: chat.includeUsage)
    }
}

/// A chat completion that is being made. An object: what waits for the answer holds a reference.
private final class ChatWork: Sendable {
    let call: ModelCall
    let completion: ChatCompletion
    let isStream: Bool
    /// Whether a stream ends with the usage.
    let includesUsage: Bool
    /// Calls of tools that have begun.
    private let calls = Atomic(0)

    init(call: ModelCall, completion: ChatCompletion, isStream: Bool, includesUsage: Bool) {
        self.call = call
        self.completion = completion
        self.isStream = isStream
        self.includesUsage = includesUsage
    }

    func stream(to sink: EventSink) async throws {
        try await sink.send(completion.opening)
        try await close(sink, try await call.run.answer { try await sink.send(self.pieces($0)) })
    }

    @inline(never) private func close(_ sink: EventSink, _ answer: Answer) async throws {
        try await sink.send(completion.closing(answer, withUsage: includesUsage))
    }

    private func pieces(_ events: [TurnEvent]) -> ByteBuffer {
        let begun = events.count { $0.beginsCall }
        return completion.pieces(events, calls: calls.add(begun, ordering: .relaxed).oldValue)
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
