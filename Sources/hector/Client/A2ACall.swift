import FoundationEssentials

/// A call of A2A's JSON-RPC.
struct A2ACall<Parameters: Encodable>: Encodable {
    let jsonrpc = "2.0"
    let id = 1
    let method: String
    let params: Parameters
}

extension A2ACall<A2AQuestion> {
    init(question: A2AQuestion) { self.init(method: "SendStreamingMessage", params: question) }
}

extension A2ACall<A2ATaskID> {
    init(cancelling task: String) { self.init(method: "CancelTask", params: A2ATaskID(id: task)) }
}

struct A2ATaskID: Encodable {
    let id: String
}

/// A question to an agent.
struct A2AQuestion: Encodable {
    struct Message: Encodable {
        struct Part: Encodable {
            let text: String
        }

        let messageId: String
        let role = "ROLE_USER"
        let parts: [Part]
        /// The conversation to go on with; nil begins one.
        let contextId: String?
        /// The task that it answers; nil begins one.
        let taskId: String?
    }

    let message: Message

    init(_ text: String, context: String?, task: String? = nil) {
        message = Message(messageId: UUID().uuidString, parts: [.init(text: text)], contextId: context, taskId: task)
    }
}
