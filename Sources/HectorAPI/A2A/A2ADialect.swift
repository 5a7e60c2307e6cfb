import HTTPTypes
import HectorAgents
import HectorCore
import HectorProto
import HectorProviders
import Hummingbird
import Logging

/// A2A's dialect: the cards, and JSON-RPC under `/agents/ID/`. At the server's own address the default agent answers.
///
/// A task belongs to nobody's connection: it goes on when the client that began it leaves, and can be followed again.
struct A2ADialect: Dialect {
    let backend: Recipients
    let tasks: TaskStore
    let runner: TaskRunner
    let limits: APILimits
    let surroundings: Surroundings
    let version: String
    /// Those in force now.
    let security: @Sendable () -> APISecurity
    /// Where clients reach this server; nil takes it from each request.
    let publicURL: @Sendable () -> String?

    /// - Parameters:
    ///   - routes: Those outside JSON-RPC.
    ///   - calls: Those that call a model, and tell failures as this dialect does.
    func add(to routes: RouteGroup, calls: RouteGroup) {
        // The second name is that of A2A 0.2.
        for name in ["agent-card.json", "agent.json"] {
            routes.get(".well-known/\(name)") { request, context in
                try card(try defaultAgent(context), for: request)
            }
            routes.get("agents/:agent/.well-known/\(name)") { request, context in
                try card(try agent(context), for: request)
            }
        }
        calls.post("/") { request, context in
            try await call(request, context, to: defaultAgent)
        }
        calls.post("agents/:agent") { request, context in
            try await call(request, context, to: agent)
        }
    }

    /// JSON-RPC's form. Which call failed is not known here.
    func answer(to error: APIError, _ request: Request, _ context: APIContext) -> Response {
        answer(to: error, of: .null)
    }

    /// - Parameter id: That of the call.
    private func answer(to error: APIError, of id: JSON) -> Response {
        error.response(encoded: RPCFailure(error).reply(to: id).encoded())
    }

    private func defaultAgent(_ context: APIContext) throws -> AgentDefinition {
        guard let agent = backend(for: context).agents.first else { throw APIError(.notFound, "This server has no public agent.") }
        return agent
    }

    /// The agent in the path.
    // Inlined, it makes the optimiser of Swift 6.3.1 crash.
    @inline(never) private func agent(_ context: APIContext) throws -> AgentDefinition {
        try backend(for: context).agent(try context.parameter("agent"))
    }

