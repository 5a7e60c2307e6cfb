import Foundation
import FoundationNetworking
import Testing

extension Integration {
    /// One process that offers several names: here, and under a node.
    @Suite(.timeLimit(.minutes(2)))
    struct OffersTests {
        enum Place: CaseIterable { case child, node }

        private func engine(_ models: String, digest: String = "") -> String {
            "  llm_providers: {engine: {path: \(Scene.product("engine")), config: {models: \"\(models)\", digest: \"\(digest)\"}}}"
        }

        /// - Returns: The host's address.
        private func start(_ scene: Scene, _ place: Place, models: String, llm: String, more: String = "") async throws -> String {
            switch place {
            case .child: return try await scene.startHost(scene.hostConfiguration(llm: llm, plugins: engine(models) + more)).url
            case .node:
                let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: engine(models)))
                return try await scene.startHost(scene.hostConfiguration(nodes: [port], llm: llm, plugins: "  llm_providers: {}" + more)).url
            }
        }

        @Test(arguments: Place.allCases) func `One process offers models and embedders, and each is called by its name`(place: Place) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let url = try await start(scene, place, models: "m:1\", embedders: \"e:12", llm: "\"m:1\"")
            try await scene.replica("e:12", "engine-1", "ready", of: url)
            #expect(try await ask("m:1", "hello", of: url) == "200 m:1: hello")
            func post(_ path: String, _ body: String) async throws -> String {
                var request = URLRequest(url: try #require(URL(string: url + path)))
                request.httpMethod = "POST"
                request.setValue("application/json", forHTTPHeaderField: "Content-Type")
                request.httpBody = Data(body.utf8)
                return String(decoding: try await URLSession.shared.data(for: request).0, as: UTF8.self)
            }
            #expect(try await post("/v1/embeddings", #"{"model": "e:12", "input": "abc"}"#).contains(#""embedding":[4.0,3.0]"#))
            #expect(try await post("/v1/messages/count_tokens", #"{"model": "m:1", "messages": [{"role": "user", "content": "one two"}]}"#) == #"{"input_tokens":2}"#)
            // Both are the one process.
            let mesh = try await scene.hector("mesh", "status", "--json", server: url).output
            #expect(mesh.contains("embedder_provider") && mesh.contains("llm_provider"))
        }

        @Test func `plugin call names one of several offers`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let configuration = try scene.write("hector.yaml", "plugins:\n" + engine("m:1\", embedders: \"e:12") + "\nagents: {a: {llm: engine}}\n")
            func call(_ words: String...) async throws -> (status: Int32, output: String) {
                let program = try scene.start("hector", ["plugin", "call", "engine"] + words + ["--config", configuration])
                return (try await program.exit(), program.said)
            }
            let embedded = try await call("Embed", #"{"text": "abc"}"#, "--offer", "e:12")
            #expect(embedded.status == 0 && embedded.output.contains("[4.0,3.0]"), "\(embedded)")
            let asked = try await call("Generate", #"{"messages": [{"role": "user", "content": "hi"}]}"#, "--offer", "m:1")
            #expect(asked.output.contains("m:1: hi"), "\(asked)")
            let unknown = try await call("Embed", "{}", "--offer", "x")
            #expect(unknown.status == 1 && unknown.output.contains("offers nothing named 'x'; it offers 'm:1', 'e:12'"), "\(unknown)")
            let wrong = try await call("Search", "{}", "--offer", "m:1")
            #expect(wrong.status == 1 && wrong.output.contains("an llm_provider has no method 'Search'"), "\(wrong)")
        }

        @Test func `A node says that it has more names than it can tell`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            func names(_ letter: String) -> String { (1...150).map { "\(letter):\($0)" }.joined(separator: ",") }
            let engines = ["x", "y"].map { letter in
                "engine-\(letter): {path: \(Scene.product("engine")), config: {models: \"\(names(letter))\"}}"
            }
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: "  llm_providers: {\(engines.joined(separator: ", "))}"))
            let url = try await scene.startHost(scene.hostConfiguration(nodes: [port], llm: "\"x:1\"", plugins: "  llm_providers: {}")).url
            try await until { try await scene.hector("mesh", "status", server: url).output.contains("has 44 more names of plugins than the 256 that it can tell") }
            #expect(node.said.components(separatedBy: "this node has more than 256 names of plugins").count == 2)
        }

        @Test(arguments: Place.allCases) func `Each name is a model of its own, told which one it is`(place: Place) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let url = try await start(scene, place, models: "llama3.2:3b,qwen3:0.6b", llm: "\"qwen3:0.6b\"")
            try await scene.replica("llama3.2:3b", "engine-1", "ready", of: url)

            #expect(try await models(of: url) == ["helper", "llama3.2:3b", "qwen3:0.6b"], "and the engine itself is no model")
            for streamed in [false, true] {
                #expect(try await ask("llama3.2:3b", "hello", streamed: streamed, of: url) == "200 llama3.2:3b: hello")
                #expect(try await ask("llama3-2-3b", "hello", streamed: streamed, of: url) == "200 llama3.2:3b: hello")
                #expect(try await ask("helper", "hello", streamed: streamed, of: url) == "200 qwen3:0.6b: hello")
            }
            #expect(try await ask("engine", "hello", of: url).hasPrefix("404 "))

            // Another name of the same label: who asks by the label is told of both, and each answers to its name.
            #expect(try await ask("llama3.2:3b", "pull LLAMA3.2-3B", of: url).hasPrefix("200 "))
            try await scene.replica("LLAMA3.2-3B", "ready", of: url)
            let refused = try await ask("llama3-2-3b", "hello", of: url)
            #expect(refused.hasPrefix("404 ") && refused.contains("llama3.2:3b") && refused.contains("LLAMA3.2-3B"), "\(refused)")
            #expect(try await ask("LLAMA3.2-3B", "hello", of: url) == "200 LLAMA3.2-3B: hello")
            #expect(try await ask("llama3.2:3b", "hello", of: url) == "200 llama3.2:3b: hello")
            #expect(try await scene.hector("mesh", "status", server: url).output.contains("the label llama3-2-3b is that of several plugins"))

            // What is gone is not there; the others go on.
            #expect(try await ask("llama3.2:3b", "remove llama3.2:3b", of: url).hasPrefix("200 "))
            try await until { try await models(of: url) == ["LLAMA3.2-3B", "helper", "qwen3:0.6b"] }
            #expect(try await ask("llama3-2-3b", "hello", of: url) == "200 LLAMA3.2-3B: hello")

            // Its process ends: calls wait for the next one, which offers what it did at first.
            _ = try await ask("qwen3:0.6b", "die", of: url)
            #expect(try await ask("helper", "hello again", of: url) == "200 qwen3:0.6b: hello again")
        }

        @Test func `The configuration says which one a label means, and gives other names`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let url = try await start(
                scene, .child, models: "a:b,a-b,a.b", llm: "small", more: "\nmodels: {small: \"a.b\", gpt-4o: \"a:b\"}")
            try await scene.replica("a:b", "ready", of: url)
            #expect(try await ask("a-b", "x", of: url) == "200 a-b: x", "a name goes before labels")
            #expect(try await ask("gpt-4o", "x", of: url) == "200 a:b: x")
            #expect(try await ask("helper", "x", of: url) == "200 a.b: x")
            // By whatever name an agent knows its model, it is ready when that is.
            let (_, ready) = try await URLSession.shared.data(from: try #require(URL(string: url + "/readyz")))
            #expect((ready as? HTTPURLResponse)?.statusCode == 200)
            #expect(try await scene.hector("list", server: url).output.contains("ready"))
            #expect(try await !scene.hector("mesh", "status", server: url).output.contains("waiting"))
            #expect(try await scene.hector("mesh", "status", server: url).output.contains("means the one of that very name"))
            #expect(try await models(of: url) == ["a-b", "a.b", "a:b", "gpt-4o", "helper", "small"])
        }

        @Test func `What has the same name and other content is called by its digest`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (_, one) = try await scene.startNode(scene.nodeConfiguration(plugins: engine("m:1", digest: "sha256:1")))
            let url = try await scene.startHost(scene.hostConfiguration(nodes: [one], llm: "\"m:1\"", plugins: engine("m:1", digest: "sha256:2"))).url
            try await scene.replica("m:1@", "ready", of: url)
            for name in ["m:1", "m:1@sha256:1", "m:1@sha256:2"] { #expect(try await ask(name, "x", of: url) == "200 m:1: x") }
            #expect(try await ask("m:1@sha256:3", "x", of: url).hasPrefix("404"))
            let lines = try await scene.hector("mesh", "status", server: url).output.split(separator: "\n")
            #expect(lines.count { $0.hasPrefix("warning: ") && $0.contains("other content under the name 'm:1'") } == 1, "\(lines)")
            let digests = ["m:1@sha256:1", "m:1@sha256:2"]
            #expect(try await models(of: url).filter { digests.contains($0) }.count == 1)
        }

        /// The worked example of the page, with what the page says of several names.
        @Test func `A plugin in Python offers several names as the page says`() async throws {
            let python = ProcessInfo.processInfo.environment["HECTOR_TEST_PYTHON"] ?? Scene.package.appending(path: ".build/test-python/bin/python").path
            guard FileManager.default.isExecutableFile(atPath: python) else { return }
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let page = try String(contentsOf: Scene.package.appending(path: "docs/plugin-protocol.md"), encoding: .utf8)
            let example = try #require(page.components(separatedBy: "```python\n").dropFirst().first?.components(separatedBy: "```").first)
            let offers = try #require(page.components(separatedBy: "```py\n").first { $0.contains("OffersServicer") }?.components(separatedBy: "```").first)
            let engine = """
                class Engine:
                    names, changed = ["a:1", "b:2"], threading.Event()
                    def models(self):
                        return self.names
                    def wait_for_change(self):
                        self.changed.wait(60)
                        self.changed.clear()

                engine = Engine()

                """
            let start = "if os.environ.get(\"HECTOR_PLUGIN\")"
            let script = try scene.write("offers.py", example
                .replacing(start, with: offers + engine + start)
                .replacing("server.start()", with: "offers_services.add_OffersServicer_to_server(Offers(), server)\nserver.start()")
                .replacing("return [self.greeting]", with: """
                    if request.messages[-1].content == "pull":
                                engine.names = engine.names + ["c:3"]
                                engine.changed.set()
                            return [called(context)]
                    """))
            let proto = Scene.package.appending(path: "proto").path
            let plugin = try scene.script("engine-py", "PYTHONPATH=\(proto) exec \(python) \(script)")
            let url = try await scene.startHost(scene.hostConfiguration(
                llm: "\"b:2\"", plugins: "  llm_providers: {engine-py: {path: \(plugin), auto_mtls: off}}")).url
            try await scene.replica("a:1", "engine-py-1", "ready", of: url)
            #expect(try await ask("helper", "pull", of: url) == "200 b:2 pull")
            try await scene.replica("c:3", "engine-py-1", "ready", of: url)
            #expect(try await ask("c-3", "x", streamed: true, of: url) == "200 c:3 x")
        }

        // MARK: -

        private func until(_ condition: () async throws -> Bool) async throws {
            let end = ContinuousClock.now + .seconds(10)
            while try await !condition() {
                try #require(ContinuousClock.now < end)
                try await Task.sleep(for: .milliseconds(50))
            }
        }

        private func models(of server: String) async throws -> [String] {
            struct List: Decodable {
                struct Model: Decodable { let id: String }
                let data: [Model]
            }
            let (body, _) = try await URLSession.shared.data(from: try #require(URL(string: server + "/v1/models")))
            return try JSONDecoder().decode(List.self, from: body).data.map(\.id).sorted()
        }

        /// - Returns: The status, and the text.
        private func ask(_ model: String, _ text: String, streamed: Bool = false, of server: String) async throws -> String {
            let answer = try await ChatAnswer(model: model, #"{"role": "user", "content": "\#(text)"}"#, streamed: streamed, of: server)
            return "\(answer.status ?? 0) \(answer.text)"
        }
    }
}
