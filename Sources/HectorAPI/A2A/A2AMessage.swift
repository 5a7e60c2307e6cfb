import HectorAgents
import HectorCore

/// What a client says to an agent, in either form.
struct A2AMessage: Sendable, Equatable {
    var id: String
    /// The session to go on with; nil begins a new one.
    var context: String?
    /// The task it says to belong to.
    var task: String?
    var text: String
    /// Agents elsewhere that ask; nil where none does.
    var askedBy: Lineage?

    /// Reads the `message` of the parameters of `SendMessage` or `message/send`.
    ///
    /// - Parameter willTake: Told how many bytes the text will have, before it is made.
    init(_ params: A2AParameters, willTake: (Int) throws -> Void = { _ in }) throws {
        let message = try params.object("message")
        guard let id = try message.string("messageId", limit: A2ALimits.id) else {
            throw RPCFailure(.invalidParams, "params.message.messageId is missing.")
        }
        guard let role = try message.string("role", limit: 32), ["ROLE_USER", "user"].contains(role) else {
            throw RPCFailure(.invalidParams, "params.message.role must be that of the user.")
        }
        self.id = id
        context = try message.string("contextId", limit: A2ALimits.context)
        task = try message.string("taskId", limit: A2ALimits.id)
        askedBy = message["metadata"].flatMap(TurnExtension.lineage)

        var contents: [JSONText] = []
        let isArray = try message["parts"]?.forEachElement { (_, part) throws(RPCFailure) in
            var text: JSONText?
            var data: JSONText?
            part.forEachMember { key, value in
                if key == "text", value.kind == .string { text = value }
                if key == "data" { data = value }
            }
            guard let content = text ?? data else {
                throw RPCFailure(.contentTypeNotSupported, "Only parts of text or data are supported.")
            }
            contents.append(content)
        }
        guard isArray == true, !contents.isEmpty else {
            throw RPCFailure(.invalidParams, "params.message.parts is missing or empty.")
        }
        try willTake(contents.reduce(0) { $0 + $1.bytes.count + 1 })
        // Data is passed on as it is written: what was signed, or stands in a cache, stays the same.
        text = contents.map { $0.string ?? $0.text }.joined(separator: "\n")
    }

    /// Whether a person agrees; nil where it says neither.
    var agreement: Bool? {
        switch text.lowercased().filter({ !$0.isWhitespace }) {
        case "yes": return true
        case "no": return false
        default:
            guard text.utf8.count <= A2ALimits.agreementBytes else { return nil }
            return (try? JSONText(Array(text.utf8)))?["approve"]?.bool
        }
    }
}
