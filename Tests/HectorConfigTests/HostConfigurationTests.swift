internal import HectorCore
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

    @Test func `Advice never leads away from what is wrong`() {
        #expect(hostProblems("server: {listen: \"127.0.0.1:80000\"}") == [
            "hector.yaml:1:18: server.listen: expected a port from 0 to 65535 such as 127.0.0.1:8080, found '127.0.0.1:80000'"
        ])
        let odd = hostProblems("plugins: {llm_providers: {\"probe\u{A0}x\": {path: echo}}}")
        #expect(odd.count == 1 && odd.first?.contains("NO-BREAK SPACE") == true, "\(odd)")
        #expect(odd.first?.contains(": write ") == false, "\(odd)")
    }

    @Test(arguments: [
        ("", "hector.yaml:1:1: expected a mapping of 'key: value' lines, found nothing"),
        ("- a", "hector.yaml:1:1: expected a mapping of 'key: value' lines, found a list"),
    ])
    func aFileIsAMapping(text: String, expected: String) {
        #expect(hostProblems(text) == [expected])
    }

    @Test func `A static address may say which plugins are served there`() throws {
        let tls = "name: home, tls: {ca: c, certificate: c, key: c}"
        func text(_ item: String) -> String { "mesh: {\(tls), sources: {avahi: false, static: [\(item)]}}" }
        let known = try host(text("a:1, {address: b:2, plugins: {llama: llm_provider, store: database_provider}}, {address: c:3}"))
        #expect(
            known.mesh.staticEndpoints == [
                StaticEndpoint(HostPort(host: "a", port: 1)),
                StaticEndpoint(HostPort(host: "b", port: 2), plugins: [PluginKey(.llm, "llama"), PluginKey(.database, "store")]),
                StaticEndpoint(HostPort(host: "c", port: 3)),
            ])
        for (item, words) in [
            ("{plugins: {llama: llm_provider}}", "this key is required"), ("{address: b}", "expected HOST:PORT"),
            ("{address: 'b:2', plugins: {llama: llm}}", "llm_provider"), ("{address: 'b:2', plugins: {My LLM: llm_provider}}", "lower-case letters"),
            ("{address: 'b:2', plugin: {}}", "plugins"), ("a:1, {address: 'a:1'}", "a:1 is given twice"),
        ] {
            let problems = hostProblems(text(item))
            #expect(problems.count == 1 && problems[0].contains(words), "\(item): \(problems)")
        }
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
            "hector.yaml:4:13: mesh.tls.ca: the file /etc/hector/missing-ca.pem does not exist: correct the path",
            "hector.yaml:5:22: mesh.sources.static[0]: expected HOST:PORT such as gpu-1.example.org:7443, found 'gpu-1'",
            "hector.yaml:5:29: mesh.sources.static[1]: expected a port from 1 to 65535 such as gpu-1.example.org:7443, found '[::1]:0'",
            "hector.yaml:5:45: mesh.sources.static[3]: a:1 is given twice: remove one",
            "hector.yaml:6:17: mesh.call_timeout: expected a time such as 500ms, 30s or 5m, found '5'",
            "hector.yaml:8:40: plugins.plugin_discovery.scan_subdirectory: unknown key: did you mean 'scan_subdirectories'?",
            "hector.yaml:9:3: plugins.llm_provider: unknown key: did you mean 'llm_providers'?",
            "hector.yaml:11:5: plugins.llm_providers.Echo_LLM: expected 1 to 62 lower-case letters, digits and inner hyphens, found 'Echo_LLM': write 'echo-llm'",
            "hector.yaml:11:22: plugins.llm_providers.Echo_LLM.path: the file /etc/hector/missing does not exist: correct the path",
            "hector.yaml:12:18: plugins.llm_providers.echo.type: expected grpc, found 'http'",
            "hector.yaml:12:46: plugins.llm_providers.echo.replicas: expected a whole number from 1 to 64, found '65'",
            "hector.yaml:12:61: plugins.llm_providers.echo.auto_mtls: expected one of off, offered, required, found 'maybe'",
            "hector.yaml:12:77: plugins.llm_providers.echo.config.a: expected a single value: a plugin receives text, not lists or mappings",
            "hector.yaml:12:85: plugins.llm_providers.echo.config.b: expected a value: write '' for an empty one, or remove the key",
            "hector.yaml:13:14: plugins.llm_providers.remote.config: this key requires 'path': without it the plugin runs on other machines only, under their own configurations",
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

    @Test(arguments: [
        ("listen: 0.0.0.0:80, token: '${HECTOR_TOKEN}'", ["server.listen: tokens and conversations are sent to 0.0.0.0:80 unencrypted: "]),
        ("listen: 0.0.0.0:80, ollama: 0.0.0.0:90, token: '${HECTOR_TOKEN}'", ["server.listen: ", "server.ollama: tokens "]),
        ("listen: 0.0.0.0:80, token: '${HECTOR_TOKEN}', public_url: 'http://ai.example.org'", ["server.listen: "]),
        ("listen: 0.0.0.0:80, token: '${HECTOR_TOKEN}', public_url: 'https://ai.example.org'", []),
        ("listen: 0.0.0.0:80, token: '${HECTOR_TOKEN}', tls: {certificate: echo, key: echo}", []),
        ("listen: 127.0.0.1:80, token: '${HECTOR_TOKEN}'", []),
    ]) func `A token that would cross a network unencrypted is warned of`(server: String, warnings: [String]) throws {
        let found = try host("server: {\(server)}").unencrypted
        #expect(found.count == warnings.count && zip(found, warnings).allSatisfy { $0.hasPrefix($1) }, "\(found)")
    }

    @Test func `The server's certificate needs its key, and no authority`() throws {
        #expect(hostProblems("server: {tls: {certificate: echo}}") == ["hector.yaml:1:10: server.tls.key: this key is required: write the path of its private key"])
        #expect(hostProblems("server: {tls: {certificate: echo, key: echo, ca: echo}}").first?.contains("server.tls.ca: unknown key") == true)
        #expect(try host("server: {tls: {certificate: echo, key: echo}}").server.tls?.key.hasSuffix("/echo") == true)
    }

    @Test func aWeakTokenIsRefusedAndNeverShown() {
        for token in ["hunter2", "with a space in it 1", "umlaut-ümlaut-umlaut"] {
            let found = hostProblems("server: {listen: 0.0.0.0:80, token: \(token)}")
            #expect(found == ["hector.yaml:1:37: server.token: expected 16 to 512 visible ASCII characters without spaces: 'openssl rand -hex 32' makes a good token"])
        }
        #expect(hostProblems("server: {listen: 0.0.0.0:80, token: '${NONE}'}")
            == ["hector.yaml:1:37: server.token: the environment variable NONE is not set: set it, or write ${NONE:-default}"])
    }

    @Test func `Clients have tokens of their own, and lists`() throws {
        let text = """
            server:
              listen: 0.0.0.0:80
              clients:
                shop: {token: token-of-the-shop, agents: [helper, echo]}
                lab: {token: token-of-the-lab}
            plugins: {llm_providers: {echo: {path: echo}}}
            agents: {helper: {llm: echo}}

            """
        let clients = try host(text).server.clients
        #expect(clients.map(\.name) == ["shop", "lab"] && clients.map(\.token) == ["token-of-the-shop", "token-of-the-lab"])
        #expect(clients.map(\.agents) == [["helper", "echo"], nil])
        #expect(try host("{}").server.clients.isEmpty)
    }

    @Test func `What is wrong with clients is told, and no token is shown`() {
        let text = """
            server:
              token: the-same-for-everybody
              clients:
                "my shop": {token: token-of-the-shop}
                a: {token: the-same-for-everybody}
                b: {token: token-of-the-lab}
                c: {token: token-of-the-lab}
                d: {agents: []}
                e: {token: short, agent: [helper]}
                f: {token: token-of-client-f, agents: [helpr, nobody, hidden, helper, helper]}
            plugins: {llm_providers: {echo: {path: echo}}, plugin_discovery: {enabled: false}}
            agents: {helper: {llm: echo}, hidden: {llm: echo, visibility: private}}

            """
        #expect(hostProblems(text) == [
            "hector.yaml:4:5: server.clients.'my shop': expected a name of 1 to 64 letters, digits, '-' and '_', found 'my shop'",
            "hector.yaml:5:5: server.clients.a: its token is the same as server.token: a token must tell who calls; make another with 'openssl rand -hex 32'",
            "hector.yaml:7:5: server.clients.c: its token is the same as server.clients.b.token: a token must tell who calls; make another with 'openssl rand -hex 32'",
            "hector.yaml:8:5: server.clients.d.token: this key is required: write the bearer token that this client sends",
            "hector.yaml:9:16: server.clients.e.token: expected 16 to 512 visible ASCII characters without spaces: 'openssl rand -hex 32' makes a good token",
            "hector.yaml:9:23: server.clients.e.agent: unknown key: did you mean 'agents'?",
            "hector.yaml:10:44: server.clients.f.agents[0]: no agent and no LLM plugin has the name 'helpr': did you mean 'helper'?",
            "hector.yaml:10:51: server.clients.f.agents[1]: no agent and no LLM plugin has the name 'nobody': correct it, or remove it",
            "hector.yaml:10:59: server.clients.f.agents[2]: the agent 'hidden' is private, so that no client can call it: remove it here, or make it internal",
            "hector.yaml:10:75: server.clients.f.agents[4]: 'helper' is given twice: remove one",
        ])
    }

    @Test func remoteSourcesNeedAnIdentity() {
        let expected = "mesh.tls: this key is required: write ca, certificate and key, the paths of three PEM files"
        #expect(hostProblems("mesh: {name: home}") == ["hector.yaml:1:1: \(expected)"])
        #expect(hostProblems("mesh: {name: home, sources: {avahi: false, static: [a:1]}}") == ["hector.yaml:1:1: \(expected)"])
        #expect(hostProblems("mesh: {name: home, sources: {avahi: false}}").isEmpty)
        #expect(hostProblems("mesh: {sources: {}}") == [
            "hector.yaml:1:1: mesh.name: this key is required: write the mesh's name, such as home",
            "hector.yaml:1:1: \(expected)",
        ])
    }

    @Test(arguments: ["", "sources: {avahi: false}", "name: home, tls: {ca: missing.pem}, sources: {avahi: false, static: []}"])
    func `A mesh without sources needs neither name nor certificates`(mesh: String) throws {
        let configuration = try host("mesh: {call_timeout: 10m, call_total_timeout: 24h\(mesh.isEmpty ? "" : ", " + mesh)}")
        #expect(configuration.mesh.callTimeout == .seconds(600) && configuration.mesh.callTotalTimeout == .seconds(86_400))
        #expect(!configuration.mesh.hasRemoteSources)
        #expect(try host("mesh: {}").mesh == host("{}").mesh)
        #expect(try host("{}").mesh.callTotalTimeout == nil)
        #expect(hostProblems("mesh: {call_total_timeout: 25h}")
            == ["hector.yaml:1:28: mesh.call_total_timeout: expected a time from 100ms to 24h, found '25h'"])
    }

    @Test func `Streams are given up no earlier than other calls`() throws {
        func times(_ text: String) throws -> [Duration] {
            let mesh = try host(text).mesh
            return [mesh.silence, mesh.silenceStreams]
        }
        #expect(try times("{}") == [.milliseconds(1_500), .seconds(5)])
        #expect(try times("mesh: {silence: 2s, silence_streams: 1m}") == [.seconds(2), .seconds(60)])
        #expect(try times("mesh: {silence: 2s, silence_streams: 2s}") == [.seconds(2), .seconds(2)])
        #expect(try times("mesh: {silence: 10s}") == [.seconds(10), .seconds(10)], "the default follows")
        #expect(hostProblems("mesh: {silence: 3s, silence_streams: 2500ms}") == [
            "hector.yaml:1:38: mesh.silence_streams: 2.5 s is less than mesh.silence (3 s): a stream is not given up before other calls; set it to at least that"
        ])
        #expect(hostProblems("mesh: {silence: 500ms, silence_streams: 10m}") == [
            "hector.yaml:1:17: mesh.silence: expected a time from 1s to 30s, found '500ms'",
            "hector.yaml:1:41: mesh.silence_streams: expected a time from 1s to 5m, found '10m'",
        ])
    }

    @Test(arguments: [
        ("https://agents.example.org", "https://agents.example.org"), ("http://Desk:8080", "http://desk:8080"),
        ("HTTPS://a.example.org:443/hector", "https://a.example.org/hector"), ("http://[::1]:80", "http://[::1]"),
        ("http://[2001:DB8::1]:8080/a/b", "http://[2001:db8::1]:8080/a/b"),
    ])
    func publicAddresses(text: String, expected: String) throws {
        #expect(try host("server: {public_url: '\(text)'}").server.publicURL == expected)
    }

    @Test(arguments: [
        "agents.example.org", "ftp://a", "https://", "https://a/", "https://a/b/", "https://user@a", "https://a?b", "https://a#b",
        "https://a:0", "https://a:x", "https://a b", "https://a/ü",
    ])
    func badPublicAddresses(text: String) {
        #expect(hostProblems("server: {public_url: '\(text)'}") == [
            "hector.yaml:1:22: server.public_url: expected an address such as https://agents.example.org, without a slash at the end, found '\(text)'"
        ])
    }

    @Test func origins() throws {
        let text = "server: {cors_origins: ['https://App.example.org', 'http://localhost:3000', 'https://b:443']}"
        #expect(try host(text).server.corsOrigins == ["https://app.example.org", "http://localhost:3000", "https://b"])
        #expect(try host("{}").server.corsOrigins == [])
        #expect(hostProblems("server: {cors_origins: ['*', 'https://a/', 'null', 'http://a', 'http://A:80']}") == [
            "hector.yaml:1:25: server.cors_origins[0]: it would let every web page read answers: name the origins, such as https://app.example.org",
            "hector.yaml:1:30: server.cors_origins[1]: expected an origin such as https://app.example.org, without a path, found 'https://a/'",
            "hector.yaml:1:44: server.cors_origins[2]: expected an origin such as https://app.example.org, without a path, found 'null'",
            "hector.yaml:1:64: server.cors_origins[4]: http://a is given twice: remove one",
        ])
    }

    @Test func `A system prompt may be long, or stand in a file`() throws {
        let long = String(repeating: "word ", count: 100_000)
        let text = "agents: {a: {llm: e, prompt: {system_prompt: '\(long)'}}}"
        let document = try YAMLDocument(text: text, file: "hector.yaml", limits: .configuration)
        #expect(try HostConfiguration(document, environment: environment, site: site).agents[0].systemPrompt == long)
        #expect(try host("agents: {a: {llm: e, prompt: {system_prompt_file: prompts/a.txt}}}").agents[0].systemPrompt
            == "The text of /etc/hector/prompts/a.txt: ${NONE}.")
        #expect(hostProblems("agents: {a: {llm: e, prompt: {system_prompt: b, system_prompt_file: c}}}")
            == ["hector.yaml:1:49: agents.a.prompt.system_prompt_file: 'system_prompt' is given as well: remove one of them"])
        #expect(hostProblems("agents: {a: {llm: e, prompt: {system_prompt_file: missing}}}")
            == ["hector.yaml:1:51: agents.a.prompt.system_prompt_file: the file /etc/hector/missing does not exist: correct the path"])
        #expect(hostProblems("agents: {a: {llm: e, prompt: {system_prompt_file: binary}}}")
            == ["hector.yaml:1:51: agents.a.prompt.system_prompt_file: /etc/hector/binary is not UTF-8 text: save it as such"])
        #expect(hostProblems("agents: {a: {llm: e, prompt: {system_prompt_file: endless}}}")
            == ["hector.yaml:1:51: agents.a.prompt.system_prompt_file: /etc/hector/endless is longer than 1048576 bytes: shorten it"])
    }

    @Test func `An anchor may stand in a part of its own`() throws {
        let text = """
            x-model: &model {path: e, config: {key: "${HECTOR_TOKEN}"}}
            plugins: {llm_providers: {a: *model}}

            """
        #expect(try host(text).plugins.entries[0].config == ["key": "0123456789abcdef"])
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
        #expect(configuration.missingPlugins(discovered: []) == ([], []))
        #expect(try host("default_agent: a\nagents:\n  b: {llm: echo}\n  a: {llm: echo}\n").defaultAgent == "a")
    }

    @Test func theDefaultAgentIsPublic() throws {
        let agents = "agents:\n  a: {llm: echo, visibility: private}\n  b: {llm: echo, visibility: internal}\n  c: {llm: echo}\n"
        #expect(try host(agents).defaultAgent == "c")
        #expect(try host("agents: {a: {llm: echo, visibility: internal}}\n").defaultAgent == nil)
        #expect(hostProblems("default_agent: b\n" + agents) == [
            "hector.yaml:1:16: default_agent: the server's own card shows the default agent: set the visibility of 'b' to public, or name another agent"
        ])
    }

    @Test func pluginsThatNothingOffers() throws {
        let agents = """
            agents:
              a: {llm: ehco, database: vectors, tools: [files], reasoning: {engine: "chain-of-thought"}}
            plugins: {llm_providers: {echo: {path: e}}}

            """
        let alone = try host(agents)
        #expect(alone.referencedPlugins.map(\.key.kind) == [.llm, .database, .tool])
        #expect(alone.missingPlugins(discovered: [PluginKey(.tool, "files")]).problems.map(\.description) == [
            "hector.yaml:2:12: agents.a.llm: no llm_provider 'ehco' is configured or discovered here: did you mean 'echo'?",
            "hector.yaml:2:28: agents.a.database: no database_provider 'vectors' is configured or discovered here: add it to plugins.database_providers, or put it into a directory of plugin_discovery",
        ])
        let meshed = try host(agents + "mesh: {name: home, tls: {ca: a, certificate: a, key: a}}\n")
        #expect(meshed.missingPlugins(discovered: [PluginKey(.llm, "ehco"), PluginKey(.tool, "files")]).warnings.map(\.message)
            == ["no database_provider 'vectors' is configured or discovered here: waiting for another machine to offer it"])
        #expect(hostProblems("agents: {a: {llm: echo}}\nplugins: {llm_providers: {echo: {path: missing, enabled: false}}}\n")
            == ["hector.yaml:1:19: agents.a.llm: the plugin 'echo' is disabled in plugins.llm_providers: set its 'enabled' to true"])
    }

    @Test func `Ollama's clients may have an address of their own, with the rules of the other`() throws {
        #expect(try host("server: {ollama: 127.0.0.1:11434}\n").server.ollama == HostPort(host: "127.0.0.1", port: 11434))
        #expect(try host("server: {ollama: 0.0.0.0:11434, token: 0123456789abcdef}\n").server.ollama?.port == 11434)
        #expect(hostProblems("server: {ollama: 0.0.0.0:11434}\n") == [
            "hector.yaml:1:18: server.ollama: 0.0.0.0:11434 can be reached from other machines: set server.token, or listen on 127.0.0.1:11434",
        ])
        #expect(hostProblems("server: {ollama: 127.0.0.1:8080}\n") == [
            "hector.yaml:1:18: server.ollama: 127.0.0.1:8080 is server.listen, which answers Ollama's clients as well: choose another port, or remove this",
        ])
    }

    @Test func `A model may have any name, which a plugin may offer once it runs`() throws {
        let text = "plugins: {llm_providers: {ollama: {path: e}}}\nagents: {a: {llm: \"llama3.2:3b\"}, b: {llm: small}}\nmodels: {small: \"qwen3:0.6b\", gpt-4o: ollama}\n"
        let configuration = try host(text)
        #expect(configuration.models == ["small": "qwen3:0.6b", "gpt-4o": "ollama"])
        let missing = configuration.missingPlugins(discovered: [])
        #expect(missing.problems.isEmpty && missing.warnings.map(\.description) == [
            "hector.yaml:2:19: agents.a.llm: no llm_provider 'llama3.2:3b' is configured or discovered here: waiting for a plugin to offer it",
        ])
        // Nothing runs that could offer it.
        #expect(try host("agents: {a: {llm: \"llama3.2:3b\"}}\n").missingPlugins(discovered: []).problems.count == 1)
        #expect(hostProblems("agents: {a: {llm: x}}\nmodels: {a: y, b: \" \"}\nplugins: {llm_providers: {x: {path: e}}}\n") == [
            "hector.yaml:2:13: models.a: there is an agent 'a', which is asked by that name: choose another one",
            "hector.yaml:2:19: models.b: expected 1 to 200 printable ASCII characters, found ' '",
        ])
    }

    @Test func `Plugins of agents are looked for beside the file, where it says nothing of discovery`() throws {
        let agents = "agents: {a: {llm: one, database: two}}\n"
        let beside = try host(agents + "plugins: {database_providers: {two: {path: two}}}\n").plugins.discovery
        #expect(beside.enabled && beside.paths == ["/etc/hector/plugins"] && !beside.scanSubdirectories)
        #expect(beside.wanted == [PluginKey(.llm, "one")])
        #expect(try !host(agents + "plugins: {plugin_discovery: {enabled: false}}\n").plugins.discovery.enabled)
        #expect(try host(agents + "plugins: {plugin_discovery: {paths: [p]}}\n").plugins.discovery.wanted == nil)
        #expect(try host("plugins: {llm_providers: {one: {path: one}}}\nagents: {a: {llm: one}}\n").plugins.discovery == .off)
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
            == "\(file.path):1:59: plugins.llm_providers.f.path: the file \(folder.path)/plugins does not exist: correct the path")
        try Data("plugins: {llm_providers: {e: {path: plugins/e}}}\n".utf8).write(to: file)
        let configuration = try HostConfiguration.load(path: file.path, environment: [:])
        #expect(configuration.plugins.entries.map(\.path) == ["\(folder.path)/plugins/e"])
        let missing = #expect(throws: ConfigurationError.self) {
            try HostConfiguration.load(path: "/nonexistent/hector.yaml", environment: [:])
        }
        #expect(missing?.description == "/nonexistent/hector.yaml:1:1: the file cannot be read: no such file")
    }
}
