import Foundation
import FoundationNetworking
import Synchronization
import Testing

extension Integration {
    /// What changes while programs run, with real processes: configurations, binaries, and calls that must not notice.
    @Suite(.timeLimit(.minutes(5)))
    struct ReloadTests {
        /// A model whose program is a script: it can be replaced by one that does something else. Its prompt echoes.
        @discardableResult
        private static func model(_ scene: Scene, _ name: String = "model", _ body: String = "exec \(Scene.product("moody-llm"))") throws -> String {
            try scene.script(name, body)
        }

        private static func host(_ scene: Scene, _ name: String, plugins: String, more: String = "") throws -> String {
            try scene.write(
                name,
                """
                server: {listen: "127.0.0.1:0"}
                plugins:
                  llm_providers: {\(plugins)}
                agents: {helper: {llm: model}}
                \(more)
                """)
        }

        /// Callers that ask a model again and again, streams among them, until they are told to stop.
        final class Load: Sendable {
            private let failures = Mutex<[String]>([])
            private let done = Mutex((calls: 0, streams: 0))
            private let isOver = Mutex(false)
            private let url: String
            private let token: String?

            init(_ url: String, token: String? = nil) {
                self.url = url
                self.token = token
            }

            var failed: [String] { failures.withLock { $0 } }
            var counts: (calls: Int, streams: Int) { done.withLock { $0 } }

            func stop() { isOver.withLock { $0 = true } }

            /// - Parameter words: Of each stream, one every tenth of a second.
            func run(callers: Int = 2, streams: Int = 4, words: Int = 30) async {
                await withTaskGroup(of: Void.self) { group in
                    for index in 0..<callers + streams {
                        let isStream = index >= callers
                        group.addTask { [self] in
                            while !isOver.withLock({ $0 }) {
                                do {
                                    let text = try await ask(isStream ? "say \(words)" : "sleep 20", streaming: isStream)
                                    // No word is missing, none is said twice.
                                    if isStream, text != said(words) { throw Broken(text: text) }
                                    done.withLock { if isStream { $0.streams += 1 } else { $0.calls += 1 } }
                                } catch {
                                    failures.withLock { $0.append("\(error)") }
                                }
                                if !isStream { try? await Task.sleep(for: .milliseconds(100)) }
                            }
                        }
                    }
                }
            }

            private func said(_ words: Int) -> String { (0..<words).map { "\($0) " }.joined() + "done" }

            struct Broken: Error { let text: String }

            private func ask(_ text: String, streaming: Bool) async throws -> String {
                var request = URLRequest(url: URL(string: "\(url)/v1/chat/completions")!, timeoutInterval: 60)
                request.httpMethod = "POST"
                request.setValue("application/json", forHTTPHeaderField: "Content-Type")
                if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
                request.httpBody = Data(#"{"model": "helper", "stream": \#(streaming), "messages": [{"role": "user", "content": "\#(text)"}]}"#.utf8)
                let (data, response) = try await URLSession.shared.data(for: request)
                let body = String(decoding: data, as: UTF8.self)
                guard (response as? HTTPURLResponse)?.statusCode == 200, !body.contains("\"error\"") else { throw Broken(text: body) }
                guard streaming else { return body }
                guard body.contains("[DONE]") else { throw Broken(text: body) }
                return body.matches(of: /"content":"([^"]*)"/).map { String($0.output.1) }.joined()
            }
        }

        /// Runs load while the body changes something; no call may fail.
        private func underLoad(_ url: String, _ body: (Load) async throws -> Void) async throws {
            let load = Load(url)
            async let running: Void = load.run()
            do {
                try await eventually(within: .seconds(20)) { load.counts.calls > 3 }
                try await body(load)
                load.stop()
            } catch {
                load.stop()
                await running
                throw error
            }
            await running
            #expect(load.failed.isEmpty, "\(load.failed.prefix(3))")
            #expect(load.counts.calls > 10 && load.counts.streams >= 4, "\(load.counts)")
        }

        @Test func `A replaced binary is upgraded beside the old one under load, and no call fails`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let path = try Self.model(scene)
            let (program, url) = try await scene.startHost(Self.host(scene, "h.yaml", plugins: "model: {path: \(path)}"))
            try await scene.replica("model", "ready", of: url)
            let old = program.children
            try await underLoad(url) { load in
                let before = load.counts.streams
                try Self.model(scene, "model", "# another one\nexec \(Scene.product("moody-llm"))")
                program.signal(SIGHUP)
                try await program.says("changed plugin model", "executable")
                try await program.says("the new process has taken over", within: .seconds(20))
                // The old one finishes its streams.
                try await eventually(within: .seconds(40)) { Set(program.children).isDisjoint(with: old) }
                #expect(Set(program.children).isDisjoint(with: old) && program.children.count == 1)
                try await eventually(within: .seconds(10)) { load.counts.streams > before }
            }
            program.signal(SIGTERM)
            #expect(try await program.exit() == 0, "\(program.said)")
        }

