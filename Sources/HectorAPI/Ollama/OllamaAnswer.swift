import HectorAgents
import HectorCore
import HectorProviders
import NIOCore

/// Writes answers in Ollama's form: one object, or one for each piece, a line each.
///
/// What all pieces share is encoded once: of each only the text is escaped.
struct OllamaAnswer: Sendable {
    /// The member that holds what is said.
    enum Form: Sendable {
        /// `message`
        case chat
        /// `response`
        case generate
    }

    private let form: Form
    /// What all objects begin with: model and time.
    private let head: [UInt8]

    /// - Parameter created: In RFC 3339.
    init(_ form: Form, model: String, created: String) {
        self.form = form
        var head = Array(#"{"model":"#.utf8)
        head.append(json: model)
        head += #","created_at":"\#(created)","#.utf8
        self.head = head
    }

    /// Lines for pieces of the answer.
    ///
    /// - Throws: `APIError` for a call whose arguments are no JSON object, which this form cannot say.
    func pieces(_ events: [TurnEvent]) throws(APIError) -> ByteBuffer {
        var buffer = ByteBuffer()
        var line: [UInt8] = []
        for event in events {
            line.removeAll(keepingCapacity: true)
            line += head
            switch event {
            case .text(let text): try append(text, [], to: &line)
            case .toolCall(let call): try append("", [call], to: &line)
            // Calls are asked for whole.
            case .toolCallPiece: continue
            }
            line += #","done":false}"#.utf8
            line.append(UInt8(ascii: "\n"))
            buffer.writeBytes(line)
        }
        return buffer
    }

    /// The last line: why the answer ended, and what it took.
    func closing(_ answer: Answer, took duration: Duration) -> ByteBuffer {
        var line = head
        // Nothing is left to say, and no call that could be wrong.
        try? append("", [], to: &line)
        line.append(endOf: answer, duration)
        line.append(UInt8(ascii: "\n"))
        return ByteBuffer(bytes: line)
    }

    /// The whole answer.
    ///
    /// - Throws: As `pieces`.
    func whole(_ answer: Answer, took duration: Duration) throws(APIError) -> [UInt8] {
        var text = head
        text.reserveCapacity(512 + answer.weight)
        try append(answer.text, answer.toolCalls, to: &text)
        text.append(endOf: answer, duration)
        return text
    }

    /// The model is there: what Ollama answers to a request that asks nothing.
    func loaded(_ isUnload: Bool) -> [UInt8] {
        var text = head
        try? append("", [], to: &text)
        text += #","done":true,"done_reason":"\#(isUnload ? "unload" : "load")"}"#.utf8
        return text
    }

    private func append(_ text: String, _ calls: [ToolCall], to line: inout [UInt8]) throws(APIError) {
        guard form == .chat else {
            line += #""response":"#.utf8
            return line.append(json: text)
        }
        line += #""message":{"role":"assistant","content":"#.utf8
        line.append(json: text)
        if !calls.isEmpty {
            line += #","tool_calls":["#.utf8
            for (index, call) in calls.enumerated() {
                if index > 0 { line += ",".utf8 }
                try line.append(call)
            }
            line += "]".utf8
        }
        line += "}".utf8
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ call: ToolCall) throws(APIError) {
        let arguments = try call.argumentsObject()
        self += #"{"id":"#.utf8
        append(json: call.id)
        self += #","function":{"name":"#.utf8
        append(json: call.name)
        self += #","arguments":"#.utf8
        self += arguments.bytes
        self += "}}".utf8
    }

    /// Times in nanoseconds. All of it counts as the time of the answer: plugins do not tell how long they read.
    fileprivate mutating func append(endOf answer: Answer, _ duration: Duration) {
        let reason = answer.finishReason == .length ? "length" : "stop"
        let prompt = answer.usage.map { Int($0.promptTokens) } ?? 0
        let completion = answer.usage.map { Int($0.completionTokens) } ?? answer.tokensUsed
        let time = duration.wholeNanoseconds
        self += #","done":true,"done_reason":"\#(reason)","total_duration":\#(time),"load_duration":0,"#.utf8
        self += #""prompt_eval_count":\#(prompt),"prompt_eval_duration":0,"eval_count":\#(completion),"eval_duration":\#(time)}"#.utf8
    }
}
