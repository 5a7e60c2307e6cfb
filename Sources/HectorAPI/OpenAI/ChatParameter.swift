import HectorCore

/// What happens to a member of a chat request that no plugin can be told of. `docs/openai.md` says the same for people.
enum ChatParameter: Sendable {
    /// Says how the model should answer: left out, and named in the answer's header, unless its value changes nothing. A value
    /// of another kind is refused, as whoever sends it believes in something else.
    case hint(_ kinds: Set<JSONText.Kind>, changesNothing: @Sendable (JSONText) -> Bool = { _ in false })
    /// Something that the client builds on: refused by name, unless its value asks for nothing. The advice ends a sentence.
    case promise(asksForNothing: @Sendable (JSONText) -> Bool, advice: String)
    /// Of no consequence for the answer, and not looked at.
    case inert

    /// The members that are not read into a `ChatRequest`. Others than these and those are ignored.
    static let unread: [String: ChatParameter] = [
        "temperature": .hint([.number]),
        "top_p": .hint([.number]) { $0.double == 1 },
        "top_k": .hint([.number]) { $0.double == 0 || $0.double == -1 },
        "top_a": .hint([.number]) { $0.double == 0 },
        "min_p": .hint([.number]) { $0.double == 0 },
        "typical_p": .hint([.number]) { $0.double == 1 },
        "mirostat": .hint([.number]) { $0.double == 0 },
        "mirostat_tau": .hint([.number]),
        "mirostat_eta": .hint([.number]),
        "seed": .hint([.number]),
        "frequency_penalty": .hint([.number]) { $0.double == 0 },
        "presence_penalty": .hint([.number]) { $0.double == 0 },
        "repetition_penalty": .hint([.number]) { $0.double == 1 },
        "repeat_penalty": .hint([.number]) { $0.double == 1 },
        "logit_bias": .hint([.object, .array]) { $0.isEmptyContainer },
        "min_tokens": .hint([.number]) { $0.double == 0 },
        "ignore_eos": .hint([.bool]) { $0.bool == false },
        "num_ctx": .hint([.number]),
        "reasoning_effort": .hint([.string]),
        "reasoning": .hint([.object, .bool]),
        "thinking": .hint([.object, .bool]),
        "enable_thinking": .hint([.bool]),
        "chat_template_kwargs": .hint([.object]) { $0.isEmptyContainer },
        "verbosity": .hint([.string]),
        "prediction": .hint([.object]),

        "response_format": .promise(
            asksForNothing: { $0["type"]?.string == "text" },
            advice: "describe the form in a message, and check the answer"),
        "tool_choice": .promise(
            asksForNothing: { $0.string == "auto" || $0.string == "none" },
            advice: "only auto and none can be kept: say in a message which tool to use"),
        "n": .promise(asksForNothing: { $0.double == 1 }, advice: "send the request several times"),
        "logprobs": .promise(asksForNothing: { $0.bool == false }, advice: "plugins do not tell probabilities"),
        "top_logprobs": .promise(asksForNothing: { $0.double == 0 }, advice: "plugins do not tell probabilities"),
        "modalities": .promise(asksForNothing: { $0.isOnlyText }, advice: "answers are text"),
        "audio": .promise(asksForNothing: { _ in false }, advice: "answers are text"),
        "functions": .promise(asksForNothing: { $0.isEmptyContainer }, advice: "send them as tools"),
        "function_call": .promise(
            asksForNothing: { $0.string == "auto" || $0.string == "none" }, advice: "use tools and tool_choice"),
        "store": .promise(asksForNothing: { $0.bool == false }, advice: "answers are not kept"),
        "background": .promise(asksForNothing: { $0.bool == false }, advice: "answers are not kept"),
        "web_search_options": .promise(asksForNothing: { _ in false }, advice: "models do not search by themselves here"),
        "guided_json": .promise(asksForNothing: { _ in false }, advice: "answers cannot be held to a form"),
        "guided_regex": .promise(asksForNothing: { _ in false }, advice: "answers cannot be held to a form"),
        "guided_choice": .promise(asksForNothing: { _ in false }, advice: "answers cannot be held to a form"),
        "guided_grammar": .promise(asksForNothing: { _ in false }, advice: "answers cannot be held to a form"),
        "structured_outputs": .promise(asksForNothing: { _ in false }, advice: "answers cannot be held to a form"),
        "grammar": .promise(asksForNothing: { $0.string == "" }, advice: "answers cannot be held to a form"),
        "json_schema": .promise(asksForNothing: { $0.isEmptyContainer }, advice: "answers cannot be held to a form"),
        "format": .promise(asksForNothing: { $0.string == "" }, advice: "answers cannot be held to a form"),
        "stop_token_ids": .promise(asksForNothing: { $0.isEmptyContainer }, advice: "tokens have no numbers here: send texts, as stop"),
        "bad_words": .promise(asksForNothing: { $0.isEmptyContainer }, advice: "words cannot be kept from the model"),
        "continue_final_message": .promise(
            asksForNothing: { $0.bool == false }, advice: "an answer begins anew: ask in a message to go on"),

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
        MemberError("is not supported here with this value: \(advice)", .unsupportedParameter)
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
