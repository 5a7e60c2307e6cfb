import HTTPTypes
import HectorCore
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Gives a request its connection, and its share of the front's memory.
struct ConnectionMiddleware: RouterMiddleware {
    let connections: Connections
    let memory: FrontMemory

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.connection = connections[context.channel]
        context.refusal = context.connection?.takeRefusal()
        context.memory = FrontMemory.Share(of: memory)
        return try await next(request, context)
    }
}

/// Turns every failure into the form that the client expects: JSON-RPC's for calls by JSON-RPC, otherwise OpenAI's.
struct ErrorMiddleware: RouterMiddleware {
    let addresses: Addresses

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return try addresses.answer(to: request, context)
        } catch {
            let told = APIError(logging: error, context, at: request.uri.path)
            guard A2ARoutes.speaksRPC(request) else { return try told.response(from: request, context: context) }
            return try told.reply(to: .null, request, context)
        }
    }
}

extension APIError {
    /// What the client is told of a failure. Our own faults are logged as errors; what went wrong in a call of a plugin was
    /// logged where it is known which replica it was.
    init(logging error: any Error, _ context: APIContext, at place: String) {
        self.init(error)
        context.logger.log(
            level: code == .internalError ? .error : .debug, "A request failed",
            metadata: [
                "path": "\(singleLine(place))", "code": "\(code.rawValue)", "error": "\(singleLine("\(error)", limit: 500))",
            ])
    }
}

/// Lets pass what keeps HTTP's rules, and what `APISecurity` lets pass. A probe of a container platform has no token, so
/// `/healthz` and `/readyz` need none.
struct SecurityMiddleware: RouterMiddleware {
    let security: APISecurity

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        if let refusal = context.refusal { throw refusal }
        if !["/healthz", "/readyz"].contains(request.uri.path) {
            try security.check(APISecurity.Credentials(
                host: request.head.authority, origin: request.headers[.origin],
                authorization: request.headers[.authorization], contentType: request.headers[.contentType],
                isPost: request.method == .post
            ))
        }
        return try await next(request, context)
    }
}

/// Counts whole answers in the front's memory, where their routes did not. The events of a stream count themselves.
struct AnswerMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        try context.holdMemory(for: try await next(request, context))
    }
}

extension APIContext {
    /// What is smaller fits into what a connection buffers anyway.
    static let smallAnswer = 16 << 10

    /// As `offPool`, for as long as the client is there.
    func offPool<Value: Sendable>(bytes: Int, _ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        guard bytes > LongWork.short else { return try work() }
        return try await whileClientIsPresent { try await LongWork.shared.run(bytes: bytes, work) }
    }

    /// A whole answer, which counts in the front's memory from now on: what it is made of until that is written as JSON, then
    /// that until it is sent.
    ///
    /// - Throws: `APIError.overloaded` if the front's memory for answers is used up.
    func whole(_ json: JSON) async throws -> Response {
        let weight = json.weight
        guard weight > Self.smallAnswer else { return Response(json: json) }
        try memory?.take(weight, for: .answer)
        defer { memory?.giveBack(weight, for: .answer) }
        return try holdMemory(for: try await offPool(bytes: weight) { Response(json: json) })
    }

    /// Takes the memory for a whole answer, until it is written.
    /// - Throws: `APIError.overloaded` if the front's memory for answers is used up.
    func holdMemory(for answer: Response) throws -> Response {
        let body = answer.body
        guard let memory, let length = body.contentLength, length > Self.smallAnswer, try memory.takeWhole(length) else { return answer }
        var answer = answer
        answer.body = ResponseBody(contentLength: length) { writer in
            defer { withExtendedLifetime(memory) {} }
            try await body.write(writer)
            await untilWritten()
        }
        return answer
    }

    /// Returns when all that was written so far has gone to the socket, or the connection has ended. The writers of a body
    /// return before: they wait for what the event loop told of the writes before.
    func untilWritten() async {
        try? await channel.triggerUserOutboundEvent(ConnectionHandler.Drained()).get()
    }
}

/// A call's place among those at work, taken when its body has come, so that slow clients hold no place. Where it is dropped,
/// for whatever reason, there is room again.
final class Permit: Sendable {
    final class Gauge: Sendable {
        fileprivate let count = Atomic(0)
        fileprivate let limit: Int

        init(limit: Int) { self.limit = limit }
    }

    private let gauge: Gauge
    private let isTaken = Atomic(false)

    init(counting gauge: Gauge) { self.gauge = gauge }

    deinit {
        if isTaken.load(ordering: .relaxed) { gauge.count.subtract(1, ordering: .relaxed) }
    }

    /// - Throws: `APIError.overloaded` if the maximum number of calls is in progress.
    func check() throws(APIError) {
        guard gauge.count.load(ordering: .relaxed) < gauge.limit else { throw refusal }
    }

    /// As `check`, and takes the place.
    func take() throws(APIError) {
        guard gauge.count.add(1, ordering: .relaxed).newValue <= gauge.limit else {
            gauge.count.subtract(1, ordering: .relaxed)
            throw refusal
        }
        isTaken.store(true, ordering: .relaxed)
    }

    private var refusal: APIError {
        APIError(.overloaded, "\(gauge.limit) calls are already in progress; try again in a moment.")
    }
}

/// Bounds the calls at work at once, each until its answer is written to the end.
struct AdmissionMiddleware: RouterMiddleware {
    private let atWork: Permit.Gauge

    init(limit: Int) {
        atWork = Permit.Gauge(limit: limit)
    }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let permit = Permit(counting: atWork)
        // Before its body is read, too: that is for nothing then.
        try permit.check()
        var context = context
        context.permit = permit
        var response = try await next(request, context)
        let body = response.body
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            defer { withExtendedLifetime(permit) {} }
            try await body.write(writer)
        }
        return response
    }
}
