import HectorAgents
import HectorProviders

/// Writes answers in OpenAI's form: whole, or as the chunks of a stream.
struct ChatCompletion: Sendable {
    let id: String
    /// Seconds since 1970.
    let created: Int64
    let model: String

    /// The whole answer.
    func whole(_ answer: Answer) -> JSON {
        var message: JSON = ["role": "assistant", "content": .string(answer.text), "refusal": nil]
        if !answer.toolCalls.isEmpty {
            message = message.adding([
                "content": answer.text.isEmpty ? JSON.null : .string(answer.text),
                "tool_calls": .array(answer.toolCalls.map(Self.call)),
            ])
        }
        return envelope("chat.completion", [
            "choices": [
                ["index": 0, "message": message, "finish_reason": Self.finishReason(answer), "logprobs": nil]
            ],
            "usage": Self.usage(answer),
        ])
    }

    /// The first chunk: who speaks.
    var opening: JSON {
        chunk(delta: ["role": "assistant", "content": ""])
    }

    /// - Parameter index: How many tool calls came before.
    func piece(_ event: TurnEvent, toolCallIndex index: Int) -> JSON {
        switch event {
        case .text(let text):
            chunk(delta: ["content": .string(text)])
        case .toolCall(let call):
            chunk(delta: ["tool_calls": [Self.call(call).adding(["index": .integer(Int64(index))])]])
        }
    }

    /// The last chunk with a choice: why the answer ended.
    func closing(_ answer: Answer) -> JSON {
        chunk(delta: [:], finishReason: Self.finishReason(answer))
    }

    /// The chunk without a choice that clients ask for with `stream_options.include_usage`.
    func usage(_ answer: Answer) -> JSON {
        envelope("chat.completion.chunk", ["choices": [], "usage": Self.usage(answer)])
    }

    private func chunk(delta: JSON, finishReason: JSON = nil) -> JSON {
        envelope("chat.completion.chunk", [
            "choices": [["index": 0, "delta": delta, "finish_reason": finishReason, "logprobs": nil]]
        ])
    }

    private func envelope(_ object: String, _ members: JSON) -> JSON {
        members.adding([
            "id": .string(id), "object": .string(object), "created": .integer(created), "model": .string(model),
        ])
    }

    private static func finishReason(_ answer: Answer) -> JSON {
        switch answer.finishReason {
        case .stop: "stop"
        case .length: "length"
        case .toolCalls: "tool_calls"
        }
    }

    private static func call(_ call: ToolCall) -> JSON {
        [
            "id": .string(call.id), "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(call.argumentsJson)],
        ]
    }

    /// Plugins report one number; it is counted as the answer's.
    private static func usage(_ answer: Answer) -> JSON {
        let tokens = JSON.integer(Int64(answer.tokensUsed))
        return ["prompt_tokens": 0, "completion_tokens": tokens, "total_tokens": tokens]
    }
}
