import Foundation
import FoundationNetworking
import Testing

extension Integration {
    /// Engines of this machine, found by themselves.
    @Suite(.timeLimit(.minutes(3)))
    struct AdoptionTests {
        private static let python = ProcessInfo.processInfo.environment["HECTOR_TEST_PYTHON"] ?? Scene.package.appending(path: ".build/test-python/bin/python").path
        private static let engines = Scene.package.appending(path: "Tests/Fixtures/engines").path
        private static var hasPython: Bool { FileManager.default.isExecutableFile(atPath: python) }

        /// A port that nothing listens at now.
        private func freePort() throws -> Int {
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0 }
            }
            try #require(bound)
            return Int(UInt16(bigEndian: address.sin_port))
        }

        private func ollama(_ scene: Scene, _ port: Int, models: Int = 2, user: String? = nil) async throws -> Program {
            let engine = try scene.start(
                executable: Self.python, ["\(Self.engines)/ollama_server.py", "\(port)", "\(models)"] + (user.map { [$0] } ?? []))
            try await eventually(within: .seconds(20)) { Self.connects(port) }
            #expect(Self.connects(port), "\(engine.said)")
            return engine
        }

        private static func connects(_ port: Int) -> Bool {
            let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_in()
            (address.sin_family, address.sin_port) = (sa_family_t(AF_INET), UInt16(port).bigEndian)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            return withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
            }
        }

        private func host(_ scene: Scene, _ adopt: String, llm: String, more: String = "") async throws -> String {
            try await scene.startHost(scene.hostConfiguration(llm: llm, plugins: "  adopt: \(adopt)\(more)")).url
        }

        private func ask(_ model: String, of url: String) async throws -> String {
            let answer = try await ChatAnswer(model: model, #"{"role": "user", "content": "hi"}"#, streamed: false, of: url)
            return "\(answer.status ?? 0) \(answer.text)"
        }

        private func post(_ url: String, _ body: String) async throws -> String {
            var request = URLRequest(url: try #require(URL(string: url)))
            request.httpMethod = "POST"
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = Data(body.utf8)
            return String(decoding: try await URLSession.shared.data(for: request).0, as: UTF8.self)
        }

        @Test(.enabled(if: hasPython)) func `Thirty models of one engine are one process, and wait for it while it is away`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let port = try freePort()
            let engine = try await ollama(scene, port, models: 30)
            let url = try await host(scene, "[\"ollama:\(port)\"]", llm: "\"m3:latest\"")
            try await scene.replica("m29:latest", "ready", of: url)
            #expect(try await ask("m7:latest", of: url) == "200 m7:latest says hi")
            #expect(try await ask("helper", of: url) == "200 m3:latest says hi")
            #expect(try await post(url + "/v1/embeddings", #"{"model": "embed:latest", "input": "abc"}"#).contains(#""embedding":[1.5,3.0]"#))
            let status = try await scene.hector("mesh", "status", server: url).output
            #expect(status.split(separator: "\n").count { $0.contains("adopted-ollama-1") && $0.contains("ready") } == 31)

            engine.kill()
            try await scene.replica("m7:latest", "nothing listens at port \(port)", of: url, within: .seconds(20))
            #expect(try await ask("m7:latest", of: url).hasPrefix("503"))
            _ = try await ollama(scene, port, models: 31)
            try await scene.replica("m30:latest", "ready", of: url, within: .seconds(20))
            #expect(try await ask("m7:latest", of: url) == "200 m7:latest says hi")
        }

        @Test(.enabled(if: hasPython)) func `Behind a node, the models that its certificate allows serve, and wait for their engine while it is away`() async throws {
            let scene = try await Scene(node: "far=m0-latest,mine")
            defer { scene.close() }
            let port = try freePort()
            let engine = try await ollama(scene, port, models: 3)
            let (_, listening) = try await scene.startNode(
                scene.nodeConfiguration(plugins: "  adopt: {engines: [\"ollama:\(port)\"], names: {\"m2:latest\": mine}}"))
            let url = try await scene.startHost(scene.hostConfiguration(nodes: [listening], llm: "\"m0:latest\"", plugins: "  llm_providers: {}")).url
            try await scene.replica("m0:latest", "adopted-ollama-1", "ready", of: url)
            try await scene.replica("mine", "adopted-ollama-1", "ready", of: url)
            let refused = try await scene.replica("node far offers", "not used: its certificate does not allow that", of: url)
            #expect(refused.contains("m1:latest") && !refused.contains("m0:latest") && !refused.contains("mine"), "\(refused)")
            #expect(try await ask("helper", of: url) == "200 m0:latest says hi")
            #expect(try await ask("mine", of: url) == "200 m2:latest says hi")
            #expect(try await ask("m1:latest", of: url).hasPrefix("404"))

            engine.kill()
            try await scene.replica("m0:latest", "nothing listens at port \(port)", of: url, within: .seconds(20))
            #expect(try await ask("helper", of: url).hasPrefix("503"))
            _ = try await ollama(scene, port, models: 3)
            try await scene.replica("m0:latest", "ready", of: url, within: .seconds(20))
            #expect(try await ask("helper", of: url) == "200 m0:latest says hi")
        }

        @Test(.enabled(if: hasPython && geteuid() == 0)) func `A stranger's program is not asked`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let port = try freePort()
            let stranger = try await ollama(scene, port, user: "4321")
            let found = try await scene.hector("adopt", "ollama:\(port)")
            #expect(found.status == 0 && found.output.contains("belongs to the user 4321 and is not asked"), "\(found.output)")
            #expect(!stranger.said.contains("/api/version"), "\(stranger.said)")
            // By a name that is his own, if he had one; root's program is asked.
            stranger.kill()
            try await eventually(within: .seconds(20)) { !Self.connects(port) }
            _ = try await ollama(scene, port)
            #expect(try await scene.hector("adopt", "ollama:\(port)").output.contains("m0:latest"))
        }

        @Test(.enabled(if: hasPython)) func `Hector's own front is not taken for an engine`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let port = try freePort()
            // Its API of Ollama answers as Ollama does, at every port of its own.
            let plugins = "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}}\n  adopt: [\"ollama:\(port)\"]"
            let text = try String(contentsOfFile: scene.hostConfiguration(llm: "echo-llm", plugins: plugins), encoding: .utf8)
            let (program, url) = try await scene.startHost(scene.write("front.yaml", text.replacing("127.0.0.1:0", with: "127.0.0.1:\(port)")))
            try await scene.replica("echo-llm-1", "ready", of: url)
            // It is asked every few seconds.
            try await eventually(within: .seconds(20)) { program.said.contains("is this Hector's own") || program.said.contains("is a Hector's") }
            #expect(program.said.contains("is this Hector's own") || program.said.contains("is a Hector's"))
            #expect(try await !scene.hector("mesh", "status", server: url).output.contains("\nhelper "))
            // Nor by another Hector, which is not its parent.
            let other = try await scene.hector("adopt", "ollama:\(port)").output
            #expect(other.contains("port \(port) is a Hector's"), "\(other)")
        }

        @Test(.enabled(if: hasPython)) func `A name of the configuration is joined by a mapping only`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let port = try freePort()
            _ = try await ollama(scene, port)
            let echo = "\n  llm_providers: {\"mine\": {path: \(Scene.product("echo-llm"))}}"
            let url = try await host(scene, "{engines: [\"ollama:\(port)\"], names: {\"m0:latest\": mine, \"m1:latest\": other}}", llm: "mine", more: echo)
            try await scene.replica("other", "ready", of: url)
            try await scene.replica("mine", "adopted-ollama-1", "ready", of: url)
            try await scene.replica("mine", "mine-1", "ready", of: url)
            let answers = try await (0..<20).asyncMap { _ in try await ask("mine", of: url) }
            #expect(Set(answers) == ["200 hi", "200 m0:latest says hi"] || Set(answers).isSubset(of: ["200 hi", "200 m0:latest says hi"]), "\(answers)")
            #expect(try await ask("other", of: url) == "200 m1:latest says hi")
        }

        @Test(.enabled(if: hasPython)) func `hector adopt shows what is there and what to write`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (port, empty) = (try freePort(), try freePort())
            _ = try await ollama(scene, port)
            let text = try await scene.hector("adopt", "ollama:\(port)", "vllm:\(empty)").output
            #expect(text.contains("Ollama 0.12.3 at port \(port)") && text.contains("nothing listens at port \(empty): vLLM does not run there"), "\(text)")
            #expect(text.contains("plugins: {adopt: [\"ollama:\(port)\"]}") && text.contains(#""m0": {llm: "m0:latest"}"#), "\(text)")
            // The lines are a configuration.
            let lines = text.split(separator: "\n").drop { !$0.hasPrefix("plugins:") }.joined(separator: "\n")
            #expect(try await scene.hector("config", "check", "--config", scene.write("lines.yaml", lines + "\n")).status == 0)
            struct Found: Decodable {
                struct Engine: Decodable {
                    struct Model: Decodable { let name, type, digest: String }
                    let engine: String
                    let port: Int
                    let models: [Model]
                }
                let engines: [Engine]
            }
            let json = try await scene.hector("adopt", "ollama:\(port)", "--json").output
            let found = try JSONDecoder().decode(Found.self, from: Data(json.utf8)).engines
            #expect(found.map(\.engine) == ["ollama"] && found[0].models.map(\.type) == ["llm_provider", "llm_provider", "embedder_provider"])
            #expect(found[0].models[1].digest == "sha256:" + String(repeating: "0", count: 63) + "1")
            #expect(try await scene.hector("adopt", "olama").status == 2)
        }

        @Test(
            .enabled(if: hasPython),
            .enabled("something listens where engines usually do") { ![11434, 8080, 1234, 8000].contains(where: connects) }
        ) func `Without a file the models of this machine are served, and without an engine it says how to get one`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let folder = "\(scene.folder)/empty"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            func serve(_ more: String = "") throws -> Program {
                try scene.start(executable: "/bin/sh", ["-c", "cd \(folder) && exec \(Scene.product("hector")) serve \(more)"])
            }
            let without = try serve()
            #expect(try await without.exit() == 1)
            #expect(without.said.contains("no engine on this machine") && without.said.contains("ollama pull") && without.said.contains("--demo"), "\(without.said)")
            // A named file that is missing stays an error.
            let named = try serve("--config hector.yaml")
            #expect(try await named.exit() == 1 && named.said.contains("hector.yaml") && !named.said.contains("ollama pull"), "\(named.said)")

            _ = try await ollama(scene, 11434)
            let served = try serve()
            try await served.says("listening", "url=http://127.0.0.1:8080")
            #expect(served.said.contains("Ollama 0.12.3 at port 11434") && served.said.contains("hector call m0 "), "\(served.said)")
            try await scene.replica("m1:latest", "ready", of: "http://127.0.0.1:8080")
            #expect(try await ask("m1", of: "http://127.0.0.1:8080") == "200 m1:latest says hi")
            #expect(try await ask("m0", of: "http://127.0.0.1:8080") == "200 m0:latest says hi")
        }

        @Test(
            .enabled(if: Engines.isThere, Engines.missing),
            .enabled("something listens where hector serve does") { !connects(8080) }
        ) func `Without an engine there is a model to try Hector with`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            // The model and the packages are there already: a first run would download them.
            let cache = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"] ?? NSHomeDirectory() + "/.cache"
            try FileManager.default.createDirectory(atPath: "\(scene.folder)/cache/hector", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: "\(scene.folder)/cache/hector/models", withDestinationPath: "\(cache)/hector/models")
            let python = Scene.package.appending(path: "examples/plugins/smollm/.venv/bin/python").path
            let served = try scene.start(
                executable: "/bin/sh", ["-c", "cd \(scene.folder)/cache && exec \(Scene.product("hector")) serve --demo"],
                environment: ["XDG_CACHE_HOME": "\(scene.folder)/cache", "SMOLLM_PYTHON": python])
            try await served.says("listening", "url=http://127.0.0.1:8080")
            try await scene.replica("smollm-1", "ready", of: "http://127.0.0.1:8080", within: .seconds(30))
            let answer = try await ask("smollm", of: "http://127.0.0.1:8080")
            #expect(answer.hasPrefix("200 ") && answer.count > 6, "\(answer)")
            // The lines that it shows are a configuration.
            let lines = served.said.split(separator: "\n").drop { $0 != "plugins:" }.prefix { !$0.contains(" info hector: ") }.joined(separator: "\n")
            #expect(try await scene.hector("config", "check", "--config", scene.write("lines.yaml", lines + "\n")).status == 0, "\(lines)")
        }

        /// The real one, with SmolLM2.
        @Test(.enabled(if: Engines.isThere, Engines.missing)) func `llama.cpp's own server is adopted`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let port = try freePort()
            _ = try await Engines.llama(scene, port: port, key: nil)
            let url = try await host(scene, "[\"llama.cpp:\(port)\"]", llm: "SmolLM2-135M-Instruct.Q4_1")
            try await scene.replica("SmolLM2-135M-Instruct.Q4_1", "ready", of: url, within: .seconds(30))
            let answer = try await ask("helper", of: url)
            #expect(answer.hasPrefix("200 ") && answer.count > 6, "\(answer)")
            #expect(try await scene.hector("info", "helper", server: url).status == 0)
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<T>(_ body: (Element) async throws -> T) async rethrows -> [T] {
        var results: [T] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
