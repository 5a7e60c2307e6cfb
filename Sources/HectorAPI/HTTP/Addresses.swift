import HTTPTypes
import HectorCore
import Hummingbird
import Synchronization

/// The addresses that answer: for those who ask at another one, or in another way.
final class Addresses: Sendable {
    private struct Address: Sendable {
        /// Parts of the path; nil stands for any.
        let path: [Substring?]
        var methods: Set<String>
    }

    private let known = Mutex<[Address]>([])

    /// Takes over what the router answers.
    func learn(_ routes: [Router<APIContext>.RouteDescription]) {
        var addresses: [String: Address] = [:]
        for route in routes {
            let path = "\(route.path)"
            addresses[path, default: Address(path: [], methods: [])] = Address(
                path: Self.parts(path).map { $0.first == ":" || $0.first == "{" ? nil : $0 }, methods: (addresses[path]?.methods ?? []).union([route.method.rawValue]))
        }
        known.withLock { $0 = Array(addresses.values) }
    }

    /// The answer to a request that no route answers: for `OPTIONS` the allowed methods, otherwise an error that names them.
    func answer(to request: Request, _ context: APIContext) -> Response {
        let path = request.uri.path
        guard let methods = path == "*" ? ["GET", "POST"] : methods(at: path) else {
            return PlainDialect().answer(to: APIError(logging: Self.nothing(at: path), context, at: path), request, context)
        }
        let allowed = (methods.contains("GET") ? methods.union(["HEAD"]) : methods).union(["OPTIONS"]).sorted().joined(separator: ", ")
        if request.method == .options {
            return Response(status: .noContent, headers: [.allow: allowed])
        }
        let isReader = request.method == .get && Self.parts(path).isEmpty
        let error = APIError(
            .methodNotAllowed, isReader ? Self.welcome(allowed) : "\(singleLine(path, limit: 100)) supports \(allowed) only.")
        var response = PlainDialect().answer(to: error, request, context)
        response.headers[.allow] = allowed
        return response
    }

    /// For people who open the server's own address in a browser.
    private static func welcome(_ allowed: String) -> String {
        "Hector runs here, but it has no web page: / supports \(allowed) only, for A2A. GET /agents lists the agents, /mesh the replicas of their plugins; OpenAI clients use /v1/chat/completions and /v1/models, Anthropic clients /v1/messages, Ollama clients /api/chat, A2A clients /.well-known/agent-card.json."
    }

    private func methods(at path: String) -> Set<String>? {
        let parts = Self.parts(path)
        let matching = known.withLock { $0 }.filter { address in
            address.path.count == parts.count && zip(address.path, parts).allSatisfy { $0 == nil || $0 == $1 }
        }
        return matching.isEmpty ? nil : matching.reduce(into: []) { $0.formUnion($1.methods) }
    }

    private static func parts(_ path: String) -> [Substring] {
        path.split(separator: "/")
    }

    /// Clients that speak other dialects, or have a base URL without `/v1`, learn what to ask for.
    private static func nothing(at path: String) -> APIError {
        let here = singleLine(path, limit: 100)
        switch parts(path).last.map(String.init) {
        case "responses"?:
            return APIError(.notFound, "\(here) does not exist: use /v1/responses, OpenAI's responses.")
        case "completions"?, "chat"?, "generate"?:
            return APIError(.notFound, "\(here) does not exist: use /v1/chat/completions, OpenAI's chat completions.")
        case "messages"?:
            return APIError(.notFound, "\(here) does not exist: use /v1/messages.")
        case "embeddings"?:
            return APIError(.notFound, "\(here) does not exist: use /v1/embeddings.")
        case "models"?:
            return APIError(.notFound, "\(here) does not exist: use /v1/models.")
        default:
            return APIError(
                .notFound,
                "\(here) does not exist: OpenAI clients use /v1/chat/completions and /v1/models, Anthropic clients /v1/messages, Ollama clients /api/chat, A2A clients /.well-known/agent-card.json.")
        }
    }
}
