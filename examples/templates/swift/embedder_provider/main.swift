import HectorPlugin
import Synchronization

/// An embedder that counts words: texts with the same words are near each other.
final class MyEmbedder: EmbedderProvider {
    let about = PluginDescription(
        name: "my-plugin", version: "0.1.0", summary: "Counts words by their checksum", capabilities: ["embed_batch": "true"])
    private let dimension = Mutex(64)

    /// Load the model here: it may take minutes.
    func initialize(config: [String: String]) async throws {
        guard let text = config["dimension"] else { return }
        guard let number = Int(text), (1...4096).contains(number) else {
            throw ProviderError(.invalidRequest, "dimension must be a number from 1 to 4096, not '\(text)'")
        }
        dimension.withLock { $0 = number }
    }

    func embedderInfo() async throws -> EmbedderInfo {
        var info = EmbedderInfo()
        info.modelName = about.name
        info.dimension = Int32(dimension.withLock { $0 })
        return info
    }

    func embed(_ text: String) async throws -> [Float] {
        guard !text.isEmpty else { throw ProviderError(.invalidRequest, "there is no text to embed") }
        var vector = [Float](repeating: 0, count: dimension.withLock { $0 })
        for word in text.lowercased().split(whereSeparator: \.isWhitespace) {
            // FNV-1a: the same in every process, as Swift's own hashes are not.
            let hash = word.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            vector[Int(hash % UInt64(vector.count))] += 1
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length == 0 ? vector : vector.map { $0 / length }
    }
}

// `embedBatch` of the SDK calls `embed` for each text; a model that embeds several at once has its own.
try await serve(MyEmbedder())
