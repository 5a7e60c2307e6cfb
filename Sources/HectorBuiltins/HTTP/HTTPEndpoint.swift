import AsyncHTTPClient
import Glibc
internal import HectorCore
internal import HectorPlugin
import NIOCore
import NIOHTTP1
import NIOPosix

/// Looks at a new connection before anything is sent on it, on its event loop: a failure closes it.
typealias ConnectionCheck = @Sendable (any Channel) -> EventLoopFuture<Void>

/// A server that a built-in plugin calls, with what every request to it carries. Its failures never show what is secret.
struct HTTPEndpoint: Sendable {
    /// Without a slash at the end.
    let url: String
    /// With every request.
    private let headers: HTTPHeaders
    /// Must not be shown: the key, and the values of headers of the configuration.
    private let secrets: Secrets
    private let connections: Connections
    private let limits: BuiltinLimits

    /// Reads `url`, `key` and `headers`.
    ///
    /// - Parameters:
    ///   - silence: How long the server may send nothing while it is waited for; nil: for ever.
    ///   - admit: Looks at each new connection before anything is sent on it; nil: all are taken.
    init(
        _ settings: Settings, silence: Duration?, limits: BuiltinLimits, admit: ConnectionCheck? = nil
    ) throws(ProviderError) {
        let text = try settings.required("url")
        guard let address = WebAddress(text) else {
            throw ProviderError(
                .invalidRequest,
                "url must be an address such as http://127.0.0.1:11434/v1, without user, query and fragment: a key belongs into key, or into headers")
        }
        url = address.origin + (address.path.hasSuffix("/") ? String(address.path.dropLast()) : address.path)
        var headers = HTTPHeaders([("user-agent", "hector/\(HectorVersion.current)")])
        let key = settings["key"]
        if let key {
            guard Self.isValue(key) else { throw ProviderError(.invalidRequest, "key must be printable ASCII text") }
            headers.add(name: "authorization", value: "Bearer \(key)")
        }
        let own = try settings.mapping("headers") ?? [:]
        for (name, value) in own.sorted(by: { $0.key < $1.key }) {
            guard Self.isName(name), Self.isValue(value), !Self.ours.contains(name.lowercased()) else {
                throw ProviderError(.invalidRequest, "headers: \(quoted(name)) cannot be set, or its value is not printable ASCII text")
            }
            headers.replaceOrAdd(name: name, value: value)
        }
        self.headers = headers
        secrets = Secrets([key].compactMap(\.self) + own.values)
        self.limits = limits
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.http1_1ConnectionDebugInitializer = admit
        configuration.timeout.connect = TimeAmount(limits.connectTime)
        configuration.timeout.read = silence.map(TimeAmount.init)
        // Who refuses is not asked again and again by the way: the host has other replicas.
        configuration.connectionPool.retryConnectionEstablishment = false
        // The host decides how many calls there are at once.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1_000
        connections = Connections(configuration)
    }

    /// Ended with the last endpoint that uses them.
    private final class Connections: Sendable {
        let client: HTTPClient

        init(_ configuration: HTTPClient.Configuration) {
            client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        }

        // It keeps itself alive until then.
        deinit { client.shutdown { _ in } }
    }

