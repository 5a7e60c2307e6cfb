import HTTPTypes
import Hummingbird
import Logging
import Synchronization

/// Turns every failure into the one form that clients are told.
struct ErrorMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let told = APIError(error)
            if told.code == .internalError {
                context.logger.error("A request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            }
            return try told.response(from: request, context: context)
        }
    }
}

/// Lets pass what `APISecurity` lets pass. A probe of a container platform has no token, so
/// `/healthz` and `/readyz` need none.
struct SecurityMiddleware: RouterMiddleware {
    let security: APISecurity

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        if !["/healthz", "/readyz"].contains(request.uri.path) {
            try security.check(APISecurity.Credentials(
                host: request.head.authority, origin: request.headers[.origin],
                authorization: request.headers[.authorization], contentType: request.headers[.contentType],
                isPost: request.method != .get && request.method != .head
            ))
        }
        return try await next(request, context)
    }
}

/// Bounds the calls at work at once, each until its answer is written to the end.
struct AdmissionMiddleware: RouterMiddleware {
    private final class Gauge: Sendable {
        let count = Atomic(0)
    }

    /// Held while a call is at work; where it is dropped, for whatever reason, there is room again.
    private final class Permit: Sendable {
        private let gauge: Gauge

        init(counting gauge: Gauge) {
            gauge.count.add(1, ordering: .relaxed)
            self.gauge = gauge
        }

        deinit { gauge.count.subtract(1, ordering: .relaxed) }
    }

    private let limit: Int
    private let atWork = Gauge()

    init(limit: Int) {
        self.limit = limit
    }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let permit = Permit(counting: atWork)
        guard atWork.count.load(ordering: .relaxed) <= limit else {
            throw APIError(.overloaded, "\(limit) calls are at work already; try again in a moment.")
        }
        var response = try await next(request, context)
        let body = response.body
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            defer { withExtendedLifetime(permit) {} }
            try await body.write(writer)
        }
        return response
    }
}
