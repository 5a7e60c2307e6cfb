/// What a caller wants of an answer beside its content. The host itself holds an answer to it, whatever the model does:
/// see `AnswerCutter`.
package struct GenerationOptions: Sendable, Equatable {
    /// The answer ends before the first of these texts; empty ones count for nothing.
    package var stop: [String]
    /// The longest answer, in tokens; nil sets no limit.
    package var maxTokens: Int?
    /// Whether one answer may call several tools.
    package var parallelToolCalls: Bool

    package init(stop: [String] = [], maxTokens: Int? = nil, parallelToolCalls: Bool = true) {
        self.stop = stop
        self.maxTokens = maxTokens
        self.parallelToolCalls = parallelToolCalls
    }

    /// Whether an answer may have to be cut, and so is better asked for piece by piece: the call can then be cancelled.
    var mayCut: Bool { !stop.isEmpty || maxTokens != nil || !parallelToolCalls }
}
