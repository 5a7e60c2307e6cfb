import HectorCore
import HectorAgents
import HectorProviders
import NIOCore

/// Writes answers in OpenAI's form: whole, or as the chunks of a stream.
///
/// What all chunks of a stream share is encoded once: of each only the text is escaped.
struct ChatCompletion: Sendable {
    private let id: String
    /// What all objects begin with, behind their `object`: id, time, model.
    private let members: [UInt8]
    /// A chunk up to its choice's delta.
    private let chunkHead: [UInt8]

    /// - Parameters:
    ///   - created: Seconds since 1970.
    ///   - inChunks: Whether the answer is written as a stream.
    init(id: String, created: Int64, model: String, inChunks: Bool) {
        self.id = id
        var members: [UInt8] = []
        members.reserveCapacity(64 + id.utf8.count + model.utf8.count)
        members += #","id":"#.utf8
        members.append(json: id)
        members += #","created":\#(created),"model":"#.utf8
        members.append(json: model)
        self.members = members
        chunkHead = !inChunks ? [] : #"{"object":"chat.completion.chunk""#.bytes + members + #","choices":[{"index":0,"delta":"#.utf8
    }

    /// The whole answer as JSON's text.
    func whole(_ answer: Answer) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(512 + answer.weight)
        text += #"{"object":"chat.completion""#.utf8
        text += members
        text += #","choices":[{"index":0,"message":{"role":"assistant","content":"#.utf8
        if answer.text.isEmpty, !answer.toolCalls.isEmpty {
            text += "null".utf8
        } else {
            text.append(json: answer.text)
        }
        text += #","refusal":null"#.utf8
        if !answer.citations.isEmpty { text += #","annotations":"#.utf8 + answer.citations.chatAnnotations.encoded() }
        if !answer.toolCalls.isEmpty {
            text += #","tool_calls":["#.utf8
            for (index, call) in answer.toolCalls.enumerated() {
                if index > 0 { text += ",".utf8 }
                text.append(call, index: nil)
            }
            text += "]".utf8
        }
        text += #"},"finish_reason":"\#(answer.finishReason.name)","logprobs":null}],"#.utf8
        text.append(usageOf: answer)
        text += "}".utf8
        return text
    }

    /// The first event: who speaks.
    var opening: ByteBuffer {
        ByteBuffer(event: chunkHead + Self.chunk(#"{"role":"assistant","content":""}"#))
    }

    /// The events for pieces of the answer.
    ///
    /// - Parameter calls: How many tool calls came before.
    func pieces(_ events: [TurnEvent], calls: Int) -> ByteBuffer {
        var (buffer, calls) = (ByteBuffer(), calls)
        var data: [UInt8] = []
        for event in events {
            data.removeAll(keepingCapacity: true)
            data += chunkHead
            switch event {
            case .text(let text):
                data += #"{"content":"#.utf8
                data.append(json: text)
                data += "}".utf8
            case .toolCall(let call):
                data += #"{"tool_calls":["#.utf8
                data.append(call, index: calls)
                data += "]}".utf8
                calls += 1
            case .toolCallPiece(let piece):
                if piece.head != nil { calls += 1 }
                data += #"{"tool_calls":["#.utf8
                data.append(piece, index: calls - 1)
                data += "]}".utf8
            }
            data += Self.tail
            buffer.writeEvent(data)
        }
        return buffer
    }

    /// The last events: what it rests on; why the answer ended; the usage, without a choice, for clients that ask for it with
    /// `stream_options.include_usage`; and the end.
    func closing(_ answer: Answer, withUsage: Bool) -> ByteBuffer {
        var buffer = ByteBuffer()
        if !answer.citations.isEmpty { buffer.writeEvent(chunkHead + #"{"annotations":"#.bytes + answer.citations.chatAnnotations.encoded() + #"}"#.utf8 + Self.tail) }
        buffer.writeEvent(chunkHead + Self.chunk("{}", finishReason: answer.finishReason.name))
        if withUsage {
            var data = #"{"object":"chat.completion.chunk""#.bytes + members + #","choices":[],"#.utf8
            data.append(usageOf: answer)
            data += "}".utf8
            buffer.writeEvent(data)
        }
        buffer.writeEvent("[DONE]".utf8)
        return buffer
    }

    private static let tail = chunk("")

    /// A chunk from its delta on.
    private static func chunk(_ delta: String, finishReason: String? = nil) -> [UInt8] {
        let reason = finishReason.map { "\"\($0)\"" } ?? "null"
        return (delta + #","finish_reason":\#(reason),"logprobs":null}]}"#).bytes
    }
}

extension Answer {
    /// About the bytes of its texts in JSON.
    var weight: Int {
        citations.reduce(0) { $0 + 256 + $1.passage.text.utf8.count } + toolCalls.reduce(text.utf8.count) { $0 + 128 + $1.id.utf8.count + $1.name.utf8.count + $1.argumentsJson.utf8.count }
    }
}

extension Ending {
    fileprivate var name: String {
        switch self {
        case .stop: "stop"
        case .length: "length"
        case .toolCalls: "tool_calls"
        case .contentFilter: "content_filter"
        }
    }
}

extension [UInt8] {
    /// - Parameter index: Its place among the calls of a stream; nil in a whole answer.
    fileprivate mutating func append(_ call: ToolCall, index: Int?) {
        self += "{".utf8
        if let index { self += "\"index\":\(index),".utf8 }
        self += "\"id\":".utf8
        append(json: call.id)
        self += #","type":"function","function":{"name":"#.utf8
        append(json: call.name)
        self += #","arguments":"#.utf8
        append(json: call.argumentsJson)
        self += "}}".utf8
    }

    /// The first piece of a call carries its id and name, the others what follows of its arguments.
    fileprivate mutating func append(_ piece: ToolCallPiece, index: Int) {
        self += "{\"index\":\(index),".utf8
        if let head = piece.head {
            self += "\"id\":".utf8
            append(json: head.id)
            self += #","type":"function","#.utf8
        }
        self += #""function":{"#.utf8
        if let head = piece.head {
            self += #""name":"#.utf8
            append(json: head.name)
            self += ",".utf8
        }
        self += #""arguments":"#.utf8
        append(json: piece.arguments)
        self += "}}".utf8
    }

    /// Plugins that report one number only report the answer's.
    fileprivate mutating func append(usageOf answer: Answer) {
        if let usage = answer.usage {
            let (prompt, completion) = (Int(usage.promptTokens), Int(usage.completionTokens))
            self += #""usage":{"prompt_tokens":\#(prompt),"completion_tokens":\#(completion),"total_tokens":\#(prompt + completion),"#.utf8
            self += #""prompt_tokens_details":{"cached_tokens":\#(usage.cachedTokens)},"#.utf8
            self += #""completion_tokens_details":{"reasoning_tokens":\#(usage.reasoningTokens)}}"#.utf8
            return
        }
        self += #""usage":{"prompt_tokens":0,"completion_tokens":\#(answer.tokensUsed),"total_tokens":\#(answer.tokensUsed)}"#.utf8
    }
}

extension String {
    fileprivate var bytes: [UInt8] { Array(utf8) }
}
