internal import HectorCore
import HectorPlugin
internal import HectorProto
import Synchronization

/// The tools of an MCP server.
///
/// `run()` keeps a session with the server for as long as the plugin runs, and makes another where one ends.
final class MCPTools: BackgroundProvider, ToolProvider {
    let about = PluginDescription(name: Builtin.mcp.rawValue, version: HectorVersion.current)

    private enum Phase {
        case starting
        case ready(MCPConnection)
        case failed(ProviderError)
        case stopped
    }

    private struct State {
        var phase = Phase.starting
        /// Set when the phase changes.
        var changed = Signal<Void>()
        /// Nil where it has to be asked for.
        var tools: [Tool]?
        /// Counts lists that are no longer true, so that a late answer does not stand for a newer one.
        var listNumber = 0
        /// When the server answered last.
        var answered: Instant?
    }

    private let timing: Timing
    private let limits: BuiltinLimits
    private let transport = Signal<any MCPTransport>()
    private let stopping = Signal<Void>()
    private let stopped = Signal<Void>()
    private let state = Mutex(State())

    init(timing: Timing, limits: BuiltinLimits = BuiltinLimits()) {
        self.timing = timing
        self.limits = limits
    }

    func initialize(config: [String: String]) async throws {
        let settings = Settings(config)
        let chosen: any MCPTransport
        switch (settings["command"], settings["url"]) {
        case (.some, nil): chosen = StdioTransport(command: try ServerProcess.Command(settings, own: environmentVariables()))
        case (nil, .some):
            let silence = try settings.time("timeout") ?? limits.silence
            chosen = HTTPTransport(
                calls: try HTTPEndpoint(settings, silence: silence, limits: limits), stream: try HTTPEndpoint(settings, silence: nil, limits: limits),
                timing: timing, hasKey: settings["key"] != nil)
        case (nil, nil): throw ProviderError(.invalidRequest, "either command or url is required: a program of this machine, or an address")
        case (.some, .some): throw ProviderError(.invalidRequest, "command and url are two servers: remove one of them")
        }
        transport.set(chosen)
        // A server that is not up yet is waited for: until then, health says what is missing.
        _ = try? await connection(within: limits.sessionStart)
    }

    func shutdown() async throws {
        stopping.set()
        if case .ready(let connection) = state.withLock({ $0.phase }) { connection.end(Self.isStopping) }
        guard transport.value != nil else { return }
        _ = try? await timing.limit(limits.stopTime * 3) { try await self.stopped.wait() }
    }

    func health() async throws -> ProviderHealth {
        let (phase, answered) = state.withLock { ($0.phase, $0.answered) }
        switch phase {
        case .starting: return ProviderHealth(isHealthy: false, message: "the server is being started")
        case .failed(let reason): return ProviderHealth(isHealthy: false, message: reason.message)
        case .stopped: return ProviderHealth(isHealthy: false, message: Self.isStopping.message)
        case .ready(let connection):
            // A program that runs is well; what is reached by HTTP may be gone without a word.
            guard transport.value is HTTPTransport, answered.map({ timing.now() - $0 >= limits.healthInterval }) ?? true else { return ProviderHealth(isHealthy: true) }
            do {
                guard try await timing.limit(limits.modelsTime, { try await connection.request("ping") }) != nil else {
                    return ProviderHealth(isHealthy: false, message: "\(transport.value?.server ?? "") does not answer")
                }
                noteAnswer()
                return ProviderHealth(isHealthy: true)
            } catch is RPCFailure {
                // It answers, if only to say that it knows no ping.
                noteAnswer()
                return ProviderHealth(isHealthy: true)
            } catch let error as ProviderError {
                return ProviderHealth(isHealthy: false, message: error.message)
            }
        }
    }

    // MARK: tools

    func tools() async throws -> [Tool] {
        if let tools = state.withLock({ $0.tools }) { return tools }
        return try await inSession { connection in
            let number = self.state.withLock { $0.listNumber }
            var list = MCPToolList()
            var cursor: String?
            for _ in 0..<self.limits.pages {
                let page = try await connection.request("tools/list", cursor.map { ["cursor": .string($0)] } ?? [:])
                cursor = list.take(page)
                if cursor == nil { break }
            }
            for problem in list.problems { PluginLogLine.write(level: "warning", problem) }
            let tools = list.tools
            self.state.withLock { if $0.listNumber == number { $0.tools = tools } }
            self.noteAnswer()
            return tools
        }
    }

