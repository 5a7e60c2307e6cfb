internal import HectorCore
import HectorYAML

/// How an agent's model should answer: `agents.ID.options`. Nil: as the model's own.
package struct AgentOptions: Sendable, Equatable {
    /// The words of `reasoning_effort`.
    package enum Effort: String, Sendable, CaseIterable {
        case none, minimal, low, medium, high, xhigh
    }

    package var temperature: Double?
    package var topP: Double?
    package var topK: Int?
    package var minP: Double?
    package var seed: Int?
    package var frequencyPenalty: Double?
    package var presencePenalty: Double?
    package var repetitionPenalty: Double?
    package var reasoningEffort: Effort?
    /// The longest answer, in tokens.
    package var maxTokens: Int?
    /// The answer ends before the first of these texts.
    package var stop: [String] = []

    package init() {}

    init(_ fields: Fields) {
        temperature = fields["temperature"]?.number(in: 0...100)
        topP = fields["top_p"]?.number(in: 0...1)
        topK = fields["top_k"]?.integer(in: 0...1_000_000)
        minP = fields["min_p"]?.number(in: 0...1)
        seed = fields["seed"]?.integer(in: Int.min...Int.max)
        frequencyPenalty = fields["frequency_penalty"]?.number(in: -100...100)
        presencePenalty = fields["presence_penalty"]?.number(in: -100...100)
        repetitionPenalty = fields["repetition_penalty"]?.number(in: 0...100)
        reasoningEffort = fields["reasoning_effort"]?.word()
        maxTokens = fields["max_tokens"]?.integer(in: 1...Int(Int32.max))
        guard let texts = fields["stop"]?.list() else { return }
        for text in texts {
            guard stop.count < ConfigurationLimits.stops else {
                text.fail("more than \(ConfigurationLimits.stops) texts: remove some")
                break
            }
            guard let sequence = text.string() else { continue }
            guard (1...ConfigurationLimits.stopBytes).contains(sequence.utf8.count) else {
                text.fail("expected a text of 1 to \(ConfigurationLimits.stopBytes) bytes")
                continue
            }
            stop.append(sequence)
        }
    }
}
