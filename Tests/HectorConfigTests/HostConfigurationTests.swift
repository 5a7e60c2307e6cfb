import Foundation
import HectorConfig
import HectorYAML
import Testing

@Suite struct HostConfigurationTests {
    @Test func anEmptyMappingServesOnLoopbackAlone() throws {
        let configuration = try host("{}")
        #expect(configuration.server.listen == HostPort(host: "127.0.0.1", port: 8080))
        #expect(configuration.server.token == nil)
        #expect(configuration.mesh.name == "local")
        #expect(!configuration.mesh.hasRemoteSources)
        #expect(configuration.plugins == .none)
        #expect(configuration.agents.isEmpty && configuration.defaultAgent == nil)
    }

    @Test(arguments: [
        ("", "hector.yaml:1:1: expected a mapping of 'key: value' lines, found nothing"),
        ("- a", "hector.yaml:1:1: expected a mapping of 'key: value' lines, found a list"),
    ])
    func aFileIsAMapping(text: String, expected: String) {
        #expect(hostProblems(text) == [expected])
    }

    @Test func everythingIsToldAtOnce() {
        let text = """
            server: {listen: 0.0.0.0:8080}
            mesh:
              name: My Home
              tls: {ca: missing-ca.pem, certificate: c.pem}
              sources: {static: [gpu-1, "[::1]:0", a:1, a:1]}
              call_timeout: 5
            plugins:
              plugin_discovery: {paths: [missing], scan_subdirectory: true}
              llm_provider: {}
              llm_providers:
                Echo_LLM: {path: missing}
                echo: {type: http, path: echo, replicas: 65, auto_mtls: maybe, config: {a: [1], b: }}
                remote: {config: {a: 1}}
            default_agent: helpr
            agents:
              "bad id": {llm: echo}
              helper:
                lmm: echo
                visibility: hidden
                reasoning: {max_iterations: 0}
                tools: files
              helper: {llm: echo}

            """
        #expect(hostProblems(text) == [
            "hector.yaml:1:18: server.listen: 0.0.0.0:8080 can be reached from other machines: set server.token, or listen on 127.0.0.1:8080",
            "hector.yaml:3:9: mesh.name: expected 1 to 62 lower-case letters, digits and inner hyphens, found 'My Home': write 'my-home'",
            "hector.yaml:4:3: mesh.tls.key: this key is required: write the path of this member's private key",
            "hector.yaml:4:13: mesh.tls.ca: there is no file /etc/hector/missing-ca.pem: correct the path",
            "hector.yaml:5:22: mesh.sources.static[0]: expected HOST:PORT such as gpu-1.example.org:7443, found 'gpu-1'",
            "hector.yaml:5:29: mesh.sources.static[1]: expected HOST:PORT such as gpu-1.example.org:7443, found '[::1]:0'",
            "hector.yaml:5:45: mesh.sources.static[3]: a:1 is given twice: remove one",
            "hector.yaml:6:17: mesh.call_timeout: expected a time such as 500ms, 30s or 5m, found '5'",
            "hector.yaml:8:30: plugins.plugin_discovery.paths[0]: there is no folder /etc/hector/missing: correct the path",
            "hector.yaml:8:40: plugins.plugin_discovery.scan_subdirectory: unknown key: did you mean 'scan_subdirectories'?",
            "hector.yaml:9:3: plugins.llm_provider: unknown key: did you mean 'llm_providers'?",
            "hector.yaml:11:5: plugins.llm_providers.Echo_LLM: expected 1 to 62 lower-case letters, digits and inner hyphens, found 'Echo_LLM': write 'echo-llm'",
            "hector.yaml:11:22: plugins.llm_providers.Echo_LLM.path: there is no file /etc/hector/missing: correct the path",
            "hector.yaml:12:18: plugins.llm_providers.echo.type: expected grpc, found 'http'",
            "hector.yaml:12:46: plugins.llm_providers.echo.replicas: expected a whole number from 1 to 64, found '65'",
            "hector.yaml:12:61: plugins.llm_providers.echo.auto_mtls: expected one of off, offered, required, found 'maybe'",
            "hector.yaml:12:77: plugins.llm_providers.echo.config.a: expected a single value: a plugin receives text, not lists or mappings",
            "hector.yaml:12:85: plugins.llm_providers.echo.config.b: expected a value: write '' for an empty one, or remove the key",
            "hector.yaml:13:14: plugins.llm_providers.remote.config: this needs 'path': without it the plugin runs on other machines only, which have configurations of their own",
            "hector.yaml:14:16: default_agent: expected the id of an agent below 'agents', found 'helpr': did you mean 'helper'?",
            "hector.yaml:16:3: agents.'bad id': expected an id of 1 to 64 letters, digits, '-' and '_', found 'bad id'",
            "hector.yaml:17:3: agents.helper.llm: this key is required: write the name of an LLM plugin",
            "hector.yaml:18:5: agents.helper.lmm: unknown key: did you mean 'llm'?",
            "hector.yaml:19:17: agents.helper.visibility: expected one of public, internal, private, found 'hidden'",
            "hector.yaml:20:33: agents.helper.reasoning.max_iterations: expected a whole number from 1 to 1000, found '0'",
            "hector.yaml:21:12: agents.helper.tools: expected a list, found 'files'",
            "hector.yaml:22:3: agents.helper: this key is given twice, first at line 17: remove one",
        ])
    }

    @Test(arguments: ["127.0.0.1:80", "127.9.9.9:0", "localhost:80", "'[::1]:80'"])
    func loopbackNeedsNoToken(listen: String) {
        #expect(hostProblems("server: {listen: \(listen)}").isEmpty)
    }

    @Test(arguments: ["0.0.0.0:80", "192.168.1.1:80", "'[::]:80'", "'[::ffff:127.0.0.1]:80'", "localhost.example.org:80"])
    func elsewhereNeedsAToken(listen: String) {
        let without = hostProblems("server: {listen: \(listen)}")
        #expect(without.count == 1 && without[0].contains("server.listen") && without[0].contains("set server.token"))
        #expect(hostProblems("server: {listen: \(listen), token: '${NONE:-}'}").count == 1)
        #expect(hostProblems("server: {listen: \(listen), token: '${HECTOR_TOKEN}'}").isEmpty)
    }

    @Test func aWeakTokenIsRefusedAndNeverShown() {
        for token in ["hunter2", "with a space in it 1", "umlaut-ümlaut-umlaut"] {
            let found = hostProblems("server: {listen: 0.0.0.0:80, token: \(token)}")
            #expect(found == ["hector.yaml:1:37: server.token: expected 16 to 512 visible ASCII characters without spaces: 'openssl rand -hex 32' makes a good token"])
        }
        #expect(hostProblems("server: {listen: 0.0.0.0:80, token: '${NONE}'}")
            == ["hector.yaml:1:37: server.token: the environment variable NONE is not set: set it, or write ${NONE:-default}"])
    }

    @Test func remoteSourcesNeedAnIdentity() {
        let expected = "mesh.tls: this key is required: write ca, certificate and key, the paths of three PEM files"
        #expect(hostProblems("mesh: {name: home}") == ["hector.yaml:1:1: \(expected)"])
        #expect(hostProblems("mesh: {name: home, sources: {avahi: false, static: [a:1]}}") == ["hector.yaml:1:1: \(expected)"])
        #expect(hostProblems("mesh: {name: home, sources: {avahi: false}}").isEmpty)
        #expect(hostProblems("mesh: {sources: {avahi: false}}")
            == ["hector.yaml:1:1: mesh.name: this key is required: write the mesh's name, such as home"])
    }

    @Test func addressesAreBounded() {
        func mesh(_ count: Int) -> String {
            "mesh: {name: a, tls: {ca: a, certificate: a, key: a}, sources: {static: ["
                + (1...count).map { "h:\($0)" }.joined(separator: ", ") + "]}}"
        }
        #expect(hostProblems(mesh(256)).isEmpty)
        let found = hostProblems(mesh(300))
        #expect(found.count == 1 && found[0].hasSuffix("mesh.sources.static[256]: more than 256 addresses: use another source"))
    }

    @Test func agentsHaveDefaults() throws {
        let configuration = try host("plugins: {llm_providers: {echo: {path: ./echo}}}\nagents:\n  b: {llm: echo}\n  a: {llm: echo}\n")
        #expect(configuration.defaultAgent == "b")
        let agent = configuration.agents[0]
        #expect(agent.id == "b" && agent.name == "b" && agent.llm == "echo" && agent.visibility == .public)
        #expect(agent.reasoning.engine == "chain-of-thought" && agent.reasoning.maxIterations == 10)
        #expect(configuration.missingPlugins(discovered: []).isEmpty)
        #expect(try host("default_agent: a\nagents:\n  b: {llm: echo}\n  a: {llm: echo}\n").defaultAgent == "a")
    }

    @Test func theDefaultAgentIsPublic() throws {
        let agents = "agents:\n  a: {llm: echo, visibility: private}\n  b: {llm: echo, visibility: internal}\n  c: {llm: echo}\n"
        #expect(try host(agents).defaultAgent == "c")
        #expect(try host("agents: {a: {llm: echo, visibility: internal}}\n").defaultAgent == nil)
        #expect(hostProblems("default_agent: b\n" + agents) == [
            "hector.yaml:1:16: default_agent: the server's own card shows the default agent: give 'b' the visibility public, or name another"
        ])
    }

    @Test func keysWithoutEffectAreNamed() throws {
        let text = """
            agents:
              a: {llm: echo, description: A, prompt: {system_prompt: b}, visibility: internal, database: , tools: []}
              b:
                llm: echo
                database: d
                embedder: e
                document_stores: [s]
                reasoning: {max_iterations: 3}

            """
        #expect(try host(text).idleKeys.map(\.description) == [
            ("2:96", "a.tools"), ("5:15", "b.database"), ("6:15", "b.embedder"), ("8:5", "b.reasoning"), ("7:5", "b.document_stores"),
        ].map { "hector.yaml:\($0): agents.\($1): this key is checked, and has no effect in this version" })
        #expect(try host("agents: {a: {llm: echo}}").idleKeys.isEmpty)
    }

    @Test func pluginsThatNothingOffers() throws {
        let agents = """
            agents:
              a: {llm: ehco, database: vectors, tools: [files], reasoning: {engine: "chain-of-thought"}}
            plugins: {llm_providers: {echo: {path: e}}}

            """
        let alone = try host(agents)
        #expect(alone.referencedPlugins.map(\.kind) == [.llm, .database, .tool])
        #expect(alone.missingPlugins(discovered: [(.tool, "files")]).map(\.description) == [
            "hector.yaml:2:12: agents.a.llm: no llm_provider 'ehco' is configured or discovered here: did you mean 'echo'?",
            "hector.yaml:2:28: agents.a.database: no database_provider 'vectors' is configured or discovered here: add it to plugins.database_providers, or put it into a folder of plugin_discovery",
        ])
        let meshed = try host(agents + "mesh: {name: home, tls: {ca: a, certificate: a, key: a}}\n")
        #expect(meshed.missingPlugins(discovered: [(.llm, "ehco"), (.tool, "files")]).map(\.message)
            == ["no database_provider 'vectors' is configured or discovered here: waiting for another machine to offer it"])
        #expect(hostProblems("agents: {a: {llm: echo}}\nplugins: {llm_providers: {echo: {path: missing, enabled: false}}}\n")
            == ["hector.yaml:1:19: agents.a.llm: the plugin 'echo' is switched off in plugins.llm_providers: set its 'enabled' to true"])
    }

    @Test func aMovedEntryIsNoChange() throws {
        let text = "plugins: {llm_providers: {echo: {path: e}}}\nagents: {a: {llm: echo}}\n"
        #expect(try host(text) == host("# a line more\n\n" + text))
        #expect(try host(text) != host(text.replacing("path: e", with: "path: f")))
    }

    @Test func loadsFromDisk() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hector-config-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "plugins"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "hector.yaml")
        try Data("plugins: {llm_providers: {e: {path: plugins/e}, f: {path: plugins}}}\n".utf8).write(to: file)
        try Data().write(to: folder.appending(path: "plugins/e"))
        let error = #expect(throws: ConfigurationError.self) {
            try HostConfiguration.load(path: file.path, environment: [:])
        }
        #expect(error.map { "\($0)" }
            == "\(file.path):1:59: plugins.llm_providers.f.path: there is no file \(folder.path)/plugins: correct the path")
        try Data("plugins: {llm_providers: {e: {path: plugins/e}}}\n".utf8).write(to: file)
        let configuration = try HostConfiguration.load(path: file.path, environment: [:])
        #expect(configuration.plugins.entries.map(\.path) == ["\(folder.path)/plugins/e"])
        let missing = #expect(throws: ConfigurationError.self) {
            try HostConfiguration.load(path: "/nonexistent/hector.yaml", environment: [:])
        }
        #expect(missing?.description == "/nonexistent/hector.yaml:1:1: the file cannot be read: there is no such file")
    }
}
