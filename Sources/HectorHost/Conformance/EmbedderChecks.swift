internal import HectorCore
internal import HectorProviders

extension PluginCheck {
    private static func embedder(_ name: String, _ body: @escaping @Sendable (any EmbedderProvider, PluginSubject) async throws -> String) -> PluginCheck {
        PluginCheck(name, .embedder, over: \.embedder, body)
    }

    static let embedders: [PluginCheck] = [
        embedder("embed") { embedder, _ in
            let size = Int(try await embedder.embedderInfo().dimension)
            try require(size > 0, "GetEmbedderInfo has dimension \(size). Give the number of elements of a vector")
            let vector = try await embedder.embed("three blind mice")
            try require(vector.count == size, "Embed gives \(vector.count) numbers, and GetEmbedderInfo says \(size)")
            try require(vector.allSatisfy(\.isFinite), "Embed gives a number that is not finite")
            return "\(size) dimensions"
        },
        embedder("embed-repeats") { embedder, _ in
            let vectors = [try await embedder.embed("three blind mice"), try await embedder.embed("three blind mice")]
            try require(
                isNear(vectors[0], vectors[1]),
                "two calls with one text give different vectors: what was stored cannot be found again")
            return "the same text, the same vector"
        },
        embedder("embedder-info") { embedder, _ in
            let info = try await embedder.embedderInfo()
            try require(
                !info.modelName.isEmpty,
                "GetEmbedderInfo has no model_name. Give one: vectors of different models must not be mixed")
            return quoted(info.modelName)
        },
        embedder("embed-nothing") { embedder, _ in
            do {
                let vector = try await embedder.embed("")
                try require(
                    !vector.isEmpty,
                    "Embed of an empty text gives no vector and no error. Fail with INVALID_ARGUMENT, or give a vector")
                return "an empty text has a vector"
            } catch let error as ProviderError {
                try require(
                    error.code == .invalidRequest,
                    "Embed of an empty text failed with \(error.code.status). Fail with INVALID_ARGUMENT, or give a vector")
                return error.code.status
            }
        },
        embedder("embed-batch") { embedder, subject in
            var request = EmbedBatchRequest()
            request.texts = ["three", "blind mice", "see how they run"]
            guard subject.abilities.contains(.embedBatch) else {
                _ = try subject.needsProcess()
                do {
                    _ = try await embedder.embedBatch(request)
                } catch let error as ProviderError where error.code == .unsupported {
                    throw Skipped("it does not declare embed_batch, and refuses it")
                }
                // The SDK has the method for every embedder.
                throw Skipped(
                    "it has the method without declaring embed_batch: hosts call Embed for each text. Declare `embed_batch: true` to save calls")
            }
            let batch = try await embedder.embedBatch(request).embeddings
            try require(batch.count == 3, "EmbedBatch of three texts gives \(batch.count) vectors")
            for (text, embedding) in zip(request.texts, batch) {
                try require(
                    isNear(try await embedder.embed(text), embedding.vector),
                    "EmbedBatch gives another vector of \(quoted(text)) than Embed, or in another order")
            }
            return "three texts, as by Embed"
        },
        embedder("embed-dimension") { embedder, subject in
            guard subject.abilities.contains(.embedDimension) else { throw Skipped("its capability `embed_batch` does not name dimension") }
            var request = EmbedBatchRequest()
            (request.texts, request.dimension) = (["three blind mice"], max(1, try await embedder.embedderInfo().dimension / 2))
            let size = try await embedder.embedBatch(request).embeddings.first?.vector.count ?? 0
            try require(size == Int(request.dimension), "EmbedBatch with dimension \(request.dimension) gives \(size) numbers")
            return "\(size) of \(try await embedder.embedderInfo().dimension) numbers"
        },
        embedder("embed-purpose") { embedder, subject in
            guard subject.abilities.contains(.embedPurpose) else { throw Skipped("its capability `embed_batch` does not name purpose") }
            for purpose in [EmbedBatchRequest.Purpose.query, .document] {
                var request = EmbedBatchRequest()
                (request.texts, request.purpose) = (["three blind mice"], purpose)
                try require(
                    try await embedder.embedBatch(request).embeddings.count == 1,
                    "EmbedBatch with the purpose \(purpose) gives no vector")
            }
            return "queries and documents"
        },
    ]

    /// Models that compute side by side round differently.
    private static func isNear(_ left: [Float], _ right: [Float]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) <= 0.001 + 0.001 * max(abs($0), abs($1)) }
    }
}
