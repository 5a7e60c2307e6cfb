import FoundationEssentials

/// A question to an agent, as A2A's JSON-RPC has it.
struct A2ACall: Encodable {
    struct Parameters: Encodable {
        let message: Message
    }

    struct Message: Encodable {
        struct Part: Encodable {
            let text: String
        }

        let messageId: String
        let role = "ROLE_USER"
        let parts: [Part]
        /// The conversation to go on with; nil begins one.
        let contextId: String?

        init(_ text: String, context: String?) {
            messageId = UUID().uuidString
            parts = [Part(text: text)]
            contextId = context
        }
    }

    let jsonrpc = "2.0"
    let id = 1
    let method = "SendStreamingMessage"
    let params: Parameters

    init(message: Message) { params = Parameters(message: message) }
}
