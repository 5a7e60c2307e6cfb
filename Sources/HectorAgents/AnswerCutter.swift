import HectorProviders

/// Holds an answer to its `GenerationOptions`, whatever the model goes on to say.
///
/// The stop sequence that is complete first ends the answer, wherever pieces begin and end; of several that are complete
/// with the same byte, the longest. Text that may be the beginning of one is held back until that is decided. Calls of
/// tools are not searched, and do not interrupt the text before and after them.
struct AnswerCutter: Sendable {
    /// Why the answer was cut; nil while it goes on.
    private(set) var end: Ending?
    /// The stop sequence that ended the answer.
    private(set) var stoppedAt: String?
    /// What the answer comes to so far, as far as a host can count.
    private(set) var tokens = 0

    private let maxTokens: Int?
    private let parallelToolCalls: Bool
    private var toolCalls = 0
    private var stop: StopMatcher
    /// Text that may be the beginning of a stop sequence.
    private var held: [UInt8] = []

    init(_ options: GenerationOptions) {
        maxTokens = options.maxTokens
        parallelToolCalls = options.parallelToolCalls
        stop = StopMatcher(options.stop)
    }

    /// Takes the next piece of text; not to be called once the answer has ended.
    ///
    /// - Parameter reported: The tokens in the piece where its plugin says that, else 0.
    /// - Returns: The text that is now certain to belong to the answer.
    mutating func take(_ text: String, reported: Int = 0) -> String {
        let bytes = text.utf8.count
        guard bytes > 0 else { return "" }
        let left = maxTokens.map { $0 - tokens } ?? .max
        let weight = TokenMeasure.tokens(bytes: bytes, reported: reported)
        let part = weight <= left
            ? text : text.beginning(bytes: TokenMeasure.bytes(for: left, of: bytes, reported: reported))
        let (certain, read) = search(part)
        if end == .stop {
            tokens += min(left, TokenMeasure.tokens(read: read, of: bytes, reported: reported))
            return certain
        }
        tokens += min(left, weight)
        guard weight > left else { return certain }
        end = .length
        return certain + finish()
    }

    /// Takes a call of a tool. One that does not fit ends the answer: half a call is of no use.
    ///
    /// - Returns: Whether the call belongs to the answer.
    mutating func take(_ call: ToolCall) -> Bool {
        guard parallelToolCalls || toolCalls == 0 else {
            end = .toolCalls
            return false
        }
        let weight = TokenMeasure.tokens(call)
        guard weight <= maxTokens.map({ $0 - tokens }) ?? .max else {
            end = .length
            return false
        }
        tokens += weight
        toolCalls += 1
        return true
    }

    /// A call begins that comes piece by piece, where the answer's length has no limit.
    ///
    /// - Returns: Whether it belongs to the answer.
    mutating func beginCall() -> Bool {
        guard parallelToolCalls || toolCalls == 0 else {
            end = .toolCalls
            return false
        }
        toolCalls += 1
        return true
    }

    /// Such a call is complete.
    mutating func endCall(_ call: ToolCall) { tokens += TokenMeasure.tokens(call) }

    /// The answer is over, or was cut by something else than a stop sequence.
    ///
    /// - Returns: What was held back.
    mutating func finish() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }

    /// - Returns: The text that is certain now, and how much of the piece was looked at, in bytes.
    private mutating func search(_ text: String) -> (certain: String, read: Int) {
        guard !stop.isEmpty else { return (text, text.utf8.count) }
        let start = held.count
        held.append(contentsOf: text.utf8)
        if let found = stop.search(held, from: start) {
            // A sequence begins and ends where characters do, since it and the text are UTF-8.
            stoppedAt = String(decoding: held[found], as: UTF8.self)
            held.removeSubrange(found.lowerBound...)
            end = .stop
            return (finish(), found.upperBound - start)
        }
        let certain = held.count - stop.pending
        defer { held.removeFirst(certain) }
        return (String(decoding: held[..<certain], as: UTF8.self), text.utf8.count)
    }
}
