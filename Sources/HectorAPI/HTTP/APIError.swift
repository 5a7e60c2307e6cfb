import HectorAgents
import HectorProviders
import Hummingbird

/// What a client is told when a request fails: one form everywhere outside JSON-RPC, OpenAI's.
package struct APIError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        case unauthorized = "invalid_api_key"
        case forbidden
        case notFound = "not_found"
        case modelNotFound = "model_not_found"
        case methodNotAllowed = "method_not_allowed"
        case tooLarge = "request_too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case unsupported
        case exhausted
        case overloaded
        case unavailable
        case timeout
        case cancelled
        /// The model or its plugin failed.
        case providerFailed = "provider_failed"
        /// Our own fault.
        case internalError = "internal_error"
    }

    package var code: Code
    package var message: String
    /// The part of the request that is wrong, for example `messages[2].role`.
    package var parameter: String?

    package init(_ code: Code, _ message: String, parameter: String? = nil) {
        self.code = code
        self.message = message
        self.parameter = parameter
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
        case let error as DecodingError: self.init(decoding: error)
        case is CancellationError: self.init(.cancelled, "The call was cancelled.")
        default: self.init(.internalError, "Something went wrong inside Hector; its log says what.")
        }
    }

    private init(agent error: AgentError) {
        switch error.code {
        case .notFound: self.init(.modelNotFound, error.message)
        case .missingProvider: self.init(.unavailable, error.message)
        case .invalidRequest: self.init(.invalidRequest, error.message)
        case .answerTooLong: self.init(.providerFailed, error.message)
        }
    }

    private init(provider error: ProviderError) {
        let code: Code = switch error.code {
        case .invalidRequest, .tooLarge: .invalidRequest
        case .notFound: .notFound
        case .unsupported: .unsupported
        case .unavailable: .unavailable
        case .exhausted: .exhausted
        case .deadlineExceeded: .timeout
        case .cancelled: .cancelled
        case .failed: .providerFailed
        }
        self.init(code, error.message)
    }

    private init(http error: HTTPError) {
        switch error.status {
        case .notFound: self.init(.notFound, "There is nothing at this address.")
        case .contentTooLarge: self.init(.tooLarge, "The request's body is too large.")
        case .methodNotAllowed: self.init(.methodNotAllowed, "This address does not answer that method.")
        default: self.init(.invalidRequest, error.body ?? "The request is not valid.")
        }
    }

    private init(decoding error: DecodingError) {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            let place = Self.place(context.codingPath)
            self.init(.invalidRequest, "\(place) has the wrong type. \(context.debugDescription)", parameter: place)
        case .keyNotFound(let key, let context):
            let place = Self.place(context.codingPath + [key])
            self.init(.invalidRequest, "\(place) is missing.", parameter: place)
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            let place = Self.place(context.codingPath)
            self.init(.invalidRequest, "\(place): \(context.debugDescription)", parameter: place)
        default:
            self.init(.invalidRequest, "The request's body is not valid JSON.")
        }
    }

    /// `messages[2].content`
    private static func place(_ path: [any CodingKey]) -> String {
        guard !path.isEmpty else { return "The request's body" }
        return path.reduce("") { place, key in
            if let index = key.intValue { return "\(place)[\(index)]" }
            return place.isEmpty ? key.stringValue : "\(place).\(key.stringValue)"
        }
    }

    var status: HTTPResponse.Status {
        switch code {
        case .invalidRequest: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound, .modelNotFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .tooLarge: .contentTooLarge
        case .unsupportedMediaType: .unsupportedMediaType
        case .unsupported: .notImplemented
        case .exhausted: .tooManyRequests
        case .overloaded, .unavailable: .serviceUnavailable
        case .timeout: .gatewayTimeout
        // Nobody is left to read it; nginx's "client closed request" tells the log.
        case .cancelled: .init(code: 499, reasonPhrase: "Client Closed Request")
        case .providerFailed: .badGateway
        case .internalError: .internalServerError
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

extension APIError: HTTPResponseError {
    func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = Response(json: body, status: status)
        switch code {
        case .unauthorized: response.headers[.wwwAuthenticate] = "Bearer"
        case .overloaded, .unavailable: response.headers[.retryAfter] = "1"
        default: break
        }
        return response
    }
}
