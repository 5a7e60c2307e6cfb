import HTTPTypes
import Hummingbird

/// Lets web pages of the origins that the configuration names call the front (the Fetch standard's CORS protocol). A
/// browser's preflight carries no token, so it is answered before anything asks for one.
struct CORSMiddleware: RouterMiddleware {
    let security: APISecurity
    /// The response headers that pages may read in addition to those that the standard always allows.
    static let exposed = "x-request-id, x-hector-ignored, x-should-retry, retry-after"

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], security.permits(origin: origin) else {
            return try await next(request, context)
        }
        let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil && context.refusal == nil
        var response = isPreflight ? preflight(request) : try await next(request, context)
        response.headers[.accessControlAllowOrigin] = origin
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        if !isPreflight { response.headers[.accessControlExposeHeaders] = Self.exposed }
        return response
    }

    private func preflight(_ request: Request) -> Response {
        // The token decides whether a call passes: which headers come with it does not matter.
        let wanted = request.headers[.accessControlRequestHeaders].map { String($0.prefix(1024)) } ?? "authorization, content-type"
        return Response(status: .noContent, headers: [
            .accessControlAllowMethods: "GET, HEAD, POST, OPTIONS", .accessControlAllowHeaders: wanted, .accessControlMaxAge: "600",
        ])
    }
}
