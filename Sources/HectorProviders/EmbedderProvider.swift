/// Turns text into vectors.
public protocol EmbedderProvider: Provider {
    func embed(_ text: String) async throws -> [Float]
    func embedderInfo() async throws -> EmbedderInfo
}
