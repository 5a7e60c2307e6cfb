import HTTPTypes
import Hummingbird

/// What answers, by method and path.
final class Routes {
    private let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    private var calls: [String: RouteGroup.Answer] = [:]

    init() { router.add(middleware: NoRoute()) }

    var routes: [Router<APIContext>.RouteDescription] { router.routes }

    /// Routes whose requests come in, and whose failures go out, in that dialect.
    func group(_ entrance: DialectEntrance) -> RouteGroup { RouteGroup(routes: self, entrance: entrance) }

    fileprivate func add(_ method: HTTPRequest.Method, _ path: RouterPath, _ answer: @escaping RouteGroup.Answer) {
        router.on(path, method: method) { request, context in try await answer(request, context) }
        let hasParameters = !path.components.allSatisfy { $0 == .path(Substring("\($0)")) }
        if method == .post, !hasParameters { calls["\(path)"] = answer }
    }

    func table() -> RouteTable { RouteTable(calls: calls, others: router.buildResponder()) }
}

/// Adds routes to one dialect.
struct RouteGroup {
    typealias Answer = @Sendable (Request, APIContext) async throws -> Response

    fileprivate let routes: Routes
    fileprivate let entrance: DialectEntrance

    func get(_ path: RouterPath, _ answer: @escaping Answer) { add(.get, path, answer) }

    func post(_ path: RouterPath, _ answer: @escaping Answer) { add(.post, path, answer) }

    func delete(_ path: RouterPath, _ answer: @escaping Answer) { add(.delete, path, answer) }

    private func add(_ method: HTTPRequest.Method, _ path: RouterPath, _ answer: @escaping Answer) {
        routes.add(method, path) { [entrance] request, context in await entrance.answer(request, context, answer) }
    }
}

/// Gives a request to its route. Calls are looked up by their whole path; Hummingbird's router, which takes a path apart, has the rest.
struct RouteTable: Sendable {
    fileprivate let calls: [String: RouteGroup.Answer]
    fileprivate let others: RouterResponder<APIContext>

    /// - Returns: Nil where no route is found.
    func answer(_ request: Request, _ context: APIContext) async throws -> Response? {
        let path = request.uri.path
        guard request.method == .post, let answer = calls[path] else {
            do { return try await others.respond(to: request, context: context) } catch is NoRoute { return nil }
        }
        context.coreContext.endpointPath.value = path
        return try await answer(request, context)
    }
}

/// What Hummingbird's router would answer where it finds no route; routes themselves answer whatever goes wrong.
private struct NoRoute: RouterMiddleware, Error {
    func handle(
        _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do { return try await next(request, context) } catch is HTTPError { throw self }
    }
}
