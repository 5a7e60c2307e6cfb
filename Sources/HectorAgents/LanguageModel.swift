package import HectorCore
package import HectorProviders

/// A language model as agents ask it, somewhere in the mesh or in this process. Pieces that are ready together come together.
package protocol LanguageModel: Sendable {
    /// As `LLMProvider.generate`. Not for a request that needs `generateFrom`, which comes in pieces only.
    func generate(_ request: ModelRequest) async throws -> ModelAnswer

    /// As `LLMProvider.generateStreaming` or `generateFrom`, with all chunks that have come since the last call: one at least.
    func stream(
        _ request: ModelRequest, onChunks: @escaping @Sendable ([StreamChunk]) async throws -> Void
    ) async throws -> ModelEnd

    /// What each replica can do, beyond what all models can, that would take a call with those needs now.
    func abilities(meeting needs: Abilities) -> Abilities

    /// Whether such a call stands a chance, now or later.
    func mayMeet(_ needs: Abilities) -> Bool

    /// Whether each call costs money: one that was answered, if only in part, is not made again.
    var isMetered: Bool { get }

    /// As `LLMProvider.modelInfo`.
    func modelInfo() async throws -> ModelInfo

    /// As `LLMProvider.countTokens`, by a replica that meets the request's needs.
    func countTokens(_ request: ModelRequest) async throws -> Int
}

/// A request to a model, and what a replica needs to be able to do to get it.
package struct ModelRequest: Sendable {
    /// What is asked for in the prompt, of a model that is not known to do it by itself.
    package struct Wish: Sendable, Equatable {
        package let ability: Abilities
        package let text: String

        package init(ability: Abilities, text: String) {
            self.ability = ability
            self.text = text
        }
    }

    package var request: GenerateRequest
    /// How the answer begins.
    package var beginning: GenerateFromRequest.OneOf_Beginning?
    /// What a replica must be able to do to be asked.
    package var needs: Abilities = []
    package var wishes: [Wish] = []

    package init(_ request: GenerateRequest) { self.request = request }

    /// Whether `GenerateRequest` cannot say it.
    package var isFrom: Bool { !needs.isDisjoint(with: [.generateFromImages, .generateFromText, .generateFromTokens]) }

    /// Whether it matters who answers.
    package var dependsOnReplica: Bool { request.hasOptions }

    /// As a replica is told that can do this much.
    package func told(to abilities: Abilities) -> GenerateRequest {
        let texts = wishes.filter { !abilities.contains($0.ability) }.map(\.text)
        guard !texts.isEmpty else { return request }
        var told = request
        let text = texts.joined(separator: "\n")
        // Models of which some accept one system message only, at the beginning.
        if let first = told.messages.first, first.role == "system", first.parts.isEmpty {
            told.messages[0].content = first.content + "\n\n" + text
        } else {
            told.messages.insert(Message(role: "system", content: text), at: 0)
        }
        return told
    }

    package func from(_ request: GenerateRequest) -> GenerateFromRequest {
        var from = GenerateFromRequest()
        from.request = request
        from.beginning = beginning
        return from
    }
}

/// What a model answered in one piece.
package struct ModelAnswer: Sendable {
    package var response: GenerateResponse
    /// What the one that answered can do; only where `dependsOnReplica`.
    package var abilities: Abilities

    package init(_ response: GenerateResponse, abilities: Abilities = []) {
        self.response = response
        self.abilities = abilities
    }
}

/// How an answer in pieces ended.
package struct ModelEnd: Sendable {
    package var end: GenerationEnd
    /// What the one that answered can do; only where `dependsOnReplica`.
    package var abilities: Abilities

    package init(_ end: GenerationEnd, abilities: Abilities = []) {
        self.end = end
        self.abilities = abilities
    }
}

/// A provider of this process.
package struct ProvidedModel: LanguageModel {
    private let provider: any LLMProvider

    package init(_ provider: any LLMProvider) { self.provider = provider }

    private var abilities: Abilities { Abilities(capabilities: provider.about.capabilities) }

    package func generate(_ request: ModelRequest) async throws -> ModelAnswer {
        let abilities = abilities
        return ModelAnswer(try await provider.generate(request.told(to: abilities)), abilities: abilities)
    }

    package func stream(
        _ request: ModelRequest, onChunks: @escaping @Sendable ([StreamChunk]) async throws -> Void
    ) async throws -> ModelEnd {
        let abilities = abilities
        let told = request.told(to: abilities)
        guard request.isFrom else {
            return ModelEnd(try await provider.generateStreaming(told) { try await onChunks([$0]) }, abilities: abilities)
        }
        guard mayMeet(request.needs) else {
            throw ProviderError(.invalidRequest, "not supported: \(request.needs.subtracting(abilities).names.joined(separator: " and "))")
        }
        return ModelEnd(try await provider.generateFrom(request.from(told)) { try await onChunks([$0]) }, abilities: abilities)
    }

    package func modelInfo() async throws -> ModelInfo { try await provider.modelInfo() }

    package func countTokens(_ request: ModelRequest) async throws -> Int { try await provider.countTokens(request.told(to: abilities)) }

    package func abilities(meeting needs: Abilities) -> Abilities { abilities }

    package func mayMeet(_ needs: Abilities) -> Bool { abilities.isSuperset(of: needs) }

    package var isMetered: Bool { provider.about.capabilities["metered"] == "true" }
}
