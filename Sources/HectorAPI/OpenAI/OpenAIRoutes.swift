import HectorAgents
import HectorCore
import HectorMesh
import HectorProviders
import HTTPTypes
import Hummingbird
import Logging
import Synchronization

/// `GET /v1/models` and `POST /v1/chat/completions`: agents and LLM plugins as OpenAI models.
///
/// An agent's model brings its system prompt; a plugin's gets the conversation as it is. Where an agent and
/// a plugin have one name, it is the agent's. Internal agents answer as models and are not listed.
struct OpenAIRoutes {
    let agents: PublishedAgents
    let directory: any ProviderDirectory
    let snapshot: @Sendable () -> MeshSnapshot
    let limits: APILimits
    let surroundings: Surroundings

    func add(to router: Routes, calls: RouteGroup) {
        router.get("v1/models") { _, _ in
            Response(json: ["object": "list", "data": .array(models().map(Self.model))])
        }
        router.get("v1/models/:model") { _, context in
            let name = try context.parameter("model")
            guard agents[name] != nil || directory.llm(name) != nil else { throw Self.unknown(name) }
            return Response(json: Self.model(name))
        }
        calls.post("v1/chat/completions") { request, context in
            try await complete(request, context)
        }
    }

    private func models() -> [String] {
        agents.listed.map(\.id) + directory.llmNames.filter { agents[$0] == nil }
    }

    private func complete(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(in: context, limits: limits)
        try context.memory?.take(ChatRequest.weight(of: body), for: .request)
        let chat = try await context.offPool(bytes: body.bytes.count) { try ChatRequest(body) }
        let ask: @Sendable (TurnEventHandler?) async throws -> Answer
        let plugin: String
        if let agent = agents[chat.model] {
            plugin = agent.llm
            let turn = Turn(agent: chat.model, messages: chat.messages, tools: chat.tools, options: chat.options)
            ask = { try await agents.run(turn, onEvent: $0) }
        } else if directory.llm(chat.model) != nil {
            plugin = chat.model
            ask = {
                try await agents.generate(
                    plugin: plugin, messages: chat.messages, tools: chat.tools, options: chat.options, onEvent: $0)
            }
        } else {
            throw Self.unknown(chat.model)
        }
        var response = try await answer(chat, of: plugin, context, ask)
        if !chat.ignored.isEmpty {
            HTTPField.Name("x-hector-ignored").map { response.headers[$0] = chat.ignored.joined(separator: ", ") }
        }
        return response
    }

    private func answer(
        _ chat: ChatRequest, of plugin: String, _ context: APIContext,
        _ ask: @escaping @Sendable (TurnEventHandler?) async throws -> Answer
    ) async throws -> Response {
        let completion = ChatCompletion(
            id: "chatcmpl-\(surroundings.newID())", created: surroundings.timing.secondsSince1970(), model: chat.model
        )
        guard chat.stream else {
            return try await context.whole(completion.whole(try await context.whileClientIsPresent { try await ask(nil) }))
        }
        // Once a stream has begun its status is 200; what is known to fail is better told before.
        guard snapshot().mayServe(plugin: plugin) else {
            throw APIError(.unavailable, snapshot().whyNotReady(plugin: plugin) ?? "The model is not ready.")
        }
        return Response.events(to: context, limits: limits, timing: surroundings.timing) { sink in
            do {
                try await sink.send(completion.opening)
                let toolCalls = Atomic(0)
                let answer = try await ask { event in
                    let index = toolCalls.load(ordering: .relaxed)
                    if case .toolCall = event { toolCalls.store(index + 1, ordering: .relaxed) }
                    try await sink.send(completion.piece(event, toolCallIndex: index))
                }
                try await sink.send(completion.closing(answer))
                if chat.includeUsage { try await sink.send(completion.usage(answer)) }
                try await sink.send(data: "[DONE]".utf8)
            } catch let error where !(error is CancellationError) {
                try await sink.send(APIError(logging: error, context, at: "/v1/chat/completions").body)
            }
        }
    }

    private static func model(_ name: String) -> JSON {
        ["id": .string(name), "object": "model", "created": 0, "owned_by": "hector"]
    }

    private static func unknown(_ name: String) -> APIError {
        APIError(.modelNotFound, "There is no agent or LLM plugin named \"\(singleLine(name, limit: 60))\".", parameter: "model")
    }
}
