import HTTPTypes
import HectorAgents
import HectorCore
import HectorProviders
import Hummingbird
import Logging
import Synchronization

/// A2A: the cards, and JSON-RPC under `/agents/ID/`. At the server's own address the default agent answers.
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
        // The second name is that of A2A 0.2.
        for name in ["agent-card.json", "agent.json"] {
            router.get(".well-known/\(name)") { request, _ in try card(try defaultAgent(), for: request) }
            router.get("agents/:agent/.well-known/\(name)") { request, context in
                try card(try agents.agent(try context.parameter("agent")), for: request)
            }
        }
        calls.post("/") { request, context in
            try await call(request, context) { _ in try defaultAgent() }
        }
        calls.post("agents/:agent") { request, context in
            try await call(request, context) { try agents.agent(try $0.parameter("agent")) }
        }
    }

    /// Whether what a request is answered with has JSON-RPC's form: what `add` routes to `call`.
    static func speaksRPC(_ request: Request) -> Bool {
        let parts = request.uri.path.split(separator: "/")
        return request.method == .post && (parts.isEmpty || parts.count == 2 && parts[0] == "agents")
    }

    private func defaultAgent() throws -> AgentDefinition {
        guard let agent = agents.listed.first else { throw APIError(.notFound, "This server has no public agent.") }
        return agent
    }

    private func card(_ agent: AgentDefinition, for request: Request) throws -> Response {
        guard let server = publicURL ?? request.head.authority.map({ "http://\($0)" }) else {
            throw APIError(.invalidRequest, "The request has no Host header.")
        }
        return Response(json: AgentCard(agent: agent, server: server, version: version, wantsToken: wantsToken).json)
    }

    /// Reads and answers one call; a failure is answered as a JSON-RPC error.
    private func call(
        _ request: Request, _ context: APIContext, to agent: (APIContext) throws -> AgentDefinition
    ) async throws -> Response {
        var id = JSON.null
        do {
            let agent = try agent(context)
            let body = try await request.json(in: context, limits: limits)
            let (known, read) = try await context.offPool(bytes: body.bytes.count) { try RPCRequest.read(body) }
            id = known
            return try await answer(read.get(), of: agent, request, context)
        } catch let failure as RPCFailure {
            return Response(json: failure.reply(to: id))
        } catch let failure as JSONFailure {
            return Response(json: RPCFailure(.parse, "The request's body cannot be parsed: \(failure).").reply(to: nil))
        } catch {
            return try APIError(logging: error, context, at: request.uri.path).reply(to: id, request, context)
        }
    }

    private func answer(
        _ call: RPCRequest, of agent: AgentDefinition, _ request: Request, _ context: APIContext
    ) async throws -> Response {
        let wanted = HTTPField.Name.a2aVersion.flatMap { request.headers[$0] } ?? ""
        guard wanted.isEmpty || wanted == "1.0" || wanted == "0.3" || wanted.hasPrefix("0.3.") else {
            throw RPCFailure(.versionNotSupported, "This server speaks A2A 1.0 and 0.3, not \(singleLine(wanted, limit: 20)).")
        }
        guard let (dialect, method) = A2ADialect.method(call.method) else {
            throw RPCFailure(.methodNotFound, "The method \(quoted(call.method)) does not exist.")
        }
        switch method {
        case .send:
            let (task, withHistory) = try await task(for: call, of: agent, context)
            let ended = try await context.whileClientIsPresent { try await run(task, context) }
            return try await context.whole(call.reply(dialect.sent(ended, withHistory: withHistory)))
        case .stream:
            let (task, withHistory) = try await task(for: call, of: agent, context)
            return Response.events(to: context, limits: limits, timing: surroundings.timing) { sink in
                try await stream(task, dialect, context, withHistory: withHistory) { try await sink.send(call.reply($0)) }
            }
        case .get:
            let task = try await reading(call, context) { params in
                dialect.task(try tasks.task(try id(params), of: agent.id), withHistory: try withHistory(params))
            }
            return try await context.whole(call.reply(task))
        case .list:
            let query = try await reading(call, context) { try TaskQuery($0, dialect) }
            let page = query.page(of: tasks.all(of: agent.id), bytes: limits.listBytes)
            return try await context.whole(call.reply([
                "tasks": .array(page.tasks.map {
                    dialect.task($0, withHistory: query.withHistory, withArtifacts: query.withArtifacts)
                }),
                "nextPageToken": .string(page.nextToken),
                "pageSize": .integer(Int64(page.tasks.count)), "totalSize": .integer(Int64(page.total)),
            ]))
        case .cancel:
            let id = try await reading(call, context) { try self.id($0) }
            let task = try tasks.cancel(id, of: agent.id, at: surroundings.now())
            return try await context.whole(call.reply(dialect.task(task)))
        case .refused(let failure):
            throw failure
        }
    }

    /// Reads a call's parameters, which may be very many.
    private func reading<Value: Sendable>(
        _ call: RPCRequest, _ context: APIContext, _ read: @escaping @Sendable (A2AParameters) throws -> Value
    ) async throws -> Value {
        try await context.offPool(bytes: call.params?.bytes.count ?? 0) { try read(A2AParameters(call.params)) }
    }

    private func id(_ params: A2AParameters) throws(RPCFailure) -> String {
        guard let id = try params.string("id", limit: A2ALimits.id) else {
            throw RPCFailure(.invalidParams, "params.id is missing.")
        }
        return id
    }

    /// A task's history is the message that began it: a length of 1 or more, or none given, includes it (§3.2.4).
    private func withHistory(_ params: A2AParameters) throws(RPCFailure) -> Bool {
        try params.integer("historyLength", in: 0...Int.max) != 0
    }

    /// The task that a message starts, and whether the client wants its history.
    private func task(
        for call: RPCRequest, of agent: AgentDefinition, _ context: APIContext
    ) async throws -> (A2ATask, withHistory: Bool) {
        let (message, withHistory) = try await reading(call, context) { params in
            let configuration = params["configuration"] == nil ? nil : try params.object("configuration")
            // A client that asks for notifications does not poll the task. The names are those of 1.0 and of 0.3.
            for name in ["taskPushNotificationConfig", "pushNotificationConfig"] where configuration?[name] != nil {
                throw RPCFailure.noPush
            }
            let message = try A2AMessage(params) { try context.memory?.take($0, for: .request) }
            return (message, try configuration.map(self.withHistory) ?? true)
        }
        if let id = message.task {
            _ = try tasks.task(id, of: agent.id)
            throw RPCFailure(
                .unsupportedOperation, "A task accepts no further messages: send this one with the contextId and without the taskId."
            )
        }
        let task = A2ATask(
            id: surroundings.newID(), agent: agent.id, context: message.context ?? surroundings.newID(),
            question: message.text, messageID: message.id, state: .working, changed: surroundings.now()
        )
        return (task, withHistory)
    }

    /// Runs the task's turn to its end.
    /// - Returns: The task as it ended, for whatever reason but one.
    /// - Throws: `CancellationError` when the client is gone.
    private func run(
        _ task: A2ATask, _ context: APIContext, onBegin: () async throws -> Void = {}, onEvent: TurnEventHandler? = nil
    ) async throws -> A2ATask {
        let cancelled = tasks.begin(task)
        do {
            try await onBegin()
            let turn = Turn(
                agent: task.agent, session: task.context, messages: [Message(role: "user", content: task.question)]
            )
            let answer = try await cancelled.cancelling { try await agents.run(turn, onEvent: onEvent) }
            return tasks.end(task, .completed, text: answer.text, at: surroundings.now())
        } catch {
            let failure = APIError(logging: error, context, at: "/agents/\(task.agent)")
            let outcome: A2ATask.State = Task.isCancelled ? .canceled : .failed
            let ended = tasks.end(task, outcome, text: failure.message, at: surroundings.now())
            try Task.checkCancellation()
            return ended
        }
    }

    private func stream(
        _ task: A2ATask, _ dialect: A2ADialect, _ context: APIContext, withHistory: Bool,
        send: @escaping @Sendable (JSON) async throws -> Void
    ) async throws {
        let hasText = Atomic(false)
        let ended = try await run(task, context, onBegin: { try await send(dialect.sent(task, withHistory: withHistory)) }) { event in
            guard case .text(let text) = event else { return }
            let append = hasText.exchange(true, ordering: .relaxed)
            try await send(dialect.piece(task, text: text, append: append, last: false))
        }
        if ended.state == .completed {
            try await send(dialect.piece(task, text: "", append: hasText.load(ordering: .relaxed), last: true))
        }
        try await send(dialect.ended(ended))
    }
}

extension APIError {
    /// In JSON-RPC's form, with HTTP's status and headers.
    ///
    /// - Parameter id: That of the call; null where it could not be read.
    func reply(to id: JSON, _ request: Request, _ context: APIContext) throws -> Response {
        var response = try response(from: request, context: context)
        response.body = Response(json: RPCFailure(self).reply(to: id)).body
        return response
    }
}

extension HTTPField.Name {
    /// `A2A-Version`
    fileprivate static let a2aVersion = HTTPField.Name("A2A-Version")
}
