import HectorCore
import NIOHTTP1

/// What HTTP/1.1 asks of a request's head (RFC 9110, 9112) beyond what the decoder checks.
struct RequestRules: Sendable {
    /// The longest body that is read.
    let bodyBytes: Int

    /// What follows from a head.
    struct Verdict: Sendable {
        /// What is wrong with it; nil: it may be answered.
        var refusal: APIError?
        /// The client waits for `100 Continue` before it sends the body (RFC 9110 §10.1.1).
        var expectsContinue = false
        /// The decoder stops behind this request, in case another protocol follows (RFC 9110 §7.8).
        var offersUpgrade = false
    }

    /// Checks a head, and puts its target into the form `/path?query` or `*`.
    func check(_ head: inout HTTPRequestHead) -> Verdict {
        var verdict = Verdict()
        let fields = Fields(head.headers)
        verdict.offersUpgrade = head.method == .CONNECT || fields.hasUpgrade
            && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
        if fields.hasTrailingSpace { trimValues(of: &head) }
        do throws(APIError) {
            if fields.hasExpectation { verdict.expectsContinue = try expectation(of: head) }
            try checkFraming(of: head, fields)
            try checkTarget(of: &head)
        } catch {
            verdict.refusal = error
            // What the target names is not known to be true.
            if !head.uri.hasPrefix("/") { head.uri = "/" }
        }
        return verdict
    }

    private func expectation(of head: HTTPRequestHead) throws(APIError) -> Bool {
        // RFC 9110 §10.1.1: a server ignores the field in a request of HTTP/1.0.
        guard !head.isHTTP10 else { return false }
        for expectation in head.headers[canonicalForm: "expect"] where expectation.lowercased() != "100-continue" {
            throw APIError(.expectationFailed, "The expectation \(quoted(String(expectation))) is not supported, only 100-continue.")
        }
        return true
    }

    /// White space around a value is no part of it (RFC 9110 §5.5); the decoder leaves what stands behind.
    private func trimValues(of head: inout HTTPRequestHead) {
        head.headers = HTTPHeaders(head.headers.map { name, value in
            var value = value[...]
            while Self.isSpace(value.utf8.last) { value.unicodeScalars.removeLast() }
            return (name, String(value))
        })
    }

    fileprivate static func isSpace(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x09 }

    private func checkFraming(of head: HTTPRequestHead, _ fields: Fields) throws(APIError) {
        if fields.hasCoding {
            guard !head.isHTTP10 else {
                throw APIError(.invalidRequest, "HTTP/1.0 does not support Transfer-Encoding: send Content-Length.")
            }
            try checkCodings(head.headers["transfer-encoding"].joined(separator: ","))
        }
        if fields.hasLength, let declared = head.headers.first(name: "content-length"), Int(declared).map({ $0 > bodyBytes }) ?? true {
            throw APIError(.tooLarge, "The request's body is longer than \(bodyBytes) bytes.")
        }
    }

    /// RFC 9112 §6.1 and §6.3: chunks come last, and what is not known is refused. The decoder looks at the last coding only.
    private func checkCodings(_ list: String) throws(APIError) {
        let codings = list.lowercased().split(separator: ",", omittingEmptySubsequences: false).map { $0.filter { $0 != " " && $0 != "\t" } }
        guard codings.last == "chunked", codings.count(where: { $0 == "chunked" }) == 1 else {
            throw APIError(.invalidRequest, "The last transfer coding of a request, and no other, must be chunked.")
        }
        guard codings.count == 1 else {
            throw APIError(.unsupported, "The transfer coding \(quoted(codings[0])) is not supported, only chunked.")
        }
    }

    private func checkTarget(of head: inout HTTPRequestHead) throws(APIError) {
        let hosts = head.headers["host"]
        guard hosts.count <= 1 else { throw APIError(.invalidRequest, "The request has \(hosts.count) Host headers: send one.") }
        guard head.isHTTP10 || !hosts.isEmpty else {
            throw APIError(.invalidRequest, "The request has no Host header: HTTP/1.1 needs one.")
        }
        var host: Authority?
        if let given = hosts.first, !given.isEmpty {
            host = Authority(given)
            guard host != nil else { throw APIError(.invalidRequest, "\(quoted(given)) is not a Host header: it must be a host, with an optional port.") }
        }
        if head.method == .CONNECT { throw APIError(.methodNotAllowed, "This server is not a proxy: it does not support CONNECT.") }
        if head.uri.hasPrefix("/") || head.uri == "*" && head.method == .OPTIONS { return }
        try takeAbsolute(of: &head, host: host)
    }

    /// A target with scheme and host (RFC 9112 §3.2.2). It must name the server that the Host header names: what judges a
    /// request by its host then judges it by both.
    private func takeAbsolute(of head: inout HTTPRequestHead, host: Authority?) throws(APIError) {
        let schemes: [(prefix: String, port: UInt16)] = [("http://", 80), ("https://", 443)]
        guard let scheme = schemes.first(where: { head.uri.lowercased().hasPrefix($0.prefix) }) else {
            throw APIError(.invalidRequest, "The request's target must begin with / or with http://.")
        }
        let rest = head.uri.dropFirst(scheme.prefix.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let named = Authority(rest[..<end]) else {
            throw APIError(.invalidRequest, "The host in the request's target is not valid.")
        }
        if let host {
            guard named.isSame(as: host, defaultPort: scheme.port) else {
                throw APIError(.invalidRequest, "The request's target and its Host header name different servers.")
            }
        } else {
            head.headers.replaceOrAdd(name: "host", value: String(rest[..<end]))
        }
        let path = rest[end...]
        head.uri = path.hasPrefix("/") ? String(path) : "/\(path)"
    }
}

/// Which fields a head has that rules are about: found in one pass, as most heads have none but a host and a length.
private struct Fields {
    private(set) var hasUpgrade = false
    private(set) var hasExpectation = false
    private(set) var hasCoding = false
    private(set) var hasLength = false
    private(set) var hasTrailingSpace = false

    init(_ headers: HTTPHeaders) {
        for (name, value) in headers {
            if RequestRules.isSpace(value.utf8.last) { hasTrailingSpace = true }
            switch name.utf8.count {
            case 6: hasExpectation = hasExpectation || Self.isSame(name, "expect")
            case 7: hasUpgrade = hasUpgrade || Self.isSame(name, "upgrade")
            case 14: hasLength = hasLength || Self.isSame(name, "content-length")
            case 17: hasCoding = hasCoding || Self.isSame(name, "transfer-encoding")
            default: break
            }
        }
    }

    /// - Parameter lower: In lower case, and without characters that differ from others by that bit alone.
    private static func isSame(_ name: String, _ lower: String) -> Bool {
        zip(name.utf8, lower.utf8).allSatisfy { $0 | 0x20 == $1 }
    }
}

extension HTTPRequestHead {
    /// The decoder lets nothing pass but HTTP/1: what is not 1.0 is 1.1.
    var isHTTP10: Bool { version.minor == 0 }
}
