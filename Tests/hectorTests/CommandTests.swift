internal import HectorCore
import Foundation
import HectorAgents
import HectorAPI
import HectorMesh
import HectorProgram
import HectorProviders
import Logging
import ServiceLifecycle
import Testing

/// The built program against a front in this process.
@Suite(.serialized, .timeLimit(.minutes(1))) struct CommandTests {
    @Test func listShowsTheAgents() async throws {
        try await serving { hector in
            let list = try await hector.run("list")
            #expect(list.status == 0 && list.errors == "")
            #expect(list.output.contains("*  parrot  Parrot  echo     ready    Repeats."))
            #expect(list.output.contains("   lost    Lost    nowhere  waiting"))
            let json = try await hector.run("list", "--json")
            #expect(json.output.hasPrefix(#"{"agents":[{"card":"#))
        }
    }

    @Test func internalAgentsAreCalledByNameAndPrivateOnesNotAtAll() async throws {
        try await serving { hector in
            let list = try await hector.run("list")
            #expect(!list.output.contains("shy") && !list.output.contains("secret"))
            let answer = try await hector.run("call", "shy", "one two")
            #expect(answer == .init(status: 0, output: "one two \n", errors: ""))
            let info = try await hector.run("info", "shy")
            #expect(info.status == 0 && info.output.contains("Shy"))
            for arguments in [["call", "secret", "one"], ["info", "secret"], ["chat", "secret"]] {
                let refused = try await hector.run(arguments, input: "one\n")
                #expect(refused.status == 1 && refused.output == "")
                #expect(refused.errors == "hector: There is no agent named \"secret\". `hector list` shows the agents.\n")
            }
        }
    }

    @Test func infoShowsOneAgentOrTheServer() async throws {
        try await serving { hector in
            let agent = try await hector.run("info", "parrot")
            #expect(agent.status == 0)
            #expect(agent.output.contains("/agents/parrot/.well-known/agent-card.json"))
            let server = try await hector.run("info")
            #expect(server.output.contains("agents      2, 1 ready"))
            let missing = try await hector.run("info", "a/b c")
            #expect(missing.status == 1)
            #expect(missing.errors == "hector: There is no agent named \"a/b c\". `hector list` shows the agents.\n")
        }
    }

    @Test func callAsksAndReadsStandardInput() async throws {
        try await serving { hector in
            let answer = try await hector.run("call", "parrot", "one two")
            #expect(answer == .init(status: 0, output: "one two \n", errors: ""))
            let piped = try await hector.run("call", "parrot", "-", input: "three\nfour")
            #expect(piped == .init(status: 0, output: "three\nfour \n", errors: ""))
            let empty = try await hector.run("call", "parrot", "-", input: "")
            #expect(empty.status == 1 && empty.output == "" && empty.errors.contains("Standard input is empty"))
            let failed = try await hector.run("call", "lost", "one")
            #expect(failed.status == 1 && failed.output == "")
            #expect(failed.errors.contains("uses the LLM plugin \"nowhere\"") && failed.errors.split(separator: "\n").count == 1)
        }
    }

    @Test func chatRemembers() async throws {
        try await serving { hector in
            let chat = try await hector.run("chat", "parrot", input: "one\n\n  \nhow many\n/quit\nnever\n")
            #expect(chat == .init(status: 0, output: "one \nheard 2 \n", errors: ""))
            let ended = try await hector.run("chat", "parrot", input: "one")
            #expect(ended.output == "one \n")
            let missing = try await hector.run("chat", "x", input: "one")
            #expect(missing.status == 1)
        }
    }

    @Test func interruptingACallEndsItAtOnce() async throws {
        try await serving { hector in
            let chat = try await hector.run("chat", "parrot", input: "wait\nhow many\n", interruptAfter: "waiting ")
            #expect(chat == .init(status: 0, output: "waiting  (cancelled)\nheard 1 \n", errors: ""))
        }
    }

    @Test func meshStatusShowsTheReplicas() async throws {
        try await serving { hector in
            let status = try await hector.run("mesh", "status")
            #expect(status.status == 0)
            #expect(status.output.contains("echo-1") && status.output.contains("waiting for a replica of nowhere"))
            #expect(!status.output.contains("\u{1B}"))
            let json = try await hector.run("mesh", "status", "--json")
            #expect(try JSONDecoder().decode(MeshReport.self, from: Data(json.output.utf8)).replicas.count == 1)
        }
    }

    @Test func theTokenComesFromTheEnvironment() async throws {
        try await serving(token: "secret") { hector in
            let refused = try await hector.run("list")
            #expect(refused.status == 1 && refused.errors.contains("set HECTOR_TOKEN"))
            var hector = hector
            hector.environment["HECTOR_TOKEN"] = "secret"
            let list = try await hector.run("list")
            #expect(list.status == 0)
        }
    }

    @Test func aServerThatIsNotThereIsNamed() async throws {
        let hector = Program(server: "http://127.0.0.1:1")
        for arguments in [["list"], ["info"], ["call", "a", "b"], ["chat", "a"], ["mesh", "status"]] {
            let result = try await hector.run(arguments)
            #expect(result == .init(status: 1, output: "", errors:
                "hector: hector serve is not reachable at http://127.0.0.1:1: nothing listens there. Start it with `hector serve`, or pass --server.\n"
            ))
        }
    }

    @Test func wrongCommandLinesAreUsageErrors() async throws {
        let hector = Program(server: "http://127.0.0.1:1")
        for arguments in [["dance"], ["call"], ["call", "a"], ["list", "--dance"], ["list", "--server", "nonsense"]] {
            let result = try await hector.run(arguments)
            #expect(result.status == 2 && result.output == "")
            #expect(result.errors.hasPrefix("hector: ") && result.errors.split(separator: "\n").count == 1)
        }
        let usage = try await hector.run("mesh", "status", "--dance")
        #expect(usage.errors.contains("(see `hector mesh status --help`)"))
        for arguments in [["--help"], ["help", "call"], ["mesh", "status", "--help"], []] {
            let help = try await hector.run(arguments)
            #expect(help.status == 0 && help.errors == "" && help.output.contains("EXAMPLE"))
        }
    }

    // MARK: - A front and the program

    private func serving(token: String? = nil, _ body: @escaping @Sendable (Program) async throws -> Void) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let directory = ParrotDirectory()
        let snapshot = MeshSnapshot(
            mesh: "home", host: "desk",
            replicas: [ReplicaStatus(plugin: "echo", type: "llm_provider", replica: "echo-1", host: "desk", path: .local, state: .ready)],
            waiting: ["nowhere"]
        )
        let front = HectorAPI(
            backend: ChatBackend(Agents(
                [
                    AgentDefinition(id: "parrot", name: "Parrot", description: "Repeats.", llm: "echo"),
                    AgentDefinition(id: "lost", name: "Lost", llm: "nowhere"),
                    AgentDefinition(id: "shy", name: "Shy", llm: "echo", visibility: .internal),
                    AgentDefinition(id: "secret", name: "Secret", llm: "echo", visibility: .private),
                ],
                providers: directory, timing: .system(), newID: { "turn" }
            ), models: directory),
            snapshot: { snapshot }, security: APISecurity(token: token), version: "1.0.0",
            surroundings: Surroundings(timing: .system(), newID: { UUID().uuidString })
        )
        let (ports, bound) = AsyncStream<Int>.makeStream()
        let service = try front.service(port: 0, logger: logger) { _, port in bound.yield(port) }
        let group = ServiceGroup(services: [service], logger: logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                try await body(Program(server: "http://127.0.0.1:\(port)"))
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}

private struct ParrotDirectory: ProviderDirectory {
    let llmNames = ["echo"]
    func llm(_ name: String) -> (any LanguageModel)? { name == "echo" ? ProvidedModel(Parrot()) : nil }
    func mayServe(llm name: String, needs: Abilities) -> Bool { name == "echo" }
    func whyNotReady(llm name: String) -> String { "" }
}

/// Repeats the last message word by word; `how many` asks for the number of the user's messages, `wait` for patience.
private struct Parrot: LLMProvider {
    let about = PluginDescription(name: "parrot", version: "1.0.0")

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        throw ProviderError(.unsupported, "It only streams.")
    }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        let text = request.messages.last?.content ?? ""
        switch text {
        case "how many":
            try await onChunk(.text("heard \(request.messages.count { $0.role == "user" }) "))
        case "wait":
            try await onChunk(.text("waiting "))
            try await Task.sleep(for: .seconds(3600))
        default:
            for word in text.split(separator: " ") { try await onChunk(.text("\(word) ")) }
        }
        return 0
    }
}
