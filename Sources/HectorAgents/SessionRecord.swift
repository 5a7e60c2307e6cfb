import HectorCore
package import HectorProviders

/// A session as it is kept.
package struct SessionRecord: Sendable, Equatable {
    /// What the first turns of a session came to.
    package struct Summary: Sendable, Equatable {
        package var text: String
        /// How many turns it is of, counted from the session's beginning.
        package var turns: Int

        package init(text: String, turns: Int) {
            self.text = text
            self.turns = turns
        }
    }

    package let key: SessionKey
    /// Whole turns, the oldest first.
    package var turns: [[Message]] = []
    /// How many came before them and were forgotten.
    package var forgotten = 0
    package var summary: Summary?
    /// Seconds since 1970.
    package var began: Int64
    package var used: Int64
    /// How long it lives unused; nil: as the limits say.
    package var keep: Duration?

    package init(key: SessionKey, began: Int64, used: Int64) {
        self.key = key
        self.began = began
        self.used = used
    }
}

extension SessionRecord {
    /// What a model is given of a session: as much of its end as the budget holds, in whole turns, and what came before in summary.
    struct Part: Equatable {
        var summary: String?
        var messages: [Message]
    }

    /// - Parameter tokens: The budget; nil: all of it.
    func part(tokens: Int?, limits: AgentLimits) -> Part {
        guard let tokens else { return Part(messages: turns.flatMap { $0 }) }
        var room = tokens
        var first = turns.count
        if let summary { room -= TokenMeasure.tokens(bytes: summary.text.utf8.count) }
        let covered = covered
        while first > covered {
            room -= turns[first - 1].reduce(0) { $0 + TokenMeasure.tokens($1, image: limits.imageTokens) }
            guard room >= 0 else { break }
            first -= 1
        }
        return Part(summary: summary?.text, messages: turns[first...].flatMap { $0 })
    }

    /// The turns that a new summary should cover: those that the budget does not hold, and so many more that half of it is free again. Nil
    /// where it holds all.
    func overflow(tokens: Int, limits: AgentLimits) -> (earlier: String?, turns: [[Message]], through: Int)? {
        let costs = turns.map { $0.reduce(0) { $0 + TokenMeasure.tokens($1, image: limits.imageTokens) } }
        let covered = covered
        var rest = costs[covered...].reduce(0, +)
        guard rest + (summary.map { TokenMeasure.tokens(bytes: $0.text.utf8.count) } ?? 0) > tokens else { return nil }
        var end = covered
        // The last turn stays as it is.
        while end < turns.count - 1, rest > tokens / 2 {
            rest -= costs[end]
            end += 1
        }
        return end == covered ? nil : (summary?.text, Array(turns[covered..<end]), forgotten + end)
    }

    /// How many of `turns` the summary is of.
    private var covered: Int { summary.map { min(turns.count, max(0, $0.turns - forgotten)) } ?? 0 }
}

extension TokenMeasure {
    static func tokens(bytes: Int) -> Int { tokens(bytes: bytes, reported: 0) }

    /// What a message counts for in a conversation, roughly.
    ///
    /// - Parameter image: Each of its images.
    static func tokens(_ message: Message, image: Int) -> Int {
        var (bytes, images) = (message.content.utf8.count, 0)
        for part in message.parts {
            switch part.part {
            case .text(let text): bytes += text.utf8.count
            case .image: images += 1
            case nil: break
            }
        }
        for call in message.toolCalls { bytes += call.name.utf8.count + call.argumentsJson.utf8.count }
        // Four bytes a token, and four tokens for who says it.
        return 4 + (bytes + 3) / 4 + images * image
    }
}
