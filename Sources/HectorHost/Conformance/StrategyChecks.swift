internal import HectorCore
internal import HectorProviders

extension DecideRequest {
    static func asking(_ text: String) -> DecideRequest {
        var request = DecideRequest()
        request.messages = [Message(role: "user", content: text)]
        request.tools = [Tool(name: "look_up", description: "Looks something up.", parameters: #"{"type": "object"}"#, readOnly: true)]
        (request.budget.steps, request.budget.toolCalls) = (20, 20)
        return request
    }
}

extension PluginCheck {
    private static func strategy(_ name: String, _ body: @escaping @Sendable (any ReasoningStrategy, PluginSubject) async throws -> String) -> PluginCheck {
        PluginCheck(name, .reasoning, over: \.strategy, body)
    }

    static let strategies: [PluginCheck] = [
        strategy("decide") { strategy, _ in
            try checked(await strategy.decide(.asking("What is the capital of France?")) { _ in }, .asking(""))
        },
        strategy("decide-refuses") { strategy, _ in
            try await requireRefusal("Decide without messages", .invalidRequest) { _ = try await strategy.decide(DecideRequest()) { _ in } }
        },
        strategy("decide-repeats") { strategy, subject in
            let request = DecideRequest.asking("What is the capital of France?")
            var steps = [try await strategy.decide(request) { _ in }, try await strategy.decide(request) { _ in }]
            // Another process knows nothing of the first.
            if let bench = subject.bench {
                let limit = subject.limits.call
                steps.append(try await bench.withAnother { other in try await bench.provider(of: other, limit).decide(request) { _ in } })
            }
            for step in steps.dropFirst() {
                try require(
                    step.event == steps[0].event,
                    "the same request was decided differently: \(word(steps[0])) and \(word(step)). Keep nothing between calls: hand it over in `state`")
            }
            return subject.bench == nil ? word(steps[0]) : "\(word(steps[0])), in another process too"
        },
        strategy("turn") { strategy, subject in
            var request = DecideRequest.asking("What is the capital of France?")
            for number in 0..<subject.limits.strategySteps {
                request.step = Int32(number)
                request.budget.steps = Int32(20 - number)
                let step = try await strategy.decide(request) { _ in }
                _ = try checked(step, request)
                request.state = step.state
                switch step.event {
                case .answer, .giveUp: return "ends after \(number + 1) step\(number == 0 ? "" : "s") with \(word(step))"
                case .callTools(let wanted):
                    let calls = wanted.calls.isEmpty ? request.messages.last?.toolCalls ?? [] : wanted.calls
                    for call in calls {
                        var result = Message(role: "tool", content: "Paris")
                        result.toolCallID = call.id
                        request.messages.append(result)
                    }
                default:
                    var answer = Message(role: "assistant", content: "Paris")
                    // The first answer wants a tool.
                    if number == 0, case .callModel(let model)? = step.event, model.tools.contains("look_up") {
                        answer.content = ""
                        var call = ToolCall()
                        (call.id, call.name, call.argumentsJson) = ("call-1", "look_up", "{}")
                        answer.toolCalls = [call]
                    }
                    request.messages.append(answer)
                }
            }
            throw Unfit(
                "a turn with a model that answers at once has not ended after \(subject.limits.strategySteps) steps. Decide `answer` or `give_up`")
        },
    ]

    private static func checked(_ step: DecideEvent, _ request: DecideRequest) throws -> String {
        let most = ToolLimits().stateBytes
        try require(step.state.count <= most, "the state of a step has \(step.state.count) bytes; \(most) are the most")
        switch step.event {
        case .callModel(let model):
            let unknown = model.tools.filter { name in !DecideRequest.asking("").tools.contains { $0.name == name } }
            try require(unknown.isEmpty, "it offers the model the tools \(unknown), which the request does not have")
        case .callTools(let wanted):
            let calls = wanted.calls.isEmpty ? request.messages.last?.toolCalls ?? [] : wanted.calls
            try require(!calls.isEmpty, "it decides `call_tools` without calls where the last message has none")
        default: break
        }
        return word(step)
    }

    private static func word(_ step: DecideEvent) -> String {
        switch step.event {
        case .callModel: "call_model"
        case .callTools: "call_tools"
        case .askAgent: "ask_agent"
        case .searchDocuments: "search_documents"
        case .answer: "answer"
        case .giveUp: "give_up"
        case .note, .text, nil: "no step"
        }
    }
}
