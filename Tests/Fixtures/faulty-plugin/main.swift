// The plugins of the conformance tests, each with one fault: TEST_FAULT says which, as KIND/FAULT.
import ConformanceProviders
import Foundation
import HectorPlugin
import HectorProto
import HectorRPC
import SwiftProtobuf
import Synchronization

let fault = Fault(ProcessInfo.processInfo.environment["TEST_FAULT"] ?? "")

struct Fault: Sendable {
    let kind: String
    let name: String

    init(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        (kind, name) = (parts.first ?? "", parts.last ?? "")
    }

    static func == (fault: Fault, name: String) -> Bool { fault.name == name }
}

switch fault.kind {
case "database": try await serve(FaultyDatabase())
case "embedder": try await serve(FaultyEmbedder())
case "tools": try await PluginProgram { services, _ in services.offer(FaultyTools()); services.spoilTools() }.run()
case "strategy": try await serve(FaultyStrategy())
default:
    if fault == "plain", ProcessInfo.processInfo.environment["PLUGIN_CLIENT_CERT"] == nil { exit(1) }
    try await PluginProgram { services, _ in
        services.offer(FaultyModel())
        services.spoilModel()
    }.run()
}

// MARK: language models

final class FaultyModel: LLMProvider {
    private let base = ConformanceModel()
    private let calls = Mutex(0)
    private let running = Mutex(0)

    var about: PluginDescription {
        var about = base.about
        if fault.name.hasPrefix("option-") { about.capabilities["options"] = fault.name.dropFirst(7).replacing("-", with: "_") + ",tool_choice" }
        if fault == "options-known" { about.capabilities["options"] = "seed,temprature" }
        if fault == "generate-from-undeclared" { about.capabilities["generate_from"] = nil }
        if fault == "count-tokens-undeclared" { about.capabilities["count_tokens"] = nil }
        return about
    }

    func initialize(config: [String: String]) async throws {
        if fault == "initialize" { throw ProviderError(.failed, "not today") }
    }

    func health() async throws -> ProviderHealth { ProviderHealth(isHealthy: fault.name != "health", message: "unwell") }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let text = request.messages.last?.content ?? ""
        switch fault.name {
        case "generate": return GenerateResponse()
        case "generate-refuses" where text.isEmpty: return .with { $0.text = "what?" }
        case "option-seed": return .with { $0.text = "\(calls.withLock { $0 += 1; return $0 })" }
        case "option-max-tokens": return .with { ($0.text, $0.tokensUsed, $0.finishReason) = ("three blind", 2, .stop) }
        case "unicode" where text.utf8.contains { $0 > 127 }: throw ProviderError(.failed, "only ASCII")
        case "long-text" where text.utf8.count > 1 << 16: throw ProviderError(.failed, "too much")
        case "concurrent":
            let count = running.withLock { $0 += 1; return $0 }
            defer { running.withLock { $0 -= 1 } }
            guard count < 4 else { throw ProviderError(.exhausted, "one at a time") }
            try await Task.sleep(for: .milliseconds(50))
        case "output": FileHandle.standardError.write(Data("Traceback (most recent call last):\n  File \"m.py\", line 1, in f\nValueError: no\n".utf8))
        default: break
        }
        return try await base.generate(request)
    }

    func generateStreaming(_ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void) async throws -> GenerationEnd {
        if fault == "stream-refuses", request.messages.isEmpty { return 0 }
        if fault == "stream" { return 0 }
        if fault == "cancelled-working", !request.messages.isEmpty {
            try? await onChunk(.text("three"))
            // Whether or not anybody still waits for it.
            await withCheckedContinuation { done in DispatchQueue.global().asyncAfter(deadline: .now() + 20) { done.resume() } }
            return 1
        }
        if fault == "options-ignored", request.options.hasTopK { throw ProviderError(.invalidRequest, "top_k is not known") }
        return try await base.generateStreaming(request, onChunk: onChunk)
    }

    func generateFrom(_ request: GenerateFromRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void) async throws -> GenerationEnd {
        if fault == "generate-from-text", request.hasText { return 0 }
        return try await base.generateFrom(request, onChunk: onChunk)
    }

    func countTokens(_ request: GenerateRequest) async throws -> Int {
        fault == "count-tokens" ? 7 : try await base.countTokens(request)
    }

    func modelInfo() async throws -> ModelInfo { fault == "model-info" ? ModelInfo() : try await base.modelInfo() }
}

