import Foundation
import HectorCore
@testable import HectorHost
import HectorMesh
import HectorProviders
import Logging
import ServiceLifecycle
import Synchronization
import Testing

extension Integration {
    /// The built-in plugin for MCP servers, at real ones of other people, and at one that does everything that a client must understand.
    @Suite(.enabled(if: TestMCP.isThere, TestMCP.missing), .timeLimit(.minutes(3)))
    struct MCPPluginTests {
        enum Way: CaseIterable { case stdio, http }
        enum Place: CaseIterable { case child, node }

        /// Words of the fixture's command line.
        private var fixture: String { "\(TestMCP.python), \(Scene.package.appending(path: "Tests/Fixtures/mcp/mcp_server.py").path)" }

        private func http(_ scene: Scene, port: Int = 0, mode: String = "") async throws -> (program: Program, url: String) {
            let words = fixture.split(separator: ", ").map(String.init)
            let program = try scene.start(executable: words[0], [words[1], "\(port)", mode], environment: ["SERVER_KEY": "key-of-the-server"])
            let line = try await program.says("listening url=", within: .seconds(30))
            return (program, String(try #require(line.split(separator: "url=").last)))
        }

        private func entry(_ way: Way, url: String, replicas: Int = 1, command: String? = nil) -> String {
            let server =
                if let command { "{command: [\(command)]}" } else { switch way {
                case .stdio: "{command: [\(fixture)], env: {KEY: \"s3cret\"}}"
                case .http: "{url: \"\(url)\", key: key-of-the-server}"
                } }
            return "  tool_providers: {tools: {mcp: \(server), replicas: \(replicas)}}"
        }

        /// Runs the body with the tools at the end of the way.
        private func open(
            _ way: Way, _ place: Place = .child, replicas: Int = 1, mode: String = "", command: String? = nil,
            _ body: @escaping @Sendable (Scene, any ToolProvider, _ node: Program?, _ server: Program?) async throws -> Void
        ) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let server = way == .http ? try await http(scene, mode: mode) : nil
            let here = entry(way, url: server?.url ?? "", replicas: replicas, command: command)
            var (node, port): (Program?, Int?) = (nil, nil)
            if place == .node { (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: here)) }
            let model = "\n  llm_providers: {model: {path: \(Scene.product("echo-llm"))}}"
            let host = try scene.host(
                scene.hostConfiguration(nodes: [port].compactMap(\.self), plugins: (place == .node ? "  tool_providers: {tools: {}}" : here) + model), log: .critical)
            let tools = try #require(host.directory.toolProvider("tools"))
            let group = ServiceGroup(services: [HostService(host: host)], logger: Logger(label: "host"))
            let (first, second) = (node, server?.program)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let end = ContinuousClock.now + .seconds(30)
                while await (try? tools.health().isHealthy) != true, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(50)) }
                do {
                    try await body(scene, tools, first, second)
                } catch {
                    await group.triggerGracefulShutdown()
                    throw error
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }

        /// The host as a service of its own.
        private struct HostService: Service {
            let host: HectorHost.Host
            func run() async throws { try await host.run() }
        }

        private func call(_ tools: any ToolProvider, _ name: String, _ arguments: String = "{}") async throws -> String {
            let pieces = Mutex<[String]>([])
            var request = CallToolRequest()
            (request.name, request.argumentsJson) = (name, arguments)
            let end = try await tools.call(request) { output in
                let piece: String =
                    switch output.output {
                    case .text(let text): text
                    case .dataJson(let json): json
                    case .image(let image): "\(image.mediaType) of \(image.data.count) bytes"
                    case .progress(let progress): "\(Int(progress.done))/\(Int(progress.total)) \(progress.message)"
                    default: "?"
                    }
                pieces.withLock { $0.append(piece) }
            }
            return (pieces.withLock { $0 } + (end.failed ? ["failed"] : [])).joined(separator: "|")
        }

        @Test(arguments: Way.allCases, Place.allCases) func `Tools are listed and called, whatever they answer`(way: Way, place: Place) async throws {
            try await open(way, place) { _, tools, _, _ in
                let list = try await tools.tools()
                #expect(list.map(\.name) == ["add", "wipe", "fail", "picture", "slow", "cancellations", "grow", "ask_client", "variables", "process", "patient", "die"])
                #expect(list[0].annotations.readOnly && list[0].annotations.idempotent && list[1].annotations.asks && list[1].annotations.idempotent)
                #expect(list[0].parametersJson.contains(#""required""#) && list[0].description_p == "Adds two numbers.")
                #expect(try await call(tools, "add", #"{"a": 2, "b": 3}"#) == #"{"total":5}"#)
                #expect(try await call(tools, "fail", #"{"reason": "no luck"}"#).hasSuffix("no luck|failed"))
                #expect(try await call(tools, "picture") == "image/png of 70 bytes")
                #expect(try await call(tools, "slow", #"{"steps": 3}"#) == "1/3 step 1|2/3 step 2|3/3 step 3|done")
                #expect(try await call(tools, "ask_client") == "refused: this client does not offer roots/list")
                await #expect(throws: ProviderError.self) { try await call(tools, "nothing") }
            }
        }

