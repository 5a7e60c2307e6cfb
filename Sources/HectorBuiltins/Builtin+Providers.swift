package import HectorCore
package import HectorProviders

extension Builtin {
    /// Whether its providers have one life, one load and one set of offers.
    package var isOneProcess: Bool { self == .adopt }

    /// New ones, one for each of its kinds.
    package func providers(timing: Timing) -> [any Provider] {
        switch self {
        case .openai: [OpenAIModel(timing: timing), OpenAIEmbedder(timing: timing)]
        case .mcp: [MCPTools(timing: timing)]
        case .a2a: [A2AAgent(timing: timing)]
        case .sqlite: [SQLiteDatabase()]
        case .pgvector: [PgVectorDatabase()]
        case .adopt:
            [AdoptedEngine(timing: timing)].flatMap { [AdoptedModels(engine: $0), AdoptedEmbedders(engine: $0)] as [any Provider] }
        }
    }
}
