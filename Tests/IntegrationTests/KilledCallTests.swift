import Foundation
import FoundationNetworking
@testable import HectorBuiltins
import HectorCore
import Synchronization
import Testing

extension Integration {
    /// Turns of agents whose model, tools, embedder and database are two replicas each, behind two nodes, and are killed while calls on them are open.
    @Suite(.enabled(if: TestPostgres.isHere, TestPostgres.missing), .timeLimit(.minutes(4)))
    struct KilledCallTests {
        @Test func `Of 200 turns each ends as it must, whatever is killed under its calls, and no call of a tool is begun twice`() async throws {
            let scene = try await Scene(others: ["other"])
            defer { scene.close() }
            let server = try await TestPostgres(scene)
            let owner = try PostgresConnection(PostgresAddress(server.url()), statementTimeout: 60_000)
            // The names under which the nodes' databases are known to the server.
            for user in ["first", "second"] { try owner.execute("CREATE ROLE \(user) SUPERUSER LOGIN PASSWORD 'secret'", Flag()) }
            let witness = try Calls(scene)
            var nodes: [String: Program] = [:]
            var ports: [Int] = []
            for (user, member) in [("first", "agent-far"), ("second", "agent-other")] {
                let node = try await scene.startNode(scene.nodeConfiguration(tls: scene.tls(member), plugins: """
                      llm_providers: {model: {path: \(scene.conformancePlugin("witness-model")), config: {folder: \(scene.folder)}}}
                      tool_providers: {box: {path: \(scene.conformancePlugin("witness-tools")), config: {folder: \(scene.folder)}}}
                      embedder_providers: {vectors: {path: \(scene.conformancePlugin("witness-embedder")), config: {folder: \(scene.folder)}}}
                      database_providers: {notes: {pgvector: {url: "\(server.url(user))"}}}
                    """))
                (nodes[user], ports) = (node.program, ports + [node.port])
            }
            try FileManager.default.createDirectory(atPath: scene.folder + "/manuals", withIntermediateDirectories: true)
            try scene.write("manuals/owls.md", "# Owls\n\nOwls hunt at night.\n")
            let configuration = try scene.hostConfiguration(nodes: ports, plugins: """
                  llm_providers: {model: {}}
                  tool_providers: {box: {}}
                  embedder_providers: {vectors: {}}
                  database_providers: {notes: {}}
                document_stores:
                  manuals: {path: \(scene.folder)/manuals}
                """)
            let text = try String(contentsOfFile: configuration, encoding: .utf8).replacing("  helper: {llm: model}", with: """
                  clerk: {llm: model, tools: [box]}
                  reader: {llm: model, tools: [box], database: notes, embedder: vectors, document_stores: [manuals]}
                """)
            let (_, url) = try await scene.startHost(scene.write("turns.yaml", text))
            for plugin in ["model", "box", "vectors", "notes"] {
                try await eventually("two replicas of \(plugin) are not ready", within: .seconds(60)) {
                    let lines = try await scene.hector("mesh", "status", server: url).output.split(separator: "\n")
                    return lines.count { $0.contains("\(plugin)-1") && $0.contains("ready") } == 2
                }
            }
            try await eventually("the store is not indexed", within: .seconds(60)) {
                try await scene.hector("documents", server: url).output.contains("up to date")
            }

            let turns = Turns(url, count: 200)
            async let all: Void = turns.runAll(at: 10)
            try await turns.reached(20)
            var killed: Set<pid_t> = []
            killed.insert(try await kill("tools", ["stamp", "look"], of: [.stamp, .look], turns, witness))
            try await turns.reached(50)
            killed.insert(try await kill("embedder", ["embed"], of: [.read], turns, witness))
            try await turns.reached(75)
            try await killDatabase(nodes, owner, server, scene)
            try await turns.reached(100)
            // Held behind a piece of text that the client has, behind one that only the host has, before an answer in one piece, and behind a call of a tool.
            killed.insert(try await kill(
                "model", ["text asked text", "counted asked text", "asked whole", "stamp asked call"], of: [.stream, .counted, .plain, .stampStreamed], turns, witness))
            try await all

            try expect(turns.ended, killed, witness)
            try await expectRuns(of: turns.ended, url)
            try await server.stop()
        }

