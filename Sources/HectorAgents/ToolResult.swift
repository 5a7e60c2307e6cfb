import HectorProviders

/// What a call came to, as the model reads it.
struct ToolResult: Sendable, Equatable {
    var text: String
    var isFailure = false
    /// What an agent that was asked used.
    var spent = TurnSpending()

    static func failure(_ text: String) -> ToolResult { ToolResult(text: text, isFailure: true) }

    /// - Parameter id: Of the call.
    func message(to id: String) -> Message {
        var message = Message(role: "tool", content: isFailure ? "Error: \(text)" : text)
        message.toolCallID = id
        return message
    }
}

/// What a turn has used of its budget.
package struct TurnSpending: Sendable, Equatable {
    package var toolCalls = 0
    package var tokens = 0
    /// Time in which a person was asked, which is no part of the turn's.
    package var waited = Duration.zero

    package init(toolCalls: Int = 0, tokens: Int = 0, waited: Duration = .zero) {
        self.toolCalls = toolCalls
        self.tokens = tokens
        self.waited = waited
    }
}

/// Puts the output of a tool together, within a bound.
struct ToolOutputCollector: Sendable {
    private(set) var text = ""
    /// Bytes that came, those that were left out included.
    private(set) var bytes = 0
    private let most: Int

    /// - Parameter most: Bytes that are kept.
    init(most: Int) { self.most = most }

    mutating func take(_ output: ToolOutput) {
        switch output.output {
        case .text(let piece): append(piece)
        case .dataJson(let json): append(text.isEmpty ? json : "\n\(json)")
        // Models are given text alone.
        case .image(let image): append("\(text.isEmpty ? "" : "\n")[an image of \(image.mediaType), \(image.data.count) bytes, which you cannot see]")
        case .progress, .end, nil: break
        }
    }

    private mutating func append(_ piece: String) {
        let left = most - min(bytes, most)
        bytes += piece.utf8.count
        guard left > 0 else { return }
        text += piece.utf8.count <= left ? piece : piece.beginning(bytes: left)
    }

    /// - Parameter wasStopped: The tool was stopped since its output did not end.
    func result(isFailure: Bool, wasStopped: Bool = false) -> ToolResult {
        var text = text
        if bytes > most {
            let all = wasStopped ? "more than \(bytes) bytes, after which the tool was stopped" : "\(bytes) bytes"
            text += "\n[The output was cut here: these are the first \(most) of \(all).]"
        }
        if text.isEmpty { text = isFailure ? "The tool failed and did not say why." : "(no output)" }
        return ToolResult(text: text, isFailure: isFailure)
    }
}
