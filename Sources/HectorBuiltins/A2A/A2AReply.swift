internal import HectorCore
internal import HectorPlugin
internal import HectorProto

/// Puts together what an A2A agent answers, from whole tasks and messages, and from the events of a stream, in both forms. A pure value.
struct A2AReply: Sendable {
    enum Ending: Sendable, Equatable {
        case completed
        /// The agent did not do it; why, in its own words.
        case failed(String)
        /// The task waits for somebody; for what, in the agent's own words.
        case needsInput(String)
    }

    /// More artifacts than are told apart.
    struct TooManyArtifacts: Error {}

    /// Of the task; nil while none is known.
    private(set) var task: String?
    /// Nil while it goes on.
    private(set) var ending: Ending?
    /// What it used, where it says so.
    private(set) var spent: AgentSpending?
    /// Of the last status.
    private(set) var state = ""
    /// Artifacts that came, by their ids.
    private var artifacts: Set<String> = []
    private(set) var hasText = false
    private let most: Int

    /// - Parameter most: Artifacts of one task.
    init(most: Int) { self.most = most }

    /// Takes a result of JSON-RPC: of 1.0, where a member names its kind, or of 0.3, where `kind` does.
    ///
    /// - Returns: What is new, for the model and for people.
    mutating func take(_ result: JSONText) throws(TooManyArtifacts) -> [ToolOutput] {
        if let task = result["task"] { return try take(task: task) }
        if let message = result["message"], message.kind == .object { return take(message: message) }
        if let update = result["statusUpdate"] { return take(status: update["status"], of: update) }
        if let update = result["artifactUpdate"] { return try take(artifactUpdate: update) }
        switch result["kind"]?.string {
        case "message": return take(message: result)
        case "status-update": return take(status: result["status"], of: result)
        case "artifact-update": return try take(artifactUpdate: result)
        // What GetTask returns in 1.0 is a task by itself.
        default: return result["id"] == nil ? [] : try take(task: result)
        }
    }

    private mutating func take(task json: JSONText) throws(TooManyArtifacts) -> [ToolOutput] {
        note(task: json["id"])
        var outputs: [ToolOutput] = []
        try json["artifacts"]?.forEachElement { (_, artifact) throws(TooManyArtifacts) in
            // One that came in pieces has been told.
            if try begin(artifact) { outputs += add(artifact: artifact["parts"]) }
        }
        return outputs + take(status: json["status"], of: json)
    }

    /// An answer without a task.
    private mutating func take(message: JSONText) -> [ToolOutput] {
        ending = .completed
        return add(message["parts"])
    }

    private mutating func take(artifactUpdate json: JSONText) throws(TooManyArtifacts) -> [ToolOutput] {
        note(task: json["taskId"])
        guard let artifact = json["artifact"] else { return [] }
        let isNew = try begin(artifact)
        if !isNew, json["append"]?.bool != true {
            return [.text("\n[What follows replaces an earlier part of this answer:]\n")] + add(artifact: artifact["parts"], continues: true)
        }
        return add(artifact: artifact["parts"], continues: !isNew)
    }

    private mutating func take(status: JSONText?, of json: JSONText) -> [ToolOutput] {
        note(task: json["taskId"])
        if let told = json["metadata"]?[AgentTurnExtension.uri] {
            var spending = AgentSpending()
            spending.tokens = Int64(told["tokens"]?.int ?? 0)
            spending.toolCalls = Int32(clamping: told["tool_calls"]?.int ?? 0)
            spent = spending
        }
        guard let status, let named = status["state"]?.string else { return [] }
        let words = Self.words(status["message"]?["parts"])
        let isNew = state != named
        state = named
        switch named.lowercased().replacing("task_state_", with: "").replacing("_", with: "-") {
        case "completed":
            ending = .completed
            // Some say their answer in the last status.
            return hasText || words.isEmpty ? [] : add(status["message"]?["parts"])
        case "failed": ending = .failed(words.isEmpty ? "it failed and does not say why" : words)
        case "rejected": ending = .failed("it refuses the task\(words.isEmpty ? "" : ": \(words)")")
        case "canceled", "cancelled": ending = .failed("the task was cancelled there")
        case "input-required": ending = .needsInput(words.isEmpty ? "it does not say what" : words)
        case "auth-required": ending = .needsInput("somebody must authorize it\(words.isEmpty ? "" : ": \(words)")")
        default: return isNew || !words.isEmpty ? [.progress(0, words)] : []
        }
        return []
    }

    private mutating func note(task id: JSONText?) { if let id = id?.string, !id.isEmpty, id.utf8.count <= 1_024 { task = id } }

    /// - Returns: Whether it is new.
    private mutating func begin(_ artifact: JSONText) throws(TooManyArtifacts) -> Bool {
        let isNew = artifacts.insert(artifact["artifactId"]?.string ?? "").inserted
        guard artifacts.count <= most else { throw TooManyArtifacts() }
        return isNew
    }

    /// Parts of an artifact may be the pieces in which it was made.
    private mutating func add(artifact parts: JSONText?, continues: Bool = false) -> [ToolOutput] {
        add(parts, gap: { !continues && $0 == 0 })
    }

    /// - Parameter gap: Whether a blank line stands before the part of that number, where there is text before it: hosts join pieces of text.
    private mutating func add(_ parts: JSONText?, gap: (Int) -> Bool = { _ in true }) -> [ToolOutput] {
        var outputs: [ToolOutput] = []
        parts?.forEachElement { index, part in
            if let text = part["text"]?.string {
                guard !text.isEmpty else { return }
                outputs.append(.text(hasText && gap(index) ? "\n\n" + text : text))
            } else if let data = part["data"] {
                outputs.append(.data(json: data.onOneLine))
            } else {
                let file = part["file"] ?? part
                let names = [file["name"], file["filename"], file["mimeType"], file["mediaType"], file["uri"], file["url"]].compactMap { $0?.string }
                outputs.append(.text("\(hasText ? "\n" : "")[a file that is not passed on: \(names.map { singleLine($0, limit: 200) }.joined(separator: ", "))]"))
            }
            hasText = true
        }
        return outputs
    }

    private static func words(_ parts: JSONText?) -> String {
        var texts: [String] = []
        parts?.forEachElement { if let text = $1["text"]?.string { texts.append(text) } }
        return singleLine(texts.joined(separator: " "), limit: 1_000)
    }
}
