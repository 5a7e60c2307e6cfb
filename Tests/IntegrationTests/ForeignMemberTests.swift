import Foundation
import Testing

extension Integration {
    /// gRPC servers of other makers as members of the mesh, without hector-plugin-agent.
    @Suite(.serialized, .timeLimit(.minutes(2)))
    struct ForeignMemberTests {
        private static let python: String = ProcessInfo.processInfo.environment["HECTOR_TEST_PYTHON"]
            ?? Scene.package.appending(path: ".build/test-python/bin/python").path
        private static let hasPython = FileManager.default.isExecutableFile(atPath: python)
        private static let hasGo = FileManager.default.fileExists(atPath: "/usr/share/gocode/src/google.golang.org/grpc")
        private static let missing: Comment = "run 'deploy/prerequisites test', and 'deploy/prerequisites python .build/test-python Tests/InteropTests/python/requirements.txt'"

        private func goServer(_ scene: Scene, _ flags: String..., node: String) async throws -> (program: Program, port: Int) {
            let build = try scene.start(
                executable: Scene.package.appending(path: "Tests/InteropTests/go-server/build").path, [scene.folder],
                environment: ["HOME": scene.folder])
            try #require(try await build.exit(within: .seconds(60)) == 0, "\(build.said)")
            let server = try scene.start(
                executable: "\(scene.folder)/go-server", ["-certs", scene.certificates, "-node", node] + flags)
            let line = try await server.says("listening on port", within: .seconds(20))
            return (server, try #require(line.split(separator: " ").last.flatMap { Int($0) }))
        }

        private func hostConfiguration(_ scene: Scene, _ place: String, llm: String, agents: String = "", more: String = "") throws -> String {
            try scene.write(
                "hector-\(UUID().uuidString.prefix(4)).yaml",
                """
                server: {listen: "127.0.0.1:0"}
                mesh:
                  name: home
                  tls: \(scene.tls("host-near"))
                  sources: {avahi: false, static: [\(place)]}
                  call_timeout: 20s
                agents: {helper: {llm: \(llm)}\(agents)}
                \(more)
                """)
        }

        /// The example of docs/mesh.md, as it stands there.
        @Test(.enabled(if: hasPython, missing)) func `A server in Python that is in the documents serves as it stands`() async throws {
            let scene = try await Scene(node: "llama-1=llama")
            defer { scene.close() }
            let page = try String(contentsOf: Scene.package.appending(path: "docs/mesh.md"), encoding: .utf8)
            let block = try #require(page.components(separatedBy: "```python\n").dropFirst().first?.components(separatedBy: "```").first)
            let script = try scene.write("llama-server", block)
            let server = try scene.start(
                executable: Self.python, [script, scene.certificates, "llama-1", "home", "0"],
                environment: ["PYTHONPATH": Scene.package.appending(path: "proto").path])
            let line = try await server.says("listening on port", within: .seconds(30))
            let port = try #require(line.split(separator: " ").last.flatMap { Int($0) })
            let (host, url) = try await scene.startHost(hostConfiguration(scene, "\"127.0.0.1:\(port)\"", llm: "llama"))
            try await scene.replica("llama", "llama-1", "ready", of: url)
            let call = try await scene.hector("call", "helper", "hello there", server: url)
            #expect(call.status == 0 && call.output.contains("The llama says: hello there"), "\(call.output)")
            try await host.says("node connected", "node=llama-1")
            server.kill()
            try await scene.replica("node llama-1", "is not connected", of: url)
            #expect(host.isRunning)
        }

        @Test(.enabled(if: hasGo, missing)) func `A server on grpc-go serves two names, and its health decides`() async throws {
            let scene = try await Scene(node: "far=llama,mistral")
            defer { scene.close() }
            let (server, port) = try await goServer(scene, node: "far")
            // It has an embedder as well: the host's configuration says which kind the name stands for.
            let (host, url) = try await scene.startHost(hostConfiguration(scene, "\"127.0.0.1:\(port)\"", llm: "llama", agents: ", second: {llm: mistral}"))
            try await scene.replica("llama", "far", "ready", of: url)
            for name in ["llama", "mistral"] {
                let call = try await scene.hector("call", name == "llama" ? "helper" : "second", "hello there", server: url)
                #expect(call.status == 0 && call.output.contains("\(name) says: hello there"), "\(call.output)")
            }
            server.signal(SIGUSR1)
            try await scene.replica("llama", "checking", of: url)
            let refused = try await scene.hector("mesh", "status", "--json", server: url)
            #expect(refused.output.contains("the server says that it is not serving"), "\(refused.output)")
            server.signal(SIGUSR2)
            try await scene.replica("llama", "ready", of: url)
            // Longer than it allows one ping in five minutes after two: it must not take us for an attacker.
            try await Task.sleep(for: .seconds(4))
            #expect(server.isRunning, "nobody calls Initialize or Shutdown: \(server.said)")
            #expect(!host.said.contains("node lost"), "\(host.said)")
            host.signal(SIGTERM)
            _ = try await host.exit()
            #expect(server.isRunning, "nobody calls Shutdown: \(server.said)")
        }

        @Test(.enabled(if: hasGo, missing)) func `Without reflection and health the configuration says what is served`() async throws {
            let scene = try await Scene(node: "far")
            defer { scene.close() }
            let (server, port) = try await goServer(scene, "-reflection=false", "-health=false", node: "far")
            let silent = try await scene.startHost(hostConfiguration(scene, "\"127.0.0.1:\(port)\"", llm: "llama"))
            try await scene.replica("say which it serves, in mesh.sources.static", of: silent.url)
            silent.program.signal(SIGTERM)
            let place = "{address: \"127.0.0.1:\(port)\", plugins: {llama: llm_provider}}"
            let (_, url) = try await scene.startHost(hostConfiguration(scene, place, llm: "llama"))
            try await scene.replica("llama", "far", "ready", of: url)
            let call = try await scene.hector("call", "helper", "hello", server: url)
            #expect(call.status == 0 && call.output.contains("llama says: hello"), "\(call.output)")
            #expect(server.isRunning)
        }

        @Test(.enabled(if: hasGo, missing)) func `A kind that does not agree with this host's is told, and nothing is called`() async throws {
            let scene = try await Scene(node: "far=store")
            defer { scene.close() }
            let (server, port) = try await goServer(scene, node: "far")
            let plugins = "plugins: {database_providers: {store: {}}, llm_providers: {model: {}}}"
            let (host, url) = try await scene.startHost(hostConfiguration(scene, "\"127.0.0.1:\(port)\"", llm: "model", more: plugins))
            try await host.says("node far serves store as embedder_provider and llm_provider, not used: here it is database_provider")
            try await scene.replica(
                "node far serves store as embedder_provider and llm_provider, not used: here it is database_provider", of: url)
            #expect(server.isRunning)
        }

        /// The certificate of a host: whoever has it may call, and not serve.
        @Test(.enabled(if: hasGo, missing)) func `A server with a host's certificate is refused`() async throws {
            let scene = try await Scene(node: "far=llama")
            defer { scene.close() }
            for kind in ["pem", "key"] {
                try FileManager.default.removeItem(atPath: "\(scene.certificates)/agent-far.\(kind)")
                try FileManager.default.copyItem(
                    atPath: "\(scene.certificates)/host-near.\(kind)", toPath: "\(scene.certificates)/agent-far.\(kind)")
            }
            let (_, port) = try await goServer(scene, node: "far")
            let (host, _) = try await scene.startHost(hostConfiguration(scene, "\"127.0.0.1:\(port)\"", llm: "llama"))
            try await host.says("do not trust each other", "only a node is accepted here")
        }
    }
}
