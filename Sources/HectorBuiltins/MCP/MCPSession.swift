internal import HectorCore

/// The client's side of a session of the Model Context Protocol: what is asked, what is awaited, and what the server's messages mean. A pure
/// value (https://modelcontextprotocol.io/specification).
struct MCPSession: Sendable {
    /// The newest first. A server answers with the one that it wants to speak.
    static let versions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]

    enum Action: Sendable {
        /// Goes to the server.
        case send(JSON)
        case answered(id: Int, Result<JSONText, RPCFailure>)
        case progress(id: Int, done: Double, total: Double, message: String)
        /// The list of tools is not what it was.
        case toolsChanged
        /// For the log.
        case log(level: String, String)
    }

    private var last = 0
    /// Requests without an answer.
    private(set) var pending: Set<Int> = []

    /// A request that is awaited from now on.
    mutating func request(_ method: String, _ parameters: [String: JSON] = [:], wantsProgress: Bool = false) -> (id: Int, message: JSON) {
        last += 1
        pending.insert(last)
        var parameters = parameters
        if wantsProgress { parameters["_meta"] = ["progressToken": .integer(Int64(last))] }
        return (last, RPCMessage.request(method, id: last, parameters.isEmpty ? nil : .object(parameters)))
    }

    mutating func initialization() -> (id: Int, message: JSON) {
        request("initialize", [
            "protocolVersion": .string(Self.versions[0]), "capabilities": [:], "clientInfo": ["name": "hector", "version": .string(HectorVersion.current)],
        ])
    }

    /// Nobody waits for it any more.
    ///
    /// - Returns: What the server is told; nil where it has answered.
    mutating func cancel(_ id: Int) -> JSON? {
        guard pending.remove(id) != nil else { return nil }
        return RPCMessage.notification("notifications/cancelled", ["requestId": .integer(Int64(id)), "reason": "the caller needs the result no more"])
    }

    mutating func received(_ text: JSONText) -> [Action] {
        RPCMessage.all(in: text).compactMap { take($0) }
    }

    private mutating func take(_ message: RPCMessage) -> Action? {
        switch message {
        case .result(let id, let result): pending.remove(id).map { .answered(id: $0, .success(result)) }
        case .failure(let id, let failure): pending.remove(id).map { .answered(id: $0, .failure(failure)) }
        case .request(let id, "ping"): .send(RPCMessage.answer(to: id, [:]))
        case .request(let id, let method):
            // Nothing of what servers may ask a client for was offered to them.
            .send(RPCMessage.refusal(of: id, RPCFailure(code: RPCFailure.methodNotFound, message: "this client does not offer \(method)")))
        case .notification("notifications/progress", let parameters?):
            if let id = parameters["progressToken"]?.int, pending.contains(id), let done = parameters["progress"]?.double {
                .progress(id: id, done: done, total: parameters["total"]?.double ?? 0, message: parameters["message"]?.string ?? "")
            } else { nil }
        case .notification("notifications/tools/list_changed", _): .toolsChanged
        case .notification("notifications/message", let parameters?):
            .log(level: parameters["level"]?.string ?? "info", parameters["data"]?.string ?? parameters["data"]?.onOneLine ?? "")
        case .notification: nil
        }
    }
}
