import Glibc
import HectorPlugin
import Synchronization

/// Writes down each call of a provider, and holds calls open where the test wants to end the process meanwhile.
///
/// The folder `config.folder` has the file `calls`, with a line `PROCESS KIND STATE CALL` for each call that was `begun`, is `held`, or has `ended`. Calls are held
/// while there is a file `hold-KIND`.
final class Witness: Sendable {
    private let kind: String
    private let folder = Mutex("")

    init(_ kind: String) { self.kind = kind }

    func initialize(_ config: [String: String]) throws {
        guard let path = config["folder"] else { throw ProviderError(.invalidRequest, "config.folder is missing") }
        folder.withLock { $0 = path }
    }

    func note(_ state: String, _ call: String) {
        let line = "\(getpid()) \(kind) \(state) \(call)\n"
        let descriptor = open(folder.withLock { $0 } + "/calls", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(descriptor) }
        // In one piece, between those of other processes.
        write(descriptor, line, line.utf8.count)
    }

    /// Where a call can be held.
    func pass(_ call: String) async throws {
        let file = folder.withLock { $0 } + "/hold-\(kind)"
        guard access(file, F_OK) == 0 else { return }
        // What was sent before is on its way.
        try await Task.sleep(for: .milliseconds(100))
        note("held", call)
        while access(file, F_OK) == 0 { try await Task.sleep(for: .milliseconds(20)) }
    }
}

/// The tools `stamp`, which must not be repeated, and `look`, which may be; each answers with its name and the member `id` of its arguments.
struct WitnessTools: ToolProvider {
    let about = PluginDescription(name: "witness", version: "1.0.0")
    private let witness = Witness("tools")

    func initialize(config: [String: String]) async throws { try witness.initialize(config) }

    func tools() async throws -> [Tool] {
        let schema = #"{"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}"#
        return [
            Tool(name: "stamp", description: "Stamps", parameters: schema),
            Tool(name: "look", description: "Looks", parameters: schema, readOnly: true, idempotent: true),
        ]
    }

    func call(_ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void) async throws -> ToolEnd {
        let id = (try? JSONText(Array(request.argumentsJson.utf8)))?["id"]?.int ?? -1
        let call = "\(request.name) \(id)"
        witness.note("begun", call)
        // Half of them have begun to answer.
        if id % 16 < 8 { try await onOutput(.progress(1)) }
        try await Task.sleep(for: .milliseconds(100))
        try await witness.pass(call)
        try await onOutput(.text("done: \(call)"))
        witness.note("ended", call)
        return .done
    }
}

/// Counts bytes, as the embedder of the conformance tests does.
struct WitnessEmbedder: EmbedderProvider {
    let about = PluginDescription(name: "witness", version: "1.0.0")
    private let witness = Witness("embedder")

    func initialize(config: [String: String]) async throws { try witness.initialize(config) }

    func embed(_ text: String) async throws -> [Float] {
        witness.note("begun", "embed")
        try await witness.pass("embed")
        var vector: [Float] = [1, 0, 0, 0]
        for byte in text.utf8 { vector[Int(byte & 3)] += 1 }
        witness.note("ended", "embed")
        return vector
    }

    func embedderInfo() async throws -> EmbedderInfo {
        var info = EmbedderInfo()
        info.modelName = "witness"
        info.dimension = 4
        return info
    }
}

/// Does what the last line of the user's message says: `N text` answers (any other word too), `N json` in JSON, `N use TOOL` calls that tool with the argument `id` N and then tells what it said.
/// With `N say and use TOOL` it says something first.
struct WitnessModel: LLMProvider {
    let about = PluginDescription(name: "witness", version: "1.0.0", capabilities: ["options": "max_tokens,response_format", "streaming": "true"])
    private let witness = Witness("model")

    func initialize(config: [String: String]) async throws { try witness.initialize(config) }

    private struct Part {
        var call = ""
        var words: [String] = []
        var calls: [ToolCall] = []

        init(_ request: GenerateRequest) {
            let asked = request.messages.last { $0.role == "user" }?.content ?? ""
            let order = asked.split(separator: "\n").last?.split(separator: " ") ?? []
            let number = order.first ?? "0"
            let results = request.messages.reversed().prefix { $0.role == "tool" }.reversed().map(\.content)
            call = "\(number) \(order.last ?? "") \(results.isEmpty ? "asked" : "told \(results.count) \(results.joined(separator: " | "))")"
            let text = results.isEmpty ? asked : "The tool said: \(results.joined(separator: " | "))"
            words = text.split(separator: " ").map { $0 + " " }
            if order.contains("json") { words = [#"{"turn": "#, "\(number)", "}"] }
            if order.contains("use"), results.isEmpty, let tool = order.last {
                words = order.contains("say") ? ["I ", "shall ", "see. "] : []
                var call = ToolCall()
                (call.id, call.name, call.argumentsJson) = ("call-1", "box__\(tool)", #"{"id": \#(number)}"#)
                calls = [call]
            }
        }
    }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let part = Part(request)
        witness.note("begun", part.call)
        try await Task.sleep(for: .milliseconds(60))
        try await witness.pass("\(part.call) whole")
        var response = GenerateResponse()
        (response.text, response.toolCalls, response.finishReason) = (part.words.joined(), part.calls, part.calls.isEmpty ? .stop : .toolCalls)
        witness.note("ended", part.call)
        return response
    }

    func generateStreaming(_ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void) async throws -> GenerationEnd {
        let part = Part(request)
        witness.note("begun", part.call)
        try await Task.sleep(for: .milliseconds(30))
        for word in part.words {
            try await onChunk(.text(word))
            try await witness.pass("\(part.call) text")
            try await Task.sleep(for: .milliseconds(5))
        }
        for call in part.calls { try await onChunk(.toolCall(call)) }
        if part.words.isEmpty { try await witness.pass("\(part.call) call") }
        try await Task.sleep(for: .milliseconds(30))
        witness.note("ended", part.call)
        return GenerationEnd(tokensUsed: part.words.count, finishReason: part.calls.isEmpty ? .stop : .toolCalls)
    }
}
