import AsyncHTTPClient
import FoundationEssentials
import HectorCore
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Speaks HTTP with a server. Every failure is a `Failure` in words, or `CancellationError`.
struct HectorClient: Sendable {
    /// Where it is, for people.
    let server: String
    /// What the URLs of requests begin with: without a slash at the end.
    private let base: String
    let token: String?

    /// Lives as long as the program, as clients that nobody shuts down must. A server that refuses is not asked again and again.
    private let http: HTTPClient
    private static let living = Mutex<[HTTPClient]>([])

    /// - Parameter authorities: Those that a server's certificate must be signed by; nil for those of the system.
    init(server: String, token: String?, authorities: [NIOSSLCertificate]? = nil) {
        self.init(server: server, base: server, token: token, authorities: authorities)
    }

    /// By a control socket.
    ///
    /// - Parameter socket: Its path.
    init(socket: String) { self.init(server: socket, base: "http+unix://\(socket.percentEncoded)", token: nil, authorities: nil) }

    private init(server: String, base: String, token: String?, authorities: [NIOSSLCertificate]?) {
        self.server = server
        self.base = base
        self.token = token
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(5)
        if let authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(authorities)
            configuration.tlsConfiguration = tls
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        Self.living.withLock { $0.append(client) }
        http = client
    }

    /// The answer to a request for a change.
    func post(_ path: String, _ body: JSON = [:], within timeout: TimeAmount) async throws -> Data {
        var request = HTTPClientRequest(url: base + path)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(body.encoded())
        return Data(try await self.body(of: try await send(request, within: timeout)).readableBytesView)
    }

    /// The body of a GET.
    func get(_ path: String) async throws -> Data {
        let response = try await send(HTTPClientRequest(url: base + path), within: .seconds(30))
        return Data(try await body(of: response).readableBytesView)
    }

    /// The answer to a DELETE.
    func delete(_ path: String) async throws -> Data {
        var request = HTTPClientRequest(url: base + path)
        request.method = .DELETE
        return Data(try await body(of: try await send(request, within: .seconds(30))).readableBytesView)
    }

    func get<Value: Decodable>(_ path: String, as type: Value.Type = Value.self) async throws -> Value {
        try decode(try await get(path), path)
    }

