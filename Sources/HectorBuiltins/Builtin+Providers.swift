package import HectorCore
package import HectorProviders

extension Builtin {
    /// New ones, one for each of its kinds.
    package func providers(timing: Timing) -> [any Provider] {
        switch self {
        case .openai: [OpenAIModel(timing: timing), OpenAIEmbedder(timing: timing)]
        case .mcp: [MCPTools(timing: timing)]
        }
    }
}
