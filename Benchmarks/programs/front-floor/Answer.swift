import Hummingbird
import NIOCore

/// The bytes that Hector answers with.
enum Answer {
    private static let envelope = #""id":"chatcmpl-0123456789abcdef0123456789abcdef","created":1700000000,"model":"echo""#

    static let whole = ByteBuffer(
        string: #"{"choices":[{"index":0,"message":{"role":"assistant","content":""# + String(repeating: "abcdefghij", count: 10)
            + #"","refusal":null},"finish_reason":"stop","logprobs":null}],"#
            + #""usage":{"prompt_tokens":0,"completion_tokens":1,"total_tokens":1},"object":"chat.completion","# + envelope + "}")

    static let opening = event(#""role":"assistant","content":"""#)
    static let token = event(#""content":"token-0123456789ab""#)
    static let closing = event("", finishReason: #""stop""#)
    static let end = ByteBuffer(string: "data: [DONE]\n\n")

    /// A token that says when it was written, in nanoseconds of CLOCK_MONOTONIC.
    static func timedToken() -> ByteBuffer {
        event(#""content":"\#(NIODeadline.now().uptimeNanoseconds)""#)
    }

    private static func event(_ delta: String, finishReason: String = "null") -> ByteBuffer {
        ByteBuffer(
            string: #"data: {"choices":[{"index":0,"delta":{\#(delta)},"finish_reason":\#(finishReason),"logprobs":null}],"#
                + #""object":"chat.completion.chunk","# + envelope + "}\n\n")
    }
}

/// A stream of tokens, a write for each.
struct Stream: Sendable {
    private var count = 0
    /// Tokens a second; all at once without.
    private var rate: Double?

    /// Nil where the request wants a whole answer. Its last bytes are `COUNT@RATE"}],"stream":true}`; nothing else is read.
    init?(askedBy body: ByteBuffer) {
        let end = #""}],"stream":true}"#
        let tail = body.getString(at: body.writerIndex - min(64, body.readableBytes), length: min(64, body.readableBytes)) ?? ""
        guard tail.hasSuffix(end), let quote = tail.dropLast(end.utf8.count).lastIndex(of: "\"") else { return nil }
        let parts = tail[tail.index(after: quote)...].dropLast(end.utf8.count).split(separator: "@").compactMap { Double($0) }
        count = parts.first.map { Int($0) } ?? 0
        rate = parts.count == 2 ? parts[1] : nil
    }

    func write(to writer: inout any ResponseBodyWriter) async throws {
        try await writer.write(Answer.opening)
        let start = ContinuousClock.now
        for index in 0..<count {
            if let rate {
                try await Task.sleep(until: start + .seconds(1) / rate * Double(index), tolerance: .zero, clock: .continuous)
            }
            try await writer.write(rate == nil ? Answer.token : Answer.timedToken())
        }
        try await writer.write(Answer.closing)
        try await writer.write(Answer.end)
        try await writer.finish(nil)
    }
}
