import HectorConfig
import HectorCore
import HectorYAML
import Testing

@Suite struct BuiltinEntryTests {
    private func entry(_ kind: PluginKind, _ text: String) throws -> PluginEntry {
        try #require(try host("plugins: {\(kind.section): {x: \(text)}}").plugins.entries.first)
    }

    private func problems(_ text: String, section: String = "llm_providers") -> [String] {
        hostProblems("plugins: {\(section): {x: \(text)}}").map { String($0.drop { $0 != " " }.dropFirst()) }
    }

    @Test func `The short form and the long one are the same entry`() throws {
        let short = try entry(.llm, #"{openai: {url: http://a/v1, key: "${HECTOR_TOKEN}", timeout: 90s}, replicas: 2, metered: true}"#)
        let long = try entry(
            .llm, #"{path: builtin:openai, config: {url: http://a/v1, key: "${HECTOR_TOKEN}", timeout: 90s}, replicas: 2, metered: true}"#)
        #expect(short == long)
        #expect(short.path == "/usr/bin/hector-plugins" && short.builtin == .openai)
        #expect(short.config == ["url": "http://a/v1", "key": "0123456789abcdef", "timeout": "1m30s"])
        #expect(short.replicas == 2 && short.metered == true && short.enabled)
        // Its process gets the key by its configuration, and not in its environment besides.
        #expect(short.variables == [])
    }

    @Test func `Lists and mappings reach the plugin as JSON, paths are those of the file's folder`() throws {
        let text = #"{mcp: {command: [npx, "-y", 1.0, "a \"b\""], env: {A: 1, B: "${HECTOR_TOKEN}"}, directory: work}}"#
        let tools = try entry(.tool, text)
        #expect(tools.builtin == .mcp)
        #expect(tools.config == [
            "command": #"["npx","-y","1.0","a \"b\""]"#, "env": #"{"A":"1","B":"0123456789abcdef"}"#, "directory": "/etc/hector/work",
        ])
    }

    @Test func `A node runs them as a host does`() throws {
        let text = """
            mesh: {name: home, tls: {ca: a, certificate: a, key: a}}
            plugins: {embedder_providers: {e: {openai: {url: http://a/v1, model: m}}}}

            """
        #expect(try node(text).plugins.entries.map(\.builtin) == [.openai])
    }

    @Test func `What is wrong is told where it stands`() {
        #expect(problems("{openai: {model: m}}") == [
            "plugins.llm_providers.x.openai.url: this key is required: write what the built-in plugin openai cannot do without"
        ])
        #expect(problems("{openai: {url: u, modle: m}}") == ["plugins.llm_providers.x.openai.modle: unknown key: did you mean 'model'?"])
        #expect(problems("{openai: {url: [u]}}") == ["plugins.llm_providers.x.openai.url: expected text, found a list"])
        #expect(problems("{openai: {url: u, timeout: 1}}") == [
            "plugins.llm_providers.x.openai.timeout: expected a time such as 500ms, 30s or 5m, found '1'"
        ])
        #expect(problems("{openai: {url: u}, path: x, config: {}}") == [
            "plugins.llm_providers.x.path: openai says which plugin this is and how it is set up: remove this key or that one",
            "plugins.llm_providers.x.config: openai says which plugin this is and how it is set up: remove this key or that one",
        ])
        #expect(problems("{path: builtin:openai}") == [
            "plugins.llm_providers.x.config: this key is required: write url and what else the built-in plugin openai needs"
        ])
        #expect(problems("{path: builtin:openia, config: {}}") == [
            "plugins.llm_providers.x.path: there is no built-in llm_provider 'openia': did you mean 'openai'?"
        ])
        #expect(problems("{path: builtin:openai, config: {url: u}}", section: "tool_providers") == [
            "plugins.tool_providers.x.path: openai is no tool_provider: move this entry to llm_providers or embedder_providers"
        ])
        #expect(problems("{openai: {url: u}}", section: "reasoning_strategies").count == 2)
    }

    @Test func `Without the program beside this one, the entry says what is missing`() {
        let lonely = ConfigurationSite(folder: "/etc/hector", programs: "/opt/missing", exists: { path, _ in !path.contains("missing") })
        func problems(_ entry: String) -> [String] {
            do throws(InvalidYAML) {
                _ = try HostConfiguration(
                    YAMLDocument(text: "plugins: {llm_providers: {x: \(entry)}}", file: "hector.yaml"), environment: [:], site: lonely)
                return []
            } catch {
                return error.diagnostics.map(\.description)
            }
        }
        #expect(problems("{openai: {url: u}}") == [
            "hector.yaml:1:31: plugins.llm_providers.x.openai: built-in plugins need the program '/opt/missing/hector-plugins' beside this one, which is not there: install it from the same release"
        ])
        #expect(problems("{enabled: false, openai: {url: u}}") == [])
    }
}
