package import HectorCore
package import HectorProviders

extension Builtin {
    /// New ones, one for each of its kinds.
    package func providers() -> [any Provider] {
        switch self {
        case .openai: [OpenAIModel(), OpenAIEmbedder()]
        case .mcp: [MCPTools()]
        case .sqlite: [SQLiteDatabase()]
        case .pgvector: [PgVectorDatabase()]
        }
    }
}
