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
        try await user.says("replica h3 checking", within: .seconds(4))
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

    /// Servers of other makers, with nothing of ours beside them.
    enum ForeignServer: String, CaseIterable, CustomTestStringConvertible {
        case grpcGo = "grpc-go"
        /// The example of docs/mesh.md.
        case grpcio

        static let python: String = ProcessInfo.processInfo.environment["HECTOR_TEST_PYTHON"]
            ?? root.appending(path: ".build/test-python/bin/python").path
        static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        static let areHere = FileManager.default.fileExists(atPath: "/usr/share/gocode/src/google.golang.org/grpc")
            && FileManager.default.isExecutableFile(atPath: python)

        var testDescription: String { rawValue }
        var answer: String { self == .grpcGo ? "hello there" : "The llama says: hello there" }

        func start(in lab: Lab, _ files: MeshFiles, node: String) async throws -> Guest {
            switch self {
            case .grpcGo:
                let build = Process()
                build.executableURL = Self.root.appending(path: "Tests/InteropTests/go-server/build")
                build.arguments = [files.certificates]
                try await build.output()
                return try lab.start(
                    "\(files.certificates)/go-server", on: 3, "-certs", files.certificates, "-node", node, "-port", "50051", "-echo")
            case .grpcio:
                let page = try String(contentsOf: Self.root.appending(path: "docs/mesh.md"), encoding: .utf8)
                let script = try #require(page.components(separatedBy: "```python\n").dropFirst().first?.components(separatedBy: "```").first)
                try script.write(toFile: "\(files.certificates)/llama-server", atomically: true, encoding: .utf8)
                return try lab.start(
                    "/usr/bin/env", on: 3, "PYTHONPATH=\(Self.root.appending(path: "proto").path)", Self.python,
                    "\(files.certificates)/llama-server", files.certificates, node, lab.name, "50051")
            }
        }
    }

    @Test(
        .enabled(if: ForeignServer.areHere, "run 'deploy/prerequisites test', and make .build/test-python as .ci/test does"),
        arguments: ForeignServer.allCases)
    func `A gRPC server that avahi-publish announces is found, called, and lost`(kind: ForeignServer) async throws {
        let files = try await MeshFiles(lab.name)
        defer { files.remove() }
        let node = MeshFiles.id(3)
        let server = try await kind.start(in: lab, files, node: node)
        try await server.says("listening on port 50051", within: .seconds(30))
        let record = ["txtvers=1", "id=\(node)", "mesh=\(lab.name)", "name=foreign", "version=1", "proto=1"]
        let announcement = try lab.start(
            "/usr/bin/avahi-publish", on: 3, arguments: ["-s", "foreign", "_hector-plugin._tcp", "50051"] + record)
        let host = try lab.start("hector", on: 1, "serve", "--config", files.host)
        let user = try lab.start("mesh-load", on: 1, "http://127.0.0.1:8080", "parrot", "2")
        defer { withExtendedLifetime((announcement, host)) {} }
        try await user.says("replica \(node) ready", within: .seconds(20))
        let call = try lab.start("hector", on: 1, "call", "parrot", "hello there")
        try await call.says(kind.answer, within: .seconds(10))
        // Its server allows one ping in five minutes: that a cable is cut is noticed all the same.
        try await lab("cut", "3", "silent")
        let start = clock.now
        try await user.says("replica \(node) lost", within: .seconds(15))
        report("cut cable of a server on \(kind.rawValue) noticed", after: start)
        try await lab("heal", "3")
        try await user.says("replica \(node) ready", within: .seconds(20))
        server.kill()
        try await user.says("replica \(node) lost", within: .seconds(5))
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
