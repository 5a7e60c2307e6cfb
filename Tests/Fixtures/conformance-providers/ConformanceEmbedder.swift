public import HectorProviders

/// Counts bytes by their two lowest bits.
public struct ConformanceEmbedder: EmbedderProvider {
    public let about = PluginDescription(name: "conformance", version: "1.2.3")

    public init() {}

    public func embed(_ text: String) async throws -> [Float] {
        guard !text.isEmpty else { throw ProviderError(.invalidRequest, "there is nothing to embed") }
        var vector: [Float] = [0, 0, 0, 0]
        for byte in text.utf8 { vector[Int(byte & 3)] += 1 }
        return vector
    }

    public func embedderInfo() async throws -> EmbedderInfo {
        var info = EmbedderInfo()
        info.modelName = "conformance-embedder"
        info.dimension = 4
        return info
    }
}
