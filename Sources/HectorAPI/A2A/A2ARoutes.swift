import FoundationEssentials
import HectorAgents
import HectorProviders
import HTTPTypes
import Hummingbird
import Logging
import Synchronization

/// A2A: the cards, and JSON-RPC under `/agents/ID/`.
struct A2ARoutes {
    let agents: PublishedAgents
    let tasks: TaskStore
    let limits: APILimits
    let surroundings: Surroundings
    let version: String
    let wantsToken: Bool
    /// Where clients reach this server; nil takes it from each request.
    let publicURL: String?

    func add(to router: Routes, calls: RouteGroup) {
        router.get(".well-known/agent-card.json") { request, _ in
            guard let agent = agents.listed.first else { throw APIError(.notFound, "There is no public agent here.") }
            return try card(agent, for: request)
        }
        router.get("agents/:agent/.well-known/agent-card.json") { request, context in
            try card(try agents.agent(try context.parameter("agent")), for: request)
        }
        calls.post("agents/:agent") { request, context in
            let agent = try agents.agent(try context.parameter("agent"))
            let body = try await request.wholeBody(limit: limits.bodyBytes)
            var id = JSON.null
            do {
                let call = try RPCRequest(body)
                id = call.id
                return try await answer(call, of: agent, request, context)
            } catch let failure as RPCFailure {
                return Response(json: failure.reply(to: id))
            }
        }
    }

    private func card(_ agent: AgentDefinition, for request: Request) throws -> Response {
        guard let server = publicURL ?? request.head.authority.map({ "http://\($0)" }) else {
            throw APIError(.invalidRequest, "The request has no Host header.")
        }
        return Response(json: AgentCard(agent: agent, server: server, version: version, wantsToken: wantsToken).json)
    }

    private func answer(
        _ call: RPCRequest, of agent: AgentDefinition, _ request: Request, _ context: APIContext
    ) async throws -> Response {
        let wanted = HTTPField.Name.a2aVersion.flatMap { request.headers[$0] } ?? ""
        guard wanted.isEmpty || wanted == "1.0" || wanted == "0.3" || wanted.hasPrefix("0.3.") else {
            throw RPCFailure(.versionNotSupported, "This server speaks A2A 1.0 and 0.3, not \(wanted.prefix(20)).")
        }
        guard let (dialect, method) = A2ADialect.method(call.method) else {
            throw RPCFailure(.methodNotFound, "There is no method \"\(call.method)\".")
        }
        switch method {
        case .send:
            let task = try task(for: call, of: agent)
            let ended = try await context.whileClientIsPresent { try await run(task) }
            return Response(json: call.reply(dialect.sent(ended)))
        case .stream:
            let task = try task(for: call, of: agent)
            return Response.events(to: context, limits: limits, clock: surroundings.clock) { sink in
                try await stream(task, dialect) { try await sink.send(call.reply($0)) }
            }
        case .get:
            let task = try tasks.task(try id(call), of: agent.id)
            return Response(json: call.reply(dialect.task(task, withHistory: call.params["historyLength"] != 0)))
        case .list:
            return Response(json: call.reply(try list(call, of: agent, dialect)))
        case .cancel:
            let task = try tasks.cancel(try id(call), of: agent.id, at: surroundings.now())
            return Response(json: call.reply(dialect.task(task)))
        case .refused(let failure):
            throw failure
        }
    }

    private func id(_ call: RPCRequest) throws(RPCFailure) -> String {
        guard let id = call.params["id"]?.string, !id.isEmpty else {
            throw RPCFailure(.invalidParams, "params.id is missing.")
        }
        return id
    }

    /// The task that a message starts.
    private func task(for call: RPCRequest, of agent: AgentDefinition) throws(RPCFailure) -> A2ATask {
        let message = try A2AMessage(call.params)
        if let id = message.task {
            _ = try tasks.task(id, of: agent.id)
            throw RPCFailure(
                .unsupportedOperation, "A task takes no further message: send it with the contextId alone."
            )
        }
        return A2ATask(
            id: surroundings.newID(), agent: agent.id, context: message.context ?? surroundings.newID(),
            question: message.text, messageID: message.id, state: .working, changed: surroundings.now()
        )
    }

    /// Runs the task's turn to its end.
    /// - Returns: The task as it ended, for whatever reason but one.
    /// - Throws: `CancellationError` when the client is gone.
    private func run(
        _ task: A2ATask, onBegin: () async throws -> Void = {}, onEvent: TurnEventHandler? = nil
    ) async throws -> A2ATask {
        let cancelled = tasks.begin(task)
        do {
            try await onBegin()
            let turn = Turn(
                agent: task.agent, session: task.context, messages: [Message(role: "user", content: task.question)]
            )
            let answer = try await withThrowingTaskGroup(of: Answer.self) { group in
                group.addTask { try await agents.run(turn, onEvent: onEvent) }
                group.addTask {
                    for await _ in cancelled {}
                    throw CancellationError()
                }
                defer { group.cancelAll() }
                return try await group.next() ?? Answer()
            }
            return tasks.end(task, .completed, text: answer.text, at: surroundings.now())
        } catch {
            let failure = APIError(error)
            let outcome: A2ATask.State = Task.isCancelled ? .canceled : .failed
            let ended = tasks.end(task, outcome, text: failure.message, at: surroundings.now())
            try Task.checkCancellation()
            return ended
        }
    }

    private func stream(
        _ task: A2ATask, _ dialect: A2ADialect, send: @escaping @Sendable (JSON) async throws -> Void
    ) async throws {
        let hasText = Atomic(false)
        let ended = try await run(task, onBegin: { try await send(dialect.begun(task)) }) { event in
            guard case .text(let text) = event else { return }
            let append = hasText.exchange(true, ordering: .relaxed)
            try await send(dialect.piece(task, text: text, append: append, last: false))
        }
        if ended.state == .completed {
            try await send(dialect.piece(task, text: "", append: hasText.load(ordering: .relaxed), last: true))
        }
        try await send(dialect.ended(ended))
    }

    private func list(_ call: RPCRequest, of agent: AgentDefinition, _ dialect: A2ADialect) throws(RPCFailure) -> JSON {
        let size = call.params["pageSize"]?.int ?? 50
        guard (1...100).contains(size) else { throw RPCFailure(.invalidParams, "params.pageSize is 1 to 100.") }
        var wanted = tasks.all(of: agent.id)
        if let context = call.params["contextId"]?.string, !context.isEmpty { wanted.removeAll { $0.context != context } }
        if let name = call.params["status"]?.string, name != "TASK_STATE_UNSPECIFIED" {
            let state = dialect.state(named: name)
            wanted.removeAll { $0.state != state }
        }
        let total = wanted.count
        // A token is the last task of the page before; one that is forgotten by now ends the list.
        if let token = call.params["pageToken"]?.string, !token.isEmpty {
            wanted = Array(wanted.drop { $0.id != token }.dropFirst())
        }
        let page = wanted.prefix(size)
        let withHistory = call.params["historyLength"]?.int ?? 0 > 0
        let withArtifacts = call.params["includeArtifacts"] == true
        return [
            "tasks": .array(page.map { dialect.task($0, withHistory: withHistory, withArtifacts: withArtifacts) }),
            "nextPageToken": .string(wanted.count > size ? page.last?.id ?? "" : ""),
            "pageSize": .integer(Int64(size)), "totalSize": .integer(Int64(total)),
        ]
    }
}

extension HTTPField.Name {
    /// `A2A-Version`
    fileprivate static let a2aVersion = HTTPField.Name("A2A-Version")
}
