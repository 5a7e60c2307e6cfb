import Foundation
import Testing

/// The programs as people run them, on three hosts: `hector serve` on the first, with no plugin of its own, and
/// `hector-plugin-agent` with echo-llm on the others. Nothing but mDNS tells them of each other.
@Suite(
    .enabled(if: Lab.problem == nil, Comment(rawValue: Lab.problem ?? "")), .serialized, .lab(hosts: 3),
    .timeLimit(.minutes(2)))
struct MeshLabTests {
    private let lab = Lab.current
    private let clock = ContinuousClock()
    /// Enough that a call is always under way at each replica.
    private static let callers = 6
    /// Milliseconds that a user may wait: a call on a cut cable waits until the cable is known to be cut.
    private static let longestCall = 3000

    @Test func `Two nodes are found and share the calls; neither a kill, a cut cable nor a stop fails one`() async throws {
        let files = try await MeshFiles(lab.name)
        defer { files.remove() }
        var alpha = try lab.start("hector-plugin-agent", on: 2, "run", "--config", files.node(2))
        let beta = try lab.start("hector-plugin-agent", on: 3, "run", "--config", files.node(3))
        let host = try lab.start("hector", on: 1, "serve", "--config", files.host)
        let user = try lab.start("mesh-load", on: 1, "http://127.0.0.1:8080", "parrot", "\(Self.callers)")
        defer { withExtendedLifetime((alpha, beta, host)) {} }

        var start = clock.now
        for replica in ["replica h2 ready", "replica h3 ready"] where !user.said.contains(where: { $0.contains(replica) }) {
            try await user.says(replica, within: .seconds(20))
        }
        report("both nodes found", after: start)

        // So few calls that the host still remembers each of them.
        try user.send("calls 200")
        try await noneFailed(user, of: 200)
        let calls = try await callsByHost()
        #expect(calls.values.reduce(0, +) == 200)
        #expect(calls["h2", default: 0] >= 50 && calls["h3", default: 0] >= 50)
        print("calls by host: \(calls)")

        // A node is killed, and started again.
        try user.send("go")
        try await Task.sleep(for: .seconds(1))
        start = clock.now
        alpha.kill()
        try await user.says("replica h2 lost", within: .seconds(2))
        report("killed node lost", after: start)
        try await Task.sleep(for: .seconds(1))
        start = clock.now
        alpha = try lab.start("hector-plugin-agent", on: 2, "run", "--config", files.node(2))
        try await user.says("replica h2 ready", within: .seconds(10))
        report("node started again and ready", after: start)

        // A cable is cut: only silence tells. Longer than the first attempts to connect anew.
        try await Task.sleep(for: .seconds(1))
        start = clock.now
        try await lab("cut", "3", "silent")
        try await user.says("replica h3 lost", within: .seconds(4))
        let silence = report("cut cable noticed", after: start)
        #expect(silence < .seconds(2))
        try await Task.sleep(for: .seconds(6))
        start = clock.now
        try await lab("heal", "3")
        try await user.says("replica h3 ready", within: .seconds(10))
        report("healed host ready", after: start)

        // The other node is told to stop, so that all calls go where the cable was cut.
        try await Task.sleep(for: .seconds(1))
        alpha.terminate()
        try await user.says("replica h2 lost", within: .seconds(5))
        try await Task.sleep(for: .seconds(1))
        try user.send("stop")
        try await noneFailed(user, of: 500)
    }

