import FoundationEssentials
import HectorPlugin

/// Answers a question of numbers with a model that cannot call tools: it looks the question up, has the model write down the calculation, has a tool
/// work it out, and has the model say the result.
///
/// What was done last is the state that the host hands back: any replica takes the next step.
struct Sums: ReasoningStrategy {
    let about = PluginDescription(name: "sums", version: "0.1.0", author: "The Hector authors", summary: "Answers questions of numbers, with models that cannot call tools")

    func decide(
        _ request: DecideRequest, onEvent: @escaping @Sendable (DecideEvent) async throws -> Void
    ) async throws -> DecideEvent {
        guard let last = request.messages.last, let question = request.messages.last(where: { $0.role == "user" })?.content else {
            throw ProviderError(.invalidRequest, "the request has no question")
        }
        if request.budget.hasSteps, request.budget.steps < 1 { return .giveUp("no steps are left") }
        let passage = Self.passage(in: request.messages)
        switch Done(rawValue: String(decoding: request.state, as: UTF8.self)) ?? .nothing {
        case .nothing where !request.documentStores.isEmpty:
            var step = DecideEvent()
            step.searchDocuments.query = question
            step.searchDocuments.topK = 1
            return step.after(.lookedUp)
        case .nothing, .lookedUp:
            return Self.ask(
                "Write down the calculation that answers the question. Write only numbers and one of + - * /.",
                [("A box holds 6 eggs. How many eggs are in 7 boxes?", "6 * 7"), ("A loaf bakes for 50 minutes. I bake 2 loaves, one after the other. How long does it take?", "50 * 2")],
                "\(passage) \(question)", tokens: 24, isAnswer: false
            ).after(.written)
        case .written:
            guard let expression = last.content.firstMatch(of: #/\d+(?:\.\d+)?\s*[-+*\/]\s*\d+(?:\.\d+)?/#)?.output else {
                try await onEvent(.note("the model wrote down no calculation, and answers by itself"))
                return .callModel(isAnswer: true).after(.said)
            }
            guard let tool = request.tools.first(where: { $0.name.hasSuffix("calculate") }) else { return .giveUp("it needs a tool named calculate") }
            var call = ToolCall()
            call.name = tool.name
            call.argumentsJson = #"{"expression": "\#(expression)"}"#
            return .callTools([call]).after(.calculated)
        case .calculated:
            let result = last.content.hasSuffix(".0") ? String(last.content.dropLast(2)) : last.content
            return Self.ask(
                "Say the result in one short sentence.",
                [("How many eggs are in 7 boxes? Result: 42", "There are 42 eggs in 7 boxes."), ("How many minutes do I bake 2 loaves? Result: 100", "Baking 2 loaves takes 100 minutes.")],
                "\(question) Result: \(result)", tokens: 60, isAnswer: true
            ).after(.said)
        case .said:
            // The text of the answer has been handed on. It stands on the first passage.
            return .answer(passage.isEmpty ? "" : " [1]")
        }
    }

    /// A question to the model, with examples of what is wanted.
    private static func ask(_ order: String, _ examples: [(String, String)], _ question: String, tokens: Int32, isAnswer: Bool) -> DecideEvent {
        var step = DecideEvent.callModel(isAnswer: isAnswer)
        step.callModel.messages =
            [Message(role: "system", content: order)]
            + examples.flatMap { [Message(role: "user", content: $0), Message(role: "assistant", content: $1)] }
            + [Message(role: "user", content: question)]
        step.callModel.options.temperature = 0
        step.callModel.options.maxTokens = tokens
        return step
    }

    /// The text that was found: the quoted lines of the search's result.
    private static func passage(in messages: [Message]) -> String {
        let turn = messages.suffix(from: (messages.lastIndex { $0.role == "user" } ?? -1) + 1)
        guard let found = turn.first(where: { $0.role == "tool" })?.content else { return "" }
        return found.split(separator: "\n").filter { $0.hasPrefix("> ") }.map { $0.dropFirst(2) }.joined(separator: " ")
    }
}

/// What was done last.
private enum Done: String {
    case nothing = "", lookedUp, written, calculated, said
}

extension DecideEvent {
    /// The same, with what is done once it is.
    fileprivate func after(_ done: Done) -> DecideEvent {
        var step = self
        step.state = Data(done.rawValue.utf8)
        return step
    }
}

try await serve(Sums())