    func call(
        _ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void
    ) async throws -> ToolEnd {
        guard try await tools().contains(where: { $0.name == request.name }) else {
            throw ProviderError(.notFound, "there is no tool \(quoted(request.name))")
        }
        let parameters: [String: JSON] = ["name": .string(request.name), "arguments": .written(request.argumentsJson.isEmpty ? "{}" : request.argumentsJson)]
        let answer = try await inSession { connection in
            try await connection.request("tools/call", parameters) { try await onOutput(.progress($0, of: $1, $2)) }
        }
        noteAnswer()
        let result = MCPToolResult(answer)
        for output in result.outputs { try await onOutput(output) }
        return result.hasFailed ? .failure : .done
    }

    /// Runs the body in a session, and once more in a new one where the server has forgotten the first.
    private func inSession<Value: Sendable>(_ body: @escaping @Sendable (MCPConnection) async throws -> Value) async throws -> Value {
        do {
            return try await body(connection(within: limits.sessionWait))
        } catch let error as ProviderError where error.cause is SessionLost {
            return try await explaining { try await body(connection(within: limits.sessionWait)) }
        } catch let failure as RPCFailure {
            throw explain(failure)
        }
    }

    private func explaining<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let failure as RPCFailure { throw explain(failure) }
    }

    private func explain(_ failure: RPCFailure) -> ProviderError {
        let said = "\(transport.value?.server ?? "the server") says: \(singleLine(failure.message, limit: limits.messageCharacters))"
        return switch failure.code {
        case RPCFailure.invalidParameters where failure.message.lowercased().contains("unknown tool"): ProviderError(.notFound, said)
        case RPCFailure.invalidParameters: ProviderError(.invalidRequest, said)
        case RPCFailure.methodNotFound: ProviderError(.unsupported, said)
        default: ProviderError(.failed, said)
        }
    }

    private func noteAnswer() { state.withLock { $0.answered = timing.now() } }

    // MARK: the session

    /// The session of now, waited for where it is being made.
    private func connection(within time: Duration) async throws -> MCPConnection {
        let last = timing.now().advanced(by: time)
        while true {
            let (phase, changed) = state.withLock { ($0.phase, $0.changed) }
            switch phase {
            case .ready(let connection) where !connection.isOver.isSet: return connection
            case .failed(let reason): throw reason
            case .stopped: throw Self.isStopping
            case .ready, .starting: break
            }
            let left = last - timing.now()
            guard left > .zero, try await timing.limit(left, { try await changed.wait() }) != nil else {
                throw ProviderError(.unavailable, "\(transport.value?.server ?? "the server") is not ready yet")
            }
        }
    }

    private static let isStopping = ProviderError(.unavailable, "the plugin is stopping")
    private static let backoff = Backoff(first: .milliseconds(500), longest: .seconds(30))

    func run() async {
        defer {
            enter(.stopped)
            stopped.set()
        }
        guard let transport = try? await transport.wait() else { return }
        var failures = 0
        while !stopping.isSet, !Task.isCancelled {
            enter(.starting)
            let began = timing.now()
            let reason: ProviderError
            do {
                try await transport.run(limits: limits, onChange: { self.forgetTools() }) { try await self.open($0) }
                reason = ProviderError(.unavailable, "\(transport.server) ended the session")
            } catch {
                reason = error as? ProviderError ?? ProviderError(.unavailable, "\(transport.server): \(singleLine("\(error)"))")
            }
            guard !stopping.isSet, !Task.isCancelled else { return }
            forgetTools()
            // One that the server has forgotten is made anew at once.
            failures = timing.now() - began > Self.backoff.longest ? 1 : failures + 1
            if reason.cause is SessionLost, failures == 1 { continue }
            enter(.failed(reason))
            PluginLogLine.write(level: "warning", reason.message)
            let pause = Self.backoff.delay(afterFailures: failures, random: timing.random)
            _ = try? await stopping.cancelling { try await self.timing.sleep(for: pause) }
        }
    }

    private func open(_ connection: MCPConnection) async throws {
        guard let told = try await timing.limit(limits.sessionStart, { try await self.explaining { try await connection.initialize() } }) else {
            throw ProviderError(.unavailable, "\(transport.value?.server ?? "the server") did not answer initialize within \(limits.sessionStart.inSeconds)")
        }
        connection.notify("notifications/initialized")
        guard told["capabilities"]?["tools"] != nil else {
            throw ProviderError(.failedPrecondition, "\(transport.value?.server ?? "the server") has no tools")
        }
        noteAnswer()
        enter(.ready(connection))
        if stopping.isSet { connection.end(Self.isStopping) }
    }

    private func forgetTools() {
        state.withLock { state in
            state.tools = nil
            state.listNumber += 1
        }
    }

    private func enter(_ phase: Phase) {
        let changed = state.withLock { state in
            state.phase = phase
            defer { state.changed = Signal() }
            return state.changed
        }
        changed.set()
    }
}
