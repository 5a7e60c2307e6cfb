import HectorConfig
import Testing

@Suite struct DocumentStoreTests {
    private static let plugins = "plugins: {llm_providers: {m: {path: p}}, database_providers: {d: {path: p}}, embedder_providers: {e: {path: p}, f: {path: p}}}\n"

    @Test func storesAndWhatAnAgentNeedsForThem() throws {
        let configuration = try host(Self.plugins + """
            document_stores:
              manuals: {path: /manuals, include: ["*.md"], exclude: ["old/**"], chunk: {tokens: 100, overlap: 10}, watch: false}
              notes: {path: /notes}
            agents:
              a: {llm: m, database: d, embedder: e, document_stores: [manuals, other], retrieval: {as: tool, results: 3, tokens: 500}}
              b: {llm: m, database: d, embedder: e, document_stores: [notes]}
              c: {llm: m, database: d}

            """)
        let (manuals, notes) = (configuration.documentStores[0], configuration.documentStores[1])
        #expect(manuals.path == "/manuals" && manuals.include == ["*.md"] && manuals.exclude == ["old/**"] && !manuals.isWatched)
        #expect((manuals.chunkTokens, manuals.chunkOverlap, notes.chunkTokens, notes.chunkOverlap) == (100, 10, 240, 30))
        #expect(notes.isWatched)
        let first = try #require(configuration.agents[0].retrieval)
        #expect((first.stores, first.database, first.embedder) == (["manuals", "other"], "d", "e"))
        #expect((first.form, first.results, first.tokens) == (.tool, 3, 500))
        let second = try #require(configuration.agents[1].retrieval)
        #expect((second.form, second.results, second.tokens) == (.context, 5, 1_500))
        #expect(configuration.agents[2].retrieval == nil)
    }

    @Test(arguments: [
        ("document_stores: {m: {path: /m, chunk: {tokens: 40, overlap: 30}}}", "30 is more than half of a chunk's 40 tokens"),
        ("document_stores: {m: {path: /m, include: [../x]}}", "expected a pattern of paths in the store"),
        ("document_stores: {m: {}}", "this key is required: write the folder with the documents"),
        ("agents: {a: {llm: m, document_stores: [s], embedder: e}}", "the agent needs a database that keeps them"),
        ("agents: {a: {llm: m, document_stores: [s], database: d}}", "the agent needs an embedder to search them"),
        ("agents: {a: {llm: m, retrieval: {results: 3}}}", "there is nothing to search"),
        ("agents: {a: {llm: m, database: d, embedder: e, document_stores: [s, s]}}", "it is named twice"),
        (
            "document_stores: {s: {path: /s}}\nagents: {a: {llm: m, database: d, embedder: e, document_stores: [s]}, b: {llm: m, database: d, embedder: f, document_stores: [s]}}",
            "with different embedders, whose vectors do not fit together"
        ),
    ]) func mistakes(text: String, message: String) {
        let problems = hostProblems(Self.plugins + text + "\n")
        #expect(problems.count == 1 && problems.first?.contains(message) == true, "\(problems)")
    }
}
