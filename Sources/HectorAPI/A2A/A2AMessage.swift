/// What a client says to an agent, in either dialect.
struct A2AMessage: Sendable, Equatable {
    var id: String
    /// The session to go on with; nil begins a new one.
    var context: String?
    /// The task it says to belong to.
    var task: String?
    var text: String

    /// Reads the `message` of the parameters of `SendMessage` or `message/send`.
    init(_ params: JSON) throws(RPCFailure) {
        guard let message = params["message"], case .object = message else {
            throw RPCFailure(.invalidParams, "params.message is missing.")
        }
        guard let id = message["messageId"]?.string, !id.isEmpty, id.utf8.count <= 256 else {
            throw RPCFailure(.invalidParams, "params.message.messageId is missing or longer than 256 bytes.")
        }
        guard ["ROLE_USER", "user"].contains(message["role"]?.string) else {
            throw RPCFailure(.invalidParams, "params.message.role must be the user's.")
        }
        guard let parts = message["parts"]?.array, !parts.isEmpty else {
            throw RPCFailure(.invalidParams, "params.message.parts is empty.")
        }
        var texts: [String] = []
        for part in parts {
            if let text = part["text"]?.string {
                texts.append(text)
            } else if let data = part["data"] {
                texts.append(data.text)
            } else {
                throw RPCFailure(.contentTypeNotSupported, "Only parts with text or data can be read.")
            }
        }
        self.id = id
        context = message["contextId"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        task = message["taskId"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        text = texts.joined(separator: "\n")
    }
}
