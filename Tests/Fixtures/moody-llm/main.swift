// A language model whose moods a test sets by configuration.
import Foundation
import HectorPlugin

struct MoodyModel: LLMProvider {
    let about = PluginDescription(name: "moody-llm", version: "0.1.0")
    private let sickness = Sickness()

    /// The file that makes it sick while it exists.
    private actor Sickness {
        var file = ""
        func set(_ file: String) { self.file = file }
    }

    func initialize(config: [String: String]) async throws {
        if let words = config["refuse"] { throw ProviderError(.failed, words) }
        await sickness.set(config["sick_file"] ?? "")
        print("words on stdout")
        fflush(nil)
        FileHandle.standardError.write(Data(#"{"@level":"info","@message":"initialized","keys":\#(config.count)}"#.utf8 + [0x0A]))
    }

    func health() async throws -> ProviderHealth {
        FileManager.default.fileExists(atPath: await sickness.file)
            ? ProviderHealth(isHealthy: false, message: "a headache") : ProviderHealth(isHealthy: true)
    }

    func generate(_ request: GenerateRequest) async throws -> GenerateResponse { GenerateResponse() }

    func generateStreaming(
        _ request: GenerateRequest, onChunk: @escaping @Sendable (StreamChunk) async throws -> Void
    ) async throws -> Int { 0 }
}

try await serve(MoodyModel())
