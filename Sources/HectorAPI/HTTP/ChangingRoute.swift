package import HectorCore
import Hummingbird

/// A route by which the administrator changes something in the running server: `POST`, with JSON.
///
/// It is served on the control socket, and over TCP where `server.token` is set and shown.
package struct ChangingRoute: Sendable {
    /// What a request says.
    package struct Change: Sendable {
        /// The parts of the path that have a name (`:name`), in plain text.
        package let parameters: [String: String]
        /// `{}` where there is nothing to say.
        package let body: JSONText
    }

    /// As the router reads it, for example `sessions/:session/delete`.
    let path: String
    let change: @Sendable (Change) async throws -> JSON

    /// - Parameter change: Makes the change; what it returns is the answer. An `APIError` that it throws is told as it is.
    package init(_ path: String, change: @escaping @Sendable (Change) async throws -> JSON) {
        self.path = path
        self.change = change
    }

    func add(to router: RouteGroup, limits: APILimits) {
        let names = path.split(separator: "/").filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) }
        router.post(RouterPath(path)) { [change] request, context in
            try context.caller.requireChanger()
            let body = try await request.json(in: context, limits: limits)
            var parameters: [String: String] = [:]
            for name in names { parameters[name] = try context.parameter(name) }
            return try await context.whole(try await change(Change(parameters: parameters, body: body)))
        }
    }
}

extension Caller {
    /// - Throws: `APIError.forbidden` for all but the administrator, proven by the token or by the control socket.
    fileprivate func requireChanger() throws(APIError) {
        switch self {
        case .admin: return
        case .anyone:
            throw APIError(.forbidden, "This changes the server: use the control socket (the `hector` commands on the server's machine do), or set server.token and send it.")
        case .unknown, .client:
            throw APIError(.forbidden, "Only the administrator may change the server: send the token of server.token, or use the control socket on the server's machine.")
        }
    }
}