        @Test func `A new binary that crashes, hangs, lies or is half-written is given up, and the old one goes on`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let path = try Self.model(scene)
            let good = "exec \(Scene.product("moody-llm"))"
            let (program, url) = try await scene.startHost(
                Self.host(scene, "h.yaml", plugins: "model: {path: \(path), start_timeout: 3s}"))
            try await scene.replica("model", "ready", of: url)
            let old = program.children
            let binary = try Data(contentsOf: URL(filePath: Scene.product("moody-llm")))
            let bad: [(String, Data)] = [
                ("crashes", Data("#!/bin/sh\nexit 3\n".utf8)), ("hangs", Data("#!/bin/sh\nsleep 100\n".utf8)),
                ("says that it is one and ends", Data("#!/bin/sh\necho '1|1|unix|/nowhere/x.sock|grpc'\nsleep 1\n".utf8)),
                ("is half-written", binary.prefix(64 << 10)),
            ]
            try await underLoad(url) { _ in
                for (index, fault) in bad.enumerated() {
                    try fault.1.write(to: URL(filePath: path + ".new"))
                    chmod(path + ".new", 0o755)
                    rename(path + ".new", path)
                    program.signal(SIGHUP)
                    try await eventually(within: .seconds(60)) { program.said.components(separatedBy: "the upgrade was given up").count == index + 2 }
                    #expect(program.said.components(separatedBy: "the upgrade was given up").count == index + 2, "\(fault.0): \(program.said)")
                    #expect(Set(program.children).isSuperset(of: old), "\(fault.0)")
                    #expect(try await scene.hector("mesh", "status", server: url).output.contains("the upgrade was given up"))
                }
                try Self.model(scene, "model", "# mended\n\(good)")
                program.signal(SIGHUP)
                try await program.says("the new process has taken over", within: .seconds(20))
            }
        }

        @Test func `A configuration that cannot be used changes nothing, and says so until it is mended`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let path = try Self.model(scene)
            let file = try Self.host(scene, "h.yaml", plugins: "model: {path: \(path)}")
            let (program, url) = try await scene.startHost(file)
            try await scene.replica("model", "ready", of: url)
            let old = program.children
            for broken in ["server: {listen: nowhere}", "plugins: {llm_providers: {model: {path: /nowhere/model}}}", "agents: {helper: {llm: other}}", "{"] {
                try scene.write("h.yaml", broken)
                program.signal(SIGHUP)
                try await scene.statusSays("the changed configuration cannot be used", of: url)
                #expect(program.children == old)
                #expect(try await scene.hector("call", "helper", "say 1", server: url).status == 0)
                _ = try Self.host(scene, "h.yaml", plugins: "model: {path: \(path)}")
                program.signal(SIGHUP)
                try await scene.statusSays("the changed configuration cannot be used", isSaid: false, of: url)
            }
            try await program.says("the new configuration is refused", "/nowhere/model")
        }

        @Test func `Plugins, replicas, agents and limits change while the host runs, and what cannot change says so`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let path = try Self.model(scene)
            _ = try Self.host(scene, "h.yaml", plugins: "model: {path: \(path)}")
            let (program, url) = try await scene.startHost("\(scene.folder)/h.yaml")
            try await scene.replica("model", "ready", of: url)
            try await underLoad(url) { _ in
                try scene.write(
                    "h.yaml",
                    """
                    server: {listen: "127.0.0.1:1", max_calls: 77}
                    plugins:
                      llm_providers: {model: {path: \(path), replicas: 2}, second: {path: \(path), config: {x: "1"}}}
                    agents: {helper: {llm: model}, other: {llm: second}}
                    """)
                program.signal(SIGHUP)
                try await scene.replica("second-1", "ready", of: url)
                try await scene.replica("model-2", "ready", of: url)
                #expect(try await scene.hector("call", "other", "say 1", server: url).status == 0)
                try await program.says("server.listen", "takes effect at the next start")
                try await program.says("changed server.max_calls", "77")
                try await scene.statusSays("takes effect at the next start", of: url)

                _ = try Self.host(scene, "h.yaml", plugins: "model: {path: \(path)}")
                program.signal(SIGHUP)
                try await eventually(within: .seconds(20)) { program.children.count == 1 }
                #expect(try await scene.hector("call", "other", "say 1", server: url).status != 0)
                #expect(try await !scene.hector("mesh", "status", server: url).output.contains("second"))
            }
        }

        @Test func `A plugin of a node is upgraded in turn while its replica here serves, and then beside`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (far, near) = (try Self.model(scene, "far"), try Self.model(scene, "near"))
            func nodeFile(_ mode: String) throws -> String {
                try scene.write(
                    "agent.yaml",
                    """
                    agent: {name: far-away, listen: "127.0.0.1:0", drain_timeout: 5s}
                    mesh: {name: home, tls: \(scene.tls("agent-far")), announce: {avahi: false}}
                    plugins: {llm_providers: {model: {path: \(far), upgrade: \(mode)}}}
                    """)
            }
            let (node, port) = try await scene.startNode(nodeFile("in_turn"))
            let (program, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port], plugins: "  llm_providers: {model: {path: \(near), upgrade: in_turn}}"))
            try await scene.replica("model", "lan", "ready", of: url)
            try await scene.replica("model", "local", "ready", of: url)
            try await underLoad(url) { _ in
                try Self.model(scene, "far", "# new\nexec \(Scene.product("moody-llm"))")
                node.signal(SIGHUP)
                try await node.says("the new process has taken over", within: .seconds(40))
                try Self.model(scene, "near", "# new\nexec \(Scene.product("moody-llm"))")
                program.signal(SIGHUP)
                try await program.says("the new process has taken over", within: .seconds(40))
                _ = try nodeFile("beside")
                try Self.model(scene, "far", "# newer\nexec \(Scene.product("moody-llm"))")
                node.signal(SIGHUP)
                try await eventually(within: .seconds(40)) { node.said.components(separatedBy: "the new process has taken over").count == 3 }
                #expect(node.said.components(separatedBy: "the new process has taken over").count == 3)
            }
        }

        /// What people see of a host: its replicas, agents and models.
        private struct Seen: Equatable, CustomStringConvertible {
            var replicas: [String]
            var agents, models: String
            var description: String { "\(replicas) \(agents) \(models)" }
        }

        private struct Mesh: Decodable {
            struct Replica: Decodable {
                let plugin, type, replica, state: String
            }

            let replicas: [Replica]
        }

        private static func get(_ path: String, _ url: String) async throws -> Data {
            try await URLSession.shared.data(from: URL(string: url + path)!).0
        }

        private static func seen(_ url: String) async throws -> Seen {
            let mesh = try JSONDecoder().decode(Mesh.self, from: try await get("/mesh", url))
            let models = try JSONSerialization.jsonObject(with: try await get("/v1/models", url)) as? [String: Any]
            let names = (models?["data"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
            let agents = try JSONSerialization.jsonObject(with: try await get("/agents", url)) as? [String: Any]
            let lines = (agents?["agents"] as? [[String: Any]] ?? []).map { "\($0["id"] ?? "") \($0["name"] ?? "")" }
            return Seen(
                replicas: mesh.replicas.map { "\($0.plugin) \($0.type) \($0.replica) \($0.state)" }.sorted(), agents: lines.joined(separator: ", "),
                models: names.joined(separator: ", "))
        }

        /// Fifty changes at random while calls and streams go on: in the end everything is as if the program had just started.
        @Test func `Fifty changes at random under load end as a fresh start does, and no call fails`() async throws {
            let seed = ProcessInfo.processInfo.environment["HECTOR_TEST_SEED"].flatMap(UInt64.init) ?? .random(in: 0 ... .max)
            print("ReloadTests: HECTOR_TEST_SEED=\(seed)")
            var chance = Chance(state: seed)
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            for name in ["model", "a", "b", "c"] { try Self.model(scene, name) }
            func change(_ last: Bool) throws {
                func some(_ count: Int) -> Int { Int.random(in: 0..<count, using: &chance) }
                func entry(_ name: String) -> String {
                    // In turn, the last replica that serves would leave a gap: what is called has two at least.
                    "\(name): {path: \(scene.folder)/\(name), replicas: \((name == "model" ? 2 : 1) + some(2)), upgrade: \(["beside", "in_turn"][some(2)]), config: {x: \"\(some(3))\"}}"
                }
                let others = ["a", "b", "c"].filter { _ in some(2) == 0 }
                for name in ["model", "a"] where some(8) == 0 {
                    try Self.model(scene, name, "# \(some(1_000_000))\nexec \(Scene.product("moody-llm"))")
                }
                let agents = ["helper: {llm: model}"] + others.filter { _ in some(2) == 0 }.map { "of-\($0): {llm: \($0), name: Agent \(some(5))}" }
                try scene.write(
                    "h.yaml",
                    """
                    server: {listen: "127.0.0.1:0", max_calls: \(100 + some(100))}
                    plugins: {llm_providers: {\((["model"] + others).map(entry).joined(separator: ", "))}}
                    agents: {\(agents.joined(separator: ", "))}
                    models: {other-name: model}
                    """)
            }
            try change(false)
            let (program, url) = try await scene.startHost("\(scene.folder)/h.yaml")
            try await scene.replica("model", "ready", of: url)
            try await underLoad(url) { _ in
                for step in 1...50 {
                    try change(step == 50)
                    program.signal(SIGHUP)
                    try await Task.sleep(for: .milliseconds(Int.random(in: 50...900, using: &chance)))
                }
                let fresh = try await scene.startHost("\(scene.folder)/h.yaml")
                var (old, new): (Seen, Seen)
                let end = ContinuousClock.now + .seconds(90)
                repeat {
                    try await Task.sleep(for: .milliseconds(500))
                    (old, new) = (try await Self.seen(url), try await Self.seen(fresh.url))
                } while (old != new || new.replicas.contains { !$0.hasSuffix(" ready") }) && ContinuousClock.now < end
                #expect(old == new, "seed \(seed)\n\(program.said.suffix(4_000))")
                // The processes as well: none is left of those in between.
                try await eventually(within: .seconds(45)) { program.children.count == new.replicas.count }
                #expect(program.children.count == new.replicas.count, "seed \(seed)")
            }
        }

        private struct Chance: RandomNumberGenerator {
            var state: UInt64

            mutating func next() -> UInt64 {
                state &+= 0x9E37_79B9_7F4A_7C15
                var z = state
                z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
                z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
                return z ^ (z >> 31)
            }
        }

        @Test func `Files that have changed are taken up by themselves where the configuration says so, once they are complete`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let path = try Self.model(scene)
            let watch = "reload: watch\nlog_level: debug"
            let file = try Self.host(scene, "h.yaml", plugins: "model: {path: \(path)}", more: watch)
            let (program, url) = try await scene.startHost(file)
            try await scene.replica("model", "ready", of: url)
            try await program.says("debug", "plugin process started")
            // Somebody writes for as long as they like: nothing is read half.
            let text = try String(contentsOfFile: Self.host(scene, "next.yaml", plugins: "model: {path: \(path), replicas: 2}", more: watch), encoding: .utf8)
            let writer = try #require(FileHandle(forWritingAtPath: file))
            try writer.truncate(atOffset: 0)
            try writer.write(contentsOf: Data(text.utf8.prefix(30)))
            try await Task.sleep(for: .seconds(5))
            #expect(!program.said.contains("has changed on disk"))
            try writer.write(contentsOf: Data(text.utf8.dropFirst(30)))
            try writer.close()
            try await program.says("has changed on disk")
            try await scene.replica("model-2", "ready", of: url)
            // A binary alone, and a configuration that is wrong.
            try Self.model(scene, "model", "# new\nexec \(Scene.product("moody-llm"))")
            try await program.says("changed plugin model", "executable")
            try scene.write("h.yaml", "{")
            try await scene.statusSays("the changed configuration cannot be used", of: url)
            // It is said once, and not at every look.
            try await Task.sleep(for: .seconds(3))
            #expect(program.said.components(separatedBy: "the new configuration is refused").count == 2)
            _ = try Self.host(scene, "h.yaml", plugins: "model: {path: \(path)}")
            try await scene.statusSays("the changed configuration cannot be used", isSaid: false, of: url)
            try await program.says("changed log_level")
        }
    }
}

extension Scene {
    /// Waits until `mesh status` says something, or does not any more.
    fileprivate func statusSays(
        _ words: String, isSaid: Bool = true, of server: String, at location: SourceLocation = #_sourceLocation
    ) async throws {
        var output = ""
        let end = ContinuousClock.now + .seconds(15)
        repeat {
            output = try await hector("mesh", "status", server: server).output
            if output.contains(words) == isSaid { return }
            try await Task.sleep(for: .milliseconds(100))
        } while ContinuousClock.now < end
        Issue.record("\(words): \(output)", sourceLocation: location)
    }
}