extension GenerateFromRequest {
    var hasText: Bool { if case .text = beginning { true } else { false } }
}

extension RPCServices {
    mutating func spoilModel() {
        let common = LLMProviderMethods.common
        switch fault.name {
        case "no-done", "behind-done", "error-chunk":
            serverStreaming(LLMProviderMethods.generateStreaming) { request, writer, _ in
                if request.messages.isEmpty { throw RPCError(.invalidArgument, "no messages") }
                try await writer.write(.text("three"))
                if fault == "error-chunk" { try await writer.write(.with { ($0.type, $0.error) = (.error, "out of paper") }) }
                guard fault == "behind-done" else { return }
                try await writer.write(.with { $0.type = .done })
                try await writer.write(.text("blind"))
            }
        case "get-manifest":
            unary(common.getManifest) { _, _ in
                .with { ($0.name, $0.version, $0.type, $0.protocol) = ("conformance", "one", "llm_provider", "grpc") }
            }
        case "status": unary(common.getStatus) { _, _ in .with { $0.status = "fine" } }
        case "refusal-without-reason": unary(common.initialize) { _, _ in InitializeResponse() }
        case "cancelled":
            // A call that is cancelled keeps its slot.
            let slots = Mutex(8)
            serverStreaming(LLMProviderMethods.generateStreaming) { request, writer, _ in
                if request.messages.isEmpty { throw RPCError(.invalidArgument, "no messages") }
                while !slots.withLock({ slots in slots > 0 ? { slots -= 1; return true }() : false }) { try await Task.sleep(for: .milliseconds(1)) }
                try await writer.write(.text("three"))
                try await Task.sleep(for: .milliseconds(10))
                try await writer.write(.with { $0.type = .done })
                slots.withLock { $0 += 1 }
            }
            unary(LLMProviderMethods.generate) { request, _ in
                if request.messages.isEmpty { throw RPCError(.invalidArgument, "no messages") }
                while slots.withLock({ $0 == 0 }) { try await Task.sleep(for: .milliseconds(1)) }
                return .with { $0.text = "three" }
            }
        case "deadline":
            unary(LLMProviderMethods.generate) { request, context in
                if request.messages.isEmpty { throw RPCError(.invalidArgument, "no messages") }
                if let left = context.timeLeft, left < .milliseconds(100) { exit(7) }
                return .with { $0.text = "three" }
            }
        case "sigint": signal(SIGINT, SIG_DFL)
        case "shutdown": unary(common.shutdown) { _, _ in .with { $0.error = "later" } }
        case "shutdown-status": unary(common.shutdown) { _, _ in
            // After the answer and before go-plugin's own Shutdown takes effect.
            atexit { _exit(3) }
            return .with { $0.success = true }
        }
        case "leaves-nothing":
            // In a session of its own (POSIX_SPAWN_SETSID).
            var attributes = posix_spawnattr_t()
            posix_spawnattr_init(&attributes)
            posix_spawnattr_setflags(&attributes, 0x80)
            var child: pid_t = 0
            var words: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("8"), nil]
            posix_spawn(&child, "/bin/sleep", nil, &attributes, &words, environ)
        default: break
        }
    }

    mutating func spoilTools() {
        switch fault.name {
        case "call-refuses", "no-end":
            serverStreaming(ToolProviderMethods.callTool) { request, writer, _ in
                if request.name == "no-such-tool" { throw RPCError(.notFound, "no such tool") }
                try await writer.write(.text("done"))
                if fault == "call-refuses" { try await writer.write(.with { $0.end = .done }) }
            }
        default: break
        }
    }
}

// MARK: databases

final class FaultyDatabase: DatabaseProvider {
    private let base = ConformanceDatabase()
    private let seen = Mutex<Set<String>>([])
    var about: PluginDescription { base.about }

    func createCollection(_ collection: String, vectorSize: Int) async throws {
        if fault == "refuses", vectorSize == 0 { return }
        try await base.createCollection(collection, vectorSize: vectorSize)
    }

