import HTTPTypes
import HectorAgents
import HectorCore
import HectorProviders
import Hummingbird

/// A call of a model by whichever dialect: all agree on what is refused and on what is named.
struct ModelCall: Sendable {
    let run: Run
    /// Hints of the request that no plugin can be told of.
    private let ignored: [String]
    /// Hints of the request that plugins are told of: an agent's own options are nothing that the client asked for.
    private let given: Abilities

    /// - Parameter choiceProblem: What is wrong with the choice of a tool, unless the one that is asked has tools itself.
    /// - Throws: `APIError` where nobody answers to the model's name, or what the request needs cannot be had.
    init(_ chat: Chat, to model: String, ignored: [String], choiceProblem: APIError? = nil, _ backend: ChatBackend) throws(APIError) {
        run = backend.open(chat, to: try Self.recipient(model, backend))
        if let choiceProblem, !run.mayHaveTools { throw choiceProblem }
        self.ignored = ignored
        given = chat.options.hints?.given ?? []
        if run.isStrict, let hint = ignored.first {
            throw APIError(.unsupportedParameter, "\(hint) cannot be followed, and the agent is strict: leave it out.", parameter: hint)
        }
        let lacking = run.lacking
        guard lacking.isEmpty else { throw APIError(lacking: lacking, of: run.plugin) }
    }

    static func recipient(_ name: String, _ backend: ChatBackend) throws(APIError) -> Recipient {
        do throws(AgentError) {
            return try backend.model(name)
        } catch {
            throw APIError(.modelNotFound, error.message, parameter: "model")
        }
    }

    /// Makes the answer, whole or as a stream.
    ///
    /// - Parameters:
    ///   - type: The media type of a stream.
    ///   - whole: Writes the whole answer.
    ///   - stream: Makes the answer, and writes its pieces.
    ///   - failure: Writes why a stream that has begun has no end.
    func respond(
        asStream: Bool, _ type: String = Response.eventStream, to request: Request, _ context: APIContext,
        whole: @Sendable (Answer) async throws -> Response, stream: @escaping @Sendable (EventSink) async throws -> Void,
        failure: @escaping @Sendable (EventSink, APIError) async throws -> Void
    ) async throws -> Response {
        // A schema was made of the request, to hold the answer to.
        if run.weight > 0 { try context.memory?.take(run.weight, for: .request) }
        if asStream { return try respond(type, to: request, context, stream: stream, failure: failure) }
        return try await respond(context, whole: whole)
    }

    @inline(never) private func respond(_ context: APIContext, whole: @Sendable (Answer) async throws -> Response) async throws -> Response {
        let answer = try await context.whileClientIsPresent { [run] in try await run.answer() }
        return naming(answer.ignored, in: try await whole(answer))
    }

    @inline(never) private func respond(
        _ type: String, to request: Request, _ context: APIContext, stream: @escaping @Sendable (EventSink) async throws -> Void,
        failure: @escaping @Sendable (EventSink, APIError) async throws -> Void
    ) throws -> Response {
        // Once a stream has begun its status is 200; what is known to fail is better told before.
        if let reason = run.whyNotReady { throw APIError(.unavailable, reason) }
        try run.checkRoom()
        let events = StreamOfEvents(path: request.uri.path, context, stream: stream, failure: failure)
        let response = Response.events(type, to: context) { try await events.make(to: $0) }
        return naming(run.hintsThatMayBeIgnored, in: response)
    }

    /// What makes a stream. An object: what waits for the model keeps a reference.
    private final class StreamOfEvents: Sendable {
        private let path: String
        private let context: APIContext
        private let stream: @Sendable (EventSink) async throws -> Void
        private let failure: @Sendable (EventSink, APIError) async throws -> Void

        init(
            path: String, _ context: APIContext, stream: @escaping @Sendable (EventSink) async throws -> Void,
            failure: @escaping @Sendable (EventSink, APIError) async throws -> Void
        ) {
            self.path = path
            self.context = context
            self.stream = stream
            self.failure = failure
        }

        func make(to sink: EventSink) async throws {
            do {
                try await stream(sink)
            } catch let error where !(error is CancellationError) {
                try await tell(error, sink)
            }
        }

        @inline(never) private func tell(_ error: any Error, _ sink: EventSink) async throws {
            try await failure(sink, APIError(logging: error, context, at: path))
        }
    }

    /// The response with the hints named that are not followed.
    ///
    /// - Parameter left: Those that plugins were told of, and that are left out, or may be.
    private func naming(_ left: Abilities, in response: Response) -> Response {
        response.naming(ignored: ignored + left.intersection(given).names).naming(run: run.id)
    }
}

extension Response {
    static let runHeader = HTTPField.Name("x-hector-run")

    /// The response with the run's id in a header, by which `/runs` tells what happened.
    func naming(run: String?) -> Response {
        guard let run, let name = Self.runHeader else { return self }
        var response = self
        response.headers[name] = run
        return response
    }

    /// The response with the hints named in a header that are not followed.
    func naming(ignored: [String]) -> Response {
        guard !ignored.isEmpty, let name = HTTPField.Name("x-hector-ignored") else { return self }
        var response = self
        response.headers[name] = ignored.sorted().joined(separator: ", ")
        return response
    }
}

extension APIError {
    /// - Parameter plugin: The mesh name of the model.
    fileprivate init(lacking: Abilities, of plugin: String) {
        let messages: Abilities = [.generateFromImages, .generateFromText, .generateFromTokens]
        let names = lacking.names
        self.init(
            .unsupportedParameter, "No replica of the model \"\(plugin)\" declares what the request needs: \(names.joined(separator: ", ")).",
            parameter: lacking.isDisjoint(with: messages) ? names.first : "messages")
    }
}