    /// Sends a request and waits for the head of its response.
    ///
    /// - Parameters:
    ///   - path: Behind the url; begins with a slash, or is empty. One that begins with `/../` replaces the url's last part.
    ///   - total: The limit of the whole exchange, body included.
    /// - Throws: `ProviderError`, or `CancellationError`.
    func send(
        _ method: HTTPMethod, _ path: String, _ body: [UInt8]? = nil, headers more: [(String, String)] = [], within total: Duration = .seconds(86_400)
    ) async throws -> HTTPClientResponse {
        let base = path.hasPrefix("/../") ? String(url[..<(url.lastIndex(of: "/") ?? url.endIndex)]) + path.dropFirst(3) : url + path
        var request = HTTPClientRequest(url: base)
        request.method = method
        request.headers = headers
        for (name, value) in more { request.headers.replaceOrAdd(name: name, value: value) }
        if let body {
            request.headers.replaceOrAdd(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return try await explaining { [request] in
            do {
                return try await connections.client.execute(request, timeout: TimeAmount(total))
            } catch ChannelError.ioOnClosedChannel {
                // The server closed the idle connection at this very moment, and got no whole request. The next try is on another one.
                return try await connections.client.execute(request, timeout: TimeAmount(total))
            }
        }
    }

    /// The whole body.
    func body(of response: HTTPClientResponse, upTo bytes: Int) async throws -> [UInt8] {
        try await explaining { Array(try await response.body.collect(upTo: bytes).readableBytesView) }
    }

    /// The beginning of a body that says what went wrong.
    func words(of response: HTTPClientResponse) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try? await explaining {
            for try await part in response.body {
                bytes += part.readableBytesView.prefix(limits.errorBytes - bytes.count)
                if bytes.count == limits.errorBytes { break }
            }
        }
        try Task.checkCancellation()
        return bytes
    }

    /// The server's own words, as they may be shown.
    func shown(_ words: String) -> String {
        singleLine(secrets.removed(from: words), limit: limits.messageCharacters)
    }

    /// What a response means that is no success of a server of JSON-RPC.
    ///
    /// - Parameters:
    ///   - hasKey: Whether the request carried one.
    ///   - kind: What the address is not, if the server does not know the request.
    func refusal(_ response: HTTPClientResponse, hasKey: Bool, unlike kind: String) async throws -> ProviderError {
        let error = OpenAIError(status: Int(response.status.code), body: try await words(of: response))
        let words = error.message.isEmpty ? "status \(error.status)" : shown(error.message)
        switch error.status {
        // RFC 9728: who may log in, and where, is told there. A program without a person cannot.
        case 401 where response.headers[canonicalForm: "www-authenticate"].contains { $0.lowercased().hasPrefix("bearer") && $0.contains("resource_metadata=") }:
            return ProviderError(
                .unauthenticated,
                "\(url) wants a login by OAuth, which is not done here: get a token from its provider that lasts, and \(hasKey ? "replace" : "set") key (or headers) in the plugin's configuration. It says: \(words)")
        case 401:
            return ProviderError(.unauthenticated, "\(url) \(hasKey ? "rejects the key: correct" : "wants a key: set") key in the plugin's configuration. It says: \(words)")
        case 403: return ProviderError(.permissionDenied, "\(url) says: \(words)")
        case 400, 404, 405, 406, 415, 300..<400: return ProviderError(.failedPrecondition, "\(url) is \(kind), or wants something else: \(words)")
        default:
            var failure = ProviderError(error.status == 429 ? .exhausted : .unavailable, "\(url) says: \(words)")
            failure.retryAfter = Duration(retryAfter: response.headers.first(name: "retry-after"))
            return failure
        }
    }

    /// Puts what breaks into words.
    func explaining<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as ProviderError {
            throw error
        } catch {
            try Task.checkCancellation()
            if error is CancellationError { throw error }
            throw ProviderError(.unavailable, explain(error), cause: error)
        }
    }

    private func explain(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout:
            "\(url) does not answer: check that the machine is on, and that no firewall blocks it"
        case let error as HTTPClientError where error == .readTimeout: "\(url) was silent for too long; timeout in the plugin's configuration sets the limit"
        case let error as HTTPClientError where error == .deadlineExceeded: "\(url) did not answer in time"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "\(url) closed the connection in the middle of its answer"
        case is HTTPParserError: "\(url) does not speak HTTP\(url.hasPrefix("https") ? "" : "; does its address begin with https?")"
        case is NIOTooManyBytesError: "\(url) sent a longer answer than \(limits.answerBytes) bytes"
        case is EventStream.TooLong: "\(url) sent an event that is longer than \(limits.eventBytes) bytes"
        default: unconnected(error)
        }
    }

    private func unconnected(_ error: any Error) -> String {
        let codes = ((error as? NIOConnectionError)?.connectionErrors.map(\.error) ?? [error]).compactMap { ($0 as? IOError)?.errnoCode }
        if let error = error as? NIOConnectionError, error.connectionErrors.isEmpty { return "the host name in \(url) cannot be resolved" }
        // One of several addresses that refuses says more than one that is silent.
        guard let code = codes.first(where: { $0 == ECONNREFUSED }) ?? codes.first else { return "no connection to \(url): \(shown("\(error)"))" }
        return switch code {
        case ECONNREFUSED: "nothing listens at \(url): start the server, or correct url"
        case ECONNRESET, EPIPE: "\(url) closed the connection in the middle of its answer"
        default: "\(url) cannot be reached: \(String(cString: strerror(code)))"
        }
    }

    /// What this client sets itself.
    private static let ours: Set = ["host", "content-length", "transfer-encoding", "connection", "content-type", "accept"]

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || "0123456789-_".utf8.contains($0) }
    }

    private static func isValue(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20...0x7E).contains($0) } }
}

extension TimeAmount {
    fileprivate init(_ time: Duration) { self = .nanoseconds(time.wholeNanoseconds) }
}
