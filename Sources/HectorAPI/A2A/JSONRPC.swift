import FoundationEssentials

/// One JSON-RPC 2.0 request.
struct RPCRequest: Sendable {
    /// A string, a number, or null.
    var id: JSON
    var method: String
    var params: JSON

    /// - Throws: `RPCFailure` for what is no JSON-RPC request; it is answered with the id null.
    init(_ body: Data) throws(RPCFailure) {
        guard let json = try? JSON(parsing: body) else {
            throw RPCFailure(.parse, "The request's body is not valid JSON.")
        }
        guard case .object = json else {
            throw RPCFailure(.invalidRequest, "Send one request object; batches are not supported.")
        }
        guard json["jsonrpc"] == "2.0", let method = json["method"]?.string, !method.isEmpty else {
            throw RPCFailure(.invalidRequest, "A request has \"jsonrpc\": \"2.0\" and a method.")
        }
        switch json["id"] {
        case nil, .null?: id = nil
        case .string(let text)?: id = .string(text)
        case .integer(let number)?: id = .integer(number)
        default: throw RPCFailure(.invalidRequest, "A request's id is a string, an integer or null.")
        }
        self.method = method
        params = json["params"] ?? [:]
        guard case .object = params else {
            throw RPCFailure(.invalidParams, "params is not an object.")
        }
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
