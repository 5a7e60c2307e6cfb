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

extension RunEvent {
    /// With texts of no more than that many characters: those who keep events keep many.
    package func shortened(to most: Int) -> RunEvent {
        func cut(_ text: String) -> String { text.utf8.count <= most ? text : String(text.unicodeScalars.prefix(most)) + "…" }
        switch self {
        case .toolCalled(let id, let title, let arguments): return .toolCalled(id: id, title: title, arguments: cut(arguments))
        case .toolEnded(let id, let title, let isFailure, let text, let replicas, let took):
            return .toolEnded(id: id, title: title, isFailure: isFailure, text: cut(text), replicas: replicas, took: took)
        case .progress(let id, let text): return .progress(id: id, cut(text))
        case .retrieved(let stores, let passages, let replicas, let took):
            // Their places are enough: texts are long.
            let short = passages.map { passage in
                var passage = passage
                passage.text = cut(passage.text)
                return passage
            }
            return .retrieved(stores: stores, passages: short, replicas: replicas, took: took)
        case .note(let text): return .note(cut(text))
        case .within(let agent, let event): return .within(agent: agent, event.shortened(to: most))
        case .agreementAsked(let calls):
            return .agreementAsked(calls.map { AskedCall(id: $0.id, title: $0.title, arguments: cut($0.arguments)) })
        case .modelCalled, .modelAnswered, .agreementEnded, .ended: return self
        }
    }

    /// Bytes that it takes, about.
    ///
    /// - Parameter item: Of an event beside its texts.
    func bytes(each item: Int) -> Int {
        switch self {
        case .toolCalled(let id, let title, let arguments): item + id.utf8.count + title.utf8.count + arguments.utf8.count
        case .toolEnded(let id, let title, _, let text, let replicas, _):
            item + id.utf8.count + title.utf8.count + text.utf8.count + replicas.reduce(0) { $0 + 16 + $1.utf8.count }
        case .retrieved(let stores, let passages, let replicas, _):
            (stores + replicas).reduce(item) { $0 + 16 + $1.utf8.count } + passages.reduce(0) { $0 + 128 + $1.text.utf8.count }
        case .progress(let id, let text): item + id.utf8.count + text.utf8.count
        case .note(let text): item + text.utf8.count
        case .within(let agent, let event): agent.utf8.count + 64 + event.bytes(each: item)
        case .agreementAsked(let calls): calls.reduce(item) { $0 + 64 + $1.id.utf8.count + $1.title.utf8.count + $1.arguments.utf8.count }
        case .modelAnswered(_, _, let calls, let replicas, _): (calls + replicas).reduce(item) { $0 + 16 + $1.utf8.count }
        case .modelCalled, .agreementEnded, .ended: item
        }
    }
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
