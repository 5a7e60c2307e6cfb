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
        request.headers[.authorization].flatMap(bearerToken) ?? HTTPField.Name.apiKey.flatMap { request.headers[$0] }
    }

    /// OpenAI's form, or Anthropic's for its clients.
    func answer(to error: APIError, _ request: Request, _ context: APIContext) -> Response {
        error.response(encoded: (request.isAnthropics ? error.anthropic : error.body).encoded())
    }
}

extension HTTPField.Name {
    fileprivate static let apiKey = HTTPField.Name("x-api-key")
}

/// The token in the value of a header `Authorization`; nil where it is of another kind.
func bearerToken(_ authorization: String) -> String? {
    let words = authorization.split(separator: " ", maxSplits: 1)
    guard words.count == 2, words[0].lowercased() == "bearer" else { return nil }
    return String(words[1])
}

/// Lets pass to a dialect's routes what keeps HTTP's rules and what `APISecurity` lets pass, and tells failures in the
/// dialect's form. From here on the context knows its caller. Calls of models have a bound, too: so many are at work at once.
struct DialectEntrance: Sendable {
    let dialect: any Dialect
    /// Those in force now.
    let security: @Sendable () -> APISecurity
    /// The calls at work; nil where the routes call no model.
    var atWork: Permit.Gauge?

    func answer(_ request: Request, _ given: APIContext, _ answer: RouteGroup.Answer) async -> Response {
        do {
            let context = try entered(request, given)
            let response = try await answer(request, context)
            return try context.holdMemory(for: context.permit?.kept(for: response) ?? response)
        } catch {
            return dialect.answer(to: APIError(logging: error, given, at: request.uri.path), request, given)
        }
    }

    // Out of line: what is only needed here would else lie in the frame of every request for as long as it is answered.
    @inline(never) private func entered(_ request: Request, _ given: APIContext) throws -> APIContext {
        if let refusal = given.refusal { throw refusal.error }
        var context = given
        context.caller = try security().check(request, token: dialect.token(of: request))
        if let atWork {
            let permit = Permit(counting: atWork)
            // Before its body is read, too: that is for nothing then.
            try permit.check()
            context.permit = permit
        }
        return context
    }
}