    func deleteCollection(_ collection: String) async throws { try await base.deleteCollection(collection) }

    func upsert(_ request: UpsertRequest) async throws {
        if fault == "replaces", !seen.withLock({ $0.insert(request.collection + request.id).inserted }) { return }
        var request = request
        if fault == "unicode" { request.metadata = request.metadata.mapValues { $0.filter(\.isASCII) } }
        try await base.upsert(request)
    }

    func search(_ request: SearchRequest) async throws -> [SearchResult] {
        var found = try await base.search(request)
        if fault == "keeps" { found.reverse() }
        if fault == "finds-nothing", found.isEmpty { found = [.with { $0.id = "ghost" }] }
        return found
    }

    func delete(collection: String, id: String) async throws {
        if fault == "forgets" { return }
        try await base.delete(collection: collection, id: id)
    }

    func upsertBatch(collection: String, records: [Record]) async throws {
        try await base.upsertBatch(collection: collection, records: fault == "upsert-batch" ? Array(records.dropLast()) : records)
    }

    func searchFiltered(_ request: SearchFilteredRequest) async throws -> [SearchResult] {
        var request = request
        if fault == "search-filtered" { request.filter = Filter() }
        return try await base.searchFiltered(request)
    }

    func count(collection: String, filter: Filter?) async throws -> Int {
        try await base.count(collection: collection, filter: fault == "count" ? nil : filter)
    }
}

// MARK: embedders

final class FaultyEmbedder: EmbedderProvider {
    private let base = ConformanceEmbedder()
    private let calls = Mutex<Float>(0)
    var about: PluginDescription { base.about }

    func embed(_ text: String) async throws -> [Float] {
        if fault == "embed-nothing", text.isEmpty { return [] }
        let vector = try await base.embed(text)
        if fault == "embed-repeats" { return vector.map { $0 + calls.withLock { $0 += 1; return $0 } } }
        return fault == "embed" ? vector.dropLast() : vector
    }

    func embedderInfo() async throws -> EmbedderInfo {
        var info = try await base.embedderInfo()
        if fault == "embedder-info" { info.modelName = "" }
        return info
    }

    func embedBatch(_ request: EmbedBatchRequest) async throws -> EmbedBatchResponse {
        var request = request
        if fault == "embed-dimension" { request.dimension = 0 }
        if fault == "embed-batch" { request.texts.reverse() }
        if fault == "embed-purpose", request.purpose != .unspecified { return EmbedBatchResponse() }
        return try await base.embedBatch(request)
    }
}

// MARK: tools

struct FaultyTools: ToolProvider {
    let about = PluginDescription(name: "conformance", version: "1.2.3")

    func tools() async throws -> [Tool] {
        let schema = #"{"type": "object", "properties": {"\#(fault == "tool-schemas" ? "test" : "text")": {"type": "string"}}, "required": ["text"]}"#
        let tool = Tool(name: "echo", description: "", parameters: schema, readOnly: true, idempotent: true)
        return fault == "list-tools" ? [tool, tool] : [tool]
    }

    func call(_ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void) async throws -> ToolEnd {
        if fault == "call-tool", request.argumentsJson != "{}" { throw ProviderError(.failed, "broken") }
        if request.name != "echo", fault.name != "call-unknown-tool" { throw ProviderError(.notFound, "there is no such tool") }
        if request.argumentsJson == "{}", fault.name != "call-incomplete" { throw ProviderError(.invalidRequest, "text is missing") }
        try await onOutput(.text("done"))
        return .done
    }
}

// MARK: strategies

final class FaultyStrategy: ReasoningStrategy {
    private let base = ConformanceStrategy()
    private let calls = Mutex(0)
    var about: PluginDescription { base.about }

    func decide(_ request: DecideRequest, onEvent: @escaping @Sendable (DecideEvent) async throws -> Void) async throws -> DecideEvent {
        switch fault.name {
        case "decide": return .callModel(tools: ["no-such-tool"])
        case "decide-refuses" where request.messages.isEmpty: return .giveUp("there are no messages")
        case "decide-repeats": return .answer("\(calls.withLock { $0 += 1; return $0 })")
        case "turn": return .callModel()
        default: return try await base.decide(request, onEvent: onEvent)
        }
    }
}
