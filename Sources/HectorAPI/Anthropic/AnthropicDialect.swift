import HTTPTypes
import HectorAgents
import HectorCore
import HectorProviders
import Hummingbird
import Synchronization

/// Anthropic's dialect: `POST /v1/messages` and `POST /v1/messages/count_tokens`, with agents and LLM plugins as models, as in OpenAI's.
struct AnthropicDialect: Dialect {
    let backend: Recipients
    let limits: APILimits
    let surroundings: Surroundings

    /// - Parameter calls: The routes that call a model.
    func add(to calls: RouteGroup) {
        calls.post("v1/messages") { request, context in
            try await complete(request, context)
        }
        calls.post("v1/messages/count_tokens") { request, context in
            try await countTokens(request, context)
        }
    }

    private func countTokens(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(in: context, limits: limits)
        try context.memory?.take(ChatRequest.weight(of: body), for: .request)
        let asked = try await context.offPool(bytes: body.bytes.count) { try MessagesRequest(body, isCount: true) }
        let backend = backend(for: context)
        let run = backend.open(asked.chat, to: try ModelCall.recipient(asked.model, backend))
        guard run.mayCountTokens else {
            throw APIError(.unsupported, "count_tokens is not supported by the model \"\(asked.model)\": no replica of its plugin declares the capability count_tokens.")
        }
        if let reason = run.whyNotCounting { throw APIError(.unavailable, reason) }
        let tokens = try await context.whileClientIsPresent { try await run.countTokens() }
        return Response(json: ["input_tokens": .integer(Int64(tokens))])
    }

    func answer(to error: APIError, _ request: Request, _ context: APIContext) -> Response {
        error.response(encoded: error.anthropic.encoded())
    }

    private func complete(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(in: context, limits: limits)
        try context.memory?.take(ChatRequest.weight(of: body), for: .request)
        let asked = try await context.offPool(bytes: body.bytes.count) { try MessagesRequest(body) }
        let call = try ModelCall(asked.chat, to: asked.model, ignored: asked.ignored, backend(for: context))
        let message = MessageEvents(id: "msg_\(surroundings.newID())", model: asked.model)
        return try await call.respond(asStream: asked.stream, to: request, context) { answer in
            // A whole answer has the arguments of calls as an object, and not as text.
            for call in answer.toolCalls { _ = try call.argumentsObject() }
            return try await context.whole(weight: answer.weight) { message.whole(answer) }
        } stream: { sink in
            let events = Mutex(message)
            try await sink.send(message.opening)
            let answer = try await call.run.answer { pieces in try await sink.send(events.withLock { $0.pieces(pieces) }) }
            try await sink.send(events.withLock { $0.closing(answer) })
        } failure: { sink, error in
            try await sink.send(MessageEvents.failure(error))
        }
    }
}

extension Request {
    /// Whether an Anthropic client sends it: they name the version of the API that they were written for.
    var isAnthropics: Bool { HTTPField.Name("anthropic-version").map { headers[$0] != nil } ?? false }
}

extension ModelEntry {
    /// In Anthropic's form. When it was made is not known.
    var anthropic: JSON {
        let entry: JSON = [
            "id": .string(name), "type": "model", "display_name": .string(name), "created_at": "1970-01-01T00:00:00Z", "lifecycle": "active",
        ]
        return entry.adding(["max_input_tokens": contextLength.map { .integer(Int64($0)) }])
    }
}

extension [ModelEntry] {
    /// Those that answer chats, in Anthropic's form, on one page.
    var anthropic: JSON {
        let entries = filter { $0.kind != .embedder }
        return [
            "data": .array(entries.map(\.anthropic)), "has_more": false, "first_id": entries.first.map { .string($0.name) } ?? .null,
            "last_id": entries.last.map { .string($0.name) } ?? .null,
        ]
    }
}