        /// Holds the calls of both replicas until one of them has a call of each of these kinds open, ends that one, and lets the other one go on.
        ///
        /// - Parameter shapes: Of turns that make such calls.
        /// - Returns: The process.
        private func kill(_ kind: String, _ calls: [String], of shapes: [Turn.Shape], _ turns: Turns, _ witness: Calls) async throws -> pid_t {
            try witness.hold(kind)
            // In any order: replicas may take turns.
            for shape in Array(repeating: shapes, count: 8).flatMap({ $0 }).shuffled() { turns.hasten(shape) }
            var held: [pid_t: [String]] = [:]
            var process: pid_t?
            try await eventually("no process holds \(calls), but \(held)", within: .seconds(15)) {
                held = Dictionary(grouping: witness.lines.filter { $0.kind == kind && $0.state == "held" }, by: \.process).mapValues { $0.map(\.call) }
                process = held.first { _, held in calls.allSatisfy { call in held.contains { $0.contains(call) } } }?.key
                return process != nil
            }
            let killed = try #require(process)
            #expect(Foundation.kill(killed, SIGKILL) == 0)
            try witness.release(kind)
            return killed
        }

        /// Ends one of the two databases while the server works on its search.
        private func killDatabase(_ nodes: [String: Program], _ owner: PostgresConnection, _ server: TestPostgres, _ scene: Scene) async throws {
            try owner.execute("BEGIN; LOCK TABLE hector.records_1 IN ACCESS EXCLUSIVE MODE", Flag())
            let observer = try PostgresConnection(PostgresAddress(server.url()), statementTimeout: 60_000)
            var user: String?
            try await eventually("no search waits", within: .seconds(20)) {
                let rows = try observer.query("SELECT usename FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active' AND usename IN ('first', 'second')", [], Flag())
                user = rows.first?.first ?? nil
                return user != nil
            }
            let node = try #require(user.flatMap { nodes[$0] })
            let children = Set(node.children)
            let process = try #require(pluginProcesses("pgvector", in: scene).first { children.contains($0) })
            #expect(Foundation.kill(process, SIGKILL) == 0)
            try await Task.sleep(for: .milliseconds(200))
            try owner.execute("ROLLBACK", Flag())
        }

        private func expect(_ turns: [Turn], _ killed: Set<pid_t>, _ witness: Calls) throws {
            #expect(turns.count == 200)
            let lines = witness.lines
            #expect(killed.count == 3)
            let ofKilled = { (state: String) in Set(lines.filter { $0.kind == "tools" && $0.state == state && killed.contains($0.process) }.map(\.call)) }
            let lost = ofKilled("begun").subtracting(ofKilled("ended"))
            var cut = 0
            for turn in turns {
                let begun = { (tool: String) in lines.count { $0.kind == "tools" && $0.state == "begun" && $0.call == "\(tool) \(turn.number)" } }
                // What was sent to the killed process need not have begun.
                let isLost = turn.shape.tool == "stamp" && (begun("stamp") == 0 || lost.contains("stamp \(turn.number)"))
                let looks = turn.shape.tool == "look" ? (lost.contains("look \(turn.number)") ? 2 : 1) : 0
                // A stream may have been cut before the model called anything.
                #expect(begun("stamp") <= (turn.shape.tool == "stamp" ? 1 : 0), "\(turn)")
                #expect(begun("look") == looks || turn.error != nil && begun("look") == 0, "\(turn)")
                if turn.error != nil {
                    // Only a stream that had delivered ends so.
                    cut += 1
                    #expect(turn.isStreamed && !turn.text.isEmpty && turn.body.contains(#""code":"unavailable""#), "\(turn)")
                    #expect(turn.error?.contains("(after \(turn.text.utf8.count) bytes of the answer in \(turn.pieces) pieces)") == true, "\(turn)")
                    continue
                }
                #expect(turn.status == 200 && turn.text.hasSuffix(turn.expected(isLost: isLost)), "\(turn)")
                #expect(!turn.body.contains("could not be searched"), "\(turn)")
                guard turn.shape.tool != nil else { continue }
                // What the model was told, each time that it was asked: the one result of the one call.
                let prefix = "\(turn.number) \(turn.shape.tool ?? "") told "
                for told in lines where told.kind == "model" && told.state == "begun" && told.call.hasPrefix(prefix) {
                    #expect(told.call.hasPrefix(prefix + "1 "), "\(told)")
                    #expect(told.call.contains("the call was not repeated") == isLost, "\(told)")
                }
            }
            #expect(cut > 0)
            print("200 turns: \(cut) cut streams; lost calls of tools: \(lost.sorted())")
        }

