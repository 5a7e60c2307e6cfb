import Foundation
import FoundationNetworking
import Testing

extension Integration {
    /// No mesh is upgraded in one moment: programs of commit 291afae and of today work together, in either role.
    @Suite(.timeLimit(.minutes(2)))
    struct CompatibilityTests {
        private func echo(_ build: Build) throws -> String {
            "  llm_providers: {echo-llm: {path: \(try build.product("echo-llm"))}}"
        }

        private static let wanted = "  llm_providers: {echo-llm: {}}"

        // MARK: a node and a host

        @Test(arguments: Build.allCases) func `A node of one build serves a host of the other`(node build: Build) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: echo(build)), of: build)
            let (host, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port], llm: "echo-llm", plugins: Self.wanted), of: build.other)
            // The node's certificate was seen: it is how long that is still good.
            try await scene.replica("echo-llm-1", "lan", " 29 d ", "ready", of: url)

            #expect(try await ask("one two three", of: url) == ["one two three"])
            #expect(try await ask("one two three", streamed: true, of: url) == ["one ", "two ", "three"])
            for caller in Build.allCases {
                #expect(try await scene.hector("call", "helper", "one two", server: url, of: caller).output == "one two\n")
            }
            let metrics = try await get("/metrics", of: url).split(separator: "\n")
            for (method, calls) in [("Generate", 1), ("GenerateStreaming", 3)] {
                let line = #"hector_rpc_calls_total{method="/hector.plugin.LLMProvider/\#(method)",code="OK"} \#(calls)"#
                #expect(metrics.contains { $0 == line }, "\(line) is not among \(metrics)")
            }
            for program in [host, node] {
                program.signal(SIGTERM)
                #expect(try await program.exit() == 0, "\(program.said)")
            }
            #expect(node.said.contains("forwarded_calls=echo-llm: "), "\(node.said)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: scene.temporary) == [])
        }

        /// Told to stop, the node tells its host, and waits for what is under way.
        @Test(arguments: Build.allCases) func `A node of one build drains under a host of the other`(node build: Build) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let moody = "  llm_providers: {model: {path: \(Scene.product("moody-llm"))}}"
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(drain: "60s", plugins: moody), of: build)
            let (host, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port], plugins: "  llm_providers: {model: {}}"), of: build.other)
            try await scene.replica("model-1", "lan", "ready", of: url)

            let stream = try scene.start("hector", ["call", "helper", "forever"], environment: ["HECTOR_SERVER": url])
            try await stream.says("again")
            async let answer = ask("wait 2", of: url)
            try await busy(2, of: url)
            // Counted is not yet sent: one that came behind it has its answer, so the node has both. One of before refuses what
            // comes while it stops.
            #expect(try await ask("now", streamed: true, of: url) == ["done"])
            node.signal(SIGTERM)
            try await scene.replica("model-1", "lan", "draining", of: url, within: .seconds(4))
            #expect(try await answer == ["done"])
            let length = stream.said.utf8.count
            try await eventually(within: .seconds(10)) { stream.said.utf8.count > length }
            #expect(stream.said.utf8.count > length && stream.isRunning && node.isRunning, "\(stream.said)\n\(node.said)")
            stream.signal(SIGTERM)
            #expect(try await node.exit(within: .seconds(10)) == 0, "\(node.said)")
            try await scene.replica("127.0.0.1:\(port) is not connected", of: url)
            #expect(host.isRunning)
        }

        /// The second time, the node is upgraded, or taken back.
        @Test(arguments: Build.allCases) func `A node that was killed is lost at once, and found again, of either build`(node build: Build) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            // Its plugin is of the other build as well.
            let plugins = try echo(build.other)
            var (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: plugins), of: build)
            let (_, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port], llm: "echo-llm", plugins: Self.wanted), of: build.other)
            try await scene.replica("echo-llm-1", "lan", "ready", of: url)
            for next in [build, build.other] {
                node.signal(SIGKILL)
                _ = try await node.exit()
                try await scene.replica("echo-llm-1", "lan", "lost", of: url, within: .seconds(2))
                (node, _) = try await scene.startNode(scene.nodeConfiguration(port: port, plugins: plugins), of: next)
                try await scene.replica("echo-llm-1", "lan", "ready", of: url)
                #expect(try await ask("back again", streamed: true, of: url) == ["back ", "again"])
            }
        }

        // MARK: a plugin and what starts it

        @Test(arguments: Build.allCases) func `A plugin of one build runs under a host of the other`(plugin build: Build) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (host, url) = try await scene.startHost(
                scene.hostConfiguration(llm: "echo-llm", plugins: echo(build)), of: build.other)
            try await scene.replica("echo-llm-1", "local", "ready", of: url)
            let child = try #require(host.children.first)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(child)/exe").hasPrefix(
                URL(filePath: build.product("echo-llm")).resolvingSymlinksInPath().path))
            #expect(try await ask("one two", of: url) == ["one two"])
            #expect(try await ask("one two", streamed: true, of: url) == ["one ", "two"])

            kill(child, SIGKILL)
            try await eventually(within: .seconds(10)) { host.children.first.map { $0 != child } ?? false }
            try await scene.replica("echo-llm-1", "local", "ready", of: url)
            #expect(try await ask("again", of: url) == ["again"])
            let second = try #require(host.children.first)
            host.signal(SIGTERM)
            #expect(try await host.exit() == 0, "\(host.said)")
            #expect(!Program.exists(second))
            #expect(try FileManager.default.contentsOfDirectory(atPath: scene.temporary) == [])

            let tried = try await scene.hector(
                "plugin", "validate", build.product("echo-llm"), "--type", "llm_provider", of: build.other)
            #expect(tried.status == 0, "\(tried.output)")
        }

        // MARK: one name, an old replica and a new one

        /// A plugin of the earlier build declares nothing; one of today takes images and beginnings.
        @Test(arguments: Build.allCases) func `Of 1,000 mixed calls no image and no beginning reaches the old replica of the name`(here build: Build) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: echo(build.other)))
            let (_, url) = try await scene.startHost(scene.hostConfiguration(nodes: [port], llm: "echo-llm", plugins: echo(build)))
            try await scene.replica("echo-llm-1", "local", "ready", of: url)
            try await scene.replica("echo-llm-1", "lan", "ready", of: url)
            let image = #"{"role": "user", "content": [{"type": "text", "text": "see "}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC"}}]}"#
            let kinds: [(messages: String, answer: String)] = [
                (#"{"role": "user", "content": "one two"}"#, "one two"), (image, "see [image/png, 3 bytes]"),
                (#"{"role": "user", "content": "one two"}, {"role": "assistant", "content": "one ", "prefix": true}"#, "two"),
            ]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<8 {
                    group.addTask {
                        for number in 0..<125 {
                            let (messages, answer) = kinds[(number + caller) % 3]
                            let got = try await post(messages, streamed: number % 2 == 0, of: url).joined()
                            try #require(got == answer, "call \(number): \(got)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let mesh = try #require(try JSONSerialization.jsonObject(with: Data(try await get("/mesh", of: url).utf8)) as? [String: Any])
            let calls = (mesh["replicas"] as? [[String: Any]])?.compactMap { $0["calls"] as? Int } ?? []
            #expect(calls.count == 2 && calls.allSatisfy { $0 > 50 }, "both are called: \(calls)")
        }

        @Test func `A node of before does not forward what is newer, and that is said by name`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: echo(.today)), of: .earlier)
            let (_, url) = try await scene.startHost(scene.hostConfiguration(nodes: [port], llm: "echo-llm", plugins: Self.wanted))
            try await scene.replica("echo-llm-1", "lan", "ready", of: url)
            let beginning = #"{"role": "user", "content": "one two"}, {"role": "assistant", "content": "one ", "prefix": true}"#
            let refused = try await ChatAnswer(beginning, streamed: false, of: url)
            #expect(refused.status == 400 && refused.text.contains("the continuation of a text"), "\(refused.text)")
            #expect(try await ask("one two", of: url) == ["one two"])
        }

        /// Options are fields that an old plugin passes over: the host names the hints, and keeps the promises.
        @Test(arguments: Build.allCases) func `A plugin of either build gets options as far as it knows them`(plugin build: Build) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (_, url) = try await scene.startHost(scene.hostConfiguration(llm: "echo-llm", plugins: echo(build)))
            try await scene.replica("echo-llm-1", "local", "ready", of: url)
            let message = #"{"role": "user", "content": "options"}"#
            let told = try await ChatAnswer(message, #", "temperature": 0.5, "seed": 7, "reasoning_effort": "low""#, streamed: false, of: url)
            let isToday = build == .today
            #expect(told.body.contains(isToday ? "temperature=0.5 seed=7 reasoning_effort=low" : #""content":"options""#), "\(told.body)")
            #expect(told.ignored == (isToday ? "reasoning_effort" : "reasoning_effort, seed, temperature"))
            let cut = try await ChatAnswer(#"{"role": "user", "content": "a b c d e f"}"#, #", "max_tokens": 2"#, streamed: false, of: url)
            #expect(cut.body.contains(#""content":"a b ""#) && cut.body.contains(#""finish_reason":"length""#), "\(cut.body)")
            let json = try await ChatAnswer(
                #"{"role": "user", "content": "{\"a\": 1}"}"#, #", "response_format": {"type": "json_object"}"#, streamed: true, of: url)
            #expect(json.body.contains(#""content":"{\"a\": 1}""#), "\(json.body)")
            let tool = #", "tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "required""#
            let called = try await ChatAnswer(#"{"role": "user", "content": "go on"}"#, tool, streamed: false, of: url)
            #expect(isToday ? called.body.contains(#""name":"f""#) : called.status == 502 && called.body.contains("answer_not_as_asked"), "\(called.body)")
        }

        @Test func `A host of before calls what a process offers by its label`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let plugins = "  llm_providers: {engine: {path: \(Scene.product("engine")), config: {models: \"llama3.2:3b,other\"}}}"
            let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: plugins))
            let (_, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port], llm: "llama3-2-3b", plugins: "  llm_providers: {llama3-2-3b: {}}"), of: .earlier)
            try await scene.replica("llama3-2-3b", "engine-1", "ready", of: url)
            #expect(try await ask("hello", of: url) == ["llama3.2:3b: hello"])
        }

        // MARK: a person and a server

        @Test(arguments: Build.allCases) func `A server of one build is shown by the command of the other`(server build: Build) async throws {
            let scene = try await Scene(node: "far=echo-llm")
            defer { scene.close() }
            let two = "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}, other: {path: \(Scene.product("echo-llm"))}}"
            let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: two))
            let (_, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port, 1], llm: "echo-llm", plugins: echo(build)), of: build)
            try await scene.replica("echo-llm-1", "local", "ready", of: url)
            try await scene.replica("echo-llm-1", "lan", "ready", of: url)
            try await scene.replica("far offers other", "not used", of: url)

            let status = try await scene.hector("mesh", "status", server: url, of: build.other)
            #expect(status.status == 0)
            let lines = status.output.split(separator: "\n")
            #expect(lines.first?.hasSuffix("2 of 2 replicas ready") == true, "\(status.output)")
            for words in [["echo-llm-1", "local", "ready"], ["far-away", "lan", " 29 d "], ["127.0.0.1:1 is not connected"], ["far offers other", "not used"]] {
                #expect(lines.contains { line in words.allSatisfy(line.contains) }, "\(words):\n\(status.output)")
            }

            let json = try await scene.hector("mesh", "status", "--json", server: url, of: build.other)
            #expect(json.status == 0)
            let mesh = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
            #expect((mesh["replicas"] as? [[String: Any]])?.compactMap { $0["state"] as? String } == ["ready", "ready"], "\(json.output)")
            #expect((mesh["absent"] as? [[String: Any]])?.first?["addresses"] as? [String] == ["127.0.0.1:1"], "\(json.output)")
            #expect((mesh["notices"] as? [String])?.count == 1, "\(json.output)")

            for command in [["list"], ["info", "helper"], ["call", "helper", "helper"]] {
                let caller = try scene.start("hector", command, environment: ["HECTOR_SERVER": url], of: build.other)
                #expect(try await caller.exit() == 0, "\(caller.said)")
                #expect(caller.said.contains("helper"), "\(caller.said)")
            }
        }

        // MARK: HTTP

        private struct Chunk: Decodable {
            struct Choice: Decodable {
                struct Text: Decodable { var content: String? }
                var message: Text?
                var delta: Text?
            }
            var choices: [Choice]
        }

        /// What the agent answers, piece by piece.
        private func ask(_ prompt: String, streamed: Bool = false, of server: String) async throws -> [String] {
            try await post(#"{"role": "user", "content": "\#(prompt)"}"#, streamed: streamed, of: server)
        }

        private func post(_ messages: String, streamed: Bool, of server: String) async throws -> [String] {
            let answer = try await ChatAnswer(messages, streamed: streamed, of: server)
            let text = answer.body
            try #require(answer.status == 200, "\(text)")
            let parts = streamed
                ? text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) } : [text]
            #expect(!streamed || parts.last == "[DONE]", "\(text)")
            return try parts.filter { $0 != "[DONE]" }
                .flatMap { try JSONDecoder().decode(Chunk.self, from: Data($0.utf8)).choices }
                .compactMap { $0.message?.content ?? $0.delta?.content }.filter { !$0.isEmpty }
        }

        private func get(_ path: String, of server: String) async throws -> String {
            String(decoding: try await URLSession.shared.data(from: try #require(URL(string: server + path))).0, as: UTF8.self)
        }

        /// Waits until a replica has that many calls in flight.
        private func busy(_ calls: Int, of server: String) async throws {
            let end = ContinuousClock.now + .seconds(10)
            var mesh = ""
            repeat {
                mesh = try await get("/mesh", of: server)
                if mesh.contains("\"in_flight\":\(calls),") { return }
                try await Task.sleep(for: .milliseconds(20))
            } while ContinuousClock.now < end
            try #require(Bool(false), "never \(calls) calls in flight: \(mesh)")
        }
    }
}
