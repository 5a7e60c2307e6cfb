import Testing

@testable import HectorCore

@Suite struct AbilitiesTests {
    @Test(arguments: [
        ([:], []),
        (["options": "temperature, max_tokens,seed,unheard_of"], [.temperature, .maxTokens, .seed]),
        (["options": "true"], []), (["options": "false"], []), (["options": ""], []), (["generate_from": "true"], []),
        (["generate_from": "images,tokens"], [.generateFromImages, .generateFromTokens]),
        (["embed_batch": "true"], .embedBatch), (["embed_batch": "dimension,purpose"], [.embedBatch, .embedDimension, .embedPurpose]),
        (["embed_batch": "false"], []), (["count": "true", "upsert_batch": "true", "search_filtered": "yes"], [.count, .upsertBatch, .searchFiltered]),
        (["streaming": "true", "metered": "true"], []),
    ] as [([String: String], Abilities)]) func `Capabilities are read as they are declared`(capabilities: [String: String], expected: Abilities) {
        #expect(Abilities(capabilities: capabilities) == expected)
    }

    @Test func `Each has a name of its own`() {
        #expect(Set(Abilities.all.names).count == Abilities.all.rawValue.nonzeroBitCount)
        #expect(([.seed, .generateFromImages] as Abilities).names == ["images", "seed"])
    }
}
