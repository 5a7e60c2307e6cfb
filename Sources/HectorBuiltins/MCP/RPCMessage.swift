internal import HectorCore

/// A message of JSON-RPC 2.0 that a server sent (https://www.jsonrpc.org/specification).
enum RPCMessage: Sendable {
    /// Wants an answer with the same id, which is a text or a number and is given back as it is written.
    case request(id: JSONText, method: String)
    case notification(method: String, parameters: JSONText?)
    case result(id: Int, JSONText)
    case failure(id: Int, RPCFailure)

    /// The messages of one text: a single one, or a batch. What is no message of JSON-RPC is left out.
    static func all(in text: JSONText) -> [RPCMessage] {
        guard text.kind == .array else { return [RPCMessage(text)].compactMap(\.self) }
        var messages: [RPCMessage] = []
        text.forEachElement { _, part in if let message = RPCMessage(part) { messages.append(message) } }
        return messages
    }

    private init?(_ json: JSONText) {
        guard json.kind == .object else { return nil }
        let id = json["id"].flatMap { $0.isNull ? nil : $0 }
        if let method = json["method"]?.string {
            self = id.map { .request(id: $0, method: method) } ?? .notification(method: method, parameters: json["params"])
        } else if let id = id?.int ?? id?.string.flatMap({ Int($0) }) {
            if let error = json["error"], error.kind == .object {
                self = .failure(id: id, RPCFailure(code: error["code"]?.int ?? 0, message: error["message"]?.string ?? ""))
            } else if let result = json["result"] {
                self = .result(id: id, result)
            } else {
                return nil
            }
        } else {
            return nil
        }
    }

    static func request(_ method: String, id: Int, _ parameters: JSON?) -> JSON {
        JSON.object(["jsonrpc": "2.0", "id": .integer(Int64(id)), "method": .string(method)]).adding(["params": parameters])
    }

    static func notification(_ method: String, _ parameters: JSON? = nil) -> JSON {
        JSON.object(["jsonrpc": "2.0", "method": .string(method)]).adding(["params": parameters])
    }

    static func answer(to id: JSONText, _ result: JSON) -> JSON { ["jsonrpc": "2.0", "id": .written(id.onOneLine), "result": result] }

    static func refusal(of id: JSONText, _ failure: RPCFailure) -> JSON {
        ["jsonrpc": "2.0", "id": .written(id.onOneLine), "error": ["code": .integer(Int64(failure.code)), "message": .string(failure.message)]]
    }
}

/// An error that the other side answers with.
struct RPCFailure: Error, Sendable, Equatable {
    static let methodNotFound = -32601
    static let invalidParameters = -32602

    var code: Int
    var message: String
}
