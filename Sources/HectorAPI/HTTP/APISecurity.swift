internal import HectorCore

/// Who may call the front.
///
/// With a token, callers that send it. Without one, callers that can reach a loopback port, but no web page
/// that a browser on this machine happens to show: such a page can send requests here, so the host
/// must be a loopback name (a page's own name, rebound to 127.0.0.1, is not), the origin must be our
/// own, and a body must be JSON, which a page cannot send across origins unasked.
package struct APISecurity: Sendable {
    private let token: [UInt8]?
    private let origins: Set<String>

    /// - Parameters:
    ///   - token: The bearer token; nil or empty for none.
    ///   - corsOrigins: Origins (`https://chat.example.org`) whose web pages may call the front from a browser, beside its own.
    ///     `*` is any origin, and counts only with a token: without one every page on the web could call.
    package init(token: String? = nil, corsOrigins: [String] = []) {
        self.token = token.flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        origins = Set(corsOrigins.map { $0.lowercased() })
    }

    package var hasToken: Bool { token != nil }

    /// Whether web pages of that origin were allowed to call.
    func permits(origin: String) -> Bool {
        origins.contains(origin.lowercased()) || hasToken && origins.contains("*")
    }

    /// Whether the front may listen on that host.
    /// - Throws: `APIError` for a host that other machines can reach, where there is no token.
    package func permitListening(on host: String) throws {
        guard hasToken || HostPort(host: host, port: 0).isLoopback else {
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

    /// - Throws: `APIError`: `unauthorized`, `forbidden` or `unsupportedMediaType`.
    func check(_ request: Credentials) throws {
        if let token {
            guard Self.equal(Array((request.token ?? "").utf8), token) else {
                throw APIError(.unauthorized, "This server requires a bearer token: send `Authorization: Bearer TOKEN`.")
            }
        } else {
            guard let host = request.host else {
                throw APIError(.forbidden, "A server without a token requires a Host header with a loopback name, such as localhost.")
            }
            guard Authority(host)?.isLoopback == true else {
                throw APIError(.forbidden, "A server without a token accepts loopback host names only, such as localhost.")
            }
            if let origin = request.origin, origin.lowercased() != "http://\(host.lowercased())", !permits(origin: origin) {
                throw APIError(.forbidden, "Web pages of this origin may not call this server: add the origin to server.cors_origins.")
            }
        }
        if request.isPost {
            guard request.contentType.map(Self.isJSON) ?? false else {
                throw APIError(.unsupportedMediaType, "Send JSON, with `Content-Type: application/json`.")
            }
        }
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