        /// The log of runs says of cut streams what their clients saw.
        private func expectRuns(of turns: [Turn], _ url: String) async throws {
            for turn in turns where turn.error != nil {
                let run = try #require(turn.run)
                let (data, _) = try await URLSession.shared.data(from: try #require(URL(string: "\(url)/runs/\(run)")))
                let log = try JSONText(Array(data))
                #expect(log["state"]?.string == "failed" && log["error"]?["code"]?.string == "unavailable", "\(log.text)")
                #expect(log["delivered"]?["bytes"]?.int == turn.text.utf8.count && log["delivered"]?["pieces"]?.int == turn.pieces, "\(turn) \(log.text)")
                #expect(log["error"]?["message"]?.string == turn.error, "\(turn) \(log.text)")
            }
        }
    }
}

/// One turn, and what its client saw.
private struct Turn: Sendable, CustomStringConvertible {
    enum Shape: Int, CaseIterable {
        case stamp, stampStreamed, look, lookStreamed, read, readStreamed, plain, stream, counted, formed

        var tool: String? {
            switch self {
            case .stamp, .stampStreamed: "stamp"
            case .look, .lookStreamed: "look"
            default: nil
            }
        }
    }

    let number: Int
    let shape: Shape
    var status = 0
    var body = ""
    var text = ""
    var pieces = 0
    var error: String?
    /// The header `x-hector-run`.
    var run: String?

    var isStreamed: Bool { [.stampStreamed, .lookStreamed, .readStreamed, .stream, .formed].contains(shape) }

    var question: String {
        switch shape {
        case .stamp, .stampStreamed, .look: "\(number) use \(shape.tool ?? "")"
        case .lookStreamed: "\(number) say and use look"
        case .read, .readStreamed, .plain, .stream: "\(number) text"
        case .counted: "\(number) counted"
        case .formed: "\(number) json"
        }
    }

    func expected(isLost: Bool) -> String {
        switch shape {
        case .stamp, .stampStreamed, .look, .lookStreamed: isLost ? "(the tool may have run; the call was not repeated) " : "The tool said: done: \(shape.tool ?? "") \(number) "
        case .read, .readStreamed: "> Owls hunt at night.\n\nThe question:\n\(number) text "
        case .plain, .stream: "\(number) text "
        case .counted: "\(number) counted "
        case .formed: #"{"turn": \#(number)}"#
        }
    }

    var description: String { "turn \(number) (\(shape)): \(status) \(body)" }

