import HectorPlugin
import Synchronization

/// Asks the model, calls the tools that it wants, until it answers without calling any.
final class MyStrategy: ReasoningStrategy {
    let about = PluginDescription(name: "my-plugin", version: "0.1.0", summary: "Asks the model and calls its tools until it answers")
    private let mostSteps = Mutex(20)

    func initialize(config: [String: String]) async throws {
        guard let text = config["most_steps"] else { return }
        guard let number = Int(text), number > 0 else { throw ProviderError(.invalidRequest, "most_steps must be a number above 0, not '\(text)'") }
        mostSteps.withLock { $0 = number }
    }

    /// All that is known of the turn is in the request: nothing is kept between calls.
    func decide(
        _ request: DecideRequest, onEvent: @escaping @Sendable (DecideEvent) async throws -> Void
    ) async throws -> DecideEvent {
        guard let last = request.messages.last else { throw ProviderError(.invalidRequest, "the request has no messages") }
        if last.role == "assistant", last.toolCalls.isEmpty { return .answer(last.content) }
        let isSpent = request.budget.hasSteps && request.budget.steps < 1
        if isSpent || request.step >= mostSteps.withLock({ $0 }) { return .giveUp("no steps are left") }
        guard last.role == "assistant" else { return .callModel(tools: request.tools.map(\.name)) }
        if request.budget.hasToolCalls, request.budget.toolCalls < last.toolCalls.count { return .giveUp("no calls of tools are left") }
        try await onEvent(.note("calls " + last.toolCalls.map(\.name).joined(separator: ", ")))
        return .callTools()
    }
}

try await serve(MyStrategy())
