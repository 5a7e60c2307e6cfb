import HectorBuiltins
import HectorCore
import HectorProgram
import HectorProviders
import Testing

@Suite struct BuiltinTests {
    @Test(arguments: Builtin.allCases)
    func `Each has a provider of each of its kinds`(_ builtin: Builtin) {
        let providers = builtin.providers(timing: .system())
        let kinds = PluginKind.allCases.filter { kind in
            providers.contains { provider in
                switch kind {
                case .llm: provider is any LLMProvider
                case .database: provider is any DatabaseProvider
                case .embedder: provider is any EmbedderProvider
                case .tool: provider is any ToolProvider
                case .reasoning: provider is any ReasoningStrategy
                }
            }
        }
        #expect(Set(kinds) == Set(builtin.description.kinds) && providers.count == kinds.count)
        #expect(providers.allSatisfy { $0.about.name == builtin.rawValue })
        #expect(Set(builtin.description.settings.map(\.name)).count == builtin.description.settings.count)
    }
}
