import FoundationEssentials
import HectorPlugin

/// Tools for texts.
struct MyTools: ToolProvider {
    let about = PluginDescription(name: "my-plugin", version: "0.1.0", summary: "Counts the words of a text")

    private struct Text: Decodable { let text: String }

    func tools() async throws -> [Tool] {
        [
            Tool(
                name: "count_words", description: "Counts the words of a text.",
                parameters: #"{"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}"#,
                // It changes nothing, and may be called again when a call was lost. A tool that does more leaves these out.
                readOnly: true, idempotent: true)
        ]
    }

    func call(
        _ request: CallToolRequest, onOutput: @escaping @Sendable (ToolOutput) async throws -> Void
    ) async throws -> ToolEnd {
        guard request.name == "count_words" else { throw ProviderError(.notFound, "there is no tool '\(request.name)'") }
        guard let arguments = try? JSONDecoder().decode(Text.self, from: Data(request.argumentsJson.utf8)) else {
            throw ProviderError(.invalidRequest, "the arguments must be an object with the member text, which is a text")
        }
        let words = arguments.text.split(whereSeparator: \.isWhitespace).count
        guard words > 0 else {
            // No error of the call: the model reads it and can do better.
            try await onOutput(.text("there are no words in this text"))
            return .failure
        }
        try await onOutput(.data(json: #"{"words": \#(words)}"#))
        return .done
    }
}

try await serve(MyTools())
