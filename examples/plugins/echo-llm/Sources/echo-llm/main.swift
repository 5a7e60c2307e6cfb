// A language model that answers with what it was asked, word by word: the smallest whole plugin.
import HectorPlugin

struct EchoModel: LLMProvider {
    let about = PluginDescription(
        name: "echo-llm", version: "0.1.0", author: "The Hector authors",
        summary: "Answers with the last user message", capabilities: ["streaming": "true"])

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let words = try Self.answer(request)
        var response = GenerateResponse()
        response.text = words.joined()
        response.tokensUsed = Int32(clamping: words.count)
        return response
    }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> Int {
        let words = try Self.answer(request)
        for word in words { try await onChunk(.text(word)) }
        return words.count
    }

    /// The last user message, cut behind each space.
    private static func answer(_ request: GenerateRequest) throws -> [String] {
        guard let prompt = request.messages.last(where: { $0.role == "user" })?.content, !prompt.isEmpty else {
            throw ProviderError(.invalidRequest, "there is no user message to echo")
        }
        var words: [String] = []
        var word = ""
        for character in prompt {
            word.append(character)
            if character == " " {
                words.append(word)
                word = ""
            }
        }
        return word.isEmpty ? words : words + [word]
    }
}

try await serve(EchoModel())
