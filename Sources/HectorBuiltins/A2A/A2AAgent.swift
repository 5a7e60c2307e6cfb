import AsyncHTTPClient
internal import HectorCore
import HectorPlugin
internal import HectorProto
import NIOCore
import NIOHTTP1
import Synchronization

/// An agent elsewhere that speaks A2A, as a tool named `ask`. What agents hand to each other, so that they come to an end, travels in the
/// metadata of the message.
final class A2AAgent: BackgroundProvider, ToolProvider {
    let about = PluginDescription(name: Builtin.a2a.rawValue, version: HectorVersion.current)

    /// The name of its only tool.
    static let tool = "ask"

    /// What the agent said of itself.
    private struct Known: Sendable {
        let card: A2ACard
        let endpoint: HTTPEndpoint
        /// What the address ends with that `HTTPEndpoint` leaves out: some servers mind it.
        let end: String
    }

    private struct State {
        var known: Known?
        /// When it answered last; nil where it failed since.
        var answered: Instant?
    }

    /// What the configuration says.
    private struct Configured: Sendable {
        let settings: [String: String]
        /// Where its card is: behind this address.
        let server: HTTPEndpoint
        let silence: Duration
        let hasKey: Bool
    }

    private let timing: Timing
    private let limits: BuiltinLimits
    private let configured = Signal<Configured>()
    private let state = Mutex(State())
    private let ids = UUIDSource()
    /// Tasks that nobody waits for any more.
    private let (abandoned, abandon) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1_000))

    init(timing: Timing, limits: BuiltinLimits = BuiltinLimits()) {
        self.timing = timing
        self.limits = limits
    }

    func initialize(config: [String: String]) async throws {
        let settings = Settings(config)
        let silence = try settings.time("timeout") ?? limits.silence
        if let endpoint = settings["endpoint"], WebAddress(endpoint) == nil {
            throw ProviderError(.invalidRequest, "endpoint must be an address such as https://agents.example.org/a2a, without user, query and fragment")
        }
        configured.set(Configured(
            settings: config, server: try HTTPEndpoint(settings, silence: silence, limits: limits), silence: silence, hasKey: settings["key"] != nil))
        // An agent that is not up yet is waited for: until then, health says what is missing.
        _ = try? await ask()
    }

    func health() async throws -> ProviderHealth {
        if let last = state.withLock({ $0.answered }), timing.now() - last < limits.healthInterval { return ProviderHealth(isHealthy: true) }
        do {
            _ = try await ask()
            return ProviderHealth(isHealthy: true)
        } catch let error as ProviderError {
            return ProviderHealth(isHealthy: false, message: error.message)
        }
    }

    func run() async {
        for await task in abandoned {
            guard let known = state.withLock({ $0.known }) else { continue }
            let method = known.card.form == .v1 ? "CancelTask" : "tasks/cancel"
            // Best effort: an agent that does not know it, or is gone, has nothing to cancel.
            let response = try? await send(RPCMessage.request(method, id: 1, ["id": .string(task)]), to: known, within: limits.modelsTime)
            _ = try? await response?.body.collect(upTo: limits.errorBytes)
        }
    }

    // MARK: the card

    private func ready() async throws -> Known {
        if let known = state.withLock({ $0.known }) { return known }
        return try await ask()
    }

    /// Asks for its card.
    private func ask() async throws -> Known {
        guard let configured = configured.value else { throw ProviderError(.failedPrecondition, "the plugin was not initialized") }
        do {
            let known = try await card(configured)
            state.withLock { ($0.known, $0.answered) = (known, timing.now()) }
            return known
        } catch {
            state.withLock { $0.answered = nil }
            throw error
        }
    }

    /// The names are those of 1.0 and 0.3, and of 0.2.
    private static let cardNames = ["/.well-known/agent-card.json", "/.well-known/agent.json"]

    private func card(_ configured: Configured) async throws -> Known {
        let server = configured.server
        let names = server.url.hasSuffix(".json") ? [""] : Self.cardNames
        for (index, name) in names.enumerated() {
            let response = try await server.send(.GET, name, within: limits.modelsTime)
            if response.status.code == 404, index + 1 < names.count {
                _ = try? await server.words(of: response)
                continue
            }
            guard response.status.code == 200 else {
                throw try await server.refusal(response, hasKey: configured.hasKey, unlike: "no address of an A2A agent: it has no card at \(name)")
            }
            let body = try await server.body(of: response, upTo: limits.cardBytes)
            guard let json = try? JSONText(body) else { throw ProviderError(.failedPrecondition, "\(server.url)\(name) is no card of an A2A agent") }
            do throws(A2ACard.Unusable) {
                let card = try A2ACard(json, most: limits.cardDescription)
                return try known(configured, card)
            } catch {
                throw ProviderError(.failedPrecondition, "\(server.url)\(name) \(error.reason)")
            }
        }
        throw ProviderError(.failedPrecondition, "\(server.url) has no card")
    }

    /// A key goes to the host that the configuration names, whatever a card says.
    private func known(_ configured: Configured, _ card: A2ACard) throws(A2ACard.Unusable) -> Known {
        var settings = configured.settings
        let url = Settings(settings)["endpoint"] ?? (WebAddress(configured.server.url)?.origin ?? "") + card.path
        settings["url"] = url
        do throws(ProviderError) {
            return Known(
                card: card, endpoint: try HTTPEndpoint(Settings(settings), silence: configured.silence, limits: limits), end: url.hasSuffix("/") ? "/" : "")
        } catch {
            throw A2ACard.Unusable(reason: "names an address that cannot be used: \(error.message)")
        }
    }

    // MARK: the tool

    func tools() async throws -> [Tool] {
        let card = try await ready().card
        let schema = #"{"type": "object", "properties": {"message": {"type": "string", "description": "What to ask, with all that is needed to answer it."}}, "required": ["message"], "additionalProperties": false}"#
        return [Tool(name: Self.tool, description: card.description, parameters: schema)]
    }

    func call(
        _ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void
    ) async throws -> ToolEnd {
        guard request.name == Self.tool else { throw ProviderError(.notFound, "there is no tool \(quoted(request.name)): the only one is \(Self.tool)") }
        guard let text = (try? JSONText(Array(request.argumentsJson.utf8)))?["message"]?.string, !text.isEmpty else {
            throw ProviderError(.invalidRequest, "message is missing: what to ask")
        }
        let known = try await ready()
        guard request.hasTurn, request.turn.milliseconds > 0 else { return try await ask(known, text, request, onOutput) }
        let time = Duration.milliseconds(request.turn.milliseconds)
        if let end = try await timing.limit(time, { try await self.ask(known, text, request, onOutput) }) { return end }
        throw ProviderError(.deadlineExceeded, "\(known.card.name) did not end within \(time.inSeconds), which were left of the turn's time; its task was cancelled")
    }

    private func ask(
        _ known: Known, _ text: String, _ request: CallToolRequest, _ onOutput: @escaping @Sendable (ToolOutput) async throws -> Void
    ) async throws -> ToolEnd {
        let exchange = Exchange(reply: A2AReply(most: limits.artifacts), onOutput: onOutput)
        do {
            try await say(text, request, to: known, exchange)
            try await poll(known, exchange)
            state.withLock { $0.answered = timing.now() }
        } catch let failure as RPCFailure {
            // The agent's own words, for the model.
            try await onOutput(.text("The agent refuses the message: \(known.endpoint.shown(failure.message))"))
            return .failure
        } catch {
            if let task = exchange.reply.task, exchange.reply.ending == nil { abandon.yield(task) }
            if error is A2AReply.TooManyArtifacts { throw ProviderError(.failed, "\(known.card.name) answered with more than \(limits.artifacts) artifacts") }
            state.withLock { $0.answered = nil }
            throw error
        }
        var end = ToolEnd.done
        let gap = exchange.reply.hasText ? "\n" : ""
        switch exchange.reply.ending {
        case .completed, nil: break
        case .failed(let reason):
            try await onOutput(.text("\(gap)The agent did not do it: \(reason)"))
            end = .failure
        case .needsInput(let what):
            if let task = exchange.reply.task { abandon.yield(task) }
            try await onOutput(.text("\(gap)The agent stopped, since it needs input that it cannot get here: \(what)\nIts task was cancelled. Ask again with all that it needs, or answer without it."))
            end = .failure
        }
        if let spent = exchange.reply.spent { end.spent = spent }
        return end
    }

    /// One question and what comes of it.
    private final class Exchange: Sendable {
        private let state: Mutex<A2AReply>
        private let onOutput: @Sendable (ToolOutput) async throws -> Void

        init(reply: A2AReply, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void) {
            state = Mutex(reply)
            self.onOutput = onOutput
        }

        var reply: A2AReply { state.withLock { $0 } }

        /// Takes an answer of JSON-RPC.
        func take(_ text: JSONText) async throws {
            for message in RPCMessage.all(in: text) {
                switch message {
                case .failure(_, let failure): throw failure
                case .result(_, let result):
                    for output in try state.withLock({ try $0.take(result) }) { try await onOutput(output) }
                case .request, .notification: break
                }
            }
        }

        func tellState() async throws { try await onOutput(.progress(0, singleLine(reply.state, limit: 60))) }
    }

    private func say(_ text: String, _ request: CallToolRequest, to known: Known, _ exchange: Exchange) async throws {
        let isV1 = known.card.form == .v1
        let part: JSON = isV1 ? ["text": .string(text)] : ["kind": "text", "text": .string(text)]
        var message: JSON = ["messageId": .string(ids.next()), "role": isV1 ? "ROLE_USER" : "user", "parts": [part]]
        if !isV1 { message = message.adding(["kind": "message"]) }
        if request.hasTurn { message = message.adding(["metadata": .object([AgentTurnExtension.uri: request.turn.json])]) }
        let method = switch (isV1, known.card.streams) {
        case (true, true): "SendStreamingMessage"
        case (true, false): "SendMessage"
        case (false, true): "message/stream"
        case (false, false): "message/send"
        }
        let configuration: JSON = ["acceptedOutputModes": ["text/plain", "application/json"]]
        let response = try await send(RPCMessage.request(method, id: 1, ["message": message, "configuration": configuration]), to: known)
        guard (200...299).contains(response.status.code) else {
            throw try await known.endpoint.refusal(
                response, hasKey: configured.value?.hasKey ?? false, unlike: "no address of JSON-RPC of an A2A agent")
        }
        guard response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true else { return try await takeWhole(response, known, exchange) }
        var events = EventStream(limit: limits.eventBytes)
        var bytes = response.body.makeAsyncIterator()
        while let part = try await known.endpoint.explaining({ try await bytes.next() }) {
            for event in try await known.endpoint.explaining({ try events.read(part.readableBytesView) }) where !event.data.isEmpty {
                guard let text = try? JSONText(event.data) else { throw ProviderError(.failed, "\(known.endpoint.url) sent an event that is no JSON") }
                try await exchange.take(text)
                // Some keep the connection open.
                if exchange.reply.ending != nil { return }
            }
        }
    }

    /// Follows a task that is not told of any more, by asking for it.
    private func poll(_ known: Known, _ exchange: Exchange) async throws {
        var pause = limits.pollPause
        while exchange.reply.ending == nil {
            guard let task = exchange.reply.task else { throw ProviderError(.failed, "\(known.card.name) answered with neither a task nor a message") }
            try await timing.sleep(for: pause)
            pause = min(pause * 2, limits.longestPollPause)
            let method = known.card.form == .v1 ? "GetTask" : "tasks/get"
            let response = try await send(RPCMessage.request(method, id: 1, ["id": .string(task)]), to: known)
            guard response.status.code == 200 else {
                throw try await known.endpoint.refusal(response, hasKey: configured.value?.hasKey ?? false, unlike: "an agent that tells no tasks")
            }
            try await takeWhole(response, known, exchange)
            // A sign of life for those who wait.
            if exchange.reply.ending == nil { try await exchange.tellState() }
        }
    }

    private func takeWhole(_ response: HTTPClientResponse, _ known: Known, _ exchange: Exchange) async throws {
        let body = try await known.endpoint.body(of: response, upTo: limits.answerBytes)
        guard let text = try? JSONText(body) else { throw ProviderError(.failed, "\(known.endpoint.url) answered with what is no JSON") }
        try await exchange.take(text)
    }

    private func send(_ message: JSON, to known: Known, within time: Duration = .seconds(86_400)) async throws -> HTTPClientResponse {
        var headers = [("accept", "text/event-stream, application/json")]
        switch known.card.form {
        case .v1: headers += [("a2a-version", "1.0"), ("a2a-extensions", AgentTurnExtension.uri)]
        case .v03: headers += [("a2a-version", "0.3"), ("x-a2a-extensions", AgentTurnExtension.uri)]
        }
        if let parent = TraceContext.current?.traceParent { headers.append((TraceContext.traceParentName, parent)) }
        return try await known.endpoint.send(.POST, known.end, message.encoded(), headers: headers, within: time)
    }
}

extension AgentTurn {
    /// As the metadata of a message have it.
    fileprivate var json: JSON {
        JSON.object(["path": .array(path.map { JSON.string($0) })]).adding([
            "milliseconds": milliseconds > 0 ? .integer(milliseconds) : nil, "tokens": tokens > 0 ? .integer(tokens) : nil,
            "tool_calls": toolCalls > 0 ? .integer(Int64(toolCalls)) : nil,
        ])
    }
}
