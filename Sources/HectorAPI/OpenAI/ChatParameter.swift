import HectorCore

/// What happens to a member of a chat request that no plugin can be told of. `docs/openai.md` says the same for people.
enum ChatParameter: Sendable {
    /// Says how the model should answer: left out, and named in the answer's header, unless its value changes nothing.
    case hint(changesNothing: @Sendable (JSONText) -> Bool = { _ in false })
    /// Something that the client builds on: refused by name, unless its value asks for nothing. The advice ends a sentence.
    case promise(asksForNothing: @Sendable (JSONText) -> Bool, advice: String)
    /// Of no consequence for the answer.
    case inert

    /// The members that are not read into a `ChatRequest`. Others than these and those are ignored.
    static let unread: [String: ChatParameter] = [
        "temperature": .hint(),
        "top_p": .hint { $0.double == 1 },
        "top_k": .hint { $0.double == 0 || $0.double == -1 },
        "min_p": .hint { $0.double == 0 },
        "typical_p": .hint { $0.double == 1 },
        "seed": .hint(),
        "frequency_penalty": .hint { $0.double == 0 },
        "presence_penalty": .hint { $0.double == 0 },
        "repetition_penalty": .hint { $0.double == 1 },
        "logit_bias": .hint { $0.isEmptyContainer },
        "min_tokens": .hint { $0.double == 0 },
        "reasoning_effort": .hint(),
        "reasoning": .hint(),
        "thinking": .hint(),
        "chat_template_kwargs": .hint { $0.isEmptyContainer },
        "verbosity": .hint(),
        "prediction": .hint(),

        "response_format": .promise(
            asksForNothing: { $0["type"]?.string == "text" },
            advice: "describe the format in a message, and validate the answer"),
        "tool_choice": .promise(
            asksForNothing: { $0.string == "auto" || $0.string == "none" },
            advice: "only auto and none are supported: name the tool in a message"),
        "n": .promise(asksForNothing: { $0.double == 1 }, advice: "send the request several times"),
        "logprobs": .promise(asksForNothing: { $0.bool == false }, advice: "plugins do not report probabilities"),
        "top_logprobs": .promise(asksForNothing: { $0.double == 0 }, advice: "plugins do not report probabilities"),
        "modalities": .promise(asksForNothing: { $0.isOnlyText }, advice: "answers are text only"),
        "audio": .promise(asksForNothing: { _ in false }, advice: "answers are text only"),
        "functions": .promise(asksForNothing: { $0.isEmptyContainer }, advice: "send them as tools"),
        "function_call": .promise(
            asksForNothing: { $0.string == "auto" || $0.string == "none" }, advice: "use tools and tool_choice"),
        "store": .promise(asksForNothing: { $0.bool == false }, advice: "answers are not stored"),
        "background": .promise(asksForNothing: { $0.bool == false }, advice: "answers are not stored"),
        "web_search_options": .promise(asksForNothing: { _ in false }, advice: "models have no web search here"),
        "guided_json": .promise(asksForNothing: { _ in false }, advice: "constrained output is not supported"),
        "guided_regex": .promise(asksForNothing: { _ in false }, advice: "constrained output is not supported"),
        "guided_choice": .promise(asksForNothing: { _ in false }, advice: "constrained output is not supported"),
        "guided_grammar": .promise(asksForNothing: { _ in false }, advice: "constrained output is not supported"),
        "structured_outputs": .promise(asksForNothing: { _ in false }, advice: "constrained output is not supported"),
        "grammar": .promise(asksForNothing: { _ in false }, advice: "constrained output is not supported"),

        "user": .inert,
        "metadata": .inert,
        "service_tier": .inert,
        "safety_identifier": .inert,
        "prompt_cache_key": .inert,
        "prompt_cache_retention": .inert,
    ]

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
