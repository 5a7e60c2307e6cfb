internal import HectorCore
import HectorPlugin

/// An embedder behind OpenAI's API.
final class OpenAIEmbedder: EmbedderProvider {
    let about = PluginDescription(name: "openai", version: HectorVersion.current)

    func embed(_ text: String) async throws -> [Float] { throw ProviderError(.unsupported, "not yet") }
    func embedderInfo() async throws -> EmbedderInfo { throw ProviderError(.unsupported, "not yet") }
}
