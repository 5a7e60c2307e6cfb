import HTTPTypes
import HectorAgents
import HectorCore
import HectorMesh
import HectorProviders
import Hummingbird
import NIOCore

/// What a client is told when a request fails: one form everywhere outside JSON-RPC, OpenAI's.
package struct APIError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        /// The request asks for something that is not offered here; `parameter` says what.
        case unsupportedParameter = "unsupported_parameter"
        /// The conversation is longer than the model takes.
        case contextLengthExceeded = "context_length_exceeded"
        case unauthorized = "invalid_api_key"
        case forbidden
        case notFound = "not_found"
        case modelNotFound = "model_not_found"
        case methodNotAllowed = "method_not_allowed"
        case tooLarge = "request_too_large"
        case unsupportedMediaType = "unsupported_media_type"
        /// The body came too slowly.
        case requestTimeout = "request_timeout"
        case expectationFailed = "expectation_failed"
        case headersTooLarge = "headers_too_large"
        case versionNotSupported = "http_version_not_supported"
        case unsupported
        case exhausted
        case overloaded
        case unavailable
        case timeout
        case cancelled
        /// The model's plugin does not permit the call.
        case permissionDenied = "permission_denied"
        /// The model's plugin waits for something to be set right first.
        case failedPrecondition = "failed_precondition"
        /// The model's plugin is not let in by a service that it needs. Not the caller's key: 401 would say that.
        case providerUnauthenticated = "provider_unauthenticated"
        /// The model did not come to an end: it would not the next time either.
        case answerTooLong = "answer_too_long"
        /// The model answered something else than what was asked for, twice.
        case notAsAsked = "answer_not_as_asked"
        /// The model or its plugin failed.
        case providerFailed = "provider_failed"
        /// Replicas of the model's plugin were lost under the request: it may be what crashes them.
        case callLostReplicas = "call_lost_replicas"
        /// Our own fault.
        case internalError = "internal_error"
    }

    package var code: Code
    package var message: String
    /// The part of the request that is wrong, for example `messages[2].role`.
    package var parameter: String?
    /// Seconds after which the same request may succeed; nil: nothing says that it may.
    package var retryAfter: Int?

    /// - Parameter message: Cut where it is very long: it may come from a plugin.
    package init(_ code: Code, _ message: String, parameter: String? = nil) {
        self.code = code
        self.message = Self.cut(message)
        self.parameter = parameter
        retryAfter = code == .overloaded || code == .unavailable ? 1 : nil
    }

    /// The client has gone: it will not read what it is told.
    static var clientWent: APIError { APIError(.cancelled, "The client disconnected.") }

    private static func cut(_ message: String) -> String {
        let limit = 4000
        guard message.utf8.count > limit else { return message }
        return String(message.unicodeScalars.prefix(limit)) + "…"
    }

    package var description: String { message }

    /// Errors are equal by code.
    package static func == (a: APIError, b: APIError) -> Bool { a.code == b.code }

    /// The error that tells a client of any failure. An error of a kind unknown here is not shown: it may hold secrets.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as AgentError: self.init(agent: error)
        case let error as ProviderError: self.init(provider: error)
        case let error as HTTPError: self.init(http: error)
        case let error as JSONFailure: self.init(.invalidRequest, "The request's body cannot be parsed: \(error).")
        case let error as LongWork.Overload: self.init(.overloaded, "\(error)")
        // What a connection ends with whose client closes it, or takes nothing.
        case is IOError, is ChannelError: self = .clientWent
        case is CancellationError: self.init(.cancelled, "The call was cancelled.")
        default: self.init(.internalError, "An internal error in Hector; see the server's log.")
        }
    }

    private init(agent error: AgentError) {
        switch error.code {
        case .notFound: self.init(.notFound, error.message)
        case .missingProvider:
            self.init(.unavailable, error.message)
            retryAfter = nil
        case .busy:
            self.init(.exhausted, error.message)
            retryAfter = 1
        case .invalidRequest: self.init(.invalidRequest, error.message)
        case .answerTooLong: self.init(.answerTooLong, error.message)
        case .notAsAsked: self.init(.notAsAsked, error.message)
        case .outOfTime: self.init(.timeout, error.message)
        case .wrongStep, .gaveUp, .tooDeep: self.init(.providerFailed, error.message)
        }
    }

    private init(provider error: ProviderError) {
        let code: Code = switch error.code {
        case .invalidRequest: .invalidRequest
        case .tooLarge: .contextLengthExceeded
        case .notFound: .notFound
        case .failedPrecondition: .failedPrecondition
        case .permissionDenied: .permissionDenied
        case .unauthenticated: .providerUnauthenticated
        case .unsupported: .unsupported
        case .unavailable: .unavailable
        case .exhausted: .exhausted
        case .deadlineExceeded: .timeout
        case .cancelled: .cancelled
        case .failed: (error.cause as? RouterError)?.code == .callLostReplicas ? .callLostReplicas : .providerFailed
        }
        self.init(code, error.message, parameter: code == .contextLengthExceeded ? "messages" : nil)
        if let pause = error.retryAfter { retryAfter = Int(pause.seconds.rounded(.up)) }
    }

    private init(http error: HTTPError) {
        switch error.status {
        case .notFound: self.init(.notFound, "This address does not exist.")
        case .contentTooLarge: self.init(.tooLarge, "The request's body is too large.")
        case .methodNotAllowed: self.init(.methodNotAllowed, "This address does not support that method.")
        default: self.init(.invalidRequest, error.body ?? "The request is not valid.")
        }
    }

    var status: HTTPResponse.Status {
        switch code {
        case .invalidRequest, .unsupportedParameter, .contextLengthExceeded, .failedPrecondition: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden, .permissionDenied: .forbidden
        case .notFound, .modelNotFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .tooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .requestTimeout: .requestTimeout
        case .expectationFailed: .expectationFailed
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .versionNotSupported: .httpVersionNotSupported
        case .unsupported: .notImplemented
        case .exhausted: .tooManyRequests
        case .overloaded, .unavailable: .serviceUnavailable
        case .timeout: .gatewayTimeout
        // Nobody is left to read it; nginx's "client closed request" tells the log.
        case .cancelled: .init(code: 499, reasonPhrase: "Client Closed Request")
        case .answerTooLong, .notAsAsked, .providerFailed, .providerUnauthenticated: .badGateway
        case .callLostReplicas, .internalError: .internalServerError
        }
    }

    /// `{"error": {"message", "type", "code", "param"}}`
    var body: JSON {
        let type: JSON = status.code < 500 ? "invalid_request_error" : "server_error"
        return [
            "error": [
                "message": .string(message), "type": type, "code": .string(code.rawValue),
                "param": parameter.map(JSON.string) ?? nil,
            ]
        ]
    }
}

extension APIError {
    /// The answer that tells of it, with HTTP's status and headers.
    ///
    /// - Parameter body: The error in the form of a dialect, as JSON's text.
    func response(encoded body: [UInt8]) -> Response {
        var response = Response(encoded: body, status: status)
        switch code {
        case .unauthorized: response.headers[.wwwAuthenticate] = "Bearer"
        // OpenAI's clients send again what ends with 5xx, except where this header says that it cannot succeed.
        case .unsupported, .answerTooLong, .notAsAsked, .providerUnauthenticated, .callLostReplicas: HTTPField.Name("x-should-retry").map { response.headers[$0] = "false" }
        default: break
        }
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        return response
    }
}
