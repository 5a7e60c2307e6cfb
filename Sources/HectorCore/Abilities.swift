/// What a replica's plugin can do beyond what every plugin of its kind can, as its capabilities say. A call may need some of it.
///
/// One word of bits: a pick among replicas compares it.
package struct Abilities: OptionSet, Sendable, Hashable {
    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// As the standard library has it for all sets, but without looking at types while it runs: a call makes nine.
    package init(arrayLiteral elements: Abilities...) { rawValue = elements.reduce(0) { $0 | $1.rawValue } }

    // Methods, and what they take.
    package static let generateFromImages = Abilities(rawValue: 1 << 0)
    package static let generateFromText = Abilities(rawValue: 1 << 1)
    package static let generateFromTokens = Abilities(rawValue: 1 << 2)
    package static let embedBatch = Abilities(rawValue: 1 << 3)
    package static let embedDimension = Abilities(rawValue: 1 << 4)
    package static let embedPurpose = Abilities(rawValue: 1 << 5)
    package static let upsertBatch = Abilities(rawValue: 1 << 6)
    package static let searchFiltered = Abilities(rawValue: 1 << 7)
    package static let count = Abilities(rawValue: 1 << 8)
    package static let countTokens = Abilities(rawValue: 1 << 9)

    // Options of a language model: hints.
    package static let temperature = Abilities(rawValue: 1 << 32)
    package static let topP = Abilities(rawValue: 1 << 33)
    package static let topK = Abilities(rawValue: 1 << 34)
    package static let minP = Abilities(rawValue: 1 << 35)
    package static let seed = Abilities(rawValue: 1 << 36)
    package static let frequencyPenalty = Abilities(rawValue: 1 << 37)
    package static let presencePenalty = Abilities(rawValue: 1 << 38)
    package static let repetitionPenalty = Abilities(rawValue: 1 << 39)
    package static let reasoningEffort = Abilities(rawValue: 1 << 40)
    // Promises.
    package static let maxTokens = Abilities(rawValue: 1 << 41)
    package static let stop = Abilities(rawValue: 1 << 42)
    package static let responseFormat = Abilities(rawValue: 1 << 43)
    package static let toolChoice = Abilities(rawValue: 1 << 44)
    package static let singleToolCall = Abilities(rawValue: 1 << 45)
    // What an answer carries beside its content.
    package static let toolCallDeltas = Abilities(rawValue: 1 << 46)
    package static let tokenIDs = Abilities(rawValue: 1 << 47)

    /// All of those.
    package static let all = Abilities(entries.map(\.ability))

    /// The capability that declares it, the word within it, and what it is called where it is missing.
    private struct Entry {
        let ability: Abilities
        let capability: String
        /// Nil where the capability itself says it, as `true`.
        let word: String?
        let name: String
    }

    private static let entries: [Entry] = [
        Entry(ability: .generateFromImages, capability: "generate_from", word: "images", name: "images"),
        Entry(ability: .generateFromText, capability: "generate_from", word: "text", name: "the continuation of a text"),
        Entry(ability: .generateFromTokens, capability: "generate_from", word: "tokens", name: "the continuation of tokens"),
        Entry(ability: .embedBatch, capability: "embed_batch", word: nil, name: "batches of texts"),
        Entry(ability: .embedDimension, capability: "embed_batch", word: "dimension", name: "the dimension of vectors"),
        Entry(ability: .embedPurpose, capability: "embed_batch", word: "purpose", name: "the purpose of a text"),
        Entry(ability: .upsertBatch, capability: "upsert_batch", word: nil, name: "batches of records"),
        Entry(ability: .searchFiltered, capability: "search_filtered", word: nil, name: "filters"),
        Entry(ability: .count, capability: "count", word: nil, name: "counting"),
        Entry(ability: .countTokens, capability: "count_tokens", word: nil, name: "counting tokens"),
    ] + [
        (Abilities.temperature, "temperature"), (.topP, "top_p"), (.topK, "top_k"), (.minP, "min_p"), (.seed, "seed"),
        (.frequencyPenalty, "frequency_penalty"), (.presencePenalty, "presence_penalty"), (.repetitionPenalty, "repetition_penalty"),
        (.reasoningEffort, "reasoning_effort"), (.maxTokens, "max_tokens"), (.stop, "stop"), (.responseFormat, "response_format"),
        (.toolChoice, "tool_choice"), (.singleToolCall, "single_tool_call"), (.toolCallDeltas, "tool_call_deltas"), (.tokenIDs, "token_ids"),
    ].map { Entry(ability: $0.0, capability: "options", word: $0.1, name: $0.1) }

    /// Reads a plugin's capabilities. Words that nobody knows are ignored: the plugin may be newer than this program.
    package init(capabilities: [String: String]) {
        var abilities: Abilities = []
        for (capability, value) in capabilities {
            // A capability that switches nothing on.
            guard !value.isEmpty, value != "false" else { continue }
            var words: Set<Substring>?
            for entry in Self.entries where entry.capability == capability {
                guard let word = entry.word else {
                    abilities.insert(entry.ability)
                    continue
                }
                let given = words ?? Self.words(value)
                words = given
                if given.contains(Substring(word)) { abilities.insert(entry.ability) }
            }
        }
        self = abilities
    }

    /// Separated by commas, with or without spaces.
    private static func words(_ value: String) -> Set<Substring> {
        Set(value.split { $0 == "," || $0 == " " })
    }

    /// What is in it, as people call it, in the order above.
    package var names: [String] { isEmpty ? [] : Self.entries.filter { contains($0.ability) }.map(\.name) }

    /// What is in it, for programs: an option by its name, all else by its capability, with the word within it behind a dot.
    package var keys: [String] {
        Self.entries.filter { contains($0.ability) }.map { entry in
            entry.capability == "options" ? entry.word ?? "" : ([entry.capability] + (entry.word.map { [$0] } ?? [])).joined(separator: ".")
        }
    }

    /// Each by itself.
    package var each: [Abilities] { Self.entries.map(\.ability).filter(contains) }

    /// The capabilities that have to do with it: what a node tells first.
    package static let capabilities = Set(entries.map(\.capability))
}