        @Test(arguments: Way.allCases) func `A tool that comes later is there at once, and a call that nobody needs is cancelled`(way: Way) async throws {
            try await open(way) { _, tools, _, _ in
                #expect(try await call(tools, "grow") == "grown")
                for _ in 0..<100 where try await call(tools, "harvest").isEmpty { try await Task.sleep(for: .milliseconds(50)) }
                #expect(try await call(tools, "harvest") == "fruit")
                let began = Signal<Void>()
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        var request = CallToolRequest()
                        (request.name, request.argumentsJson) = ("slow", #"{"steps": 600}"#)
                        _ = try? await tools.call(request) { _ in began.set() }
                    }
                    try? await began.wait()
                    group.cancelAll()
                }
                var cancelled = ""
                for _ in 0..<100 where cancelled != "1" {
                    cancelled = try await call(tools, "cancellations")
                    try await Task.sleep(for: .milliseconds(50))
                }
                #expect(cancelled == "1")
            }
        }

        @Test(arguments: Place.allCases) func `A server that dies is started again`(place: Place) async throws {
            try await open(.stdio, place) { _, tools, _, _ in
                let before = try await call(tools, "process")
                let failure = await #expect(throws: ProviderError.self) { try await call(tools, "die") }
                #expect(failure?.message.contains("ended with exit status 3") == true, "\(String(describing: failure))")
                var after = before
                for _ in 0..<100 where after == before {
                    after = (try? await call(tools, "process")) ?? before
                    try await Task.sleep(for: .milliseconds(100))
                }
                #expect(after != before)
            }
        }

        @Test func `A session that the server has forgotten is made anew`() async throws {
            try await open(.http) { scene, tools, _, server in
                #expect(try await call(tools, "add", #"{"a": 1, "b": 1}"#) == #"{"total":2}"#)
                let server = try #require(server)
                let line = try await server.says("listening url=")
                let port = try #require(line.firstMatch(of: /:(\d+)\/mcp/).flatMap { Int($0.output.1) })
                server.signal(SIGKILL)
                _ = try await server.exit()
                _ = try await http(scene, port: port)
                // The new server knows no session of the old one: the call is made once more in a new session.
                #expect(try await call(tools, "add", #"{"a": 2, "b": 1}"#) == #"{"total":3}"#)
            }
        }

        @Test(arguments: Place.allCases) func `A stream that breaks goes on behind its last event`(place: Place) async throws {
            try await open(.http, place, mode: "resumable") { _, tools, _, _ in
                // The connection is cut at its third event; each event comes once.
                let steps = (1...6).map { "\($0)/6 step \($0)|" }.joined()
                let answer = try await call(tools, "slow", #"{"steps": 6}"#)
                #expect(answer == steps + "done")
                // The server ends the stream, and answers later.
                #expect(try await call(tools, "patient") == "1/2 before|2/2 after|patience")
            }
        }

        @Test func `A stream that breaks at a server that keeps nothing is a failure, and the call is not made again`() async throws {
            try await open(.http, mode: "forgetful") { _, tools, _, _ in
                let failure = await #expect(throws: ProviderError.self) { try await call(tools, "slow", #"{"steps": 6}"#) }
                #expect(failure?.code == .unavailable && failure?.message.contains("does not go on with it (status 405)") == true, "\(String(describing: failure))")
                let sum = try await call(tools, "add", #"{"a": 1, "b": 1}"#)
                #expect(sum == #"{"total":2}"#)
            }
        }

        @Test(arguments: [("sse", "HTTP+SSE of 2024"), ("oauth", "wants a login by OAuth")])
        func `What is not spoken is named, with what to do`(mode: String, words: String) async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let url = try await http(scene, mode: mode).url
            let path = try scene.hostConfiguration(plugins: entry(.http, url: url) + "\n  llm_providers: {model: {path: \(Scene.product("echo-llm"))}}")
            let called = try await scene.hector("plugin", "call", "tools", "--config", path)
            #expect(called.status == 1 && called.output.contains(words), "\(called.output)")
        }

        @Test(arguments: Way.allCases, Place.allCases) func `A replica that dies takes no repeatable call along`(way: Way, place: Place) async throws {
            try await open(way, place, replicas: 2) { scene, tools, _, _ in
                try await twoAreReady(tools)
                try await withThrowingTaskGroup(of: String.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            if number == 4 { kill(try #require(pluginProcesses("mcp", in: scene).first), SIGKILL) }
                            return try await call(tools, "add", #"{"a": \#(number), "b": 0}"#)
                        }
                    }
                    var answers: Set<String> = []
                    for try await answer in group { answers.insert(answer) }
                    #expect(answers == Set((0..<8).map { #"{"total":\#($0)}"# }))
                }
            }
        }

        /// A process is not yet a replica that takes calls.
        private func twoAreReady(_ tools: any ToolProvider) async throws {
            let router = try #require(tools as? MeshToolProvider).caller.router
            try await eventually("two replicas do not start", within: .seconds(30)) {
                router.snapshot().replicas.count { $0.state == .ready && $0.plugin == "tools" } == 2
            }
        }

        /// Their tools do not say that calls may be repeated, so that none is on its way when the replica dies.
        @Test(arguments: Place.allCases, ["time", "git"]) func `Servers of other people go on when one of two replicas is killed`(place: Place, server: String) async throws {
            let bin = URL(filePath: TestMCP.python).deletingLastPathComponent().path
            let command = server == "time" ? "\(bin)/mcp-server-time, --local-timezone, UTC" : "\(bin)/mcp-server-git"
            try await open(.stdio, place, replicas: 2, command: command) { scene, tools, _, _ in
                let arguments: String
                if server == "git" {
                    let repository = scene.folder + "/repository"
                    let made = try await scene.start(executable: "/usr/bin/git", ["init", "-q", repository]).exit()
                    #expect(made == 0)
                    arguments = #"{"repo_path": "\#(repository)"}"#
                } else {
                    arguments = #"{"timezone": "Asia/Tokyo"}"#
                }
                func answer() async throws -> String { try await call(tools, server == "git" ? "git_status" : "get_current_time", arguments) }
                try await twoAreReady(tools)
                #expect(try await answer().contains(server == "git" ? "branch" : "+09:00"))
                let victim = try #require(pluginProcesses("mcp", in: scene).first)
                kill(victim, SIGKILL)
                try await eventually("it lives") { !Program.exists(victim) }
                for _ in 0..<8 {
                    let said = try await answer()
                    #expect(said.contains(server == "git" ? "branch" : "+09:00"), "\(said)")
                }
                try await eventually("the replica does not come back", within: .seconds(30)) { pluginProcesses("mcp", in: scene).count == 2 }
            }
        }

        @Test func `A server's program has a clean environment and a group of its own, and ends with its plugin`() async throws {
            let server = Mutex<Int32>(0)
            try await open(.stdio) { _, tools, _, _ in
                let words = try await call(tools, "variables").split(separator: ";")
                #expect(words.last == " KEY=s3cret")
                #expect(Set(words[0].split(separator: " ")).isSubset(of: ["HOME", "KEY", "LANG", "LC_CTYPE", "PATH", "TMPDIR", "TZ"]), "\(words)")
                let numbers = try await call(tools, "process").split(separator: " ").compactMap { Int32($0) }
                #expect(numbers.count == 2 && numbers[0] == numbers[1])
                server.withLock { $0 = numbers[0] }
            }
            #expect(!Program.exists(server.withLock { $0 }))
        }

        @Test func `Servers of other people pass the test of plugins`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let repository = scene.folder + "/repository"
            for words in [["init", "-q", repository], ["-C", repository, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "--allow-empty", "-m", "The first"]] {
                #expect(try await scene.start(executable: "/usr/bin/git", words).exit() == 0)
            }
            let bin = URL(filePath: TestMCP.python).deletingLastPathComponent().path
            let path = try scene.hostConfiguration(plugins: """
                  llm_providers: {model: {path: \(Scene.product("echo-llm"))}}
                  tool_providers:
                    clock: {mcp: {command: [\(bin)/mcp-server-time, --local-timezone, UTC]}}
                    git: {mcp: {command: [\(bin)/mcp-server-git, --repository, \(repository)]}}
                    absent: {mcp: {command: [no-such-program]}}
                """)
            let tested = try scene.start("hector", ["plugin", "test", "clock", "--config", path])
            #expect(try await tested.exit(within: .seconds(120)) == 0, "\(tested.said)")
            let time = try await scene.hector("plugin", "call", "clock", "convert_time", #"{"source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo"}"#, "--config", path)
            #expect(time.status == 0 && time.output.contains("T21:00:00+09:00"), "\(time.output)")
            let log = try await scene.hector("plugin", "call", "git", "git_log", #"{"repo_path": "\#(repository)"}"#, "--config", path)
            #expect(log.status == 0 && log.output.contains("The first"), "\(log.output)")
            let absent = try await scene.hector("plugin", "call", "absent", "--config", path)
            #expect(absent.status == 1 && absent.output.contains("'no-such-program' is not there in PATH"), "\(absent.output)")
        }
    }
}

/// Python with the packages of `Tests/InteropTests/mcp/requirements.txt`.
enum TestMCP {
    static var python: String { TestPython.path ?? "" }
    static let isThere = FileManager.default.isExecutableFile(atPath: URL(filePath: TestPython.path ?? "/").deletingLastPathComponent().appending(path: "mcp-server-git").path)
    static let missing: Comment = "the test's Python has no MCP: run 'deploy/prerequisites python .build/test-python' with all requirements.txt that .ci/test names"
}
