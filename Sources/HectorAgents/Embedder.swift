package import HectorCore
package import HectorProviders

/// An embedder as a way in asks it, somewhere in the mesh or in this process.
package protocol Embedder: Sendable {
    /// As `EmbedderProvider.embedBatch`.
    func embedBatch(_ request: EmbedBatchRequest) async throws -> EmbedBatchResponse

    /// Whether a replica that is ready takes several texts in one call.
    var takesBatches: Bool { get }

    /// Whether a call with those needs stands a chance, now or later.
    func mayMeet(_ needs: Abilities) -> Bool

    /// What each replica can do that would take a call now.
    var abilities: Abilities { get }

    /// Why no call would find a replica now; nil where one would.
    var whyNotReady: String? { get }
}

/// The vectors of several texts.
package struct Embeddings: Sendable, Equatable {
    /// One for each text, in order.
    package var vectors: [[Float]] = []
    /// Tokens read, as the embedder reports them; 0 if unknown.
    package var tokensUsed = 0

    package init(vectors: [[Float]] = [], tokensUsed: Int = 0) {
        self.vectors = vectors
        self.tokensUsed = tokensUsed
    }
}

/// The bounds of a request for vectors.
package struct EmbeddingLimits: Sendable, Equatable {
    /// Texts of a request: OpenAI's limit.
    package var texts = 2048
    /// Texts of one call of a plugin: their vectors stay far below the 4 MiB that stock gRPC clients accept in a message.
    package var batchTexts = 64
    /// Calls of plugins that one request has at work: it keeps several replicas busy, and leaves them to others too.
    package var callsAtOnce = 4
    /// Numbers of all vectors of an answer: 2,048 vectors of 2,048 elements, 16 MiB.
    package var elements = 4 << 20

    package init() {}

    package static let standard = EmbeddingLimits()
}

extension Embedder {
    /// The vectors of the texts, in batches or one by one, several calls at once.
    ///
    /// - Parameter dimension: The number of elements wanted in each vector; 0: the model's own.
    /// - Throws: What the embedder throws; `AgentError.answerTooLong` where the vectors have more elements than `limits` allow.
    package func embed(_ texts: [String], dimension: Int32 = 0, limits: EmbeddingLimits = .standard) async throws -> Embeddings {
        let size = dimension != 0 || takesBatches ? limits.batchTexts : 1
        let batches = stride(from: 0, to: texts.count, by: size).map { texts[$0..<min($0 + size, texts.count)] }
        return try await withThrowingTaskGroup(of: (Int, EmbedBatchResponse).self, returning: Embeddings.self) { group in
            var made = [EmbedBatchResponse?](repeating: nil, count: batches.count)
            var elements = 0
            for (index, texts) in batches.enumerated() {
                if index >= limits.callsAtOnce { try await Self.take(group.next(), into: &made, &elements, limits) }
                var request = EmbedBatchRequest()
                request.texts = Array(texts)
                request.dimension = dimension
                group.addTask { [request] in (index, try await embedBatch(request)) }
            }
            while let next = try await group.next() { try Self.take(next, into: &made, &elements, limits) }
            return made.reduce(into: Embeddings()) { result, response in
                result.vectors += response?.embeddings.map(\.vector) ?? []
                result.tokensUsed += Int(response?.tokensUsed ?? 0)
            }
        }
    }

    private static func take(
        _ response: (Int, EmbedBatchResponse)?, into made: inout [EmbedBatchResponse?], _ elements: inout Int, _ limits: EmbeddingLimits
    ) throws {
        guard let (index, response) = response else { return }
        elements += response.embeddings.reduce(0) { $0 + $1.vector.count }
        guard elements <= limits.elements else {
            throw AgentError(.answerTooLong, "The vectors have more than \(limits.elements) elements together: send fewer texts.")
        }
        made[index] = response
    }
}

/// An embedder of this process.
package struct ProvidedEmbedder: Embedder {
    private let provider: any EmbedderProvider

    package init(_ provider: any EmbedderProvider) { self.provider = provider }

    package var abilities: Abilities { Abilities(capabilities: provider.about.capabilities) }

    package func embedBatch(_ request: EmbedBatchRequest) async throws -> EmbedBatchResponse { try await provider.embedBatch(request) }
    package var takesBatches: Bool { abilities.contains(.embedBatch) }
    package func mayMeet(_ needs: Abilities) -> Bool { abilities.isSuperset(of: needs) }
    package var whyNotReady: String? { nil }
}
