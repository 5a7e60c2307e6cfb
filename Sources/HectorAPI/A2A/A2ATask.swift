import HectorAgents
import HectorCore

/// One turn of an agent as A2A's unit of work.
struct A2ATask: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case working
        /// A person is to agree to calls of tools.
        case inputRequired
        case completed
        case failed
        case canceled

        var isTerminal: Bool { self != .working && self != .inputRequired }
    }

    /// What an answer is made of.
    enum Output: Sendable, Equatable {
        case text
        /// One JSON object, as a part of data.
        case data
    }

    let id: String
    let agent: String
    /// The name of the client that it belongs to: `Caller.owner`.
    var owner = ""
    /// The session.
    let context: String
    /// What the user said, and the id that the client gave to it.
    let question: String
    let messageID: String
    var output = Output.text
    var state: State
    /// Milliseconds since 1970 of the last change of state.
    var changed: Int64
    /// The answer of a completed task; why a failed one failed.
    var text = ""
    /// What a completed task's answer rests on, as JSON's text; empty for nothing.
    var citations = ""
    /// What a person is to agree to.
    var asked: [AskedCall] = []
    /// What happened in its turn, for a client that asked for the extension `RunExtension`; not stored with it.
    var story: JSON?
    /// Of its run in the log; nil where none is kept.
    var run: String?
    /// Agents elsewhere that ask; nil where none does.
    var askedBy: Lineage?
    /// What the turn used, once it has ended.
    var spent = TurnSpending()

    /// Counts up in the order in which the store took the tasks.
    var number = 0

    /// What the store counts: all text, the id twice as it is the store's key too, and what a task costs beside its text.
    var bytes: Int {
        512 + 2 * id.utf8.count + agent.utf8.count + owner.utf8.count + context.utf8.count + messageID.utf8.count + question.utf8.count + text.utf8.count + citations.utf8.count
            + asked.reduce(0) { $0 + 64 + $1.id.utf8.count + $1.title.utf8.count + $1.arguments.utf8.count }
    }
}
