import Foundation
import Testing

extension Integration {
    /// Who is not who they should be is refused, said so by both sides, and nobody falls over it.
    @Suite(.timeLimit(.minutes(1)))
    struct TrustTests {
        /// A fault of one certificate, and what the one who sees it says.
        struct Fault: Sendable, CustomTestStringConvertible {
            let name: String
            let words: String
            /// What the host advises.
            let advice: String
            var testDescription: String { name }
        }

        /// Faults that only the peer can see.
        static let seenByPeer = [
            Fault(name: "expired", words: "certificate has expired", advice: "renew the certificate"),
            Fault(name: "other-ca", words: "certificate", advice: "certificates from one authority"),
        ]

        @Test(arguments: seenByPeer)
        func `A host with a wrong certificate is refused by the node`(fault: Fault) async throws {
            let scene = try await Scene(bad: true)
            defer { scene.close() }
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: Self.plugins))
            let (host, url) = try await scene.startHost(
                scene.hostConfiguration(
                    nodes: [port], tls: scene.tls("bad/\(fault.name)-host"), llm: "echo-llm", plugins: Self.remote))
            try await node.says("a connection was refused", fault.words)
            try await host.says("do not trust each other", "127.0.0.1:\(port)")
            try await scene.replica(
                "the node at 127.0.0.1:\(port) is not connected: ", "does not accept our certificate", fault.advice, of: url)
            let status = try await scene.hector("mesh", "status", server: url)
            #expect(status.output.contains("waiting for a replica of echo-llm"), "\(status.output)")
            try await stillServes(node, port, scene)
            #expect(host.isRunning)
        }

        @Test(arguments: seenByPeer)
        func `A node with a wrong certificate is refused by the host`(fault: Fault) async throws {
            let scene = try await Scene(bad: true)
            defer { scene.close() }
            let (node, port) = try await scene.startNode(
                scene.nodeConfiguration(tls: scene.tls("bad/\(fault.name)-agent"), plugins: Self.plugins))
            let (host, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port], llm: "echo-llm", plugins: Self.remote))
            try await host.says("do not trust each other", fault.words)
            let status = try await scene.hector("mesh", "status", server: url)
            #expect(status.output.contains(fault.advice), "\(status.output)")
            let call = try await scene.hector("call", "helper", "hello", server: url)
            #expect(call.status == 1)
            #expect(host.isRunning)
            #expect(node.isRunning)
        }

        @Test func `A certificate of another mesh is refused by both sides`() async throws {
            let scene = try await Scene(bad: true)
            defer { scene.close() }
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: Self.plugins))
            let (stranger, _) = try await scene.startHost(
                scene.hostConfiguration(
                    nodes: [port], mesh: "other-home", tls: scene.tls("bad/other-mesh-host"), llm: "echo-llm",
                    plugins: Self.remote))
            // The host looks first.
            try await stranger.says("do not trust each other", "which is not in the mesh 'other-home'")

            let (other, otherPort) = try await scene.startNode(
                scene.nodeConfiguration(
                    mesh: "other-home", tls: scene.tls("bad/other-mesh-agent"), plugins: Self.plugins))
            let (host, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [otherPort], llm: "echo-llm", plugins: Self.remote))
            try await host.says("do not trust each other", "which is not in the mesh 'home'")
            let status = try await scene.hector("mesh", "status", "--json", server: url)
            #expect(status.output.contains("issue its certificate for this mesh"), "\(status.output)")

            try await stillServes(node, port, scene)
            for program in [stranger, other, host] { #expect(program.isRunning) }
        }

        @Test(arguments: [
            ("other-mesh", "is for the mesh 'other-home', but the configuration says 'home'"),
            ("no-identity", "has 0 URI names"),
            ("two-identities", "has 2 URI names"),
        ]) func `With a certificate that says something else, no program starts`(name: String, words: String) async throws {
            let scene = try await Scene(bad: true)
            defer { scene.close() }
            let configurations = [
                (["hector", "serve"], try scene.hostConfiguration(
                    nodes: [1], tls: scene.tls("bad/\(name)-host"), llm: "echo-llm", plugins: Self.remote)),
                (["hector-plugin-agent", "run"], try scene.nodeConfiguration(
                    tls: scene.tls("bad/\(name)-agent"), plugins: Self.plugins)),
            ]
            for (command, configuration) in configurations {
                let program = try scene.start(command[0], [command[1], "--config", configuration])
                #expect(try await program.exit() == 1)
                #expect(program.said.contains("bad/\(name)-"), "\(program.said)")
                #expect(program.said.contains(words), "\(program.said)")
            }
        }

        /// A new certificate is in force without a restart; the connection of before stays, and `mesh status` follows.
        @Test func `A renewed certificate is taken up while calls go on`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: Self.plugins))
            let (host, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port], llm: "echo-llm", plugins: Self.remote))
            let before = try await scene.replica("echo-llm", "lan", "ready", of: url)
            #expect(!before.contains("89 d"), "\(before)")

            // Half of a replacement: certificate and key do not belong together.
            let key = "\(scene.certificates)/agent-far.key"
            let held = try Data(contentsOf: URL(filePath: key))
            try Data(contentsOf: URL(filePath: "\(scene.certificates)/host-near.key")).write(to: URL(filePath: key))
            node.signal(SIGHUP)
            try await node.says("changed certificates cannot be used", "the private key does not belong to the certificate")
            try held.write(to: URL(filePath: key))
            #expect(try await scene.hector("call", "helper", "still here", server: url).output == "still here\n")

            for (member, program) in [("agent-far", node), ("host-near", host)] {
                for file in ["pem", "key"] { try FileManager.default.removeItem(atPath: "\(scene.certificates)/\(member).\(file)") }
                let maker = try scene.start(
                    executable: Scene.package.appending(path: "certs/make-dev-certs").path,
                    [scene.certificates, "--mesh", "home", "--host", "near", "--agent", "far", "--days", "90"])
                #expect(try await maker.exit() == 0)
                // The host finds out by itself, the node is told.
                if member == "agent-far" { program.signal(SIGHUP) }
                try await program.says("certificates reloaded", "expires=")
            }
            try await scene.replica("echo-llm", "lan", "ready", "89 d", of: url)
            #expect(try await scene.hector("call", "helper", "renewed", server: url).output == "renewed\n")
            #expect(!host.said.contains("node cannot be reached"), "\(host.said)")
            try await stillServes(node, port, scene)
        }

        @Test func `Host and node do not take each other's place`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let asNode = try scene.start(
                "hector-plugin-agent",
                ["run", "--config", scene.nodeConfiguration(tls: scene.tls("host-near"), plugins: Self.plugins)])
            #expect(try await asNode.exit() == 1)
            #expect(asNode.said.contains("this program needs spiffe://home/agent/"), "\(asNode.said)")
        }

        @Test func `A plugin that the node's certificate does not allow is not used`() async throws {
            let scene = try await Scene(node: "far=something-else")
            defer { scene.close() }
            let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: Self.plugins))
            let (_, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port], llm: "echo-llm", plugins: Self.remote))
            try await scene.replica("node far offers echo-llm, not used: its certificate does not allow that", of: url)
            let mesh = try await scene.hector("mesh", "status", "--json", server: url)
            #expect(mesh.output.contains("\"replicas\":[]"), "\(mesh.output)")
            #expect(try await scene.hector("call", "helper", "hello", server: url).status == 1)
        }

        @Test func `A node that was never there is named with what to do, and no more once it is`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            // A port of which nobody knows yet.
            let (first, port) = try await scene.startNode(scene.nodeConfiguration(plugins: Self.plugins))
            first.kill()
            let (_, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port], llm: "echo-llm", plugins: Self.remote))
            try await scene.replica(
                "the node at 127.0.0.1:\(port) is not connected", "Connection refused",
                "start hector-plugin-agent on that machine", of: url)
            _ = try await scene.startNode(scene.nodeConfiguration(port: port, plugins: Self.plugins))
            try await scene.replica("echo-llm", "lan", "ready", of: url)
            let status = try await scene.hector("mesh", "status", "--json", server: url)
            #expect(status.output.contains("\"absent\":[]"), "\(status.output)")
        }

        @Test func `A plugin that the host has switched off is not used elsewhere either`() async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let here = "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}, other: {path: \(Scene.product("echo-llm"))}}"
            let (_, port) = try await scene.startNode(scene.nodeConfiguration(plugins: here))
            let (_, url) = try await scene.startHost(
                scene.hostConfiguration(
                    nodes: [port], llm: "echo-llm", plugins: "  llm_providers: {echo-llm: {}, other: {enabled: false}}"))
            try await scene.replica("echo-llm", "lan", "ready", of: url)
            let mesh = try await scene.hector("mesh", "status", "--json", server: url)
            #expect(!mesh.output.contains("\"other\""), "\(mesh.output)")
        }

        @Test(arguments: [
            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{0}\u{0}\u{0}\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}",
            "\u{16}\u{3}\u{1}\u{7F}\u{7F}" + String(repeating: "\u{1}", count: 400),
            String(repeating: "rubbish", count: 10_000),
        ]) func `Who speaks no TLS is turned away with a word in the log`(bytes: String) async throws {
            let scene = try await Scene()
            defer { scene.close() }
            let (node, port) = try await scene.startNode(scene.nodeConfiguration(plugins: Self.plugins))
            let peer = try PlainConnection(port: port)
            peer.send(bytes)
            // What the server does with it is up to it; that it ends the connection is not.
            #expect(await peer.isClosed(within: .seconds(15)))
            try await node.says("a connection was refused", "error=")
            try await stillServes(node, port, scene)
        }

        // MARK: -

        static let plugins = "  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}}"
        static let remote = "  llm_providers: {echo-llm: {}}"

        /// A right host gets its answer from the node.
        private func stillServes(_ node: Program, _ port: Int, _ scene: Scene) async throws {
            let (_, url) = try await scene.startHost(
                scene.hostConfiguration(nodes: [port], llm: "echo-llm", plugins: Self.remote))
            try await scene.replica("echo-llm", "lan", "ready", of: url)
            let call = try await scene.hector("call", "helper", "still here", server: url)
            #expect(call.output == "still here\n")
            #expect(node.isRunning)
        }
    }
}

/// A bare TCP connection to a port of this machine.
private final class PlainConnection: Sendable {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// What the peer does not take any more is dropped.
    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    func isClosed(within limit: Duration) async -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count == 0 || count < 0 && errno != EAGAIN { return true }
            if count < 0 { try? await Task.sleep(for: .milliseconds(20)) }
        }
        return false
    }
}
