import HectorProviders

/// How many tokens a piece of an answer counts for. Only the model knows its tokens; this is what a host can know of them.
///
/// Models stream token by token, so a short piece is one token. A longer piece was put together from several: it is one
/// token, and one more for each four bytes, begun or whole, beyond the sixteen that one token may have.
enum TokenMeasure {
    private static let longestToken = 16
    private static let bytesEach = 4

    /// - Parameter reported: What the plugin says that the piece holds. More tokens than bytes cannot be: some plugins
    ///   send what they have counted so far.
    static func tokens(bytes: Int, reported: Int) -> Int {
        isBelievable(reported, bytes: bytes) ? reported : estimate(bytes)
    }

    /// What the beginning of a piece counts for, down to which the piece was read.
    static func tokens(read: Int, of bytes: Int, reported: Int) -> Int {
        isBelievable(reported, bytes: bytes) ? (reported * read + bytes - 1) / bytes : estimate(read)
    }

    /// The length of the beginning of a piece, in bytes, that counts for no more than that many tokens.
    ///
    /// - Parameter tokens: Fewer than the piece has.
    static func bytes(for tokens: Int, of bytes: Int, reported: Int) -> Int {
        guard tokens > 0 else { return 0 }
        return isBelievable(reported, bytes: bytes) ? bytes * tokens / reported : longestToken + (tokens - 1) * bytesEach
    }

    static func tokens(_ call: ToolCall) -> Int {
        estimate(call.name.utf8.count + call.argumentsJson.utf8.count)
    }

    /// What a whole answer counts for at least, whatever its model says.
    static func atLeast(_ answer: Answer) -> Int {
        let calls = answer.toolCalls.reduce(0) { $0 + $1.name.utf8.count + $1.argumentsJson.utf8.count }
        return (answer.text.utf8.count + calls) / longestToken
    }

    private static func estimate(_ bytes: Int) -> Int {
        1 + (max(0, bytes - longestToken) + bytesEach - 1) / bytesEach
    }

    private static func isBelievable(_ reported: Int, bytes: Int) -> Bool {
        reported > 0 && reported <= bytes
    }
}
