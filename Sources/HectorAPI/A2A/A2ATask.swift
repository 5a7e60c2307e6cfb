/// One turn of an agent as A2A's unit of work.
struct A2ATask: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case working
        case completed
        case failed
        case canceled

        var isTerminal: Bool { self != .working }
    }

    let id: String
    let agent: String
    /// The session.
    let context: String
    /// What the user said, and the id that the client gave to it.
    let question: String
    let messageID: String
    var state: State
    /// Milliseconds since 1970 of the last change of state.
    var changed: Int64
    /// The answer of a completed task; why a failed one failed.
    var text = ""

    /// What the store counts: the text, and what a task costs beside its text.
    var bytes: Int { 512 + question.utf8.count + text.utf8.count }
}
