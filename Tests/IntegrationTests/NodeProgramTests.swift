import Foundation
import Testing

extension Integration {
    /// What `hector-plugin-agent` says to people.
    @Suite(.timeLimit(.minutes(1)))
    struct NodeProgramTests {
        private func configuration(_ scene: Scene, listen: String = "127.0.0.1:0", tls: String? = nil, avahi: Bool = false, plugins: String = TrustTests.plugins) throws -> String {
            try scene.write(
                "node-\(UUID().uuidString.prefix(4)).yaml",
                """
                agent: {listen: "\(listen)"}
                mesh: {name: home, tls: \(tls ?? scene.tls("agent-far")), announce: {avahi: \(avahi)}}
                plugins:
                \(plugins)
                """)
        }

        private func check(_ scene: Scene, _ configuration: String, _ more: String...) async throws -> (status: Int32, said: String) {
            let program = try scene.start("hector-plugin-agent", ["config", "check", "--config", configuration] + more)
            return (try await program.exit(), program.said)
        }

        @Test func `config check finds what a start would, all at once, a line each`() async throws {
            let scene = try await Scene(bad: true)
            defer { scene.close() }
            let good = try configuration(scene)
            var found = try await check(scene, good)
            #expect(found.status == 0)
            #expect(found.said == "\(good) is good: 1 plugin on this machine.\n")
            found = try await check(scene, good, "--json")
            #expect(found.said == "{\"good\":true,\"plugins\":1,\"problems\":[],\"warnings\":[]}\n")

            let files = scene.certificates
            let mixed = try configuration(
                scene, tls: "{ca: \(files)/ca.key, certificate: \(files)/agent-far.pem, key: \(files)/ca.pem}",
                plugins: "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}, other: {path: \(files)/ca.pem}}")
            found = try await check(scene, mixed)
            #expect(found.status == 1)
            let lines = found.said.split(separator: "\n")
            #expect(lines.filter { $0.hasPrefix("hector-plugin-agent: mesh.tls.") }.count == 2, "\(found.said)")
            #expect(lines.contains { $0.contains("other") }, "\(found.said)")
            #expect(lines.allSatisfy { $0.hasPrefix("hector-plugin-agent: ") }, "\(found.said)")
            #expect(!found.said.contains("is good"))

            let expired = try configuration(scene, tls: scene.tls("bad/expired-agent"))
            found = try await check(scene, expired)
            #expect(found.status == 0)
            #expect(found.said.hasPrefix("hector-plugin-agent: warning: mesh.tls.certificate: \(files)/bad/expired-agent.pem has expired"), "\(found.said)")
            let node = try scene.start("hector-plugin-agent", ["run", "--config", expired])
            try await node.says("warning", "expired-agent.pem has expired", "check the clock")
            try await node.says("listening")

            found = try await check(scene, "\(scene.folder)/nothing.yaml")
            #expect(found.status == 1)
            #expect(found.said.contains("\(scene.folder)/nothing.yaml does not exist: name the file with --config"), "\(found.said)")
        }

        @Test func `A node that only this machine reaches says that it is not announced`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (node, _) = try await scene.startNode(configuration(scene, listen: "localhost:0", avahi: true))
            try await node.says("warning", "localhost:0 can be reached from this machine only, so this node is not announced")
        }

        @Test func `A reader that has gone ends it quietly, and closed descriptors do no harm`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let file = try configuration(scene)
            for command in ["--help", "config check --config \(file)"] {
                let shell = try scene.start(executable: "/bin/bash", ["-c", "\(Scene.product("hector-plugin-agent")) \(command) | true; echo status ${PIPESTATUS[0]}"])
                #expect(try await shell.exit() == 0)
                // What was written before the reader had gone is no failure.
                #expect(["status 141\n", "status 0\n"].contains(shell.said), "\(shell.said)")
            }
            let closed = try scene.start(executable: "/bin/bash", ["-c", "exec \(Scene.product("hector-plugin-agent")) config check --config \(file) <&- >&- 2>&-"])
            #expect(try await closed.exit() == 0)
        }
    }
}
