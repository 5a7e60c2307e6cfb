/// The bounds of what agents keep and produce.
package struct AgentLimits: Sendable, Equatable {
    /// Sessions kept at once; the one unused for longest of the client that has the most makes room. With `sessionBytes` it bounds memory to 128 MiB.
    package var sessions = 1024
    /// Messages kept of one session; the oldest turns are forgotten first, each as a whole.
    package var sessionMessages = 200
    /// Bytes kept of one session: far more than the context of the models in use.
    package var sessionBytes = 128 << 10
    /// A session that is not used for this long is forgotten, where the agent's `memory.keep` does not say.
    package var sessionIdle: Duration = .seconds(3600)
    /// Tokens that an image counts as in a session's budget: what models with eyes make of one, roughly.
    package var imageTokens = 1_024
    /// Tokens of a summary of what is left out of a conversation: a page.
    package var summaryTokens = 512
    /// Bytes of it.
    package var summaryBytes = 8 << 10
    /// Time of one summary.
    package var summaryTime: Duration = .seconds(120)
    /// Sessions that wait for a summary; the one that waits longest is left out, and asked for again after its next turn.
    package var waitingSummaries = 256
    /// Bytes of a session's name: a UUID with room to spare.
    package var sessionNameBytes = 128
    /// Bytes of one answer, with its tool calls: a model that never stops is stopped.
    package var answerBytes = 4 << 20

    /// Bytes that a message or a tool call occupies in addition to its texts, rounded up: a session of empty messages and an
    /// answer of empty calls are bounded, too.
    package var itemBytes = 256

    /// Calls of one answer of a model that run at once: an answer with more waits for the first ones.
    package var callsAtOnce = 8
    /// Bytes of a tool's output that the model is given: some ten thousand tokens.
    package var resultBytes = 64 << 10
    /// Bytes after which a tool is stopped whose output does not end.
    package var outputBytes = 16 << 20
    /// Time of one call of a tool, where the agent's configuration does not say.
    package var toolTime: Duration = .seconds(300)
    /// Time in which a provider must say which tools it has: a turn goes on without it then.
    package var listTime: Duration = .seconds(5)
    /// Agents that ask each other in one turn, the first one included.
    package var depth = 5
    /// Time in which a person must agree to a call.
    package var agreementTime: Duration = .seconds(600)
    /// Bytes of all messages of a turn: a model's context is full long before.
    package var turnBytes = 8 << 20
    /// Turns that wait for the results of a client's tools, with what the agent's own tools did in them.
    package var openTurns = 256
    /// Bytes of these together.
    package var openTurnsBytes = 32 << 20
    /// A client that has not come back with results after this long finds the agent's own part forgotten.
    package var openTurnTime: Duration = .seconds(3600)

    /// Time of one search of documents: a turn goes on without it then.
    package var searchTime: Duration = .seconds(20)
    /// Bytes of a question that its vector is made of: embedders read less.
    package var questionBytes = 8 << 10

    /// Runs that are kept of agents that act, those at work included.
    package var runs = 1_000
    /// Bytes of these together.
    package var runsBytes = 32 << 20
    /// A run that ended this long ago is forgotten.
    package var runAge: Duration = .seconds(86_400)
    /// Events of one run: as much as the largest budgets of steps do.
    package var runEvents = 2_000
    /// Bytes of one run: a few large ones cannot push out all others.
    package var runBytes = 1 << 20
    /// Characters of each text in it, such as the arguments and the result of a call: enough to see what went wrong.
    package var runText = 2_000

    package init() {}
}
