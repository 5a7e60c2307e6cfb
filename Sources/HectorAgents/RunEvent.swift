/// What happens while an agent that acts makes its answer, for people who follow it. The answer's own text is not among it.
package indirect enum RunEvent: Sendable, Equatable {
    /// The model is asked.
    case modelCalled(number: Int, messages: Int, tools: Int)
    /// - tokens: Read and made, as far as they are known.
    /// - replicas: That were asked; more than one where a call was tried again.
    case modelAnswered(number: Int, tokens: Int, calls: [String], replicas: [String] = [], took: Duration)
    /// A tool is called, or an agent asked.
    case toolCalled(id: String, title: String, arguments: String)
    /// How far a tool says that it is.
    case progress(id: String, String)
    case toolEnded(id: String, title: String, isFailure: Bool, text: String, replicas: [String] = [], took: Duration)
    /// A person is asked whether these calls may be made.
    case agreementAsked([AskedCall])
    case agreementEnded(isGiven: Bool)
    /// The agent's documents were searched.
    case retrieved(stores: [String], passages: [Passage], replicas: [String] = [], took: Duration)
    /// In words: what a strategy says of its step, or why a tool is not there.
    case note(String)
    /// It happened in the turn of an agent that was asked.
    case within(agent: String, RunEvent)
    case ended(modelCalls: Int, toolCalls: Int, tokens: Int)
}

/// A call that needs a person's agreement.
package struct AskedCall: Sendable, Equatable {
    package let id: String
    /// For people: `provider.tool`.
    package let title: String
    /// A JSON object: the agreement is to these very arguments.
    package let arguments: String

    package init(id: String, title: String, arguments: String) {
        self.id = id
        self.title = title
        self.arguments = arguments
    }
}

/// Is told what happens; returns at once.
package typealias RunWatcher = @Sendable (RunEvent) -> Void

/// Asks a person whether calls may be made.
///
/// - Returns: Whether all of them may. It is cancelled when nobody has answered in `AgentLimits.agreementTime`.
package typealias AgreementHandler = @Sendable ([AskedCall]) async throws -> Bool

/// What the agents of this host have done since it started.
package struct AgentFigures: Sendable, Equatable {
    package var turns = 0
    package var modelCalls = 0
    package var toolCalls = 0
    package var toolFailures = 0
    package var tokens = 0

    package init() {}
}
