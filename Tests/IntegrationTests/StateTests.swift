import Foundation
import FoundationNetworking
import Testing

extension Integration {
    /// What outlives `hector serve`.
    @Suite(.timeLimit(.minutes(3))) struct StateTests {
        private static let plugins = "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}}"

        private func configuration(_ scene: Scene, _ further: String = "") throws -> String {
            try scene.write(
                "state.yaml",
                """
                server: {listen: "127.0.0.1:0", token: token-of-the-admin}
                plugins:
                \(Self.plugins)
                agents:
                  helper: {llm: echo-llm, memory: {tokens: 2000, keep: 24h}, limits: {calls: 8, queue: 8, timeout: 30s}}
                \(further)
                """)
        }

        private func hector(_ scene: Scene, _ arguments: String..., server: String) async throws -> (status: Int32, output: String) {
            let program = try scene.start("hector", arguments, environment: ["HECTOR_SERVER": server, "HECTOR_TOKEN": "token-of-the-admin"])
            return (try await program.exit(), program.said)
        }

        private func say(_ text: String, in context: String, to server: String) async throws {
            var request = URLRequest(url: try #require(URL(string: server + "/agents/helper")))
            request.httpMethod = "POST"
            request.setValue("application/json", forHTTPHeaderField: "content-type")
            request.setValue("Bearer token-of-the-admin", forHTTPHeaderField: "authorization")
            request.httpBody = Data(
                #"{"jsonrpc": "2.0", "id": 1, "method": "SendMessage", "params": {"message": {"messageId": "m", "role": "ROLE_USER", "contextId": "\#(context)", "parts": [{"text": "\#(text)"}]}}}"#
                    .utf8)
            let (answer, _) = try await URLSession.shared.data(for: request)
            #expect(String(decoding: answer, as: UTF8.self).contains("TASK_STATE_COMPLETED"), "\(String(decoding: answer, as: UTF8.self))")
        }

        private func ready(_ scene: Scene, _ url: String) async throws {
            let end = ContinuousClock.now + .seconds(10)
            while try await !hector(scene, "mesh", "status", server: url).output.contains("1 of 1 replicas ready"), ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(50))
            }
        }

        @Test func `A session goes on after kill -9`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let environment = ["HECTOR_STATE_DIR": "\(scene.folder)/state"]
            let configuration = try configuration(scene)
            var (program, url) = try await scene.startHost(configuration, environment: environment)
            try await ready(scene, url)
            try await say("the first question", in: "trip", to: url)
            program.kill()
            (program, url) = try await scene.startHost(configuration, environment: environment)
            #expect(try await hector(scene, "sessions", "list", server: url).output.contains("trip"))
            try await ready(scene, url)
            try await say("the second question", in: "trip", to: url)
            let shown = try await hector(scene, "sessions", "show", "trip", server: url).output
            #expect(shown.contains("2 turns") && shown.contains("user: the first question\n") && shown.contains("user: the second question\n"), "\(shown)")

            // A second host on the same directory goes on without, and says so.
            let (second, other) = try await scene.startHost(configuration, environment: environment)
            let status = try await hector(scene, "mesh", "status", server: other)
            #expect(status.output.contains("another hector uses"), "\(status.output)")
            #expect(try await hector(scene, "sessions", "list", server: other).output == "No sessions.\n")
            second.kill()

            #expect(try await hector(scene, "sessions", "delete", "trip", server: url).output == "1 sessions deleted\n")
            program.kill()
            (program, url) = try await scene.startHost(configuration, environment: environment)
            #expect(try await hector(scene, "sessions", "list", server: url).output == "No sessions.\n")
        }

        @Test func `A read-only directory is told, and the host serves`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let disk = try folder("disk", of: scene)
            guard try await mayMount(disk, scene) else { return }
            let script = "mount -t tmpfs -o size=512k,mode=700,ro none \(disk); exec \(Scene.product("hector")) serve --config \(try configuration(scene))"
            let (program, url) = try await startHost(script, disk, scene)
            try await ready(scene, url)
            try await say("hello", in: "trip", to: url)
            #expect(try await hector(scene, "mesh", "status", server: url).output.contains("is on a read-only file system"))
            #expect(program.said.contains("read-only"))
        }

        private func folder(_ name: String, of scene: Scene) throws -> String {
            let path = "\(scene.folder)/\(name)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            return path
        }

        /// Whether a test may have a file system of its own, which goes with its process.
        private func mayMount(_ disk: String, _ scene: Scene) async throws -> Bool {
            try await scene.start(executable: "/bin/sh", ["-c", "unshare -m mount -t tmpfs none \(disk)"]).exit() == 0
        }

        private func startHost(_ script: String, _ disk: String, _ scene: Scene) async throws -> (program: Program, url: String) {
            let program = try scene.start(executable: "/usr/bin/unshare", ["-m", "/bin/sh", "-c", script], environment: ["HECTOR_STATE_DIR": disk])
            let line = try await program.says("listening", "url=http://")
            let port = try #require(line.firstMatch(of: #/url=\S*:(\d+)/#)?.output.1)
            return (program, "http://127.0.0.1:\(port)")
        }

        @Test func `A full disk keeps no answer back, and is told until there is room`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let disk = try folder("disk", of: scene)
            guard try await mayMount(disk, scene) else { return }
            let path = try configuration(scene)
            let filler = "\(scene.folder)/fill"
            let script = """
                mount -t tmpfs -o size=512k,mode=700 none \(disk)
                (while [ ! -e \(filler) ]; do sleep 0.05; done
                dd if=/dev/zero of=\(disk)/filler bs=1k count=600 2>/dev/null; touch \(scene.folder)/filled
                while [ -e \(filler) ]; do sleep 0.05; done; rm \(disk)/filler; touch \(scene.folder)/freed) &
                exec \(Scene.product("hector")) serve --config \(path)
                """
            let (program, url) = try await startHost(script, disk, scene)
            try await ready(scene, url)
            func wait(for name: String) async throws {
                let end = ContinuousClock.now + .seconds(10)
                while !FileManager.default.fileExists(atPath: "\(scene.folder)/\(name)"), ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            try scene.write("fill", "")
            try await wait(for: "filled")
            for number in 0..<12 { try await say(String(repeating: "word ", count: 400), in: "long-\(number)", to: url) }
            #expect(try await hector(scene, "mesh", "status", server: url).output.contains("not everything is kept"))
            try FileManager.default.removeItem(atPath: filler)
            try await wait(for: "freed")
            try await say("again", in: "trip", to: url)
            #expect(try await !hector(scene, "mesh", "status", server: url).output.contains("not everything is kept"))
            program.kill()
        }
    }
}
