import Foundation
import HectorProto
import HectorRPC
import HectorTrust
import NIOPosix
import SwiftProtobuf
import Testing

extension Integration {
    /// A node that is drained, and one that is stopped, with real programs.
    @Suite(.timeLimit(.minutes(4)))
    struct DrainTests {
        private static func plugins(_ more: String = "") -> String {
            "  llm_providers: {model: {path: \(Scene.product("moody-llm"))\(more)}}"
        }

        private static let remote = "  llm_providers: {model: {}}"

        private static func node(_ scene: Scene, _ arguments: String...) async throws -> (status: Int32, output: String) {
            let program = try scene.start("hector-plugin-agent", arguments)
            return (try await program.exit(within: .seconds(60)), program.said)
        }

        private static func host(_ scene: Scene, _ port: Int) async throws -> String {
            let (_, url) = try await scene.startHost(scene.hostConfiguration(nodes: [port], plugins: remote))
            try await scene.replica("model", "ready", of: url)
            return url
        }

        /// A host's connection to the node.
        private static func connected<T: Sendable>(_ scene: Scene, _ port: Int, _ body: (ClientConnection) async throws -> T) async throws -> T {
            let credentials = try MeshCredentials(
                mesh: "home", role: .host, ca: "\(scene.certificates)/ca.pem", certificate: "\(scene.certificates)/host-near.pem",
                key: "\(scene.certificates)/host-near.key")
            let connection = try await ClientConnection.connect(
                to: .tcp(host: "127.0.0.1", port: UInt16(port)), security: .mutualTLS(credentials.dialling(nodeID: nil)), on: MultiThreadedEventLoopGroup.singleton)
            let answer = try await body(connection)
            await connection.close()
            return answer
        }

        private static func isServing(_ scene: Scene, _ port: Int) async throws -> Bool {
            try await connected(scene, port) { try await $0.unary(HealthMethods.check, .init()).status == .serving }
        }

        @Test func `A drained node finishes its calls, takes no new ones, says so, and stays so over a restart`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let state = ["HECTOR_STATE_DIR": scene.folder + "/state"]
            let configuration = try scene.nodeConfiguration(drain: "20s", plugins: Self.plugins())
            var (node, port) = try await scene.startNode(configuration, environment: state)
            let url = try await Self.host(scene, port)
            let socket = scene.temporary + "/hector/node.sock"
            try await eventually(within: .seconds(10)) { FileManager.default.fileExists(atPath: socket) }
            #expect((try FileManager.default.attributesOfItem(atPath: socket))[.posixPermissions] as? Int == 0o600)

            #expect(try await Self.isServing(scene, port))
            let call = try scene.start("hector", ["call", "helper", "say 40"], environment: ["HECTOR_SERVER": url])
            try await eventually(within: .seconds(20)) { call.said.contains("1 ") }
            let drained = try await Self.node(scene, "drain", "--reason", "new card")
            #expect(drained.status == 0 && drained.output == "node far-away is drained: new card\nno call is under way there\n", "\(drained)")
            #expect(try await call.exit() == 0 && call.said.contains("39 done"), "\(call.said)")
            try await scene.replica("model", "draining", "drained on the machine itself: new card", of: url)
            let refused = try await scene.hector("call", "helper", "say 1", server: url)
            #expect(refused.status != 0, "\(refused)")
            #expect(try await !Self.isServing(scene, port))
            // A host that has not heard of it yet knows that its call never began.
            let refusal = try await Self.connected(scene, port) { connection in
                await #expect(throws: RPCError.self) {
                    try await connection.unary(LLMProviderMethods.generate, .init(), options: CallOptions(metadata: ["hector-plugin": "model"]))
                }
            }
            #expect(refusal?.code == .unavailable && refusal?.metadata["hector-lost"] == "plugin" && refusal?.message.contains("new card") == true, "\(String(describing: refusal))")

