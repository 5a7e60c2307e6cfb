import Foundation
import FoundationNetworking
import Testing

extension Integration {
    /// A secret value stands in every place of both configurations that can hold one. What people are shown of a host and a node, of their success and of
    /// their failures, has none of them.
    @Suite(.enabled(if: TestPython.path != nil, TestPython.missing), .timeLimit(.minutes(4)))
    struct SecretsTests {
        /// By the variable that holds it. Each is different, so that one that is found tells where it came from.
        private static let hostSecrets = secrets("HOST", [
            "ADMIN_TOKEN", "SHOP_TOKEN", "COLLECTOR_TOKEN", "MODEL_KEY", "MODEL_ENV_KEY", "LLAMA_KEY", "LLAMA_HEADER", "REFUSED_KEY", "TELLTALE_KEY", "CRASH_KEY",
            "MOODY_KEY", "MCP_ENV_KEY", "WEB_KEY", "WEB_HEADER", "AWAY_KEY", "AWAY_HEADER", "PGVECTOR_PASSWORD", "EMBED_KEY", "SPARE_KEY",
        ])
        private static let nodeSecrets = secrets("NODE", [
            "MODEL_KEY", "MODEL_ENV_KEY", "LLAMA_KEY", "LLAMA_HEADER", "REFUSED_KEY", "TELLTALE_KEY", "CRASH_KEY", "MOODY_KEY", "MCP_ENV_KEY", "WEB_KEY",
            "WEB_HEADER", "AWAY_KEY", "AWAY_HEADER", "PGVECTOR_PASSWORD", "EMBED_KEY", "SPARE_KEY",
        ])

        private static func secrets(_ member: String, _ names: [String]) -> [String: String] {
            Dictionary(uniqueKeysWithValues: names.map { ("\(member)_\($0)", "hush-\(member)-\($0)-4711".lowercased().replacing("_", with: "-")) })
        }

        /// The plugins of one member, whose variables begin with its name. `p` begins the plugins' names.
        private func plugins(_ scene: Scene, _ member: String, _ p: String, server: String) throws -> String {
            let fixture = Scene.package.appending(path: "Tests/Fixtures/mcp/mcp_server.py").path
            // It says its environment, in three ways, and ends.
            let crash = try scene.script("\(p)crash", "env >&2\necho \"[ERROR] the key $OWN_KEY is wrong\" >&2\nenv\nexit 3")
            return """
                  llm_providers:
                    \(p)model: {path: \(Scene.product("echo-llm")), config: {api_key: "${\(member)_MODEL_KEY}"}, env: {set: {OWN_KEY: "${\(member)_MODEL_ENV_KEY}"}}}
                    \(p)llama: {openai: {url: "\(server)/v1", key: "${\(member)_LLAMA_KEY}", headers: {x-one: "${\(member)_LLAMA_HEADER}"}}}
                    \(p)refused: {openai: {url: "http://127.0.0.1:1/v1", model: m, key: "${\(member)_REFUSED_KEY}"}}
                    \(p)telltale: {path: \(Scene.product("moody-llm")), config: {refuse: "the key ${\(member)_TELLTALE_KEY} is wrong", key: "${\(member)_TELLTALE_KEY}"}}
                    \(p)crash: {path: \(crash), env: {set: {OWN_KEY: "${\(member)_CRASH_KEY}"}}}
                    \(p)moody: {path: \(Scene.product("moody-llm")), config: {password: "${\(member)_MOODY_KEY}"}}
                    \(p)spare: {path: \(Scene.product("echo-llm")), enabled: false, config: {key: "${\(member)_SPARE_KEY}"}}
                  embedder_providers:
                    \(p)vectors: {openai: {url: "\(server)/v1", key: "${\(member)_EMBED_KEY}"}}
                  tool_providers:
                    \(p)files: {mcp: {command: ["\(TestMCP.python)", "\(fixture)"], env: {KEY: "${\(member)_MCP_ENV_KEY}"}}}
                    \(p)web: {mcp: {url: "\(server)/mcp", key: "${\(member)_WEB_KEY}", headers: {x-two: "${\(member)_WEB_HEADER}"}}}
                    \(p)away: {a2a: {url: "\(server)/agent", key: "${\(member)_AWAY_KEY}", headers: {x-three: "${\(member)_AWAY_HEADER}"}}}
                  database_providers:
                    \(p)notes: {pgvector: {url: "postgresql://someone:${\(member)_PGVECTOR_PASSWORD}@127.0.0.1:1/notes"}}
                """
        }

