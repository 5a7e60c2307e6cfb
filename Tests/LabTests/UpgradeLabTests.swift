import Foundation
import Testing

/// Users call and stream while everything behind `hector serve` is replaced: the plugins' programs on the host and on the nodes, and then
/// the program of each node. Two models, each with two replicas on different machines; nothing but mDNS tells the machines of each other.
@Suite(
    .enabled(if: Lab.problem == nil, Comment(rawValue: Lab.problem ?? "")), .serialized, .lab(hosts: 3),
    .timeLimit(.minutes(8)))
struct UpgradeLabTests {
    private let lab = Lab.current
    private static let callsPerSecond = 10
    /// Of a stream, four a second.
    private static let words = 100
    /// Milliseconds from one stream to the next: 27 are open at a time.
    private static let period = 900
    private static let leastCalls = 1_500
    private static let leastStreams = 100
    /// Of each change: streams that began before it and ended after it.
    private static let leastSpanned = 20

    /// The files of the mesh: `alpha` runs on the host and on the node of machine 2, `beta` on the nodes of machines 2 and 3.
    private struct Files {
        let folder: URL

        init(_ mesh: String) async throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "upgrade-files-\(mesh)")
            let makeCertificates = Process()
            makeCertificates.executableURL = URL(filePath: #filePath)
                .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "certs/make-dev-certs")
            makeCertificates.arguments = [folder.path, "--mesh", mesh, "--host", "h1", "--agent", "gpu-2", "--agent", "gpu-3"]
            try await makeCertificates.output()
            // More than the longest stream takes.
            try write("host.yaml", """
                server: {drain_timeout: 60s}
                mesh:
                  name: \(mesh)
                  tls: {ca: ca.pem, certificate: host-h1.pem, key: host-h1.key}
                plugins:
                  llm_providers:
                    alpha: {path: \(program("alpha-1")), upgrade: in_turn}
                    beta: {}
                """)
            let plugins = [2: "alpha: {path: \(program("alpha-2"))}\n    beta: {path: \(program("beta-2")), upgrade: in_turn}", 3: "beta: {path: \(program("beta-3"))}"]
            for (node, plugins) in plugins {
                try write("node\(node).yaml", """
                    agent: {drain_timeout: 60s}
                    mesh:
                      name: \(mesh)
                      tls: {ca: ca.pem, certificate: agent-gpu-\(node).pem, key: agent-gpu-\(node).key}
                    plugins:
                      llm_providers:
                        \(plugins)
                    """)
            }
            for name in ["alpha-1", "alpha-2", "beta-2", "beta-3"] { try replace(name, version: 1) }
        }

        func program(_ name: String) -> String { folder.appending(path: name).path }

        /// Puts another program in the place of that one, as `install` and `mv` do.
        func replace(_ name: String, version: Int) throws {
            let new = program("new-\(name)")
            try "#!/bin/sh\n# version \(version)\nexec \(Lab.program("moody-llm"))\n".write(toFile: new, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: new)
            guard rename(new, program(name)) == 0 else { throw LabFailure("cannot replace \(name)") }
        }

        func path(_ name: String) -> String { folder.appending(path: name).path }

        func remove() { try? FileManager.default.removeItem(at: folder) }

        private func write(_ name: String, _ text: String) throws {
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
    }

    @Test func `Plugins and nodes are upgraded one after the other, and no call fails and no token is missing or doubled`() async throws {
        let files = try await Files(lab.name)
        defer { files.remove() }
        func node(_ number: Int) throws -> Guest {
            try lab.start("hector-plugin-agent", on: number, withLog: true, "run", "--config", files.path("node\(number).yaml"))
        }
        var nodes = [2: try node(2), 3: try node(3)]
        let host = try lab.start("hector", on: 1, withLog: true, "serve", "--config", files.path("host.yaml"))
        let users = try lab.start(
            "mesh-streams", on: 1, "http://127.0.0.1:8080", "alpha,beta", "\(Self.callsPerSecond)", "\(Self.words)", "\(Self.period)")
        defer { withExtendedLifetime(nodes) {} }
        try await replicas(["alpha h1", "alpha h2", "beta h2", "beta h3"])
        let began = ContinuousClock.now
        try users.send("go")
        // Until as many streams are open as will be.
        try await Task.sleep(for: .milliseconds(Self.words * 250))

        var changes = 0
        func change(_ name: String, _ body: () async throws -> Void) async throws {
            changes += 1
            let start = ContinuousClock.now
            try users.send("begin \(name)")
            try await body()
            try users.send("end \(name)")
            print("\(name): \(Int(start.duration(to: .now) / .milliseconds(1))) ms")
        }
        /// The program of a plugin is replaced where that program runs it.
        func upgrade(_ plugin: String, in guest: Guest) async throws {
            try files.replace(plugin, version: 2)
            guest.hangUp()
            try await guest.says("the new process has taken over", within: .seconds(90))
        }
        try await change("alpha-on-node-2") { try await upgrade("alpha-2", in: try #require(nodes[2])) }
        try await replicas(["alpha h1", "alpha h2"])
        try await change("beta-on-node-3") { try await upgrade("beta-3", in: try #require(nodes[3])) }
        try await replicas(["beta h2", "beta h3"])
        // In turn: the old one ends before the new one begins, which has to wait for its streams.
        for (name, plugin, guest, all) in [
            ("alpha-on-the-host", "alpha-1", host, ["alpha h1", "alpha h2"]), ("beta-on-node-2", "beta-2", try #require(nodes[2]), ["beta h2", "beta h3"]),
        ] {
            try files.replace(plugin, version: 2)
            try await change(name) {
                guest.hangUp()
                try await guest.says("a new process is being started", within: .seconds(20))
            }
            try await guest.says("the new process has taken over", within: .seconds(90))
            try await replicas(all)
        }
        for number in [2, 3] {
            let old = try #require(nodes[number])
            try await change("node-\(number)") {
                old.terminate()
                try await old.says("draining", within: .seconds(10))
            }
            #expect(try await old.ends(within: .seconds(70)) != nil)
            nodes[number] = try node(number)
            try await replicas(number == 2 ? ["alpha h2", "beta h2"] : ["beta h3"])
        }
        // As many calls as were promised.
        let rest = Duration.seconds(Double(Self.leastCalls + 20) / Double(Self.callsPerSecond)) - began.duration(to: .now)
        if rest > .zero { try await Task.sleep(for: rest) }
        try users.send("stop")
        let sum = try await users.says("calls=", within: .seconds(90))
        print("\(sum) ms")
        let figures = Dictionary(
            sum.split(separator: " ").map { $0.split(separator: "=") }.map { ("\($0[0])", Int($0[1]) ?? -1) }, uniquingKeysWith: { first, _ in first })
        let failures = users.said.filter { $0.hasPrefix("failure") }
        #expect(figures["failed"] == 0 && figures["broken"] == 0, "\(failures.prefix(5).joined(separator: "\n"))")
        #expect(figures["calls", default: 0] >= Self.leastCalls && figures["streams", default: 0] >= Self.leastStreams, "\(sum)")
        let spanned = users.said.filter { $0.hasPrefix("spanned") }
        print(spanned.joined(separator: "\n"))
        #expect(spanned.count == changes && changes == 6)
        for line in spanned { #expect(line.split(separator: " ").last.flatMap { Int($0) } ?? 0 >= Self.leastSpanned, "\(line)") }
    }

    /// Waits until those are ready, by plugin and machine.
    private func replicas(_ wanted: [String], at location: SourceLocation = #_sourceLocation) async throws {
        struct Mesh: Decodable {
            struct Replica: Decodable {
                let plugin: String
                let host: String
                let state: String
            }

            let replicas: [Replica]
        }
        var ready: Set<String> = []
        for _ in 0..<150 {
            if let json = try? await lab("exec", "1", Lab.program("hector"), "mesh", "status", "--json"),
                let mesh = try? JSONDecoder().decode(Mesh.self, from: Data(json.utf8))
            {
                ready = Set(mesh.replicas.filter { $0.state == "ready" }.map { "\($0.plugin) \($0.host)" })
                if ready.isSuperset(of: wanted) { return }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        try #require(ready.isSuperset(of: wanted), "ready: \(ready)", sourceLocation: location)
    }
}