            node.signal(SIGTERM)
            #expect(try await node.exit() == 0, "\(node.said)")
            #expect(!FileManager.default.fileExists(atPath: socket))
            let again = try scene.nodeConfiguration(port: port, drain: "20s", plugins: Self.plugins())
            (node, port) = try await scene.startNode(again, environment: state)
            try await node.says("drained since before this start", "the whole node")
            try await scene.replica("model", "draining", "new card", of: url, within: .seconds(40))

            #expect(try await !Self.isServing(scene, port))

            let json = try await Self.node(scene, "undrain", "--json")
            #expect(json.status == 0 && json.output == "{\"calls\":0,\"drained\":[],\"node\":\"far-away\"}\n", "\(json)")
            try await scene.replica("model", "ready", of: url)
            #expect(try await scene.hector("call", "helper", "say 1", server: url).status == 0)

            // What is kept is damaged: it is set aside and told, and the node serves.
            node.signal(SIGTERM)
            #expect(try await node.exit() == 0, "\(node.said)")
            let file = scene.folder + "/state/hector-plugin-agent.sqlite"
            try String(repeating: "no database ", count: 1_000).write(toFile: file, atomically: true, encoding: .utf8)
            (node, port) = try await scene.startNode(again, environment: state)
            try await node.says("was damaged and is now")
            #expect(try String(contentsOfFile: file + ".damaged-1", encoding: .utf8).hasPrefix("no database"))
            try await scene.replica("model", "ready", of: url, within: .seconds(40))
            #expect(try await Self.node(scene, "drain").output.contains("forgotten") == false)
        }

        @Test func `While one of two nodes is drained and undrained, no call fails`() async throws {
            let scene = try await Scene(others: ["second"])
            defer { scene.close() }
            let (first, firstPort) = try await scene.startNode(scene.nodeConfiguration(plugins: Self.plugins()))
            let (_, secondPort) = try await scene.startNode(scene.nodeConfiguration(tls: scene.tls("agent-second"), plugins: Self.plugins()))
            let (_, url) = try await scene.startHost(scene.hostConfiguration(nodes: [firstPort, secondPort], plugins: Self.remote))
            try await scene.replica("2 of 2 replicas ready", of: url)
            // The first node has the first socket.
            let socket = scene.temporary + "/hector/node.sock"
            #expect(first.isRunning && FileManager.default.fileExists(atPath: socket))
            let several = try await Self.node(scene, "drain")
            #expect(several.status == 1 && several.output.contains("several nodes") && several.output.contains("node-2.sock"), "\(several)")
            let request = try scene.write("request.json", #"{"model": "helper", "messages": [{"role": "user", "content": "sleep 30"}]}"#)
            let calls = try scene.start(executable: "/bin/bash", ["-c", """
                for n in 1 2 3 4; do
                  while [ ! -e \(scene.folder)/over ]; do
                    curl -sS -m 20 -o /dev/null -w '%{http_code}\\n' -H 'content-type: application/json' -d @\(request) \(url)/v1/chat/completions
                  done &
                done; wait
                """])
            for round in 0..<4 {
                let drained = try await Self.node(scene, "drain", "--socket", socket, "--reason", "round \(round)")
                #expect(drained.status == 0, "\(drained)")
                #expect(try await Self.node(scene, "undrain", "--socket", socket).status == 0)
            }
            try scene.write("over", "")
            #expect(try await calls.exit() == 0)
            let statuses = calls.said.split(separator: "\n")
            #expect(statuses.count > 20 && statuses.allSatisfy { $0 == "200" }, "\(Set(statuses)) of \(statuses.count)")
        }

        @Test func `The commands of the page about draining work as they stand there`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            _ = try await scene.startNode(scene.nodeConfiguration(plugins: "  llm_providers: {my-llm: {path: \(Scene.product("moody-llm"))}}"))
            let page = try String(contentsOf: Scene.package.appending(path: "docs/draining.md"), encoding: .utf8)
            let block = try #require(page.firstMatch(of: #/```sh\n((?s:.*?))```/#)).output.1
            let commands = block.split(separator: "\n").map { String($0).replacing("hector-plugin-agent", with: Scene.product("hector-plugin-agent"), maxReplacements: 1) }
            #expect(commands.count == 4)
            for command in commands {
                let shell = try scene.start(executable: "/bin/bash", ["-c", command])
                #expect(try await shell.exit() == 0, "\(command): \(shell.said)")
            }
        }

        @Test func `Calls of a process that is replaced have the drain timeout of the node`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let configuration = try scene.nodeConfiguration(drain: "2s", plugins: Self.plugins())
            let (node, port) = try await scene.startNode(configuration)
            let url = try await Self.host(scene, port)
            let call = try scene.start("hector", ["call", "helper", "forever"], environment: ["HECTOR_SERVER": url])
            try await eventually(within: .seconds(20)) { call.said.contains("again") }
            try String(contentsOfFile: configuration, encoding: .utf8).replacing("moody-llm", with: "moody-llm, config: {any: thing}")
                .write(toFile: configuration, atomically: true, encoding: .utf8)
            #expect(try await Self.node(scene, "reload").status == 0)
            try await node.says("calls are cut off, which have not finished within 2 s", within: .seconds(25))
            #expect(try await call.exit() != 0)
        }

        @Test func `One plugin is drained alone, by its name, and mistakes are told`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let gone = try await Self.node(scene, "drain")
            #expect(gone.status == 1 && gone.output.contains("no hector-plugin-agent of this user runs here") && gone.output.contains("/hector/node.sock"), "\(gone)")
            let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: Self.plugins()))
            let url = try await Self.host(scene, port)
            let unknown = try await Self.node(scene, "drain", "modle")
            #expect(unknown.status == 1 && unknown.output.contains("no plugin 'modle'") && unknown.output.contains("'model'"), "\(unknown)")
            let other = try await Self.node(scene, "undrain", "model")
            #expect(other.status == 1 && other.output.contains("'model' is not drained"), "\(other)")
            let drained = try await Self.node(scene, "drain", "model")
            // Without a state directory it is forgotten at a restart, and that is said.
            #expect(drained.status == 0 && drained.output.contains("plugin model is drained\n") && drained.output.contains("forgotten at a restart"), "\(drained)")
            try await scene.replica("model", "draining", "drained on the machine itself", of: url)
            #expect(try await Self.node(scene, "undrain", "model").status == 0)
            try await scene.replica("model", "ready", of: url)
        }

        @Test func `reload waits, and tells what changed, what needs a restart and what is refused`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let configuration = try scene.nodeConfiguration(plugins: Self.plugins())
            _ = try await scene.startNode(configuration)
            let same = try await Self.node(scene, "reload")
            #expect(same.status == 0 && same.output == "nothing has changed\n", "\(same)")
            let text = try String(contentsOfFile: configuration, encoding: .utf8)
            try text.replacing("drain_timeout: 1s", with: "drain_timeout: 2s").replacing("moody-llm", with: "moody-llm, replicas: 2")
                .write(toFile: configuration, atomically: true, encoding: .utf8)
            let changed = try await Self.node(scene, "reload")
            #expect(changed.status == 0 && changed.output.contains("agent.drain_timeout") && changed.output.contains("replicas 1 → 2"), "\(changed)")
            try text.replacing("name: far-away", with: "name: nearby").write(toFile: configuration, atomically: true, encoding: .utf8)
            let restart = try await Self.node(scene, "reload", "--json")
            #expect(restart.status == 1 && restart.output.contains("\"needs_restart\":true"), "\(restart)")
            try text.replacing("drain_timeout: 1s", with: "drain_timeout: soon").write(toFile: configuration, atomically: true, encoding: .utf8)
            let refused = try await Self.node(scene, "reload")
            #expect(refused.status == 1 && refused.output.contains("drain_timeout"), "\(refused)")
        }

        @Test(.enabled(if: geteuid() == 0, "another user is impersonated"))
        func `Another user is refused, even where the file's mode lets it connect`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            _ = try await scene.startNode(scene.nodeConfiguration(plugins: Self.plugins()))
            let socket = scene.temporary + "/hector/node.sock"
            try await eventually(within: .seconds(10)) { FileManager.default.fileExists(atPath: socket) }
            for path in [scene.folder, scene.temporary, scene.temporary + "/hector"] { chmod(path, 0o755) }
            chmod(socket, 0o666)
            let program = try scene.start(executable: "/usr/bin/env", [
                "setpriv", "--reuid", "65534", "--clear-groups", Scene.product("hector-plugin-agent"), "drain", "--socket", socket,
            ])
            #expect(try await program.exit() == 1)
            #expect(program.said.contains("only its own user and root may control it") || program.said.contains("as root"), "\(program.said)")
            // It was not drained.
            let status = try await Self.node(scene, "undrain", "--json")
            #expect(status.status == 0)
        }

        @Test func `A call that outlasts the drain of a stop is cut, counted and told`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            // The plugin takes a minute for its shutdown.
            let plugins = Self.plugins(", config: {farewell_file: \(scene.folder)/farewell}")
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(drain: "2s", plugins: plugins))
            let url = try await Self.host(scene, port)
            let call = try scene.start("hector", ["call", "helper", "forever"], environment: ["HECTOR_SERVER": url])
            try await eventually(within: .seconds(20)) { call.said.contains("again") }
            let began = ContinuousClock.now
            node.signal(SIGTERM)
            try await scene.replica("model", "draining", "shutting down", of: url)
            #expect(try await node.exit() == 0, "\(node.said)")
            #expect(ContinuousClock.now - began < .seconds(12))
            #expect(node.said.contains("calls were cut off") && node.said.contains("calls=1"), "\(node.said)")
            #expect(node.said.contains("step=Shutdown"), "\(node.said)")
            #expect(try await call.exit() != 0)
        }

        /// They reach the node together with the signal: it reads both when it runs again.
        @Test func `Calls that are on their way when a node is told to stop are answered`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(drain: "20s", plugins: Self.plugins()))
            let url = try await Self.host(scene, port)
            let calls = 4
            node.signal(SIGSTOP)
            async let answers = withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<calls {
                    group.addTask { try await ChatAnswer(#"{"role": "user", "content": "sleep 100"}"#, streamed: false, of: url).text }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            do {
                defer { node.signal(SIGCONT) }
                try await eventually(within: .seconds(10)) {
                    try await scene.hector("mesh", "status", "--json", server: url).output.contains("\"in_flight\":\(calls)")
                }
                node.signal(SIGTERM)
            }
            #expect(try await answers == Array(repeating: "done", count: calls), "\(node.said)")
            #expect(try await node.exit() == 0, "\(node.said)")
        }

        @Test func `A second signal ends the drain at once, and plugins are still told to shut down`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let farewell = scene.folder + "/farewell"
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(drain: "50s", plugins: Self.plugins(", config: {farewell_file: \(farewell)}")))
            let url = try await Self.host(scene, port)
            let call = try scene.start("hector", ["call", "helper", "forever"], environment: ["HECTOR_SERVER": url])
            try await eventually(within: .seconds(20)) { call.said.contains("again") }
            node.signal(SIGTERM)
            try await node.says("draining")
            try await Task.sleep(for: .seconds(1))
            let began = ContinuousClock.now
            node.signal(SIGTERM)
            #expect(try await node.exit() == 128 + SIGTERM, "\(node.said)")
            #expect(ContinuousClock.now - began < .seconds(8))
            #expect(FileManager.default.fileExists(atPath: farewell))
        }
    }
}
