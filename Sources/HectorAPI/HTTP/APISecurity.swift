internal import HectorCore

/// Who may call the front.
///
/// With tokens, callers that send one of them: the administrator's, or a client's. Without any, callers that can reach a loopback port, but no web page
/// that a browser on this machine happens to show: such a page can send requests here, so the host
/// must be a loopback name (a page's own name, rebound to 127.0.0.1, is not), the origin must be our
/// own, and a body must be JSON, which a page cannot send across origins unasked.
package struct APISecurity: Sendable {
    private let tokens: [(text: [UInt8], caller: Caller)]
    private let origins: Set<String>
    /// Of this server's own addresses, as browsers see them: `http` or `https`.
    var scheme = "http"
    /// All callers are the administrator: the kernel told who is at the other end.
    private var trustsPeers = false

    /// Of the control socket.
    static var controlSocket: Self {
        var security = Self()
        security.trustsPeers = true
        return security
    }

    /// - Parameters:
    ///   - token: The administrator's bearer token; nil or empty for none.
    ///   - clients: Others who may call. All tokens are different.
    ///   - corsOrigins: Origins (`https://chat.example.org`) whose web pages may call the front from a browser, beside its own.
    ///     `*` is any origin, and counts only with a token: without one every page on the web could call.
    package init(token: String? = nil, clients: [APIClient] = [], corsOrigins: [String] = []) {
        let admin = token.flatMap { $0.isEmpty ? nil : [(Array($0.utf8), Caller.admin)] } ?? []
        tokens = admin + clients.filter { !$0.token.isEmpty }.map { (Array($0.token.utf8), .client($0)) }
        origins = Set(corsOrigins.map { $0.lowercased() })
    }

    /// Whether callers need a token.
    package var wantsToken: Bool { !tokens.isEmpty }

    /// Whether web pages of that origin were allowed to call.
    func permits(origin: String) -> Bool {
        origins.contains(origin.lowercased()) || wantsToken && origins.contains("*")
    }

    /// Whether the front may listen on that host.
    /// - Throws: `APIError` for a host that other machines can reach, where there is no token.
    package func permitListening(on host: String) throws {
        guard wantsToken || HostPort(host: host, port: 0).isLoopback else {
            throw APIError(
                .forbidden,
                "Listening on \(host) lets other machines call this host: configure a bearer token, or listen on 127.0.0.1."
            )
        }
    }

    /// What of a request decides whether it may pass.
    struct Credentials {
        /// The `Host` header.
        var host: String?
        var origin: String?
        /// What the request shows, however its dialect does that; nil for nothing.
        var token: String?
        /// The media type of a request that has a body.
        var contentType: String?
        /// The method starts work.
        var isPost: Bool
    }

    /// - Returns: Who sent it.
    /// - Throws: `APIError`: `unauthorized`, `forbidden` or `unsupportedMediaType`.
    @discardableResult
    func check(_ request: Credentials) throws -> Caller {
        var caller = Caller.anyone
        if trustsPeers {
            caller = .admin
        } else if wantsToken {
            guard let owner = owner(of: Array((request.token ?? "").utf8)) else {
                throw APIError(.unauthorized, "This server requires a bearer token: send `Authorization: Bearer TOKEN`.")
            }
            caller = owner
        } else {
            guard let host = request.host else {
                throw APIError(.forbidden, "A server without a token requires a Host header with a loopback name, such as localhost.")
            }
            guard Authority(host)?.isLoopback == true else {
                throw APIError(.forbidden, "A server without a token accepts loopback host names only, such as localhost.")
            }
            if let origin = request.origin, origin.lowercased() != "\(scheme)://\(host.lowercased())", !permits(origin: origin) {
                throw APIError(.forbidden, "Web pages of this origin may not call this server: add the origin to server.cors_origins.")
            }
        }
        if request.isPost {
            guard request.contentType.map(Self.isJSON) ?? false else {
                throw APIError(.unsupportedMediaType, "Send JSON, with `Content-Type: application/json`.")
            }
        }
        return caller
    }

    /// Compares with every token, in a time that does not tell which of them came close.
    private func owner(of given: [UInt8]) -> Caller? {
        var found: Int?
        for (index, token) in tokens.enumerated() where Self.equal(given, token.text) { found = index }
        return found.map { tokens[$0].caller }
    }

    private static func isJSON(_ type: String) -> Bool {
        // As nearly all clients write it.
        type == "application/json" || type.prefix { $0 != ";" }.filter { $0 != " " }.lowercased() == "application/json"
    }

    /// Takes the same time wherever the two differ.
    private static func equal(_ given: [UInt8], _ token: [UInt8]) -> Bool {
        var difference = given.count ^ token.count
        for index in token.indices {
            difference |= Int((index < given.count ? given[index] : 0) ^ token[index])
        }
        return difference == 0
    }
}