    private func card(_ agent: AgentDefinition, for request: Request) throws -> Response {
        let security = security()
        guard let server = publicURL() ?? request.head.authority.map({ "\(security.scheme)://\($0)" }) else {
            throw APIError(.invalidRequest, "The request has no Host header.")
        }
        return Response(json: AgentCard(agent: agent, server: server, version: version, wantsToken: security.wantsToken).json)
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
            return answer(to: APIError(logging: error, context, at: request.uri.path), of: id)
        }
    }

    private func answer(
        _ call: RPCRequest, of agent: AgentDefinition, _ request: Request, _ context: APIContext
    ) async throws -> Response {
        let wanted = HTTPField.Name.a2aVersion.flatMap { request.headers[$0] } ?? ""
        guard wanted.isEmpty || wanted == "1.0" || wanted == "0.3" || wanted.hasPrefix("0.3.") else {
            throw RPCFailure(.versionNotSupported, "This server speaks A2A 1.0 and 0.3, not \(singleLine(wanted, limit: 20)).")
        }
        guard let (form, method) = A2AForm.method(call.method) else {
            throw RPCFailure(.methodNotFound, "The method \(quoted(call.method)) does not exist.")
        }
        switch method {
        case .send:
            let order = try await order(call, of: agent, context)
            let log = try order.answered?.log ?? start(order.task, agent, context)
            if order.waits { try await context.whileClientIsPresent { try await log.waitForEnd() } }
            let task = try told(order.task.id, of: agent, request, context)
            return try await context.whole(call.reply(form.sent(task, withHistory: order.withHistory))).naming(run: task.run)
        case .stream:
            let order = try await order(call, of: agent, context)
            let log = try order.answered?.log ?? start(order.task, agent, context)
            return following(order.task, request, context) { sink, sees in
                try await sink.send(call.reply(form.sent(order.task, withHistory: order.withHistory)))
                try await follow(order.task, log, from: order.answered?.position ?? TaskLog.Position(), form, sees) { try await sink.send(call.reply($0)) }
            }
        case .subscribe:
            let id = try await reading(call, context) { try self.id($0) }
            let (task, log) = try tasks.following(id, of: agent.id, for: context.caller)
            guard !task.state.isTerminal else {
                throw RPCFailure(.unsupportedOperation, "The task has ended: get it instead.")
            }
            return following(task, request, context) { sink, sees in
                let said = log.text
                try await sink.send(call.reply(form.sent(task, withHistory: true, said: said)))
                // What happened before the client came is told to it as well.
                try await follow(task, log, from: TaskLog.Position(text: said.utf8.count), form, sees) { try await sink.send(call.reply($0)) }
            }
        case .get:
            let task = try await reading(call, context) { params in
                form.task(try told(try id(params), of: agent, request, context), withHistory: try withHistory(params))
            }
            return try await context.whole(call.reply(task))
        case .list:
            let query = try await reading(call, context) { try TaskQuery($0, form) }
            let page = query.page(of: tasks.all(of: agent.id, for: context.caller), bytes: limits.listBytes)
            return try await context.whole(call.reply([
                "tasks": .array(page.tasks.map {
                    form.task($0, withHistory: query.withHistory, withArtifacts: query.withArtifacts)
                }),
                "nextPageToken": .string(page.nextToken),
                "pageSize": .integer(Int64(page.tasks.count)), "totalSize": .integer(Int64(page.total)),
            ]))
        case .cancel:
            let id = try await reading(call, context) { try self.id($0) }
            let task = try tasks.cancel(id, of: agent.id, for: context.caller, at: surroundings.now())
            return try await context.whole(call.reply(form.task(task)))
        case .refused(let failure):
            throw failure
        }
    }

    /// Which events of a task's turn a client gets.
    private struct Sight {
        var isWanted: Bool
        var withDetails: Bool
    }

    /// A stream of a task, with what happens in it where the client asked for that.
    private func following(
        _ task: A2ATask, _ request: Request, _ context: APIContext, _ body: @escaping @Sendable (EventSink, Sight) async throws -> Void
    ) -> Response {
        let sight = sight(request, context)
        var response = Response.events(to: context) { try await body($0, sight) }.naming(run: task.run)
        if sight.isWanted, let name = RunExtension.headers.first { response.headers[name] = RunExtension.uri }
        return response
    }

    private func sight(_ request: Request, _ context: APIContext) -> Sight {
        Sight(isWanted: RunExtension.isWanted(request.headers), withDetails: (try? context.caller.requireAdmin()) != nil)
    }

    /// A task as a whole, with what happened in it where the client asked for that.
    private func told(_ id: String, of agent: AgentDefinition, _ request: Request, _ context: APIContext) throws(RPCFailure) -> A2ATask {
        var (task, log) = try tasks.following(id, of: agent.id, for: context.caller)
        let sight = sight(request, context)
        if sight.isWanted { task.story = .array(log.events.map { RunExtension.json($0, withDetails: sight.withDetails) }) }
        return task
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

    /// What a message asks for.
    private struct Order {
        let task: A2ATask
        /// The client wants the task's history.
        let withHistory: Bool
        /// The client waits for the task's end.
        let waits: Bool
        /// What an earlier task says that this message answers, and where that goes on.
        var answered: (log: TaskLog, position: TaskLog.Position)?
    }

    private func order(_ call: RPCRequest, of agent: AgentDefinition, _ context: APIContext) async throws -> Order {
        let (message, withHistory, waits, output) = try await reading(call, context) { params in
            let configuration = params["configuration"] == nil ? nil : try params.object("configuration")
            // A client that asks for notifications does not poll the task. The names are those of 1.0 and of 0.3.
            for name in ["taskPushNotificationConfig", "pushNotificationConfig"] where configuration?[name] != nil {
                throw RPCFailure.noPush
            }
            let output = try OutputModes.chosen(configuration)
            let message = try A2AMessage(params) { try context.memory?.take($0, for: .request) }
            // Again 1.0 and 0.3.
            let returnsAtOnce = try configuration?.bool("returnImmediately") ?? false
            let waits = try configuration?.bool("blocking") ?? !returnsAtOnce
            return (message, try configuration.map(self.withHistory) ?? true, waits, output)
        }
        if let id = message.task {
            let (task, log, position) = try tasks.answer(id, with: message, of: agent.id, for: context.caller, at: surroundings.now())
            return Order(task: task, withHistory: withHistory, waits: waits, answered: (log, position))
        }
        let task = A2ATask(
            id: surroundings.newID(), agent: agent.id, owner: context.caller.owner, context: message.context ?? surroundings.newID(),
            question: message.text, messageID: message.id, output: output, state: .working, changed: surroundings.now(), run: agent.acting == nil ? nil : surroundings.newID(),
            askedBy: message.askedBy
        )
        return Order(task: task, withHistory: withHistory, waits: waits)
    }

    /// Begins the task's turn, which nobody's connection ends.
    ///
    /// - Returns: What it says.
    private func start(_ task: A2ATask, _ agent: AgentDefinition, _ context: APIContext) throws -> TaskLog {
        var chat = Chat(session: task.context, messages: [Message(role: "user", content: task.question)])
        chat.owner = task.owner
        chat.askedBy = task.askedBy
        chat.runID = task.run
        if task.output == .data { chat.options.format = .json }
        let (log, cancelled) = tasks.begin(task)
        if agent.acting != nil || agent.retrieval != nil {
            chat.watch = { log.append($0) }
            chat.agreement = { [tasks, surroundings, permit = context.permit] calls in
                guard let permit else { return try await tasks.ask(calls, in: task, at: surroundings.now) }
                return try await permit.whileAway { try await tasks.ask(calls, in: task, at: surroundings.now) }
            }
        }
        let run = backend(for: context).open(chat, to: .agent(agent))
        let trace = TraceContext.current
        // One that acts tells by itself who answered.
        let replicas = agent.acting == nil ? CalledReplicas() : nil
        let began = surroundings.timing.now()
        let work: TaskRunner.Work = { [permit = context.permit] in
            // Its place among the calls at work is free when it has ended.
            defer { withExtendedLifetime(permit) {} }
            await TraceContext.$current.withValue(trace) {
                do {
                    let answer = try await cancelled.cancelling {
                        try await CalledReplicas.$current.withValue(replicas) {
                            try await run.answer { events in
                                // Data is sent as a whole, when the task has ended.
                                for case .text(let text) in events where task.output == .text { log.append(text) }
                            }
                        }
                    }
                    if let replicas {
                        let took = began.duration(to: surroundings.timing.now())
                        log.append(.modelAnswered(number: 1, tokens: answer.allTokens, calls: [], replicas: replicas.names, took: took))
                    }
                    tasks.end(
                        task, .completed, text: answer.text, citations: answer.citations.isEmpty ? "" : answer.citations.extensionJSON.text, spent: answer.spent,
                        at: surroundings.now())
                } catch {
                    let failure = APIError(logging: error, context, at: "/agents/\(task.agent)")
                    tasks.end(task, error is CancellationError ? .canceled : .failed, text: failure.message, at: surroundings.now())
                }
            }
        }
        do {
            try runner.start(work)
        } catch {
            tasks.end(task, .failed, text: error.message, at: surroundings.now())
            throw error
        }
        return log
    }

    /// Sends what the task says, until its end.
    ///
    /// - Parameter position: Of the log, behind what was sent already.
    private func follow(
        _ task: A2ATask, _ log: TaskLog, from position: TaskLog.Position, _ form: A2AForm, _ sight: Sight, send: (JSON) async throws -> Void
    ) async throws {
        var position = position
        while true {
            let news = try await log.news(after: position)
            var isFirst = position.text == 0
            for piece in news.pieces {
                switch piece {
                case .text(let text):
                    try await send(form.piece(task, text: text, append: !isFirst, last: false))
                    isFirst = false
                case .event(let event): if sight.isWanted { try await send(form.event(task, event, withDetails: sight.withDetails)) }
                }
            }
            position = news.position
            // A client goes on with its answer.
            if news.isPaused { return try await send(form.ended(tasks.latest(task))) }
            guard news.isEnd else { continue }
            // It may have been forgotten, if many ended at once.
            let ended = tasks.latest(task)
            if ended.state == .completed {
                try await send(form.piece(ended, text: task.output == .data ? ended.text : "", append: position.text > 0, last: true))
            }
            return try await send(form.ended(ended))
        }
    }
}

extension HTTPField.Name {
    /// `A2A-Version`
    fileprivate static let a2aVersion = HTTPField.Name("A2A-Version")
}
