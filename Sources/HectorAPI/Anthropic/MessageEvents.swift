import HTTPTypes
import HectorAgents
import HectorCore
import HectorProviders
import NIOCore

/// Writes answers in Anthropic's form: whole, or as the events of a stream.
struct MessageEvents: Sendable {
    private enum Block: Sendable {
        case text, call
    }

    private let id: String
    private let model: String
    /// The block that is open, and how many came before it.
    private var open: Block?
    private var blocks = 0

    init(id: String, model: String) {
        self.id = id
        self.model = model
    }

    /// The whole answer as JSON's text.
    func whole(_ answer: Answer) -> [UInt8] {
        var content: [JSON] = answer.text.isEmpty ? [] : [Self.text(answer)]
        content += answer.toolCalls.map {
            ["type": "tool_use", "id": .string($0.id), "name": .string($0.name), "input": .written($0.argumentsJson.isEmpty ? "{}" : $0.argumentsJson)]
        }
        return head.adding([
            "content": .array(content), "stop_reason": .string(answer.stopReason), "stop_sequence": answer.stoppedAt.map(JSON.string) ?? .null,
            "usage": Self.usage(answer),
        ]).encoded()
    }

    private static func text(_ answer: Answer) -> JSON {
        let block: JSON = ["type": "text", "text": .string(answer.text)]
        return answer.citations.isEmpty ? block : block.adding(["citations": .array(answer.citations.messageCitations)])
    }

    private var head: JSON {
        ["id": .string(id), "type": "message", "role": "assistant", "model": .string(model)]
    }

    /// The first events. What the prompt comes to is not known yet: the last event but one tells it.
    var opening: ByteBuffer {
        var buffer = ByteBuffer()
        let message = head.adding([
            "content": [], "stop_reason": .null, "stop_sequence": .null, "usage": ["input_tokens": 0, "output_tokens": 0] as JSON,
        ])
        Self.write("message_start", ["message": message], to: &buffer)
        Self.write("ping", [:], to: &buffer)
        return buffer
    }

    /// The events for pieces of the answer.
    mutating func pieces(_ events: [TurnEvent]) -> ByteBuffer {
        var buffer = ByteBuffer()
        for event in events {
            switch event {
            case .text(let text):
                if open != .text { begin(.text, ["type": "text", "text": ""], &buffer) }
                delta(["type": "text_delta", "text": .string(text)], &buffer)
            case .toolCall(let call):
                begin(call: call.id, call.name, &buffer)
                delta(["type": "input_json_delta", "partial_json": .string(call.argumentsJson)], &buffer)
                end(&buffer)
            case .toolCallPiece(let piece):
                if let head = piece.head { begin(call: head.id, head.name, &buffer) }
                if !piece.arguments.isEmpty { delta(["type": "input_json_delta", "partial_json": .string(piece.arguments)], &buffer) }
            }
        }
        return buffer
    }

    /// The last events.
    mutating func closing(_ answer: Answer) -> ByteBuffer {
        var buffer = ByteBuffer()
        if open == .text { for citation in answer.citations.messageCitations { delta(["type": "citations_delta", "citation": citation], &buffer) } }
        end(&buffer)
        let delta: JSON = ["stop_reason": .string(answer.stopReason), "stop_sequence": answer.stoppedAt.map(JSON.string) ?? .null]
        Self.write("message_delta", ["delta": delta, "usage": Self.usage(answer)], to: &buffer)
        Self.write("message_stop", [:], to: &buffer)
        return buffer
    }

    /// The event that ends a stream that failed.
    static func failure(_ error: APIError) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeEvent("error", error.anthropic.encoded())
        return buffer
    }

    private mutating func begin(call id: String, _ name: String, _ buffer: inout ByteBuffer) {
        begin(.call, ["type": "tool_use", "id": .string(id), "name": .string(name), "input": [:]], &buffer)
    }

    private mutating func begin(_ block: Block, _ content: JSON, _ buffer: inout ByteBuffer) {
        end(&buffer)
        open = block
        Self.write("content_block_start", ["index": .integer(Int64(blocks)), "content_block": content], to: &buffer)
    }

    private func delta(_ delta: JSON, _ buffer: inout ByteBuffer) {
        Self.write("content_block_delta", ["index": .integer(Int64(blocks)), "delta": delta], to: &buffer)
    }

    private mutating func end(_ buffer: inout ByteBuffer) {
        guard open != nil else { return }
        Self.write("content_block_stop", ["index": .integer(Int64(blocks))], to: &buffer)
        open = nil
        blocks += 1
    }

    private static func write(_ name: String, _ data: JSON, to buffer: inout ByteBuffer) {
        buffer.writeEvent(name, data.adding(["type": .string(name)]).encoded())
    }

    /// Anthropic counts what was read from a cache apart from the rest of the prompt.
    private static func usage(_ answer: Answer) -> JSON {
        guard let usage = answer.usage else { return ["input_tokens": 0, "output_tokens": .integer(Int64(answer.tokensUsed))] }
        return [
            "input_tokens": .integer(Int64(max(0, usage.promptTokens - usage.cachedTokens))), "output_tokens": .integer(Int64(usage.completionTokens)),
            "cache_read_input_tokens": .integer(Int64(usage.cachedTokens)), "cache_creation_input_tokens": 0,
        ]
    }
}

extension Answer {
    fileprivate var stopReason: String {
        switch finishReason {
        case .stop: stoppedAt == nil ? "end_turn" : "stop_sequence"
        case .length: "max_tokens"
        case .toolCalls: "tool_use"
        case .contentFilter: "refusal"
        }
    }
}

extension APIError {
    /// `{"type": "error", "error": {"type", "message"}}`
    var anthropic: JSON {
        let type = switch status.code {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 503: "overloaded_error"
        case 504: "timeout_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
        return ["type": "error", "error": ["type": .string(type), "message": .string(message)]]
    }
}
