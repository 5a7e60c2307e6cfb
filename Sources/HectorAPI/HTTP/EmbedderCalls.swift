import HectorAgents
import HectorCore

extension ChatBackend {
    /// The vectors of the texts, for as long as the client is there.
    ///
    /// - Parameters:
    ///   - dimension: The number of elements wanted in each vector; 0: the model's own.
    ///   - member: What the request calls that number, and its texts.
    /// - Throws: `APIError` where the embedder is not known, is not ready, or has no other dimensions; what it throws.
    func embed(
        _ texts: [String], by name: String, dimension: Int32, _ context: APIContext, member: (texts: String, dimension: String)
    ) async throws -> Embeddings {
        let embedder: any Embedder
        do throws(AgentError) {
            embedder = try self.embedder(name)
        } catch {
            guard error.code == .notFound else { throw APIError(error) }
            let isModel = (try? model(name)) != nil
            throw APIError(.modelNotFound, isModel ? "\"\(name)\" is no embedder: it answers chats." : error.message, parameter: "model")
        }
        if dimension != 0, !embedder.mayMeet([.embedBatch, .embedDimension]) {
            throw APIError(
                .unsupportedParameter, "No replica of the embedder \"\(name)\" makes vectors of another dimension than its own: leave out \(member.dimension).",
                parameter: member.dimension)
        }
        if let reason = embedder.whyNotReady { throw APIError(.unavailable, reason) }
        do {
            let embeddings = try await context.whileClientIsPresent { try await embedder.embed(texts, dimension: dimension) }
            guard embeddings.vectors.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
                throw APIError(.providerFailed, "\(name): a vector has elements that are not finite numbers.")
            }
            return embeddings
        } catch {
            var told = APIError(error)
            guard told.code == .contextLengthExceeded else { throw error }
            told.parameter = member.texts
            throw told
        }
    }
}
