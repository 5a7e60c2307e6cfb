internal import HectorCore
import HectorConfig
import HectorYAML
import Testing

@Suite struct PluginEntryTests {
    @Test func valuesReachThePluginAsTheyAreWritten() throws {
        let text = """
            plugins:
              llm_providers:
                echo:
                  path: ~/echo
                  config:
                    number: 1.50
                    hex: 0x1F
                    flag: True
                    quoted: "007"
                    empty: ''
                    key: ${HECTOR_TOKEN}
                    price: 5$$
                    block: |
                      two
                      lines

            """
        let entry = try #require(try host(text).plugins.entry(PluginKey(.llm, "echo")))
        #expect(entry.path == "/home/me/echo")
        #expect(entry.config == [
            "number": "1.50", "hex": "0x1F", "flag": "True", "quoted": "007", "empty": "", "key": "0123456789abcdef",
            "price": "5$", "block": "two\nlines\n",
        ])
        #expect(entry.replicas == 1 && entry.enabled && entry.startTimeout == nil && entry.autoMTLS == .offered)
    }

    @Test func everyKindHasItsSection() throws {
        let text = "plugins:\n" + PluginKind.allCases.map { "  \($0.section): {x: {path: x}}\n" }.joined()
        #expect(text.contains("reasoning_strategies") && text.contains("embedder_providers"))
        #expect(try host(text).plugins.entries.map(\.kind) == PluginKind.allCases)
    }

    @Test func withoutAPathItMustBeSomewhereElse() throws {
        #expect(hostProblems("plugins: {llm_providers: {echo: {}}}")
            == ["hector.yaml:1:27: plugins.llm_providers.echo.path: this key is required: write the path of the plugin's executable, because no mesh source is enabled"])
        let meshed = try host(
            "mesh: {name: home, tls: {ca: a, certificate: a, key: a}}\nplugins: {llm_providers: {echo: {}}}\n")
        #expect(meshed.plugins.entries.map(\.path) == [nil])
    }

    @Test func whatCostsMoneyMayRunElsewhere() throws {
        let mesh = "mesh: {name: home, tls: {ca: a, certificate: a, key: a}}\n"
        let entries = try host(mesh + "plugins: {llm_providers: {a: {metered: true}, b: {path: x, metered: false}, c: {path: x}}}\n").plugins.entries
        #expect(entries.map(\.metered) == [true, false, nil])
    }

    @Test func whatIsOffIsNotLookedFor() throws {
        let plugins = try host(
            "plugins: {plugin_discovery: {enabled: false, paths: [missing]}, llm_providers: {e: {enabled: false, path: missing}}}").plugins
        #expect(!plugins.discovery.enabled && !plugins.entries[0].enabled)
    }

    @Test func `What is off demands nothing, and what it lacks is told`() throws {
        let text = """
            plugins:
              plugin_discovery: {enabled: false, paths: ["${A}"]}
              llm_providers:
                off:
                  enabled: false
                  path: ${B}/x
                  replicas: ${C}
                  config: {key: "${D}"}
                  env: {set: {KEY: "${E}"}}
                elsewhere: {enabled: false, replicas: 2}
            mesh: {name: "${F}", tls: {ca: "${G}"}, sources: {avahi: false}}
            x-unread: ${H}

            """
        let configuration = try host(text)
        #expect(configuration.unused.map(\.diagnostic.path) == [
            "plugins.plugin_discovery.paths[0]", "plugins.llm_providers.off.path", "plugins.llm_providers.off.replicas",
            "plugins.llm_providers.off.config.key", "plugins.llm_providers.off.env.set.KEY", "mesh.name", "mesh.tls.ca",
        ])
        #expect(configuration.plugins.variables == ["A", "B", "C", "D", "E", "F", "G", "H"])
        #expect(hostProblems(text.replacing("enabled: false\n", with: "enabled: true\n")).count == 4)
    }

    @Test func `Folders that are not there are passed over, with one remark`() throws {
        let discovery = try host("plugins: {plugin_discovery: {paths: [a, missing-1, ~/missing-2]}}").plugins.discovery
        #expect(discovery.paths == ["/etc/hector/a"])
        #expect(discovery.warnings
            == ["hector.yaml:1:30: plugins.plugin_discovery.paths: skipped, because they do not exist: /etc/hector/missing-1, /home/me/missing-2"])
    }

    @Test func `An entry says what its plugin's environment is, and which variables are its own`() throws {
        let text = """
            server: {token: "${HECTOR_TOKEN}"}
            plugins:
              llm_providers:
                a: {path: a, config: {key: "${A_KEY:-}"}}
                b: {path: b, env: {inherit: false, set: {LEVEL: 3, EMPTY: '', KEY: "${B_KEY:-b}"}}}

            """
        let plugins = try host(text).plugins
        #expect(plugins.variables == ["HECTOR_TOKEN", "A_KEY", "B_KEY"])
        #expect(plugins.entries.map(\.variables) == [["A_KEY"], ["B_KEY"]])
        #expect(plugins.entries[0].environment.inherit && plugins.entries[0].environment.set.isEmpty)
        #expect(!plugins.entries[1].environment.inherit)
        #expect(plugins.entries[1].environment.set == ["LEVEL": "3", "EMPTY": "", "KEY": "b"])
        #expect(hostProblems("plugins: {llm_providers: {a: {path: a, env: {inherit: maybe, set: {'A=B': 1, C: , D: [1]}}}}}") == [
            "hector.yaml:1:55: plugins.llm_providers.a.env.inherit: expected true or false, found 'maybe'",
            "hector.yaml:1:75: plugins.llm_providers.a.env.set.'A=B': expected the name of a variable such as OMP_NUM_THREADS, found 'A=B'",
            "hector.yaml:1:78: plugins.llm_providers.a.env.set.C: expected a value: write '' for an empty one, or remove the key",
            "hector.yaml:1:83: plugins.llm_providers.a.env.set.D: expected text, found a list",
        ])
    }

    @Test(arguments: ["a", "a1", "echo-llm", "0", String(repeating: "a", count: 62)])
    func goodNames(name: String) {
        #expect(hostProblems("plugins: {llm_providers: {\(name): {path: x}}}").isEmpty)
    }

    @Test(arguments: ["A", "-a", "a-", "a_b", "a.b", "é", "a b", String(repeating: "a", count: 63)])
    func badNames(name: String) {
        let found = hostProblems("plugins: {llm_providers: {'\(name)': {path: x}}}")
        #expect(found.count == 1 && found[0].contains("expected 1 to 62 lower-case letters"), "\(found)")
    }
}
