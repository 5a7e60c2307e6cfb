package import HectorCore
package import HectorProviders

/// What a caller wants of an answer beside its content: hints for the model, and promises. The host itself holds an answer to the
/// promises, whatever the model does: see `AnswerCutter` and `AnswerCheck`.
package struct GenerationOptions: Sendable, Equatable {
    /// The answer ends before the first of these texts; empty ones count for nothing.
    package var stop: [String]
    /// The longest answer, in tokens; nil sets no limit.
    package var maxTokens: Int?
    /// Whether one answer may call several tools.
    package var parallelToolCalls: Bool
    package var format = AnswerFormat.text
    package var toolChoice = ToolUse.auto
    /// Temperature, seed and their like: only the hints of the message are set. Nil: none.
    package var hints: GenerateOptions?

    package init(stop: [String] = [], maxTokens: Int? = nil, parallelToolCalls: Bool = true) {
        self.stop = stop
        self.maxTokens = maxTokens
        self.parallelToolCalls = parallelToolCalls
    }

    /// Whether an answer may have to be cut, and so is better asked for piece by piece: the call can then be cancelled.
    var mayCut: Bool { !stop.isEmpty || maxTokens != nil || !parallelToolCalls }

    /// Whether only a whole answer shows that it is as it was asked for.
    var isChecked: Bool { format != .text || toolChoice.mustCall }

    /// Bytes of memory that a schema takes which was read from them, with its text.
    var weight: Int { if case .schema(let schema) = format { schema.text.utf8.count + schema.schema.weight } else { 0 } }

    /// As a plugin is told; nil where there is nothing to tell.
    var message: GenerateOptions? {
        guard hints != nil || mayCut || isChecked || toolChoice != .auto else { return nil }
        var message = hints ?? GenerateOptions()
        if let maxTokens { message.maxTokens = Int32(clamping: maxTokens) }
        if !stop.isEmpty { message.stop = stop }
        if !parallelToolCalls { message.singleToolCall = true }
        switch format {
        case .text: break
        case .json: message.responseFormat.kind = .jsonObject
        case .schema(let schema):
            message.responseFormat.kind = .jsonSchema
            message.responseFormat.schemaJson = schema.text
            message.responseFormat.name = schema.name
        }
        switch toolChoice {
        case .auto: break
        case .none: message.toolChoice.mode = .none
        case .required: message.toolChoice.mode = .required
        case .named(let name):
            message.toolChoice.mode = .named
            message.toolChoice.name = name
        }
        return message
    }

    /// For an answer that ends a turn in which tools were called.
    var withoutToolChoice: GenerationOptions {
        var options = self
        options.toolChoice = .auto
        return options
    }

    /// These options, and of the defaults what they leave open.
    func over(_ defaults: GenerationOptions) -> GenerationOptions {
        var options = self
        if options.stop.isEmpty { options.stop = defaults.stop }
        options.maxTokens = options.maxTokens ?? defaults.maxTokens
        if options.format == .text { options.format = defaults.format }
        if let hints = defaults.hints { options.hints = options.hints?.over(hints) ?? hints }
        return options
    }
}

/// The form of an answer's text.
package enum AnswerFormat: Sendable, Equatable {
    case text
    /// One JSON object.
    case json
    /// Few answers have one: options are copied often, and are small without.
    indirect case schema(AnswerSchema)
}

/// A JSON Schema that an answer must match.
package struct AnswerSchema: Sendable, Equatable {
    /// As it was written.
    package let text: String
    /// For the model; may be empty.
    package let name: String
    let schema: JSONSchema

    package init(_ text: JSONText, name: String) throws(JSONSchema.Failure) {
        schema = try JSONSchema(ofAnswers: text)
        self.text = text.text
        self.name = name
    }

    package static func == (a: AnswerSchema, b: AnswerSchema) -> Bool { a.text == b.text && a.name == b.name }
}

/// Whether an answer may, must or must not call tools.
package enum ToolUse: Sendable, Equatable {
    case auto
    case none
    /// At least one call.
    case required
    /// Calls of that tool only, at least one.
    case named(String)

    var mustCall: Bool {
        switch self {
        case .auto, .none: false
        case .required, .named: true
        }
    }
}

extension GenerateOptions {
    /// The hints that are set, as abilities of a plugin that knows them; without those whose value changes nothing.
    package var given: Abilities {
        var given: Abilities = []
        if hasTemperature { given.insert(.temperature) }
        if hasTopP, topP != 1 { given.insert(.topP) }
        if hasTopK, topK > 0 { given.insert(.topK) }
        if hasMinP, minP != 0 { given.insert(.minP) }
        if hasSeed { given.insert(.seed) }
        if hasFrequencyPenalty, frequencyPenalty != 0 { given.insert(.frequencyPenalty) }
        if hasPresencePenalty, presencePenalty != 0 { given.insert(.presencePenalty) }
        if hasRepetitionPenalty, repetitionPenalty != 1 { given.insert(.repetitionPenalty) }
        if hasReasoningEffort { given.insert(.reasoningEffort) }
        return given
    }

    /// These hints, and of the others those that are not set here.
    func over(_ others: GenerateOptions) -> GenerateOptions {
        var hints = others
        if hasTemperature { hints.temperature = temperature }
        if hasTopP { hints.topP = topP }
        if hasTopK { hints.topK = topK }
        if hasMinP { hints.minP = minP }
        if hasSeed { hints.seed = seed }
        if hasFrequencyPenalty { hints.frequencyPenalty = frequencyPenalty }
        if hasPresencePenalty { hints.presencePenalty = presencePenalty }
        if hasRepetitionPenalty { hints.repetitionPenalty = repetitionPenalty }
        if hasReasoningEffort { hints.reasoningEffort = reasoningEffort }
        return hints
    }
}
