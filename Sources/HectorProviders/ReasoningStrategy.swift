/// Decides what an agent does next. `Provider` describes the threads, concurrency, cancellation and errors of all methods.
public protocol ReasoningStrategy: Provider {
    /// Decides one step of a turn.
    ///
    /// Keep nothing between calls: any replica may be asked for any step, and the host asks for a step again if it was lost. The request
    /// says all that is known of the turn, and `request.state` is what the step before returned as its `state`.
    ///
    /// - Parameters:
    ///   - request: The conversation, what the agent may use, what is left of its budget, and the number of the step.
    ///   - onEvent: Sends a `note` for people who follow the turn, or a piece of the answer as `text`; no step. It suspends while the reader
    ///     is slow, and throws when the call has ended, usually `CancellationError`: rethrow the error.
    /// - Returns: One step: `callModel`, `callTools`, `askAgent`, `searchDocuments`, `answer` or `giveUp`, with at most
    ///   `ToolLimits.stateBytes` of `state`.
    /// - Throws: `ProviderError` with `invalidRequest` if no step follows from such a request.
    func decide(
        _ request: DecideRequest, onEvent: @escaping @Sendable (DecideEvent) async throws -> Void
    ) async throws -> DecideEvent
}

extension DecideEvent {
    /// For people who follow the turn; no part of the answer.
    public static func note(_ text: String) -> DecideEvent { making(DecideEvent()) { $0.note = text } }
    /// A piece of the answer, ahead of `answer`.
    public static func text(_ text: String) -> DecideEvent { making(DecideEvent()) { $0.text = text } }
    /// The turn ends with this text behind the pieces that were sent.
    public static func answer(_ text: String) -> DecideEvent { making(DecideEvent()) { $0.answer.text = text } }
    /// The turn ends without an answer.
    public static func giveUp(_ reason: String) -> DecideEvent { making(DecideEvent()) { $0.giveUp.reason = reason } }
    /// Carries out these calls; none: those of the last message.
    public static func callTools(_ calls: [ToolCall] = []) -> DecideEvent { making(DecideEvent()) { $0.callTools.calls = calls } }

    /// Asks the agent's model about the conversation as it is.
    ///
    /// - Parameters:
    ///   - tools: Names of the tools that it is offered.
    ///   - isAnswer: Whether its text is a piece of the turn's answer, and streamed as it comes.
    public static func callModel(tools: [String] = [], isAnswer: Bool = false) -> DecideEvent {
        making(DecideEvent()) {
            $0.callModel.tools = tools
            $0.callModel.isAnswer = isAnswer
        }
    }

    /// Whether it is a step, and not what may come before one.
    public var isStep: Bool {
        switch event {
        case .note, .text, nil: false
        case .callModel, .callTools, .askAgent, .searchDocuments, .answer, .giveUp: true
        }
    }
}
