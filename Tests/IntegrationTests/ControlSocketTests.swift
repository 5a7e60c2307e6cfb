import Foundation
import Testing

extension Integration {
    /// The control socket of `hector serve`, with real programs: who may connect, and what happens where several have one.
    @Suite(.timeLimit(.minutes(3)))
    struct ControlSocketTests {
        private static func host(_ scene: Scene, prompt: String, server: String = "") throws -> String {
            try scene.write(
                "h.yaml",
                """
                server: {listen: "127.0.0.1:0"\(server)}
                plugins:
                  llm_providers: {model: {path: \(Scene.product("moody-llm"))}}
                agents: {helper: {llm: model, prompt: {system_prompt: "\(prompt)"}}}
                """)
        }

        private static func mode(_ path: String) -> Int? {
            (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
        }

        /// The status that curl is told, in its own words.
        private static func curl(_ scene: Scene, _ arguments: [String], as user: String? = nil) async throws -> (status: Int32, output: String) {
            let command = ["curl", "-sS", "-m", "20", "-w", "\n%{http_code}\n"] + arguments
            let program = try scene.start(
                executable: "/usr/bin/env", (user.map { ["setpriv", "--reuid", $0, "--clear-groups"] } ?? []) + command)
            return (try await program.exit(), program.said)
        }

        private static let post = ["-H", "content-type: application/json", "-d", "{}"]

        @Test func `hector reload waits, and tells what changed and what is refused`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (program, url) = try await scene.startHost(Self.host(scene, prompt: "Be brief."))
            let socket = scene.temporary + "/hector/control.sock"
            try await eventually { Self.mode(socket) == 0o600 }
            #expect(Self.mode(socket) == 0o600 && Self.mode(scene.temporary + "/hector") == 0o700)

            let same = try await scene.hector("reload")
            #expect(same.status == 0 && same.output.contains("nothing has changed"), "\(same)")
            let json = try await scene.hector("reload", "--json")
            #expect(json.status == 0 && json.output.contains("\"complete\":true"), "\(json)")
            _ = try Self.host(scene, prompt: "Be long.")
            let changed = try await scene.hector("reload")
            #expect(changed.status == 0 && changed.output.contains("changed agent helper"), "\(changed)")
            _ = try Self.host(scene, prompt: "Be long.", server: ", max_calls: none")
            let refused = try await scene.hector("reload")
            #expect(refused.status == 1 && refused.output.contains("max_calls"), "\(refused)")

            // The same routes as over TCP, with the administrator's rights.
            let mesh = try await Self.curl(scene, ["--unix-socket", socket, "http://localhost/mesh"])
            #expect(mesh.output.hasSuffix("\n200\n"), "\(mesh)")
            // Without a token nobody changes anything over TCP.
            let tcp = try await Self.curl(scene, Self.post + ["\(url)/reload"])
            #expect(tcp.output.hasSuffix("\n403\n") && tcp.output.contains("server.token"), "\(tcp)")

            let deleted = try await scene.hector("sessions", "delete", "--all")
            #expect(deleted.status == 0 && deleted.output.contains("0 sessions deleted"), "\(deleted)")
            let kept = try await scene.hector("sessions", "delete", "--all", "--server", url)
            #expect(kept.status == 1 && kept.output.contains("server.token"), "\(kept)")

            program.signal(SIGTERM)
            #expect(try await program.exit() == 0, "\(program.said)")
            #expect(!FileManager.default.fileExists(atPath: scene.temporary + "/hector"))
            let gone = try await scene.hector("reload")
            #expect(gone.status == 1 && gone.output.contains("no `hector serve` of this user runs"), "\(gone)")
        }

        @Test func `Over TCP the administrator's token is needed`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let clients = ", token: secret-of-the-admin, clients: {page: {token: secret-of-the-page}}"
            let (_, url) = try await scene.startHost(Self.host(scene, prompt: "Be brief.", server: clients))
            for (token, status) in [("secret-of-the-admin", "200"), ("secret-of-the-page", "403"), ("wrong", "401")] {
                let answer = try await Self.curl(scene, Self.post + ["-H", "authorization: Bearer \(token)", "\(url)/reload"])
                #expect(answer.output.hasSuffix("\n\(status)\n"), "\(token): \(answer)")
            }
        }

        @Test(.enabled(if: geteuid() == 0, "another user is impersonated"))
        func `Another user is refused, even where the file's mode lets it connect`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (program, _) = try await scene.startHost(Self.host(scene, prompt: "Be brief."))
            let socket = scene.temporary + "/hector/control.sock"
            try await eventually { Self.mode(socket) == 0o600 }
            let asked = ["--unix-socket", socket, "http://localhost/healthz"]
            #expect(try await Self.curl(scene, asked).output.hasSuffix("\n200\n"))
            chmod(scene.folder, 0o755)
            chmod(scene.temporary, 0o755)
            chmod(scene.temporary + "/hector", 0o755)
            #expect(try await Self.curl(scene, asked, as: "65534").status != 0)
            chmod(socket, 0o666)
            let refused = try await Self.curl(scene, asked, as: "65534")
            // Closed at once: 28 is curl's time limit.
            #expect(![0, 28].contains(refused.status) && !refused.output.contains("healthy"), "\(refused)")
            try await program.says("a connection to the control socket was refused", "user=65534")
        }

        @Test func `Two hosts have a socket each, and one that was killed is followed by the next`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let file = try Self.host(scene, prompt: "Be brief.")
            let directory = scene.temporary + "/hector"
            let (first, _) = try await scene.startHost(file)
            try await eventually { Self.mode(directory + "/control.sock") == 0o600 }
            let (second, _) = try await scene.startHost(file)
            try await second.says("the control socket", "path=\(directory)/control-2.sock")
            let both = try await scene.hector("reload")
            #expect(both.status == 1 && both.output.contains("--socket \(directory)/control.sock\n  --socket \(directory)/control-2.sock"), "\(both)")
            #expect(try await scene.hector("reload", "--socket", directory + "/control-2.sock").status == 0)

            // Its socket stays behind.
            first.kill()
            #expect(Self.mode(directory + "/control.sock") == 0o600)
            #expect(try await scene.hector("reload").status == 0)
            _ = try await scene.startHost(file)
            try await eventually {
                let answer = try? await scene.hector("reload", "--socket", directory + "/control.sock")
                return answer?.status == 0
            }
            #expect(try await scene.hector("reload", "--socket", directory + "/control.sock").status == 0)
        }
    }
}
