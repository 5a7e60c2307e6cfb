internal import HectorCore

/// What speaks OpenAI's API there: what it follows beyond the API, and in which words.
enum Engine: String, Sendable, CaseIterable {
    case openai
    case llamaCPP = "llama.cpp"
    case vllm
    case ollama
    case hector
    /// Anything else: only what the API itself has is assumed.
    case other

    /// - Parameters:
    ///   - url: The endpoint's.
    ///   - owners: What its list of models says in `owned_by`.
    init(url: String, owners: Set<String>) {
        let known: [(String, Engine)] = [("llamacpp", .llamaCPP), ("vllm", .vllm), ("library", .ollama), ("hector", .hector)]
        self = url.hasPrefix("https://api.openai.com/") ? .openai : known.first { owners.contains($0.0) }?.1 ?? .other
    }

    /// The options that it follows, by the names of the fields of `GenerateOptions`.
    var options: Set<String> {
        // Ollama ignores these two without a word.
        let base: Set = ["temperature", "top_p", "seed", "frequency_penalty", "presence_penalty", "max_tokens", "stop", "response_format", "tool_call_deltas"]
        let calls = Engine.optionsOfTools
        let sampling: Set = ["top_k", "min_p", "repetition_penalty"]
        return switch self {
        case .openai: base.union(calls).union(["reasoning_effort"])
        case .llamaCPP: base.union(calls).union(sampling).union(["token_ids"])
        case .vllm: base.union(calls).union(sampling).union(["reasoning_effort", "token_ids"])
        case .hector: base.union(calls).union(sampling).union(["reasoning_effort"])
        case .ollama: base.union(["reasoning_effort"])
        case .other: base.union(calls)
        }
    }

    /// Those that say something of calls of tools: a model whose template has no tools follows none.
    static let optionsOfTools: Set = ["tool_choice", "single_tool_call", "tool_call_deltas"]
    /// All options that can be told to some engine.
    static let allOptions = allCases.reduce(Set<String>()) { $0.union($1.options) }

    /// Its name for the longest answer.
    var maxTokens: String { self == .openai ? "max_completion_tokens" : "max_tokens" }
    /// Its name for the penalty of what has been said.
    var repetitionPenalty: String { self == .llamaCPP ? "repeat_penalty" : "repetition_penalty" }
    /// Whether `tool_choice` may be a function. The others are offered that one alone, and must call one.
    var takesNamedTool: Bool { self == .openai || self == .vllm || self == .hector }
    /// Whether an answer can go on from a last message of the assistant.
    var continuesText: Bool { self == .llamaCPP || self == .vllm || self == .hector }
    /// Whether it counts the tokens of a conversation, beside OpenAI's API.
    var countsTokens: Bool { self == .llamaCPP || self == .vllm }
    /// Whether it answers under one name only, whatever it is asked for.
    var ignoresModel: Bool { self == .llamaCPP }
    /// Whether a model that is not in its list is not there.
    var listsAll: Bool { self == .vllm || self == .ollama || self == .hector }
    /// Whether it looks at `dimensions` of embeddings at all.
    var takesDimension: Bool { self != .llamaCPP }
}
