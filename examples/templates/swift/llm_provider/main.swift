import HectorPlugin
import Synchronization

/// A language model that says what it was told, word by word.
final class MyModel: LLMProvider {
    let about = PluginDescription(
        name: "my-plugin", version: "0.1.0", summary: "Says what it was told", capabilities: ["streaming": "true", "options": "max_tokens"])
    private let maxWords = Mutex(1000)

    /// Load the model here: it may take minutes.
    func initialize(config: [String: String]) async throws {
        guard let text = config["max_words"] else { return }
        guard let number = Int(text), number > 0 else { throw ProviderError(.invalidRequest, "max_words must be a number above 0, not '\(text)'") }
        maxWords.withLock { $0 = number }
    }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse {
        let (words, reason) = try answer(request)
        var response = GenerateResponse()
        response.text = words.joined(separator: " ")
        response.tokensUsed = Int32(words.count)
        response.finishReason = reason
        return response
    }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> GenerationEnd {
        let (words, reason) = try answer(request)
        // `onChunk` throws when nobody waits for the answer any more.
        for (index, word) in words.enumerated() { try await onChunk(.text(index == 0 ? word : " " + word)) }
        return GenerationEnd(tokensUsed: words.count, finishReason: reason)
    }

    private func answer(_ request: GenerateRequest) throws -> ([String], FinishReason) {
        guard let prompt = request.messages.last(where: { $0.role == "user" })?.content else {
            throw ProviderError(.invalidRequest, "the request has no message of a user")
        }
        let words = prompt.split(separator: " ").map(String.init)
        let most = min(maxWords.withLock { $0 }, request.options.maxTokens > 0 ? Int(request.options.maxTokens) : .max)
        return words.count <= most ? (words, .stop) : (Array(words.prefix(most)), .length)
    }
}

try await serve(MyModel())