    /// No hector-plugin-agent, and nothing of ours beside it: a server on grpc-go, and Avahi's own tool.
    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/share/gocode/src/google.golang.org/grpc"), "run 'deploy/prerequisites test'"))
    func `A gRPC server that avahi-publish announces is found, called, and lost`() async throws {
        let files = try await MeshFiles(lab.name)
        defer { files.remove() }
        let build = Process()
        build.executableURL = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "InteropTests/go-server/build")
        build.arguments = [files.certificates]
        try await build.output()
        let server = try lab.start(
            "\(files.certificates)/go-server", on: 3, "-certs", files.certificates, "-node", MeshFiles.id(3), "-port", "50051", "-echo")
        try await server.says("listening on port 50051")
        let record = ["txtvers=1", "id=\(MeshFiles.id(3))", "mesh=\(lab.name)", "name=foreign", "version=1", "proto=1"]
        let announcement = try lab.start(
            "/usr/bin/avahi-publish", on: 3, arguments: ["-s", "foreign", "_hector-plugin._tcp", "50051"] + record)
        let host = try lab.start("hector", on: 1, "serve", "--config", files.host)
        let user = try lab.start("mesh-load", on: 1, "http://127.0.0.1:8080", "parrot", "2")
        defer { withExtendedLifetime((announcement, host)) {} }
        try await user.says("replica \(MeshFiles.id(3)) ready", within: .seconds(20))
        try user.send("calls 20")
        try await noneFailed(user, of: 20)
        // Its server allows one ping in five minutes: that a cable is cut is noticed all the same.
        try await lab("cut", "3", "silent")
        let start = clock.now
        try await user.says("replica \(MeshFiles.id(3)) lost", within: .seconds(15))
        report("cut cable of a foreign server noticed", after: start)
        try await lab("heal", "3")
        try await user.says("replica \(MeshFiles.id(3)) ready", within: .seconds(20))
        server.kill()
        try await user.says("replica \(MeshFiles.id(3)) lost", within: .seconds(5))
    }

    @Test(arguments: ["hector", "hector-plugin-agent"])
    func `A daemon that hangs delays nobody's end by more than two seconds`(program: String) async throws {
        let files = try await MeshFiles(lab.name)
        defer { files.remove() }
        try await lab("avahi", "2", "pause")
        let guest = program == "hector"
            ? try lab.start(program, on: 2, withLog: true, "serve", "--config", files.host)
            : try lab.start(program, on: 2, withLog: true, "run", "--config", files.node(2))
        let took: Duration?
        do {
            try await guest.says("listening")
            // A node is announced once its plugin is ready. The call to the daemon would take 25 s.
            try await Task.sleep(for: .seconds(3))
            guest.terminate()
            took = try await guest.ends(within: .seconds(20))
        } catch {
            try await lab("avahi", "2", "resume")
            throw error
        }
        try await lab("avahi", "2", "resume")
        print("\(program) ended \(took.map { "\(Int($0 / .milliseconds(1))) ms" } ?? "not") after SIGTERM")
        let end = try #require(took)
        // It hung, and was cut off.
        #expect(end > .milliseconds(1500))
        #expect(end < .seconds(4))
    }

    @discardableResult
    private func report(_ event: String, after start: ContinuousClock.Instant) -> Duration {
        let time = start.duration(to: clock.now)
        print("\(event) after \(Int(time / .milliseconds(1))) ms")
        return time
    }

    /// Waits for the sum of the calls since the last one.
    private func noneFailed(_ user: Guest, of calls: Int, at location: SourceLocation = #_sourceLocation) async throws {
        let sum = try await user.says("made=", within: .seconds(20), at: location)
        print("calls: \(sum) ms")
        let figures = sum.split(separator: " ").compactMap { $0.split(separator: "=").last.flatMap { Int($0) } }
        try #require(figures.count == 3, sourceLocation: location)
        #expect(figures[0] >= calls, sourceLocation: location)
        let failures = user.said.filter { $0.hasPrefix("failure") }.joined(separator: "\n")
        #expect(figures[1] == 0, "\(failures)", sourceLocation: location)
        #expect(figures[2] < Self.longestCall, sourceLocation: location)
    }

    private func callsByHost() async throws -> [String: Int] {
        struct Mesh: Decodable {
            struct Replica: Decodable {
                let host: String
                let calls: Int
            }

            let replicas: [Replica]
        }
        let json = try await lab("exec", "1", Lab.program("hector"), "mesh", "status", "--json")
        let mesh = try JSONDecoder().decode(Mesh.self, from: Data(json.utf8))
        return Dictionary(uniqueKeysWithValues: mesh.replicas.map { ($0.host, $0.calls) })
    }
}
