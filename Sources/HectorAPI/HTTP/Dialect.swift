import HTTPTypes
import HectorCore
import Hummingbird
import Logging

/// A form in which clients speak: how they prove who they are, and how they are told what went wrong. It is attached to a group
/// of routes, which read its requests and write its answers.
protocol Dialect: Sendable {
    /// The token that the request shows; nil for none.
    func token(of request: Request) -> String?

    /// The answer to a request that failed.
    func answer(to error: APIError, _ request: Request, _ context: APIContext) -> Response
}

/// What all dialects agree on, and routes that belong to none.
struct PlainDialect: Dialect {}

extension Dialect {
    /// `Authorization: Bearer TOKEN` (RFC 6750 §2.1), or `x-api-key: TOKEN`, as Anthropic's clients send it.
    func token(of request: Request) -> String? {
        request.headers[.authorization].flatMap(bearerToken) ?? HTTPField.Name("x-api-key").flatMap { request.headers[$0] }
    }

    /// OpenAI's form, or Anthropic's for its clients.
    func answer(to error: APIError, _ request: Request, _ context: APIContext) -> Response {
        error.response(encoded: (request.isAnthropics ? error.anthropic : error.body).encoded())
    }
}

/// The token in the value of a header `Authorization`; nil where it is of another kind.
func bearerToken(_ authorization: String) -> String? {
    let words = authorization.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
    return String(words[1])
}

/// Lets pass to a dialect's routes what keeps HTTP's rules and what `APISecurity` lets pass, and tells failures in the
/// dialect's form. From here on the context knows its caller.
struct DialectMiddleware<D: Dialect>: RouterMiddleware {
    let dialect: D
    /// Those in force now.
    let security: @Sendable () -> APISecurity

    func handle(
        _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            if let refusal = context.refusal { throw refusal }
            var context = context
            context.caller = try security().check(request, token: dialect.token(of: request))
            if case .client(let client) = context.caller { context.logger[metadataKey: "client"] = "\(client.name)" }
            return try context.holdMemory(for: try await next(request, context))
        } catch {
            return dialect.answer(to: APIError(logging: error, context, at: request.uri.path), request, context)
        }
    }
}
