import HectorAgents
import HectorCore
import Hummingbird

extension OpenAIDialect {
    /// `POST /v1/embeddings`: the model is an embedder.
    func embed(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.json(in: context, limits: limits)
        // Texts are decoded once, beside the body.
        try context.memory?.take(body.bytes.count, for: .request)
        let asked = try await context.offPool(bytes: body.bytes.count) { try EmbeddingsRequest(body) }
        let embeddings = try await backend(for: context).embed(
            asked.texts, by: asked.model, dimension: asked.dimension, context, member: ("input", "dimensions"))
        return try await context.whole(weight: EmbeddingList.weight(of: embeddings)) {
            EmbeddingList.openAI(embeddings, model: asked.model, encoding: asked.encoding)
        }
    }
}
