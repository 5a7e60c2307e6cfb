import Foundation
import HectorAgents
import HectorCore
import HectorAPI
import HectorMesh
import HectorProgram
import HectorProviders
import HectorRPC
import Logging
import ServiceLifecycle
import TestCertificates
import Testing

/// Real HTTP clients, those of OpenAI and of A2A, against our front over a model that repeats what it hears.
///
/// They need a Python interpreter with the packages of `http/requirements.txt`, named by `HECTOR_TEST_PYTHON`.
@Suite(
    .enabled("HECTOR_TEST_PYTHON names no Python with the packages of Tests/InteropTests/http/requirements.txt") {
        PythonClient.interpreter != nil
    },
    .timeLimit(.minutes(2))
)
struct HTTPClientTests {
    @Test(arguments: ["parrot", "echo"]) func openAI(model: String) async throws {
        try await run("openai_client.py", model)
    }

    @Test(arguments: ["parrot", "echo"]) func responses(model: String) async throws {
        try await run("responses_client.py", model)
    }

    @Test(arguments: ["parrot", "echo"]) func anthropic(model: String) async throws {
        try await run("anthropic_client.py", model)
    }

    @Test func a2a() async throws {
        try await run("a2a_client.py", "parrot")
    }

    /// Every client over TLS, with a certificate of an authority that only `SSL_CERT_FILE` names.
    @Test(arguments: [("openai_client.py", "echo"), ("anthropic_client.py", "echo"), ("a2a_client.py", "parrot")])
    func `HTTPS by OpenSSL`(script: String, model: String) async throws {
        let pki = try Pki()
        try pki.authority("root")
        try pki.server("web", by: "root")
        let tls = try WebTLS(TLSIdentity(certificatePEM: pki.text("web.pem"), privateKeyPEM: pki.text("web.key")))
        try await run(script, model, environment: ["SSL_CERT_FILE": pki.file("root.pem")]) { try tls.handler(on: $0, log: $1) }
    }

    /// Starts the front on a free port, runs the client against it, and expects it to be content.
    private func run(
        _ script: String, _ model: String, environment: [String: String] = [:], tls: FrontTLS? = nil
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (ports, bound) = AsyncStream<Int>.makeStream()
        let service = try front.service(port: 0, tls: tls, logger: logger) { _, port in bound.yield(port) }
        let group = ServiceGroup(services: [service], logger: logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                let client = try await PythonClient.run(
                    script, ["\(tls == nil ? "http" : "https")://127.0.0.1:\(port)", model], environment: environment)
                #expect(client.status == 0, "\(client.output)")
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private var front: HectorAPI {
        let directory = EchoDirectory()
        let snapshot = MeshSnapshot(mesh: "test", host: "here", replicas: [
            ReplicaStatus(plugin: "echo", type: "llm_provider", replica: "echo-1", host: "here", path: .local, state: .ready)
        ])
        return HectorAPI(
            backend: ChatBackend(Agents(
                [AgentDefinition(id: "parrot", name: "Parrot", llm: "echo", systemPrompt: "Repeat.")],
                providers: directory, timing: .system(), newID: { "turn" }
            ), models: directory),
            snapshot: { snapshot }, security: APISecurity(), version: "1.0.0",
            surroundings: Surroundings(timing: .system(), newID: { UUID().uuidString.lowercased() })
        )
    }
}

private struct EchoDirectory: ProviderDirectory {
    let llmNames = ["echo", "caller"]
    func llm(_ name: String) -> (any LanguageModel)? {
        switch name {
        case "echo": ProvidedModel(EchoLLM())
        case "caller": ProvidedModel(CallingLLM())
        default: nil
        }
    }
    let embedderNames = ["lengths"]
    func embedder(_ name: String) -> (any Embedder)? { name == "lengths" ? ProvidedEmbedder(Lengths()) : nil }
    func mayServe(llm name: String, needs: Abilities) -> Bool { llmNames.contains(name) }
    func whyNotReady(llm name: String) -> String { "" }
}

/// Calls every tool that it is offered, with what it was asked, and says what the tools returned; tells of an image its type and size.
private struct CallingLLM: LLMProvider {
    let about = PluginDescription(name: "caller", version: "1.0.0", capabilities: ["generate_from": "images"])

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        var response = GenerateResponse()
        guard let last = request.messages.last else { return response }
        for case .image(let image)? in last.parts.map(\.part) { response.text += "\(image.mediaType) \(image.data.count)" }
        guard last.role == "user", last.parts.isEmpty, !request.tools.isEmpty else {
            if last.parts.isEmpty { response.text = last.content }
            return response
        }
        response.toolCalls = request.tools.map { tool in
            var call = ToolCall()
            call.id = "call-\(tool.name)"
            call.name = tool.name
            call.argumentsJson = #"{"text": "\#(last.content)"}"#
            return call
        }
        return response
    }

    func generateFrom(
        _ request: GenerateFromRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        try await generateStreaming(request.request, onChunk: onChunk)
    }
}

/// Vectors of four numbers: a text's length, and what a quarter of it is.
private struct Lengths: EmbedderProvider {
    let about = PluginDescription(name: "lengths", version: "1.0.0")

