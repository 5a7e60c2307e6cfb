import Foundation
import Testing

extension Integration {
    /// What the system does to a program: signals, and the descriptors that it starts with.
    @Suite(.timeLimit(.minutes(2)))
    struct SignalTests {
        private static func model(_ config: String = "") -> String {
            "  llm_providers: {model: {path: \(Scene.product("moody-llm")), config: {\(config)}}}"
        }

        @Test func `SIGHUP never ends a host, with a mesh or without, and while it starts`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            for nodes in [[], [1]] {
                let program = try await Self.start("hector", "serve", scene.hostConfiguration(nodes: nodes, plugins: Self.model()), in: scene)
                try await eventually(within: .seconds(15)) {
                    program.signal(SIGHUP)
                    return program.said.contains("listening") || !program.isRunning
                }
                program.signal(SIGHUP)
                try await program.says("SIGHUP: rereading the configuration and the certificates")
                program.signal(SIGTERM)
                #expect(try await program.exit() == 0, "\(program.said)")
            }
        }

        @Test func `SIGHUP never ends a node`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let node = try await Self.start("hector-plugin-agent", "run", scene.nodeConfiguration(plugins: Self.model()), in: scene)
            try await node.says("listening")
            node.signal(SIGHUP)
            try await node.says("SIGHUP: rereading the configuration and the certificates")
            node.signal(SIGTERM)
            #expect(try await node.exit() == 0, "\(node.said)")
        }

        @Test(arguments: [[SIGTERM, SIGINT], [SIGINT, SIGINT]])
        func `A second signal ends at once, and plugins are still told`(signals: [Int32]) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let farewell = "\(scene.folder)/farewell"
            let (host, url) = try await scene.startHost(scene.hostConfiguration(plugins: Self.model("farewell_file: \(farewell)")))
            try await scene.replica("model-1", "ready", of: url)
            let caller = try scene.start("hector", ["call", "helper", "forever"], environment: ["HECTOR_SERVER": url])
            try await caller.says("again")
            // `timeout` sends two at once, and means one end. Different ones never become one on their way.
            for signal in [signals[0], signals[0] == SIGTERM ? SIGINT : SIGTERM] { host.signal(signal) }
            try await host.says("stopping")
            try await Task.sleep(for: .seconds(1))
            #expect(host.isRunning, "the stream goes on")
            #expect(!FileManager.default.fileExists(atPath: farewell))
            host.signal(signals[1])
            #expect(try await host.exit(within: .seconds(8)) == 128 + signals[1], "\(host.said)")
            #expect(FileManager.default.fileExists(atPath: farewell), "the plugin was not told")
            #expect(try await caller.exit() == 1)
        }

        @Test func `A log that nobody reads stops nothing`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let port = try Self.freePort()
            let path = try scene.write(
                "stuck.yaml",
                """
                server: {listen: "127.0.0.1:\(port)"}
                plugins:
                \(Self.model())
                agents: {helper: {llm: model}}
                """)
            // A pipe whose reading end is open and never read.
            let host = try scene.start(
                executable: "/bin/sh",
                ["-c", "mkfifo '\(scene.folder)/pipe' && exec 3<>'\(scene.folder)/pipe' && exec '\(Scene.product("hector"))' serve --config '\(path)' 2>&3"])
            let url = "http://127.0.0.1:\(port)"
            try await scene.replica("model-1", "ready", of: url)
            for _ in 0..<3 { #expect(try await scene.hector("call", "helper", "print 600", server: url).output == "done\n") }
            #expect(try await scene.hector("call", "helper", "hello", server: url).output == "done\n")
            #expect(host.isRunning)
            host.signal(SIGTERM)
            #expect(try await host.exit(within: .seconds(15)) == 0)
        }

        @Test(arguments: ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
        func `A program whose standard streams are closed serves as any other`(closed: String) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let port = try Self.freePort()
            let path = try scene.write(
                "closed.yaml",
                """
                server: {listen: "127.0.0.1:\(port)"}
                plugins:
                \(Self.model())
                agents: {helper: {llm: model}}
                """)
            let host = try scene.start(
                executable: "/bin/sh", ["-c", "exec '\(Scene.product("hector"))' serve --config '\(path)' \(closed)"])
            let url = "http://127.0.0.1:\(port)"
            try await scene.replica("model-1", "ready", of: url)
            #expect(try await scene.hector("call", "helper", "print 10", server: url).output == "done\n")
            for descriptor in 0...2 where closed.contains("\(descriptor)\(descriptor == 0 ? "<" : ">")") {
                #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(host.id)/fd/\(descriptor)") == "/dev/null")
            }
            host.signal(SIGTERM)
            #expect(try await host.exit() == 0)
        }

        @Test func `localhost answers in both families`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let path = try scene.write("both.yaml", "server: {listen: \"localhost:0\"}\n")
            let program = try scene.start("hector", ["serve", "--config", path])
            let line = try await program.says("listening", "url=http://localhost:")
            let port = try #require(line.firstMatch(of: #/localhost:(\d+)/#)?.output.1)
            let families = try String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8).contains("00000000000000000000000000000001") ? ["127.0.0.1", "[::1]"] : ["127.0.0.1"]
            for host in families {
                var list = try await scene.hector("list", server: "http://\(host):\(port)")
                for _ in 0..<50 where list.status != 0 {
                    // The second one is bound a moment after the first.
                    try await Task.sleep(for: .milliseconds(100))
                    list = try await scene.hector("list", server: "http://\(host):\(port)")
                }
                #expect(list.status == 0, "\(list.output)")
            }
            program.signal(SIGTERM)
            #expect(try await program.exit() == 0, "\(program.said)")
        }

        /// Starts a program that reads its configuration from a pipe, and gets SIGHUP while it waits for it.
        private static func start(_ product: String, _ command: String, _ configuration: String, in scene: Scene) async throws -> Program {
            let pipe = "\(scene.folder)/pipe-\(UUID().uuidString.prefix(4)).yaml"
            try #require(mkfifo(pipe, 0o600) == 0)
            let program = try scene.start(product, [command, "--config", pipe])
            var writer: CInt = -1
            // Nobody can write into it before somebody reads.
            try await eventually(within: .seconds(15)) {
                writer = open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
                return writer >= 0 || !program.isRunning
            }
            try #require(writer >= 0, "\(program.said)")
            // If it ends now, there is somebody else to read: no SIGPIPE comes here.
            let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            defer { close(reader) }
            program.signal(SIGHUP)
            try FileHandle(fileDescriptor: writer, closeOnDealloc: true).write(contentsOf: Data(contentsOf: URL(filePath: configuration)))
            return program
        }

        private static func freePort() throws -> Int {
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(listener) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0 }
            }
            try #require(isBound)
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }
}