    mutating func run(_ url: String, _ session: URLSession) async throws {
        var request = URLRequest(url: try #require(URL(string: url + "/v1/chat/completions")), timeoutInterval: 100)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        // The host counts an answer of so many tokens as it comes, and looks at a formed one as a whole.
        let more = shape == .counted ? #", "max_tokens": 500"# : shape == .formed ? #", "response_format": {"type": "json_object"}"# : ""
        let agent = [.read, .readStreamed].contains(shape) ? "reader" : "clerk"
        request.httpBody = Data(#"{"model": "\#(agent)", "stream": \#(isStreamed), "messages": [{"role": "user", "content": "\#(question)"}]\#(more)}"#.utf8)
        let (data, response) = try await session.data(for: request)
        let head = response as? HTTPURLResponse
        status = head?.statusCode ?? 0
        run = head?.value(forHTTPHeaderField: "x-hector-run")
        body = String(decoding: data, as: UTF8.self)
        let events = isStreamed ? body.split(separator: "\n").filter { $0.hasPrefix("data: {") }.map { $0.dropFirst(6) } : [body[...]]
        for event in events {
            let json = try JSONText(Array(event.utf8))
            error = json["error"]?["message"]?.string ?? error
            _ = json["choices"]?.forEachElement { (_, choice: JSONText) in
                guard let piece = choice[isStreamed ? "delta" : "message"]?["content"]?.string, !piece.isEmpty else { return }
                text += piece
                pieces += 1
            }
        }
    }
}

/// Turns of all shapes, several at a time.
private final class Turns: Sendable {
    private struct State {
        var next = 0
        var ended: [Turn] = []
    }

    private let state = Mutex(State())
    private let (hastened, hastening) = AsyncStream.makeStream(of: Turn.Shape.self)
    private let url: String
    private let count: Int
    private let session: URLSession

    init(_ url: String, count: Int) {
        (self.url, self.count) = (url, count)
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpMaximumConnectionsPerHost = 100
        session = URLSession(configuration: configuration)
    }

    var ended: [Turn] { state.withLock { $0.ended }.sorted { $0.number < $1.number } }

    func reached(_ number: Int) async throws {
        try await eventually("\(number) turns have not ended", within: .seconds(60)) { state.withLock { $0.ended.count } >= number }
    }

    /// One more of that shape at once, as long as there are any.
    func hasten(_ shape: Turn.Shape) { hastening.yield(shape) }

    func runAll(at once: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<once { group.addTask { while try await self.one(nil) {} } }
            group.addTask {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for await shape in self.hastened { group.addTask { _ = try await self.one(shape) } }
                    try await group.waitForAll()
                }
            }
            for _ in 0..<once { try await group.next() }
            hastening.finish()
            try await group.waitForAll()
        }
    }

    private func one(_ shape: Turn.Shape?) async throws -> Bool {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        guard number <= count else { return false }
        var turn = Turn(number: number, shape: shape ?? Turn.Shape.allCases[number % Turn.Shape.allCases.count])
        try await turn.run(url, session)
        state.withLock { [turn] in $0.ended.append(turn) }
        return true
    }
}

/// What the plugins of a scene wrote down.
private struct Calls {
    struct Line: CustomStringConvertible {
        let process: pid_t
        let kind: String
        let state: String
        let call: String

        var description: String { "\(process) \(kind) \(state) \(call)" }
    }

    private let folder: String

    init(_ scene: Scene) throws {
        folder = scene.folder
        try scene.write("calls", "")
    }

    /// Processes of this kind hold their calls from now on.
    func hold(_ kind: String) throws { try Data().write(to: URL(filePath: "\(folder)/hold-\(kind)")) }

    /// They let them go on.
    func release(_ kind: String) throws { try FileManager.default.removeItem(atPath: "\(folder)/hold-\(kind)") }

    var lines: [Line] {
        ((try? String(contentsOfFile: folder + "/calls", encoding: .utf8)) ?? "").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ", maxSplits: 3)
            guard words.count == 4, let process = pid_t(words[0]) else { return nil }
            return Line(process: process, kind: String(words[1]), state: String(words[2]), call: String(words[3]))
        }
    }
}
