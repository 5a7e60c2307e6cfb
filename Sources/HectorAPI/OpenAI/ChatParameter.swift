import HectorCore

/// What happens to a member of a chat request that no plugin can be told of. `docs/openai.md` says the same for people.
enum ChatParameter: Sendable {
    /// Says how the model should answer: left out, and named in the answer's header, unless its value changes nothing. A value
    /// of another kind is refused, because the client expects something else.
    case hint(_ kinds: Set<JSONText.Kind>, changesNothing: @Sendable (JSONText) -> Bool = { _ in false })
    /// Something that the client builds on: refused by name, unless its value asks for nothing. The advice ends a sentence.
    case promise(asksForNothing: @Sendable (JSONText) -> Bool, advice: String)
    /// Has no effect on the answer; not validated.
    case inert

    /// The members that are not read into a `ChatRequest`. Others than these and those are ignored.
    static let unread: [String: ChatParameter] = [
        "top_a": .hint([.number]) { $0.double == 0 },
        "typical_p": .hint([.number]) { $0.double == 1 },
        "mirostat": .hint([.number]) { $0.double == 0 },
        "mirostat_tau": .hint([.number]),
        "mirostat_eta": .hint([.number]),
        "logit_bias": .hint([.object, .array]) { $0.isEmptyContainer },
        "min_tokens": .hint([.number]) { $0.double == 0 },
        "ignore_eos": .hint([.bool]) { $0.bool == false },
        "num_ctx": .hint([.number]),
        "reasoning": .hint([.object, .bool]),
        "thinking": .hint([.object, .bool]),
        "enable_thinking": .hint([.bool]),
        "chat_template_kwargs": .hint([.object]) { $0.isEmptyContainer },
        "verbosity": .hint([.string]),
        "prediction": .hint([.object]),

        "n": .promise(asksForNothing: { $0.double == 1 }, advice: "send the request several times"),
        "logprobs": .promise(asksForNothing: { $0.bool == false }, advice: "plugins do not report probabilities"),
        "top_logprobs": .promise(asksForNothing: { $0.double == 0 }, advice: "plugins do not report probabilities"),
        "modalities": .promise(asksForNothing: { $0.isOnlyText }, advice: "answers are text only"),
        "audio": .promise(asksForNothing: { _ in false }, advice: "answers are text only"),
        "functions": .promise(asksForNothing: { $0.isEmptyContainer }, advice: "send them as tools"),
        "function_call": .promise(
            asksForNothing: { $0.string == "auto" || $0.string == "none" }, advice: "use tools and tool_choice"),
        "store": .promise(asksForNothing: { $0.bool == false }, advice: "chat completions are not stored; /v1/responses are"),
        "background": .promise(asksForNothing: { $0.bool == false }, advice: "wait for the answer, or read it as a stream"),
        "web_search_options": .promise(asksForNothing: { _ in false }, advice: "models have no web search here"),
        "guided_json": .promise(asksForNothing: { _ in false }, advice: "constrained output is not supported"),
        "guided_regex": .promise(asksForNothing: { _ in false }, advice: "constrained output is not supported"),
        "guided_choice": .promise(asksForNothing: { _ in false }, advice: "constrained output is not supported"),
        "guided_grammar": .promise(asksForNothing: { _ in false }, advice: "constrained output is not supported"),
        "structured_outputs": .promise(asksForNothing: { _ in false }, advice: "constrained output is not supported"),
        "grammar": .promise(asksForNothing: { $0.string == "" }, advice: "constrained output is not supported"),
        "json_schema": .promise(asksForNothing: { $0.isEmptyContainer }, advice: "constrained output is not supported"),
        "format": .promise(asksForNothing: { $0.string == "" }, advice: "constrained output is not supported"),
        "stop_token_ids": .promise(asksForNothing: { $0.isEmptyContainer }, advice: "token ids are not supported: send texts, as stop"),
        "bad_words": .promise(asksForNothing: { $0.isEmptyContainer }, advice: "words cannot be excluded from answers"),

        "user": .inert,
        "metadata": .inert,
        "service_tier": .inert,
        "safety_identifier": .inert,
        "prompt_cache_key": .inert,
        "prompt_cache_retention": .inert,
    ]

    /// Looks at a member of that name.
    ///
    /// - Returns: Whether it is a hint, which is not followed.
    static func names(_ key: String, _ value: JSONText) throws(MemberError) -> Bool {
        switch unread[key] {
        case .hint(let kinds, let changesNothing):
            guard kinds.contains(value.kind) else { throw value.wrongKind(kinds.map(\.words).sorted().joined(separator: " or ")) }
            return !changesNothing(value)
        case .promise(let asksForNothing, let advice):
            guard asksForNothing(value) else { throw refusal(advice) }
            return false
        case .inert, nil:
            return false
        }
    }

    /// A promise that was asked for.
    static func refusal(_ advice: String) -> MemberError {
        MemberError("is not supported with this value: \(advice)", .unsupportedParameter)
    }
}

extension JSONText {
    /// `{}` or `[]`
    fileprivate var isEmptyContainer: Bool {
        var isEmpty = true
        let isObject = forEachMember { _, _ in isEmpty = false }
        let isArray = forEachElement { _, _ in isEmpty = false }
        return isEmpty && (isObject || isArray)
    }

    /// `["text"]`
    fileprivate var isOnlyText: Bool {
        var isText = true
        let isArray = forEachElement { _, value in if value.string != "text" { isText = false } }
        return isText && isArray
    }
}
