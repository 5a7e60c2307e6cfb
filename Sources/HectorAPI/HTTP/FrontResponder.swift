import HTTPTypes
import HectorCore
import HectorProto
import Hummingbird
import Logging
import NIOCore

/// Every request comes through here first, and every answer leaves here.
///
/// - The request gets its share of the front's memory.
/// - What ties together all that it causes, `traceparent` and `x-request-id`, travels on into the plugins. Every answer names its
///   `x-request-id`, and so does the log: where the client sent none, or none that is fit for a log, one is made. A `traceparent`
///   that is not valid (W3C Trace Context §3.2), or given twice, is ignored.
/// - Web pages of the origins that the configuration names may call (the Fetch standard's CORS protocol). A browser's preflight
///   carries no token, so it is answered before anything asks for one.
/// - A request that no route answers is told which addresses exist.
/// - Requests are counted, by route.
struct FrontResponder: HTTPResponder {
    let routes: RouteTable
    let memory: FrontMemory
    let addresses: Addresses
    /// Those in force now.
    let security: @Sendable () -> APISecurity
    let newID: @Sendable () -> String
    let figures: FrontFigures
    let now: @Sendable () -> Instant
    /// Nil where nothing is traced.
    let tracer: Tracer?

    /// The response headers that pages may read in addition to those that the standard always allows.
    static let exposed = "x-request-id, x-hector-ignored, x-hector-run, x-should-retry, retry-after"

    func respond(to request: Request, context given: APIContext) async -> Response {
        let began = now()
        var context = given
        context.memory = FrontMemory.Share(of: memory)

        let sent = TraceContext(
            traceParent: Self.only(.traceParent, of: request), requestID: Self.only(.requestID, of: request))
        let id = sent?.requestID ?? newID()
        // Probes and pages about the server say nothing about a call.
        let span = request.method == .post ? tracer?.begin("POST \(Self.place(request))", traceParent: sent?.traceParent) : nil
        let trace = span.map { TraceContext(span: $0, requestID: id) } ?? TraceContext(traceParent: sent?.traceParent, requestID: id)
        context.requestID = id
        var response = await TraceContext.$current.withValue(trace) { [context] in await answer(request, context) }
        if let name = HTTPField.Name.requestID { response.headers[name] = id }
        let route = figures.route(request.method, context.endpointPath)
        route.answered(response.status)
        // A stream is made while it is written.
        let body = response.body
        span?.set("http.response.status_code", response.status.code)
        if response.status.code >= 500 { span?.fail("status \(response.status.code)") }
        guard body.contentLength == nil else {
            span?.end()
            route.ended(nanoseconds: (now() - began).wholeNanoseconds)
            return response
        }
        response.body = ResponseBody { [now] writer in
            defer {
                span?.end()
                route.ended(nanoseconds: (now() - began).wholeNanoseconds)
            }
            try await TraceContext.$current.withValue(trace) { try await body.write(writer) }
        }
        return response
    }

    private func answer(_ request: Request, _ context: APIContext) async -> Response {
        guard let origin = request.headers[.origin], security().permits(origin: origin) else { return await routed(request, context) }
        let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil && context.refusal == nil
        var response = isPreflight ? preflight(request) : await routed(request, context)
        response.headers[.accessControlAllowOrigin] = origin
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        if !isPreflight { response.headers[.accessControlExposeHeaders] = Self.exposed }
        return response
    }

    private func routed(_ request: Request, _ context: APIContext) async -> Response {
        do {
            if let response = try await routes.answer(request, context) { return response }
            return try unrouted(request, context)
        } catch {
            return PlainDialect().answer(to: APIError(logging: error, context, at: request.uri.path), request, context)
        }
    }

    private func unrouted(_ request: Request, _ context: APIContext) throws -> Response {
        // No group of routes has looked at it. It starts nothing, whatever its body is.
        if let refusal = context.refusal { throw refusal.error }
        try security().check(request, token: PlainDialect().token(of: request), startsWork: false)
        return addresses.answer(to: request, context)
    }

    private func preflight(_ request: Request) -> Response {
        // The token decides whether a call passes: which headers come with it does not matter.
        let wanted = request.headers[.accessControlRequestHeaders].map { String($0.prefix(1024)) } ?? "authorization, content-type"
        return Response(status: .noContent, headers: [
            .accessControlAllowMethods: "GET, HEAD, POST, DELETE, OPTIONS", .accessControlAllowHeaders: wanted, .accessControlMaxAge: "600",
        ])
    }

    /// For the name of a span: the path, without what is sent to be kept from others.
    private static func place(_ request: Request) -> String { singleLine(request.uri.path, limit: 100) }

    private static func only(_ name: HTTPField.Name?, of request: Request) -> String? {
        guard let name else { return nil }
        let values = request.headers[values: name]
        return values.count == 1 ? values.first : nil
    }
}

extension HTTPField.Name {
    fileprivate static let traceParent = HTTPField.Name(TraceContext.traceParentName)
    fileprivate static let requestID = HTTPField.Name(TraceContext.requestIDName)
}

extension APIError {
    /// What the client is told of a failure. Our own faults are logged as errors; what went wrong in a call of a plugin was
    /// logged where it is known which replica it was.
    init(logging error: any Error, _ context: APIContext, at place: String) {
        self.init(error)
        context.requestLogger.log(
            level: code == .internalError ? .error : .debug, "A request failed",
            metadata: [
                "path": "\(singleLine(place))", "code": "\(code.rawValue)", "error": "\(singleLine("\(error)", limit: 500))",
            ])
    }
}

extension APISecurity {
    /// A probe of a container platform has no token, so `/healthz` and `/readyz` need none.
    fileprivate static let open: Set = ["/healthz", "/readyz"]

    /// - Parameter startsWork: Whether a POST has a route: then its body must be JSON.
    /// - Throws: `APIError`: `unauthorized`, `forbidden` or `unsupportedMediaType`.
    @discardableResult
    func check(_ request: Request, token: String?, startsWork: Bool = true) throws -> Caller {
        // None of these has a POST: a call need not be looked for among them.
        guard startsWork && request.method == .post || !Self.open.contains(request.uri.path) else { return .unknown }
        return try check(Credentials(
            host: request.head.authority, origin: request.headers[.origin], token: token,
            contentType: request.headers[values: .contentType].first, isPost: startsWork && request.method == .post))
    }
}
