package import HectorProviders

/// A language model as agents ask it, somewhere in the mesh or in this process. Pieces that are ready together come together.
package protocol LanguageModel: Sendable {
    /// As `LLMProvider.generate`.
    func generate(_ request: GenerateRequest) async throws -> GenerateResponse

    /// As `LLMProvider.generateStreaming`, with all chunks that have come since the last call: one at least.
    ///
    /// - Returns: The total number of tokens generated, or 0 if unknown.
    func stream(
        _ request: GenerateRequest, onChunks: @escaping @Sendable ([StreamChunk]) async throws -> Void
    ) async throws -> Int
}

/// A provider of this process.
package struct ProvidedModel: LanguageModel {
    private let provider: any LLMProvider

    package init(_ provider: any LLMProvider) { self.provider = provider }

    package func generate(_ request: GenerateRequest) async throws -> GenerateResponse { try await provider.generate(request) }

    package func stream(
        _ request: GenerateRequest, onChunks: @escaping @Sendable ([StreamChunk]) async throws -> Void
    ) async throws -> Int {
        try await provider.generateStreaming(request) { try await onChunks([$0]) }
    }
}
