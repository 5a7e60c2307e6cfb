import HectorCore
import Testing

@testable import HectorMembership

@Suite struct ForeignPluginsTests {
    private func plugins(
        named: [String] = [], allowsAny: Bool = false, said: [PluginKey] = [], served: Set<PluginKind>? = nil,
        here: [PluginKey] = []
    ) -> ForeignPlugins {
        ForeignPlugins(node: "gpu", named: named, allowsAny: allowsAny, said: said, served: served) { name in
            Set(here.filter { $0.name == name }.map(\.kind))
        }
    }

    @Test func `Plugins are those that the certificate names, of the kind that the server serves`() {
        let found = plugins(named: ["llama", "mistral"], served: [.llm])
        #expect(found.plugins == [PluginKey(.llm, "llama"), PluginKey(.llm, "mistral")])
        #expect(found.conditions.isEmpty)
    }

    @Test func `Of several kinds it is the one that this host knows the name by`() {
        let found = plugins(named: ["llama"], served: [.llm, .embedder], here: [PluginKey(.embedder, "llama")])
        #expect(found.plugins == [PluginKey(.embedder, "llama")])
        #expect(plugins(named: ["llama"], served: [.llm, .embedder]).plugins == [PluginKey(.embedder, "llama"), PluginKey(.llm, "llama")])
    }

    @Test func `A kind that does not agree with this host's is told, and nothing is called`() {
        let found = plugins(named: ["llama"], served: [.database], here: [PluginKey(.llm, "llama")])
        #expect(found.plugins.isEmpty)
        #expect(found.conditions.map(\.text) == ["node gpu serves llama as database_provider, not used: here it is llm_provider; give one of them another name"])
        let said = plugins(named: ["llama"], said: [PluginKey(.database, "llama")], here: [PluginKey(.llm, "llama")])
        #expect(said.plugins.isEmpty && said.conditions == found.conditions)
    }

    @Test func `A certificate for any plugin counts for those that a person said`() {
        #expect(plugins(allowsAny: true, said: [PluginKey(.llm, "llama")]).plugins == [PluginKey(.llm, "llama")])
        let none = plugins(allowsAny: true, served: [.llm])
        #expect(none.plugins.isEmpty)
        #expect(none.conditions.first?.text.contains("say which it serves, in mesh.sources.static") == true)
    }

    @Test func `What the certificate does not allow is not used, whoever says it`() {
        let found = plugins(named: ["llama"], said: [PluginKey(.llm, "gpt")], served: [.llm])
        #expect(found.plugins == [PluginKey(.llm, "llama")])
        #expect(found.conditions.first?.text.contains("gpt, not used: its certificate does not allow that") == true)
    }

    @Test func `A server that says nothing of its kinds, or has none, is told`() {
        #expect(plugins(named: ["llama"]).conditions.first?.text.contains("the server has no reflection") == true)
        #expect(plugins(named: ["llama"], served: []).conditions.first?.text.contains("hector.plugin.LLMProvider") == true)
        #expect(plugins(named: ["llama"], said: [PluginKey(.llm, "llama")]).plugins == [PluginKey(.llm, "llama")])
    }
}
