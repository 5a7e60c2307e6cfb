import Foundation
import Synchronization
import Testing

/// A folder for one test: certificates, configurations, and the programs' temporary files. Ended by `close()`.
final class Scene: Sendable {
    let folder: String
    let certificates: String
    /// Where the programs of the scene put their sockets.
    let temporary: String
    private let programs = Mutex<[Program]>([])

    /// - Parameters:
    ///   - node: What the node may offer, as `make-dev-certs` takes it.
    ///   - others: Ids of further nodes, which may offer everything.
    ///   - bad: Also certificates with one fault each, in `certificates/bad`.
    init(node: String = "far", others: [String] = [], bad: Bool = false, certificates wantsCertificates: Bool = true) async throws {
        // Short: the path of a socket has 107 bytes.
        folder = "/tmp/h-" + UUID().uuidString.prefix(8)
        certificates = folder + "/certs"
        temporary = folder + "/tmp"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        guard wantsCertificates else { return }
        let maker = try start(executable: Self.package.appending(path: "certs/make-dev-certs").path,
            [certificates, "--mesh", "home", "--host", "near", "--agent", node] + others.flatMap { ["--agent", $0] } + (bad ? ["--bad"] : []))
        let status = try await maker.exit()
        try #require(status == 0, "\(maker.said)")
    }

    /// Kills what still runs, and removes the folder.
    func close() {
        for program in programs.withLock({ $0 }) { program.kill() }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Starts a program that ends with the scene, unless it does before.
    func start(executable: String, _ arguments: [String], environment: [String: String] = [:]) throws -> Program {
        let program = try Program(executable: executable, arguments, in: self, environment: environment)
        programs.withLock { $0.append(program) }
        return program
    }

    func start(
        _ product: String, _ arguments: [String], environment: [String: String] = [:], of build: Build = .today
    ) throws -> Program {
        try start(executable: build.product(product), arguments, environment: environment)
    }

    static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// An executable of this package; the test program lies beside them.
    static func product(_ name: String) -> String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name).path
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let path = "\(folder)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// A program of the shell.
    @discardableResult
    func script(_ name: String, _ text: String) throws -> String {
        let path = try write(name, "#!/bin/sh\n\(text)\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    /// The conformance plugin under the name that makes it one of `llm`, `database`, `embedder`, `tools` and `strategy`.
    func conformancePlugin(_ kind: String) throws -> String {
        let path = "\(folder)/\(kind)"
        if !FileManager.default.fileExists(atPath: path) {
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: Self.product("conformance-plugin"))
        }
        return path
    }

    // MARK: configurations

    func tls(_ member: String, ca: String = "ca") -> String {
        "{ca: \(certificates)/\(ca).pem, certificate: \(certificates)/\(member).pem, key: \(certificates)/\(member).key}"
    }

    func nodeConfiguration(
        port: Int = 0, mesh: String = "home", tls: String? = nil, drain: String = "1s", plugins: String
    ) throws -> String {
        try write(
            "agent-\(UUID().uuidString.prefix(4)).yaml",
            """
            agent: {name: far-away, listen: "127.0.0.1:\(port)", drain_timeout: \(drain)}
            mesh:
              name: \(mesh)
              tls: \(tls ?? self.tls("agent-far"))
              announce: {avahi: false}
            plugins:
            \(plugins)
            """)
    }

    func hostConfiguration(
        nodes ports: [Int] = [], mesh: String = "home", tls: String? = nil, llm: String = "model", silenceStreams: String? = nil, plugins: String
    ) throws -> String {
        let remote = """
            mesh:
              name: \(mesh)
              tls: \(tls ?? self.tls("host-near"))
              sources: {avahi: false, static: [\(ports.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", "))]}
              call_timeout: 20s\(silenceStreams.map { "\n  silence_streams: \($0)" } ?? "")
            """
        return try write(
            "hector-\(UUID().uuidString.prefix(4)).yaml",
            """
            server: {listen: "127.0.0.1:0"}
            \(ports.isEmpty ? "" : remote)
            plugins:
            \(plugins)
            agents:
              helper: {llm: \(llm)}
            """)
    }

    // MARK: programs

    /// `hector-plugin-agent run`, once hosts can connect.
    func startNode(
        _ configuration: String, environment: [String: String] = [:], of build: Build = .today
    ) async throws -> (program: Program, port: Int) {
        let program = try start("hector-plugin-agent", ["run", "--config", configuration], environment: environment, of: build)
        let line = try await program.says("listening", "endpoint=")
        return (program, try Self.port(line))
    }

    /// `hector serve`, once it answers.
    func startHost(
        _ configuration: String, environment: [String: String] = [:], of build: Build = .today
    ) async throws -> (program: Program, url: String) {
        let program = try start("hector", ["serve", "--config", configuration], environment: environment, of: build)
        let line = try await program.says("listening", "url=http://")
        return (program, "http://127.0.0.1:\(try Self.port(line))")
    }

    /// Runs `hector` to its end.
    func hector(
        _ arguments: String..., server: String? = nil, of build: Build = .today
    ) async throws -> (status: Int32, output: String) {
        let program = try start("hector", arguments, environment: server.map { ["HECTOR_SERVER": $0] } ?? [:], of: build)
        return (try await program.exit(), program.said)
    }

    /// Says something to an agent in `hector chat`, without a terminal, until its end.
    func chat(_ agent: String, _ text: String, server: String) async throws -> (status: Int32, output: String) {
        let program = try start(
            executable: "/bin/sh", ["-c", #"printf '%s\n' "$1" | "$0" chat "$2""#, Self.product("hector"), text, agent], environment: ["HECTOR_SERVER": server])
        return (try await program.exit(within: .seconds(60)), program.said)
    }

    /// Waits until `mesh status` shows a replica with all these words in its line.
    @discardableResult
    func replica(
        _ words: String..., of server: String, within limit: Duration = .seconds(10),
        at location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        var output = ""
        let end = ContinuousClock.now + limit
        repeat {
            output = try await hector("mesh", "status", server: server).output
            if let line = output.split(separator: "\n").first(where: { line in words.allSatisfy(line.contains) }) {
                return String(line)
            }
            try await Task.sleep(for: .milliseconds(100))
        } while ContinuousClock.now < end
        return try #require(nil, "no replica with \(words):\n\(output)", sourceLocation: location)
    }

    /// The port at the end of what a `listening` line calls `url` or `endpoint`.
    private static func port(_ line: String) throws -> Int {
        let match = try #require(line.firstMatch(of: #/(?:url|endpoint)=\S*:(\d+)/#), "\(line)")
        return try #require(Int(match.output.1))
    }
}
