internal import HectorCore
import HectorPlugin

/// A language model behind OpenAI's API.
final class OpenAIModel: LLMProvider {
    let about = PluginDescription(name: "openai", version: HectorVersion.current)

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse { throw ProviderError(.unsupported, "not yet") }
}
