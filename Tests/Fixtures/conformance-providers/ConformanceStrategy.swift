public import HectorProviders

/// Says which step it takes, and hands over which processes took those before.
public struct ConformanceStrategy: ReasoningStrategy {
    public let about = PluginDescription(name: "conformance", version: "1.2.3")
    private let process: String

    /// - Parameter process: Names this one.
    public init(process: String = "memory") { self.process = process }

    public func decide(
        _ request: DecideRequest, onEvent: @escaping @Sendable (DecideEvent) async throws -> Void
    ) async throws -> DecideEvent {
        guard let last = request.messages.last else { throw ProviderError(.invalidRequest, "there are no messages") }
        try await onEvent(.note("step \(request.step)"))
        var step: DecideEvent
        switch request.step {
        case 0: step = .callModel(tools: request.tools.map(\.name))
        case 1: step = .callTools(last.toolCalls)
        default:
            try await onEvent(.text("The answer: "))
            step = .answer(last.content)
        }
        step.state = request.state
        step.state.append(contentsOf: Array("\(process) ".utf8))
        return step
    }
}
