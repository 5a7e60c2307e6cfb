package import HectorCore
package import HectorProviders

/// What one side says in a conversation, and what it needs for the answer.
package struct Chat: Sendable {
    /// The session of an agent whose history comes first and which remembers this turn; nil for a conversation
    /// that stands complete in `messages`.
    package var session: String?
    /// Whose session that is: what has the same name for another owner is another session.
    package var owner = ""
    /// What is new: usually one message of the user.
    package var messages: [Message]
    /// Tools that the caller itself offers: calls to them are handed back to the caller.
    package var tools: [ToolDefinition]
    package var options: GenerationOptions
    /// How the answer begins, where it goes on from something.
    package var beginning: GenerateFromRequest.OneOf_Beginning?
    /// Whether calls of tools are wanted piece by piece, where the model makes them so.
    package var wantsCallPieces = false
    /// Under which its run is logged, if the agent acts; nil: one is made.
    package var runID: String?
    /// Agents elsewhere that ask, and what they leave of their budget; nil where no agent asks.
    package var askedBy: Lineage?
    /// Is told what an agent does for its answer; nil: nobody follows it.
    package var watch: RunWatcher?
    /// Asks a person to agree to calls of tools; nil where the way in has no means for that.
    package var agreement: AgreementHandler?

    package init(
        session: String? = nil, messages: [Message], tools: [ToolDefinition] = [],
        options: GenerationOptions = GenerationOptions()
    ) {
        self.session = session
        self.messages = messages
        self.tools = tools
        self.options = options
    }
}

/// A piece of the answer, in the order in which the model made it.
package enum TurnEvent: Sendable, Equatable {
    case text(String)
    case toolCall(ToolCall)
    /// A piece of a call; calls come one after the other. Only where they are wanted so.
    case toolCallPiece(ToolCallPiece)
}

/// The beginning of a call, or what follows of its arguments.
package struct ToolCallPiece: Sendable, Equatable {
    /// Nil in all pieces but the first.
    package var head: Head?
    package var arguments: String

    package struct Head: Sendable, Equatable {
        package var id: String
        package var name: String

        package init(id: String, name: String) {
            self.id = id
            self.name = name
        }
    }

    package init(head: Head? = nil, arguments: String) {
        self.head = head
        self.arguments = arguments
    }
}

/// Takes the pieces of the answer that are ready, one at least; suspends while its reader is slow, and throws when the reader is gone.
package typealias TurnEventHandler = @Sendable ([TurnEvent]) async throws -> Void

/// Why an answer ended.
package enum Ending: Sendable, Equatable {
    /// The model was done, or came to a stop sequence.
    case stop
    /// It was cut where it reached the limit of its tokens.
    case length
    /// It waits for what the tools return that it calls.
    case toolCalls
    /// The model, or what guards it, refused to go on.
    case contentFilter
}

/// The whole answer.
package struct Answer: Sendable, Equatable {
    package var text = ""
    package var toolCalls: [ToolCall] = []
    /// As the model reports it, 0 where it does not say; of an answer that was cut, the host's own count.
    package var tokensUsed = 0
    package var finishReason = Ending.stop
    /// The stop sequence that ended the answer. Nil too where the plugin ended it there itself and does not say so.
    package var stoppedAt: String?
    /// As the model reports it; nil where it does not, and of an answer that was cut.
    package var usage: Usage?
    /// Hints that the model which answered does not know.
    package var ignored: Abilities = []
    /// What of its agent's documents it rests on, in the order of the text.
    package var citations: [Citation] = []
    /// What the turn used, agents that were asked included; 0 where a model was asked by itself.
    package var spent = TurnSpending()

    package init(
        text: String = "", toolCalls: [ToolCall] = [], tokensUsed: Int = 0, finishReason: Ending = .stop, stoppedAt: String? = nil
    ) {
        self.stoppedAt = stoppedAt
        self.text = text
        self.toolCalls = toolCalls
        self.tokensUsed = tokensUsed
        self.finishReason = finishReason
    }

    /// What a conversation remembers of it.
    var message: Message {
        var message = Message(role: "assistant", content: text)
        message.toolCalls = toolCalls
        return message
    }
}

extension Chat {
    /// The tools that the model is told of: what must not be called is not offered.
    var offeredTools: [ToolDefinition] {
        switch options.toolChoice {
        case .auto, .required: tools
        case .none: []
        case .named(let name): tools.filter { $0.name == name }
        }
    }

    /// What a model must be able to do to be asked.
    ///
    /// - Parameter strictly: Hints, every one of which it must follow.
    func needs(strictly hints: GenerateOptions?) -> Abilities {
        var needs: Abilities = []
        if messages.contains(where: { !$0.parts.isEmpty }) { needs.insert(.generateFromImages) }
        switch beginning {
        case .text: needs.insert(.generateFromText)
        case .tokens: needs.insert(.generateFromTokens)
        case nil: break
        }
        if let hints { needs.formUnion(hints.given) }
        return needs
    }
}

extension Answer {
    /// The tokens of another one that was made before it.
    mutating func add(_ earlier: Answer) {
        tokensUsed += earlier.tokensUsed
        ignored.formUnion(earlier.ignored)
        guard let before = earlier.usage else { return }
        var usage = usage ?? Usage()
        usage.promptTokens += before.promptTokens
        usage.completionTokens += before.completionTokens
        usage.cachedTokens += before.cachedTokens
        usage.reasoningTokens += before.reasoningTokens
        self.usage = usage
    }
}
