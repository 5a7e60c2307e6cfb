import HectorYAML

extension AgentEntry {
    /// `memory`: what it remembers of a session.
    package struct Memory: Sendable, Equatable {
        /// Tokens of a session that its model is given, roughly; nil: all that is kept.
        package var tokens: Int?
        package var summarises = false
        /// How long a session lives unused; nil: as long as is usual.
        package var keep: Duration?

        init() {}

        init(_ fields: Fields) {
            tokens = fields["tokens"]?.integer(in: ConfigurationLimits.memoryTokens)
            keep = fields["keep"]?.duration(in: ConfigurationLimits.memoryKeep)
            guard let cursor = fields["summarise"] else { return }
            summarises = cursor.bool() ?? false
            if summarises, fields["tokens"] == nil { cursor.fail("a summary is of what memory.tokens leaves out: set memory.tokens, too", about: nil) }
        }
    }

    /// `limits`: how much of the server it may take.
    package struct Allowance: Sendable, Equatable {
        /// Turns at once; nil: as many as the server lets in.
        package var calls: Int?
        /// Turns that wait for one of these.
        package var queue = 0
        /// Time of a turn.
        package var timeout: Duration?

        init() {}

        init(_ fields: Fields) {
            calls = fields["calls"]?.integer(in: ConfigurationLimits.calls)
            timeout = fields["timeout"]?.duration(in: ConfigurationLimits.turnTime)
            guard let cursor = fields["queue"] else { return }
            queue = cursor.integer(in: ConfigurationLimits.queue) ?? 0
            if fields["calls"] == nil { cursor.fail("a call waits for one of limits.calls to end: set limits.calls, too", about: nil) }
        }
    }
}