    func embed(_ text: String) async throws -> [Float] {
        let length = Float(text.utf8.count)
        return [length, length / 4, -1, 0]
    }

    func embedderInfo() async throws -> EmbedderInfo { EmbedderInfo() }
}

/// Repeats the last message, word by word. A message `call NAME ARGUMENTS` makes it call that tool, if it is offered.
private struct EchoLLM: LLMProvider {
    let about = PluginDescription(name: "echo", version: "1.0.0", capabilities: ["count_tokens": "true"])

    func countTokens(_ request: GenerateRequest) async throws -> Int {
        request.messages.reduce(0) { $0 + $1.content.split(separator: " ").count }
    }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        var response = GenerateResponse()
        if let call = call(request) {
            response.toolCalls = [call]
            return response
        }
        response.text = request.messages.last?.content ?? ""
        response.tokensUsed = Int32(response.text.split(separator: " ").count)
        return response
    }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        if let call = call(request) {
            try await onChunk(.toolCall(call))
            return 1
        }
        let words = request.messages.last?.content.split(separator: " ") ?? []
        for word in words { try await onChunk(.text("\(word) ")) }
        return GenerationEnd(tokensUsed: words.count)
    }

    private func call(_ request: GenerateRequest) -> ToolCall? {
        let words = request.messages.last?.content.split(separator: " ", maxSplits: 2).map(String.init) ?? []
        guard words.count == 3, words[0] == "call", request.tools.contains(where: { $0.name == words[1] }) else { return nil }
        var call = ToolCall()
        (call.id, call.name, call.argumentsJson) = ("call-1", words[1], words[2])
        return call
    }
}

/// Runs a script of `Tests/InteropTests/http` to its end.
private enum PythonClient {
    static var interpreter: String? { ProcessInfo.processInfo.environment["HECTOR_TEST_PYTHON"] }

    static func run(
        _ script: String, _ arguments: [String], environment: [String: String]
    ) async throws -> (status: Int32, output: String) {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "http")
        // A file, not a pipe: a pipe that nobody empties would stop a client that says much.
        let log = FileManager.default.temporaryDirectory.appending(path: "hector-\(UUID().uuidString).log")
        try Data().write(to: log)
        defer { try? FileManager.default.removeItem(at: log) }
        let output = try FileHandle(forWritingTo: log)
        let process = Process()
        process.executableURL = URL(filePath: interpreter ?? "python3")
        process.arguments = [folder.appending(path: script).path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = output
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return (status, String(decoding: try Data(contentsOf: log), as: UTF8.self))
    }
}
