import HectorCore

/// One JSON-RPC 2.0 request.
struct RPCRequest: Sendable {
    /// A string, a number, or null, as the client wrote it: every answer and every event repeats it.
    var id: JSON
    var method: String
    /// Nil for none.
    var params: JSONText?

    /// Reads a request. If it is invalid but has an id, the answer repeats that id, too.
    ///
    /// - Throws: `RPCFailure` if there is no id that could be repeated.
    static func read(_ json: JSONText) throws(RPCFailure) -> (id: JSON, request: Result<RPCRequest, RPCFailure>) {
        guard json.kind == .object else {
            throw RPCFailure(.invalidRequest, "Send one request object; batches are not supported.")
        }
        var members: [String: JSONText] = [:]
        json.forEachMember { key, value in
            if ["jsonrpc", "id", "method", "params"].contains(key) { members[key] = value }
        }
        let id = try Self.id(members["id"])
        return (id, Result { () throws(RPCFailure) in try RPCRequest(id: id, members) })
    }

    private init(id: JSON, _ members: [String: JSONText]) throws(RPCFailure) {
        self.id = id
        guard members["jsonrpc"]?.string == "2.0", let name = members["method"], (1...256).contains(name.stringBytes ?? 0),
            let method = name.string
        else {
            throw RPCFailure(.invalidRequest, "A request must have \"jsonrpc\": \"2.0\" and a method.")
        }
        self.method = method
        params = members["params"].flatMap { $0.isNull ? nil : $0 }
        guard params == nil || params?.kind == .object else {
            throw RPCFailure(.invalidParams, "params must be an object.")
        }
    }

    /// The id of a request, also where the rest of it is wrong.
    static func id(_ given: JSONText?) throws(RPCFailure) -> JSON {
        guard let given, !given.isNull else { return nil }
        guard given.kind == .string || given.kind == .number else {
            throw RPCFailure(.invalidRequest, "A request's id must be a string, a number or null.")
        }
        guard given.bytes.count <= A2ALimits.id else {
            throw RPCFailure(.invalidRequest, "A request's id must not be longer than \(A2ALimits.id) bytes.")
        }
        return .written(given.text)
    }

    func reply(_ result: JSON) -> JSON {
        ["jsonrpc": "2.0", "id": id, "result": result]
    }
}

/// Why a JSON-RPC call failed, with the codes of JSON-RPC 2.0 and A2A 1.0 §5.4.
struct RPCFailure: Error, Sendable, Equatable {
    enum Code: Int64, Sendable {
        case parse = -32700
        case invalidRequest = -32600
        case methodNotFound = -32601
        case invalidParams = -32602
        case internalError = -32603
        case taskNotFound = -32001
        case taskNotCancelable = -32002
        case pushNotificationNotSupported = -32003
        case unsupportedOperation = -32004
        case contentTypeNotSupported = -32005
        case versionNotSupported = -32009

        /// Its name in a `google.rpc.ErrorInfo`.
        var reason: String {
            switch self {
            case .parse: "JSON_PARSE_ERROR"
            case .invalidRequest: "INVALID_REQUEST"
            case .methodNotFound: "METHOD_NOT_FOUND"
            case .invalidParams: "INVALID_PARAMS"
            case .internalError: "INTERNAL_ERROR"
            case .taskNotFound: "TASK_NOT_FOUND"
            case .taskNotCancelable: "TASK_NOT_CANCELABLE"
            case .pushNotificationNotSupported: "PUSH_NOTIFICATION_NOT_SUPPORTED"
            case .unsupportedOperation: "UNSUPPORTED_OPERATION"
            case .contentTypeNotSupported: "CONTENT_TYPE_NOT_SUPPORTED"
            case .versionNotSupported: "VERSION_NOT_SUPPORTED"
            }
        }
    }

    var code: Code
    var message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The answer to everything that asks for push notifications.
    static let noPush = RPCFailure(.pushNotificationNotSupported, "This server does not send push notifications.")

    /// What JSON-RPC has for an error of HTTP's: its status says the rest.
    init(_ error: APIError) {
        let code: Code = switch error.code {
        case .invalidRequest, .tooLarge, .unsupportedMediaType, .unauthorized, .forbidden, .expectationFailed, .headersTooLarge:
            .invalidRequest
        case .notFound, .modelNotFound: .invalidParams
        default: .internalError
        }
        self.init(code, error.message)
    }

    /// Errors are equal by code.
    static func == (a: RPCFailure, b: RPCFailure) -> Bool { a.code == b.code }

    func reply(to id: JSON) -> JSON {
        [
            "jsonrpc": "2.0", "id": id,
            "error": [
                "code": .integer(code.rawValue), "message": .string(message),
                "data": [[
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": .string(code.reason), "domain": "a2a-protocol.org",
                ]],
            ],
        ]
    }
}
