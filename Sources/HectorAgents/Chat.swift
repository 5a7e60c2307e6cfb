package import HectorProviders

/// What one side says in a conversation, and what it needs for the answer.
package struct Chat: Sendable {
    /// The session of an agent whose history comes first and which remembers this turn; nil for a conversation
    /// that stands complete in `messages`.
    package var session: String?
    /// What is new: usually one message of the user.
    package var messages: [Message]
    /// Tools that the caller itself offers: calls to them are handed back to the caller.
    package var tools: [ToolDefinition]
    package var options: GenerationOptions

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
}

/// The whole answer.
package struct Answer: Sendable, Equatable {
    package var text = ""
    package var toolCalls: [ToolCall] = []
    /// As the model reports it, 0 where it does not say; of an answer that was cut, the host's own count.
    package var tokensUsed = 0
    package var finishReason = Ending.stop

    package init(
        text: String = "", toolCalls: [ToolCall] = [], tokensUsed: Int = 0, finishReason: Ending = .stop
    ) {
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
