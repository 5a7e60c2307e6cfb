import FoundationEssentials
import HectorAgents
import HectorMesh
import HectorProviders
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
        let chat = try JSONDecoder().decode(ChatRequest.self, from: try await request.wholeBody(limit: limits.bodyBytes))
        let (messages, tools) = (try chat.conversation(), try chat.toolDefinitions())
        let ask: @Sendable (TurnEventHandler?) async throws -> Answer
        let plugin: String
        if let agent = agents[chat.model] {
            plugin = agent.llm
            ask = { try await agents.run(Turn(agent: chat.model, messages: messages, tools: tools), onEvent: $0) }
        } else if directory.llm(chat.model) != nil {
            plugin = chat.model
            ask = { try await agents.generate(plugin: chat.model, messages: messages, tools: tools, onEvent: $0) }
        } else {
            throw Self.unknown(chat.model)
        }

        let completion = ChatCompletion(
            id: "chatcmpl-\(surroundings.newID())", created: surroundings.now() / 1000, model: chat.model
        )
        guard chat.stream == true else {
            return Response(json: completion.whole(try await context.whileClientIsPresent { try await ask(nil) }))
        }
        // Once a stream has begun its status is 200; what is known to fail is better told before.
        guard snapshot().mayServe(plugin: plugin) else {
            throw APIError(.unavailable, snapshot().whyNotReady(plugin: plugin) ?? "The model is not ready.")
        }
        let includeUsage = chat.streamOptions?.includeUsage == true
        return Response.events(to: context, limits: limits, clock: surroundings.clock) { sink in
            do {
                try await sink.send(completion.opening)
                let toolCalls = Atomic(0)
                let answer = try await ask { event in
                    let index = toolCalls.load(ordering: .relaxed)
                    if case .toolCall = event { toolCalls.store(index + 1, ordering: .relaxed) }
                    try await sink.send(completion.piece(event, toolCallIndex: index))
                }
                try await sink.send(completion.closing(answer))
                if includeUsage { try await sink.send(completion.usage(answer)) }
                try await sink.send(data: "[DONE]".utf8)
            } catch let error where !(error is CancellationError) {
                context.logger.info("A streamed answer failed", metadata: ["model": "\(chat.model)", "error": "\(error)"])
                try await sink.send(APIError(error).body)
            }
        }
    }

    private static func model(_ name: String) -> JSON {
        ["id": .string(name), "object": "model", "created": 0, "owned_by": "hector"]
    }

    private static func unknown(_ name: String) -> APIError {
        APIError(.modelNotFound, "There is no agent and no LLM plugin named \"\(name)\".", parameter: "model")
    }
}
