import HectorProviders

/// A turn that an agent is asked for.
///
/// An object: the functions on the way of a turn keep what they were given for as long as the model answers, and a reference is all that
/// each of them has to keep.
final class Question: Sendable {
    let chat: Chat
    let agent: AgentDefinition
    /// Which agents asked; nil where a caller did.
    let lineage: Lineage?
    /// Takes the answer piece by piece; nil is for a caller that wants it whole.
    let onEvents: TurnEventHandler?

    init(_ chat: Chat, to agent: AgentDefinition, _ lineage: Lineage? = nil, onEvents: TurnEventHandler?) {
        self.chat = chat
        self.agent = agent
        self.lineage = lineage
        self.onEvents = onEvents
    }
}

/// A question whose answer is about to be made.
final class PreparedTurn: Sendable {
    let question: Question
    let llm: any LanguageModel
    let session: SessionKey?
    /// With the whole conversation, as the model sees it.
    let chat: Chat
    /// What of the agent's documents is in the conversation, or is found later on.
    let found: FoundPassages

    init(_ question: Question, _ llm: any LanguageModel, _ session: SessionKey?, _ chat: Chat, _ found: FoundPassages = FoundPassages()) {
        self.question = question
        self.llm = llm
        self.session = session
        self.chat = chat
        self.found = found
    }
}

/// What came of a turn. An object as well: each function on the way back hands on a reference.
final class MadeTurn: Sendable {
    let answer: Answer
    /// What the turn used.
    let spent: TurnSpending

    init(_ answer: Answer, spent: TurnSpending) {
        self.answer = answer
        self.spent = spent
    }
}

/// What a model answered; an object for the same reason.
final class MadeAnswer: Sendable {
    let answer: Answer

    init(_ answer: Answer) { self.answer = answer }
}

/// One question to a model, an object for the same reason.
final class ModelQuestion: Sendable {
    let llm: any LanguageModel
    let request: ModelRequest
    let options: GenerationOptions
    let wantsCallPieces: Bool
    /// Whether the reader learns of calls of tools before the answer is complete.
    let tellsCalls: Bool
    let onEvents: TurnEventHandler?

    init(
        _ llm: any LanguageModel, _ request: ModelRequest, _ options: GenerationOptions, wantsCallPieces: Bool, tellsCalls: Bool = true,
        onEvents: TurnEventHandler?
    ) {
        self.llm = llm
        self.request = request
        self.options = options
        self.wantsCallPieces = wantsCallPieces
        self.tellsCalls = tellsCalls
        self.onEvents = onEvents
    }

    /// Whether the answer may be asked for in one piece: nobody reads it while it is made, and nothing of it can be too much.
    var isWhole: Bool { onEvents == nil && !options.mayCut && !request.isFrom }

    /// As it is asked for as a stream.
    var streamed: ModelRequest {
        var request = request
        if wantsCallPieces, options.maxTokens == nil, !request.request.tools.isEmpty { request.request.options.toolCallDeltas = true }
        return request
    }
}