        private static let names = ["model", "llama", "refused", "telltale", "crash", "moody"]

        /// A request with the administrator's token.
        private func request(_ url: String, _ body: String? = nil, token: String? = hostSecrets["HOST_ADMIN_TOKEN"]) async throws -> String {
            var request = URLRequest(url: try #require(URL(string: url)))
            if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
            if let body {
                request.httpMethod = "POST"
                request.setValue("application/json", forHTTPHeaderField: "Content-Type")
                request.httpBody = Data(body.utf8)
            }
            let (data, response) = try await URLSession.shared.data(for: request)
            let head = try #require(response as? HTTPURLResponse)
            return "\(head.statusCode) \(head.allHeaderFields) \(String(decoding: data, as: UTF8.self))"
        }

        /// All processes below one, with what started them.
        private func descendants(_ program: Program) -> [Int32] {
            let all = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
            let parents = Dictionary(all.compactMap { id in Program.parent(of: id).map { (id, $0) } }, uniquingKeysWith: { first, _ in first })
            return all.filter { id in
                var (parent, steps) = (parents[id], 0)
                while let next = parent, next != program.id, next > 1, steps < 10 { (parent, steps) = (parents[next], steps + 1) }
                return parent == program.id
            }
        }

        @Test func `No secret of any place is shown anywhere`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            var shown: [(place: String, text: String)] = []
            let script = Scene.package.appending(path: "Tests/Fixtures/engines/repeating_server.py").path
            let repeating = try scene.start(executable: TestPython.path ?? "", [script])
            let server = String(try #require(try await repeating.says("listening url=").split(separator: "url=").last))

            let (node, port) = try await scene.startNode(
                scene.nodeConfiguration(plugins: plugins(scene, "NODE", "far-", server: server) + "\nlog_level: trace"), environment: Self.nodeSecrets)
            func hostFile(admin: String = "${HOST_ADMIN_TOKEN}", more: String = "") throws -> String {
                let remote = Self.names.map { "    far-\($0): {}" }.joined(separator: "\n")
                let here = try plugins(scene, "HOST", "near-", server: server).replacing("  embedder_providers:", with: "\(remote)\n  embedder_providers:")
                return try scene.write(
                    "hector.yaml",
                    """
                    log_level: trace
                    server:
                      listen: "127.0.0.1:0"
                      token: "\(admin)"
                      clients: {shop: {token: "${HOST_SHOP_TOKEN}", agents: [helper]}}
                    tracing: {endpoint: "http://127.0.0.1:1", headers: {authorization: "Bearer ${HOST_COLLECTOR_TOKEN}"}, sample: 1}
                    mesh:
                      name: home
                      tls: \(scene.tls("host-near"))
                      sources: {avahi: false, static: ["127.0.0.1:\(port)"]}
                      call_timeout: 5s
                    plugins:
                    \(here)
                    agents:
                      helper: {llm: near-model, tools: [near-files, near-web, near-away]}
                    \(more)
                    """)
            }
            let configuration = try hostFile()
            let (host, url) = try await scene.startHost(configuration, environment: Self.hostSecrets)
            let client = ["HECTOR_SERVER": url, "HECTOR_TOKEN": Self.hostSecrets["HOST_ADMIN_TOKEN"] ?? ""]
            func run(_ words: String..., environment: [String: String]) async throws {
                let program = try scene.start("hector", words, environment: environment)
                try await eventually(within: .seconds(20)) { !program.isRunning }
                program.kill()
                shown.append((words.joined(separator: " "), program.said))
            }
            // Both have come as far as they come.
            try await eventually("not ready", within: .seconds(60)) {
                let mesh = try await request(url + "/mesh")
                return ["near-model", "far-model", "near-moody", "far-moody"].allSatisfy { name in
                    mesh.contains(#""plugin":"\#(name)""#) || mesh.contains(name)
                } && host.said.contains("crash") && node.said.contains("crash")
            }

            // Success and failure of every model, of both members.
            for name in Self.names.flatMap({ ["near-\($0)", "far-\($0)"] }) + ["helper"] {
                for (path, body) in [
                    ("/v1/chat/completions", #"{"model": "\#(name)", "messages": [{"role": "user", "content": "hello"}]}"#),
                    ("/v1/messages", #"{"model": "\#(name)", "max_tokens": 5, "messages": [{"role": "user", "content": "hello"}]}"#),
                ] { shown.append(("POST \(path) \(name)", try await request(url + path, body))) }
            }
            shown.append(("POST /v1/embeddings", try await request(url + "/v1/embeddings", #"{"model": "near-vectors", "input": "a"}"#)))
            for (name, token) in [("no token", nil), ("a wrong token", "wrong-token-of-a-stranger"), ("the shop's token", Self.hostSecrets["HOST_SHOP_TOKEN"])] {
                for path in ["/mesh", "/v1/models", "/sessions"] { shown.append(("GET \(path) with \(name)", try await request(url + path, token: token))) }
            }
            for path in ["/mesh", "/status", "/health", "/metrics", "/runs", "/documents", "/agents", "/agents/helper", "/v1/models", "/sessions"] {
                shown.append(("GET \(path)", try await request(url + path)))
            }
            try await run("mesh", "status", environment: client)
            try await run("mesh", "status", "--json", environment: client)
            try await run("info", "helper", environment: client)
            try await run("config", "check", "--config", configuration, environment: Self.hostSecrets)
            try await run("config", "check", "--json", "--config", configuration, environment: Self.hostSecrets)
            try await run("plugin", "list", "--config", configuration, environment: Self.hostSecrets)
            for name in ["near-web", "near-away", "near-files", "near-crash", "near-telltale", "near-notes"] {
                try await run("plugin", "call", name, "Health", "{}", "--config", configuration, environment: Self.hostSecrets)
            }

            // Processes: a key is in no argument, and in the environment of its own plugin only.
            for (program, secrets) in [(host, Self.hostSecrets), (node, Self.nodeSecrets)] {
                let processes = descendants(program)
                #expect(processes.count >= 5)
                for id in processes {
                    let words = (try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8)) ?? ""
                    shown.append(("arguments of \(words)", words))
                    let environment = ((try? String(contentsOfFile: "/proc/\(id)/environ", encoding: .utf8)) ?? "").split(separator: "\0").map(String.init)
                    for (name, secret) in secrets where environment.contains(where: { $0.contains(secret) }) {
                        let own = ["echo-llm": ["MODEL_KEY", "MODEL_ENV_KEY"], "moody-llm": ["MOODY_KEY", "TELLTALE_KEY"], "mcp_server.py": ["MCP_ENV_KEY"], "crash": ["CRASH_KEY"]]
                        let mayHave = own.filter { words.contains($0.key) }.flatMap(\.value)
                        #expect(mayHave.contains { name.hasSuffix($0) }, "\(name) is in the environment of \(words)")
                    }
                }
            }

            // Reload with other secrets, and with what is wrong.
            _ = try hostFile(admin: "hush-host-admin-token-0815")
            try await run("reload", environment: [:])
            try await run("reload", environment: [:])
            for (wrong, place) in [("hush 4711", "token with a space"), ("hush-4711", "short token"), ("${HOST_SHOP_TOKEN}", "two with one token")] {
                _ = try hostFile(admin: wrong)
                try await run("config", "check", "--config", configuration, environment: Self.hostSecrets)
                try await run("reload", environment: [:])
                #expect(!shown.suffix(2).isEmpty, "\(place)")
            }
            // A secret at a place where something else belongs.
            for more in ["default_agent: \"${HOST_SPARE_KEY}\"", "log_level: \"${HOST_SPARE_KEY}\"", "models: {a: \"${HOST_SPARE_KEY}\"}"] {
                _ = try hostFile(more: more)
                try await run("config", "check", "--config", configuration, environment: Self.hostSecrets)
            }

            host.signal(SIGTERM)
            node.signal(SIGTERM)
            for program in [host, node] { try await eventually(within: .seconds(10)) { !program.isRunning } }
            shown.append(("the host's log", host.said))
            shown.append(("the node's log", node.said))
            // What shows them was really there: the refusals, the crash and what it printed.
            for words in ["rejects the key", "OWN_KEY=[secret]", "[secret] is wrong", "cannot be reached"] {
                #expect(host.said.contains(words) && node.said.contains(words), "\(words)")
            }
            for (place, text) in shown {
                for (name, secret) in Self.hostSecrets.merging(Self.nodeSecrets, uniquingKeysWith: { first, _ in first }) {
                    guard let found = text.range(of: secret) else { continue }
                    let start = text.index(found.lowerBound, offsetBy: -160, limitedBy: text.startIndex) ?? text.startIndex
                    Issue.record("\(name) is shown in \(place): …\(text[start..<found.upperBound])…")
                }
                if let found = text.range(of: "hush") { Issue.record("a secret is shown in \(place): …\(text[found.lowerBound...].prefix(80))…") }
            }
        }
    }
}
