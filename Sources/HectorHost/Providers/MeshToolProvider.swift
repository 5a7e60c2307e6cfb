internal import HectorCore
internal import HectorMesh
internal import HectorProto
internal import HectorProviders
internal import HectorRPC
internal import Synchronization

/// Tools somewhere in the mesh.
struct MeshToolProvider: ToolProvider {
    let caller: MeshCaller
    let lists: ToolLists

    private var limits: ToolLimits { ToolLimits() }

    var about: PluginDescription { PluginDescription(name: caller.plugin.name, version: "") }

    func health() async throws -> ProviderHealth { try await caller.health(ToolProviderMethods.common) }

    /// As they were told in the last `ToolLists.age`, and since the last replica came.
    func tools() async throws -> [Tool] {
        if let tools = lists.tools(of: caller.plugin, ready: caller.router.ready(caller.plugin), now: caller.now()) { return tools }
        return try await ask()
    }

    // Without `@concurrent`, which the protocol means where it says nothing, this would not be its method but one beside it.
    func call(
        _ request: CallToolRequest, onOutput: @escaping @concurrent @Sendable (ToolOutput) async throws -> Void
    ) async throws -> ToolEnd {
        if let problem = limits.problem(request) { throw ProviderError(.invalidRequest, "\(caller.plugin.name): \(problem)") }
        let tool = try await tool(request.name)
        let end = Mutex<ToolEnd?>(nil)
        do {
            try await caller.stream(ToolProviderMethods.callTool, request, idempotent: tool.annotations.idempotent) {
                guard end.withLock({ $0 != nil }) else {
                    throw ProviderError(.failed, "\(caller.plugin.name): the output of \(tool.name) ended without its end")
                }
            } inspect: { output -> ToolOutput? in
                guard end.withLock({ $0 == nil }) else {
                    throw ProviderError(.failed, "\(caller.plugin.name): \(tool.name) sent output behind its end")
                }
                if let problem = limits.problem(output) { throw ProviderError(.failed, "\(caller.plugin.name): \(problem)") }
                guard case .end(let told) = output.output else { return output }
                end.withLock { $0 = told }
                return nil
            } onParts: { for output in $0 { try await onOutput(output) } }
        } catch let error as ProviderError {
            // The list that named it is of the past.
            if error.code == .notFound { lists.forget(caller.plugin) }
            throw tool.annotations.idempotent || !Self.mayHaveRun(error) ? error : Self.sayingThatItMayHaveRun(error)
        }
        return end.withLock { $0 } ?? .done
    }

    /// - Throws: `ProviderError` with `notFound`, which names the tools that there are.
    private func tool(_ name: String) async throws -> Tool {
        if let tool = try await tools().first(where: { $0.name == name }) { return tool }
        // It may have come since.
        let tools = try await ask()
        if let tool = tools.first(where: { $0.name == name }) { return tool }
        throw ProviderError(.notFound, "\(caller.plugin.name) has no tool \(quoted(name)); \(Self.words(tools, instead: name))")
    }

    private func ask() async throws -> [Tool] {
        let limits = limits
        let ready = caller.router.ready(caller.plugin)
        // It is no part of the call that somebody may follow.
        let tools = try await CalledReplicas.$current.withValue(nil) {
            try await caller.unary(ToolProviderMethods.listTools, ListToolsRequest(), .inquiry) { response in
                if let problem = limits.problem(response.tools) { throw ProviderError(.failed, "\(caller.plugin.name): \(problem)") }
            }.tools
        }
        lists.keep(tools, of: caller.plugin, ready: ready, now: caller.now())
        return tools
    }

    /// The names of the tools, for an error about an unknown one.
    static func words(_ tools: [Tool], instead name: String) -> String {
        let names = tools.map(\.name)
        guard !names.isEmpty else { return "it has none now" }
        if let near = nearest(to: name, among: names) { return "did you mean \(quoted(near))?" }
        return "its tools are \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? ", …" : "")"
    }

    /// Whether the failure leaves open what the tool did.
    private static func mayHaveRun(_ error: ProviderError) -> Bool {
        switch error.cause {
        case let cause as RouterError: return cause.code == .callLostReplicas
        case let cause as RPCError where cause.progress == .notProcessed || cause.isNotThere || cause.isOverloadHere: return false
        case let cause as RPCError where cause.progress == .responseStarted: return true
        default: break
        }
        switch error.code {
        // By these a plugin says that nothing was done.
        case .invalidRequest, .tooLarge, .notFound, .unsupported: return false
        case .failedPrecondition, .permissionDenied, .unauthenticated, .exhausted, .unavailable, .deadlineExceeded, .cancelled, .failed: return true
        }
    }

    private static func sayingThatItMayHaveRun(_ error: ProviderError) -> ProviderError {
        ProviderError(error.code, "\(error.message) (the tool may have run; the call was not repeated)", cause: error.cause)
    }
}

/// A reasoning strategy somewhere in the mesh.
struct MeshReasoningStrategy: ReasoningStrategy {
    let caller: MeshCaller

    var about: PluginDescription { PluginDescription(name: caller.plugin.name, version: "") }

    func health() async throws -> ProviderHealth { try await caller.health(ReasoningStrategyMethods.common) }

    func decide(
        _ request: DecideRequest, onEvent: @escaping @concurrent @Sendable (DecideEvent) async throws -> Void
    ) async throws -> DecideEvent {
        let step = Mutex<DecideEvent?>(nil)
        let name = caller.plugin.name
        let most = ToolLimits().stateBytes
        try await caller.stream(ReasoningStrategyMethods.decide, request) {
            guard step.withLock({ $0 != nil }) else { throw ProviderError(.failed, "\(name): the stream ended without a step") }
        } inspect: { event -> DecideEvent? in
            guard step.withLock({ $0 == nil }) else { throw ProviderError(.failed, "\(name): something came behind the step") }
            guard event.event != nil else {
                throw ProviderError(.failed, "\(name): an event is empty, or of an unknown kind; is the plugin newer than this host?")
            }
            guard event.isStep else { return event }
            guard event.state.count <= most else {
                throw ProviderError(.failed, "\(name): the state of a step has \(event.state.count) bytes; \(most) are the most")
            }
            step.withLock { $0 = event }
            return nil
        } onParts: { for event in $0 { try await onEvent(event) } }
        return step.withLock { $0 } ?? DecideEvent()
    }
}
