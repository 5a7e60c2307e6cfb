import HTTPTypes
import Hummingbird

/// What answers, by path and method: Hummingbird's router, and before it a table of the calls whose paths have no parameters.
///
/// The router takes a path apart and copies the context on its way; the table looks a path up as it is.
final class Routes: RouterMethods {
    typealias Context = APIContext
    typealias Description = Router<APIContext>.RouteDescription

    private let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    private var calls: [String: any HTTPResponder<APIContext>] = [:]

    var routes: [Description] { router.routes }

    func on<R: HTTPResponder>(_ path: RouterPath, method: HTTPRequest.Method, responder: R) -> Self where R.Context == APIContext {
        router.on(path, method: method, responder: responder)
        if method == .post, path.components.allSatisfy({ $0 == .path(Substring("\($0)")) }) {
            calls["\(path)"] = router.middlewares.constructResponder(finalResponder: responder)
        }
        return self
    }

    /// For the routes that are added later.
    @discardableResult
    func add(middleware: any MiddlewareProtocol<Request, Response, APIContext>) -> Self {
        router.add(middleware: middleware)
        return self
    }

    func responder() -> RouteResponder { RouteResponder(calls: calls, others: router.buildResponder()) }
}

/// Gives requests to what `Routes` has for them.
struct RouteResponder: HTTPResponder {
    fileprivate let calls: [String: any HTTPResponder<APIContext>]
    fileprivate let others: RouterResponder<APIContext>

    func respond(to request: Request, context: APIContext) async throws -> Response {
        let path = request.uri.path
        guard request.method == .post, let responder = calls[path] else {
            return try await others.respond(to: request, context: context)
        }
        context.coreContext.endpointPath.value = path
        return try await responder.respond(to: request, context: context)
    }
}