    func decode<Value: Decodable>(_ data: Data, _ path: String, as type: Value.Type = Value.self) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw Failure("\(server)\(path) did not answer like `hector serve`: is another program listening there?")
        }
    }

    /// The path of an agent, whatever its name holds.
    static func path(ofAgent agent: String) -> String {
        "/agents/" + agent.percentEncoded
    }

    /// Says something to an agent and hands over its answer piece by piece. Where it is interrupted, or the pieces cannot be handed
    /// over, the task is cancelled at the server, where it would go on otherwise.
    ///
    /// - Parameters:
    ///   - context: The conversation to go on with; nil begins one.
    ///   - interrupted: Ends the answer.
    ///   - onNotice: Takes what happens meanwhile; nil where nobody wants to know.
    ///   - agrees: Whether a person agrees to what the agent asks for, in words.
    /// - Returns: The conversation.
    /// - Throws: `CancellationError` where it was interrupted.
    func ask(
        _ agent: String, _ text: String, context: String? = nil, interrupted: Signal<Void>, onNotice: (@Sendable (RunNotice) throws -> Void)? = nil,
        agrees: @escaping @Sendable (String) async throws -> Bool, onText: @escaping @Sendable (String) throws -> Void
    ) async throws -> String {
        let begun = BegunTask()
        do {
            return try await interrupted.cancelling {
                var question = A2AQuestion(text, context: context)
                while true {
                    let end = try await ask(agent, question, onTask: { begun.id = $0 }, onNotice: onNotice, onText: onText)
                    guard let asked = end.asked, let task = begun.id else { return end.context }
                    question = A2AQuestion(try await agrees(asked) ? "yes" : "no", context: end.context, task: task)
                }
            }
        } catch let failure as Failure {
            throw failure
        } catch {
            if let task = begun.id { _ = try? await send(rpc(A2ACall(cancelling: task), to: agent), within: .seconds(5)) }
            throw error
        }
    }

    private final class BegunTask: Sendable {
        private let state = Mutex<String?>(nil)

        var id: String? {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    private func rpc(_ call: A2ACall<some Encodable>, to agent: String) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base + Self.path(ofAgent: agent) + "/")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "a2a-version", value: "1.0")
        request.body = .bytes(try JSONEncoder().encode(call))
        return request
    }

    /// How the events of a task end.
    private struct End {
        var context: String
        /// What a person is to agree to; nil where the task has ended.
        var asked: String?
    }

    private func ask(
        _ agent: String, _ question: A2AQuestion, onTask: (String) -> Void, onNotice: ((RunNotice) throws -> Void)?, onText: (String) throws -> Void
    ) async throws -> End {
        var request = try rpc(A2ACall(question: question), to: agent)
        request.headers.add(name: "accept", value: "text/event-stream")
        if onNotice != nil { request.headers.add(name: "a2a-extensions", value: A2AAnswer.Result.StatusUpdate.Metadata.CodingKeys.run.rawValue) }
        let response = try await send(request, within: .hours(24))
        guard response.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true else {
            let answer = try decode(try await body(of: response).readableBytesView)
            throw Failure(answer.error?.message ?? "The server did not stream its answer.")
        }
        if let run = response.headers.first(name: "x-hector-run") { try onNotice?(RunNotice(run: run)) }
        return try await read(response.body, context: question.message.contextId, onTask: onTask, onNotice: onNotice, onText: onText)
    }

    private func read(
        _ body: HTTPClientResponse.Body, context: String?, onTask: (String) -> Void, onNotice: ((RunNotice) throws -> Void)?,
        onText: (String) throws -> Void
    ) async throws -> End {
        var context = context
        var reader = EventReader()
        var bytes = body.makeAsyncIterator()
        while let buffer = try await broken({ try await bytes.next() }) {
            for event in try reader.read(buffer.readableBytesView) {
                let answer = try decode(event)
                if let error = answer.error { throw Failure(error.message) }
                if let task = answer.result?.task {
                    context = task.contextId
                    onTask(task.id)
                }
                for part in answer.result?.artifactUpdate?.artifact.parts ?? [] { try onText(part.text ?? "") }
                guard let update = answer.result?.statusUpdate else { continue }
                if let notice = update.metadata?.run { try onNotice?(notice) }
                let message = update.status.message?.parts.compactMap(\.text).joined()
                switch update.status.state {
                case "TASK_STATE_WORKING": continue
                case "TASK_STATE_COMPLETED": return End(context: context ?? "")
                case "TASK_STATE_INPUT_REQUIRED": return End(context: context ?? "", asked: message ?? "May the agent go on?")
                default: throw Failure(message ?? "The answer was cancelled.")
                }
            }
        }
        throw Failure("The connection to \(server) ended in the middle of the answer: is `hector serve` still running?")
    }

    private func decode(_ data: some Sequence<UInt8>) throws -> A2AAnswer {
        do {
            return try JSONDecoder().decode(A2AAnswer.self, from: Data(data))
        } catch {
            throw Failure("\(server) did not answer like `hector serve`: is another program listening there?")
        }
    }

    private func send(_ request: HTTPClientRequest, within timeout: TimeAmount) async throws -> HTTPClientResponse {
        var request = request
        // A socket has no host, and HTTP wants one (RFC 9112 §3.2).
        if base != server { request.headers.add(name: "host", value: "localhost") }
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, timeout: timeout)
        } catch {
            try Task.checkCancellation()
            throw Failure(ServerTrouble(error, from: server, within: timeout).description)
        }
        let status = response.status.code
        if (200...299).contains(status) { return response }
        let told = try? JSONDecoder().decode(ServerError.self, from: Data(try await body(of: response, upTo: 1 << 20).readableBytesView))
        switch (status, told?.error.message) {
        case (401, _):
            throw Failure(
                token == nil
                    ? "\(server) requires a token: set HECTOR_TOKEN to the one in the server's configuration."
                    : "\(server) does not accept the token in HECTOR_TOKEN: set it to the one in the server's configuration.")
        case (_, let message?):
            throw Failure(message)
        case (_, nil):
            // A proxy before the server, or another program altogether.
            throw Failure("\(server) answered with status \(status) \(response.status.reasonPhrase), which `hector serve` would not: is the address right, and is the server behind it running?")
        }
    }

    private func body(of response: HTTPClientResponse, upTo bytes: Int = 64 << 20) async throws -> ByteBuffer {
        try await broken { try await response.body.collect(upTo: bytes) }
    }

    /// Puts a connection that breaks into words.
    private func broken<Value>(_ operation: () async throws -> Value) async throws -> Value {
        do {
            return try await operation()
        } catch is NIOTooManyBytesError {
            throw Failure("\(server) sent a longer answer than `hector serve` would: is another program listening there?")
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw Failure("\(server) did not finish its answer in time.")
        } catch {
            try Task.checkCancellation()
            throw Failure("The connection to \(server) was lost: is `hector serve` still running?")
        }
    }

    private struct ServerError: Decodable {
        struct Told: Decodable {
            var message: String
        }

        var error: Told
    }
}
