import HTTPTypes
import HectorAgents
import HectorCore
import HectorProviders
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// OpenAI's responses: `POST /v1/responses`, and those that are stored.
///
/// Only answers that were given are stored: a call that failed, or whose client left, leaves nothing.
struct ResponsesDialect: Dialect {
    let backend: Recipients
    let store: ResponseStore
    let limits: APILimits
    let surroundings: Surroundings

    /// - Parameter calls: The routes that call a model.
    func add(to routes: RouteGroup, calls: RouteGroup) {
        calls.post("v1/responses") { request, context in
            try await create(request, context)
        }
        routes.get("v1/responses/:response") { request, context in
            guard request.uri.queryParameters["stream"] != "true" else {
                throw APIError(.unsupportedParameter, "stream is not supported here: a stored response is complete.", parameter: "stream")
            }
            let response = try stored(context)
            return try await context.whole(weight: response.json.count) { response.json }
        }
        routes.delete("v1/responses/:response") { _, context in
            let id = try context.parameter("response")
            try store.delete(id, for: context.caller)
            return Response(json: ["id": .string(id), "object": "response", "deleted": true])
        }
        routes.get("v1/responses/:response/input_items") { request, context in
            let response = try stored(context)
            let page = try Page(request)
            let input = response.input
            let list = try await context.offPool(bytes: input.bytes.count) { page.list(of: response) }
            return try await context.whole(list)
        }
    }

    private func stored(_ context: APIContext) throws -> StoredResponse {
        try store.response(try context.parameter("response"), for: context.caller)
    }

    private func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(in: context, limits: limits)
        try context.memory?.take(ChatRequest.weight(of: body), for: .request)
        let asked = try await context.offPool(bytes: body.bytes.count) { try ResponseRequest(body) }
        let (said, history) = try store.conversation(of: asked, for: context.caller)
        try context.memory?.take(history, for: .request)
        var chat = asked.chat.chat
        chat.messages = (asked.instructions.map { [Message(role: "system", content: $0)] } ?? []) + said
        let own = OwnCalls(withDetails: (try? context.caller.requireAdmin()) != nil)
        chat.watch = { own.note($0) }
        let call = try ModelCall(chat, to: asked.chat.model, ignored: asked.chat.ignored, choiceProblem: asked.chat.choiceProblem, backend(for: context))
        let object = ResponseObject(id: "resp_\(surroundings.newID())", created: surroundings.timing.secondsSince1970(), asked)
        let turn = Turn(asked: asked, said: said, object: object, owner: context.caller.owner)
        let output = Mutex(ResponseOutput(of: object.id))
        @Sendable func send(_ sink: EventSink, _ change: @Sendable (inout ResponseOutput, inout ByteBuffer) -> Void) async throws {
            let buffer = output.withLock { output in
                var buffer = ByteBuffer()
                change(&output, &buffer)
                return buffer
            }
            if buffer.readableBytes > 0 { try await sink.send(buffer) }
        }
        return try await call.respond(asStream: asked.chat.stream, to: request, context) { answer in
            let json = try await context.offPool(bytes: answer.weight) { finish(turn, ResponseOutput(of: object.id, answer, own: own.take()), answer) }
            return try await context.whole(weight: json.count) { json }
        } stream: { sink in
            try await send(sink) {
                $0.event("response.created", object.beginning, to: &$1)
                $0.event("response.in_progress", object.beginning, to: &$1)
            }
            let answer = try await call.run.answer { events in
                try await send(sink) {
                    $0.take(own: own.take(), to: &$1)
                    $0.take(events, to: &$1)
                }
            }
            try await send(sink) { output, buffer in
                let status = answer.finishReason.status
                output.take(own: own.take(), to: &buffer)
                output.end(status, answer.citations, to: &buffer)
                output.event("response.\(status.rawValue)", finish(turn, output, answer), to: &buffer)
            }
        } failure: { sink, error in
            try await send(sink) { output, buffer in output.event("response.failed", object.failed(output, error), to: &buffer) }
        }
    }

    private struct Turn {
        let asked: ResponseRequest
        /// The conversation up to the answer.
        let said: [Message]
        let object: ResponseObject
        let owner: String
    }

    /// Stores the response where that is wanted.
    ///
    /// - Returns: It, as JSON's text.
    private func finish(_ turn: Turn, _ output: ResponseOutput, _ answer: Answer) -> [UInt8] {
        let json = turn.object.ended(output, answer, now: surroundings.timing.secondsSince1970())
        guard turn.asked.isStored else { return json }
        var conversation = turn.said
        for item in output.said { conversation.append(item) }
        store.put(
            StoredResponse(
                id: turn.object.id, json: json, input: turn.asked.input, conversation: conversation, output: output.said,
                created: surroundings.timing.now()),
            of: turn.owner)
        return json
    }

    /// What part of a list is asked for.
    private struct Page {
        private let limit: Int
        private let isAscending: Bool
        private let after: String?

        init(_ request: Request) throws(APIError) {
            let query = request.uri.queryParameters
            let most = ResponseLimits.standard.page
            let limit = query["limit"].map { Int($0) ?? 0 } ?? 20
            guard (1...most).contains(limit) else {
                throw APIError(.invalidRequest, "limit must be a whole number from 1 to \(most).", parameter: "limit")
            }
            self.limit = limit
            isAscending = query["order"] == "asc"
            after = query["after"].map(String.init)
        }

        func list(of response: StoredResponse) -> JSON {
            var items = ResponseItem.listed(response.input) { "\($1)\(response.id.dropFirst(4))_in\($0)" }
            if !isAscending { items.reverse() }
            if let after, let index = items.firstIndex(where: { $0.id == after }) { items.removeFirst(index + 1) }
            let page = items.prefix(limit)
            return [
                "object": "list", "data": .array(page.map(\.json)), "has_more": .bool(items.count > page.count),
                "first_id": page.first.map { .string($0.id) } ?? nil, "last_id": page.last.map { .string($0.id) } ?? nil,
            ]
        }
    }
}
