import Foundation
@testable import HectorAgents
import HectorAPI
import HectorCore
@testable import HectorDocuments
@testable import HectorHost
import Logging
import TestDocuments
import Testing

/// Thirty questions about `Tests/Fixtures/retrieval/store/fables.md`, each with the lines that answer it.
struct RetrievalFixture {
    struct Question: Decodable {
        var question: String
        var lines: [Int]

        func isAnswered(by lines: ClosedRange<Int>) -> Bool { lines.overlaps(self.lines[0]...self.lines[1]) }
    }

    static let folder = Scene.package.appending(path: "Tests/Fixtures/retrieval")
    let questions: [Question]
    let lines: [Substring]
    let text: String

    init() throws {
        questions = try JSONDecoder().decode([Question].self, from: Data(contentsOf: Self.folder.appending(path: "questions.json")))
        text = try String(contentsOf: Self.folder.appending(path: "store/fables.md"), encoding: .utf8)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The words of a text that say something, without their endings.
    static func words(_ text: some StringProtocol) -> [String] {
        text.lowercased().split { !$0.isLetter }.map(String.init).filter { $0.count > 1 && !common.contains($0) }.map { word in
            let ending = ["ings", "ing", "ed", "es", "s", "ly", "er"].first { word.hasSuffix($0) && word.count - $0.count >= 3 }
            return String(word.dropLast(ending?.count ?? 0))
        }
    }

    private static let common = Set(
        """
        a an the of in on at to for from by with and or but not no nor so as is are was were be been being am it its he him his she her hers they them their theirs you \
        your me my we us our that this these those there here who whom whose which what when where why how did do does done had has have having would should could can will \
        shall may might must if then than too very into out up down over under about against because while before after again all any each every some such only own same \
        more most other one himself herself itself themselves
        """.split(separator: " ").map(String.init))

    /// The places of the chunks that share the most and rarest words with a question: BM25 with k = 1.2 and b = 0.75.
    func bm25(_ chunks: [Chunk]) -> (String) -> [ClosedRange<Int>] {
        let documents = chunks.map { Self.words($0.headings.joined(separator: " ") + " " + $0.text) }
        let counts = documents.map { words in words.reduce(into: [String: Double]()) { $0[$1, default: 0] += 1 } }
        let average = Double(documents.reduce(0) { $0 + $1.count }) / Double(documents.count)
        let spread = counts.reduce(into: [String: Double]()) { for word in $1.keys { $0[word, default: 0] += 1 } }
        return { question in
            let asked = Set(Self.words(question))
            let scores = zip(counts, documents).map { count, words in
                asked.reduce(0.0) { sum, word in
                    guard let times = count[word], let files = spread[word] else { return sum }
                    let rarity = log(1 + (Double(documents.count) - files + 0.5) / (files + 0.5))
                    return sum + rarity * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * Double(words.count) / average))
                }
            }
            return scores.enumerated().sorted { ($0.element, -$0.offset) > ($1.element, -$1.offset) }.prefix(5).compactMap { chunks[$0.offset].lines }
        }
    }
}

@Suite struct RetrievalFixtureTests {
    @Test func `A question shares at most two words with its passage`() throws {
        let fixture = try RetrievalFixture()
        #expect(fixture.questions.count == 30)
        for question in fixture.questions {
            let passage = fixture.lines[(question.lines[0] - 1)..<question.lines[1]].joined(separator: "\n")
            #expect(passage.hasPrefix("## ") && passage.utf8.count > 100)
            let common = Set(RetrievalFixture.words(question.question)).intersection(RetrievalFixture.words(passage))
            #expect(common.count <= 2, "\(question.question): \(common)")
        }
    }
}

extension Integration {
    /// Document stores with real embedders and databases.
    @Suite(.timeLimit(.minutes(5)))
    struct RetrievalTests {
        private static let minilm = Scene.package.appending(path: "examples/plugins/minilm/minilm").path
        private static let hasMiniLM = FileManager.default.isExecutableFile(
            atPath: Scene.package.appending(path: "examples/plugins/minilm/.venv/bin/python").path)

        private static let smollm = Scene.package.appending(path: "examples/plugins/smollm/smollm").path
        private static let hasSmolLM = FileManager.default.isExecutableFile(
            atPath: Scene.package.appending(path: "examples/plugins/smollm/.venv/bin/python").path)

        private func recall(_ scene: Scene, database: String) async throws -> Int {
            let fixture = try RetrievalFixture()
            let configuration = try scene.write(
                "hector.yaml",
                """
                server: {listen: "127.0.0.1:0"}
                plugins:
                \(scene.model())
                  database_providers: {notes: \(database)}
                  embedder_providers: {minilm: {path: \(Self.minilm)}}
                document_stores:
                  fables: {path: \(RetrievalFixture.folder.path)/store}
                agents:
                  helper: {llm: model, database: notes, embedder: minilm, document_stores: [fables]}
                """)
            let host = try scene.host(configuration, log: .critical)
            return try await host.running {
                try await eventually("the store is not indexed: \(host.documents.statuses)", within: .seconds(120)) {
                    host.documents.statuses.allSatisfy { $0.state == .upToDate }
                }
                let status = host.documents.statuses[0]
                #expect(status.files == 1 && status.indexed == 1 && status.chunks >= 311 && status.problems == [], "\(status)")
                let retrieval = try #require(host.agents["helper"]?.retrieval)
                var found = 0
                for question in fixture.questions {
                    let passages = try await host.agents.search(question.question, retrieval, FoundPassages(), nil)
                    #expect(passages.count <= 5)
                    let lines = passages.compactMap { passage -> ClosedRange<Int>? in
                        let numbers = passage.place.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
                        return numbers.first.map { $0...(numbers.last ?? $0) }
                    }
                    if lines.contains(where: question.isAnswered) { found += 1 } else { print("not found: \(question.question)") }
                }
                return found
            }
        }

        private func compare(_ found: Int, _ what: String) throws {
            let fixture = try RetrievalFixture()
            let chunks = try Chunker.chunks(DocumentText(format: .markdown, digest: "", text: fixture.text), size: ChunkSize())
            let search = fixture.bm25(chunks)
            let words = fixture.questions.count { question in search(question.question).contains(where: question.isAnswered) }
            print("recall@5 with \(what): \(found) of 30; BM25: \(words) of 30")
            #expect(found >= 24 && found > words)
        }

        @Test(.enabled(if: hasMiniLM)) func `sqlite finds 24 of 30 answers among five passages`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            try compare(try await recall(scene, database: "{sqlite: {path: notes.db}}"), "sqlite")
        }

        @Test(.enabled(if: hasMiniLM && TestPostgres.isHere)) func `pgvector finds 24 of 30 answers among five passages`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let server = try await TestPostgres(scene)
            try compare(try await recall(scene, database: "{pgvector: {url: \"\(server.url())\"}}"), "pgvector")
            try await server.stop()
        }

        /// The configuration of `docs/documents.md` with this machine's paths.
        @Test(.enabled(if: hasMiniLM)) func `The page's example runs`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let page = try String(contentsOf: Scene.package.appending(path: "docs/documents.md"), encoding: .utf8)
            let start = try #require(page.firstRange(of: "```yaml\n")).upperBound
            let end = try #require(page[start...].firstRange(of: "```")).lowerBound
            let example = page[start..<end].replacing("plugins/smollm/smollm", with: Scene.product("echo-llm")).replacing("plugins/minilm/minilm", with: Self.minilm)
            #expect(example.contains(Scene.product("echo-llm")) && example.contains(Self.minilm))
            try FileManager.default.createDirectory(atPath: scene.folder + "/manuals", withIntermediateDirectories: true)
            try scene.write("manuals/coffee.md", "# Coffee machine\n\nPour citric acid into the tank and press the button for ten seconds.\n\n# Toaster\n\nEmpty the tray of crumbs.\n")
            let configuration = try scene.write("hector.yaml", "server: {listen: \"127.0.0.1:0\"}\n" + example)
            let check = try await scene.hector("config", "check", "--config", configuration)
            #expect(check.status == 0, "\(check.output)")
            let state = ["HECTOR_STATE_DIR": scene.folder + "/state"]
            let (host, url) = try await scene.startHost(configuration, environment: state)
            try await eventually("the store is not indexed", within: .seconds(60)) {
                try await scene.hector("documents", server: url).output.contains("up to date")
            }
            let answer = try await scene.hector("call", "helper", "--verbose", "How do I descale the coffee machine?", server: url).output
            #expect(answer.contains("found [1] coffee.md, line 3; [2] coffee.md, line 7") && answer.contains("> Pour citric acid"), "\(answer)")
            // A store that is added while the host runs.
            try FileManager.default.createDirectory(atPath: scene.folder + "/recipes", withIntermediateDirectories: true)
            try scene.write("recipes/soup.txt", "Boil onions for an hour.")
            let changed = try String(contentsOfFile: configuration, encoding: .utf8)
                .replacing("  manuals: {path: manuals}", with: "  manuals: {path: manuals}\n  recipes: {path: recipes}").replacing("[manuals]", with: "[manuals, recipes]")
            try scene.write("hector.yaml", changed)
            host.signal(SIGHUP)
            try await eventually("the new store is not searched", within: .seconds(60)) {
                try await scene.hector("call", "helper", "How long do onions cook?", server: url).output.contains("> Boil onions")
            }
            // Killed, and started with an embedder that never is: nothing is embedded again.
            host.signal(SIGKILL)
            _ = try await host.exit()
            try scene.write("hector.yaml", changed.replacing(Self.minilm, with: "/bin/false"))
            let (_, again) = try await scene.startHost(configuration, environment: state)
            try await eventually("what was indexed is not known any more", within: .seconds(60)) {
                let output = try await scene.hector("documents", server: again).output
                return output.split(separator: "\n").count { $0.contains("up to date") } == 2
            }
        }

        /// With the documents of `make demo`, and its models.
        @Test(.enabled(if: hasMiniLM && hasSmolLM)) func `A small model answers from documents and with a tool, as its strategy decides`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let (_, url) = try await scene.startHost(scene.write("hector.yaml", """
                server: {listen: "127.0.0.1:0"}
                plugins:
                  llm_providers: {smollm: {path: \(Self.smollm)}}
                  tool_providers: {calculator: {path: \(Scene.product("calculator"))}}
                  reasoning_strategies: {sums: {path: \(Scene.product("sums"))}}
                  embedder_providers: {minilm: {path: \(Self.minilm)}}
                  database_providers: {notes: {sqlite: {path: notes.db}}}
                document_stores:
                  manuals: {path: \(Scene.package.appending(path: "deploy/demo-documents").path)}
                agents:
                  assistant: {llm: smollm, reasoning: {engine: sums}, tools: [calculator.calculate], database: notes, embedder: minilm, document_stores: [manuals], retrieval: {as: tool, results: 1}}
                """))
            for plugin in ["smollm-1", "calculator-1", "sums-1"] { try await scene.replica(plugin, "ready", of: url, within: .seconds(60)) }
            try await eventually("the store is not indexed", within: .seconds(60)) {
                try await scene.hector("documents", server: url).output.contains("up to date")
            }
            let question = "How many minutes does it take to descale a coffee machine with 3 litres?"
            let answer = try await scene.hector("call", "--verbose", "assistant", question, server: url).output
            for text in ["found [1] coffee-machine.md, line 5", #"→ calculator.calculate {"expression": "40 * 3"}"#, "← calculator.calculate by calculator-1@", "120 minutes", "[1]"] {
                #expect(answer.contains(text), "\(text): \(answer)")
            }
            // In a conversation tools are shown as they are called; below the answer stands what it rests on, and who gave it.
            let chat = try await scene.chat("assistant", question, server: url)
            let lines = [#/^→ documents\.search /#, #/^→ calculator\.calculate \{/#, #/^← calculator\.calculate by calculator-1@/#, #/120 minutes.*\[1\]/#, #/^found \[1\] coffee-machine\.md, line 5/#, #/^the model answered: .* by smollm-1@/#]
                .map { line in chat.output.split(separator: "\n").lastIndex { $0.contains(line) } }
            #expect(chat.status == 0 && !lines.contains(nil) && lines.compactMap(\.self) == lines.compactMap(\.self).sorted(), "\(lines) \(chat.output)")
            let cited = try await ChatAnswer(model: "assistant", #"{"role": "user", "content": "\#(question)"}"#, streamed: false, of: url)
            #expect(cited.body.contains(#""url_citation":{"#) && cited.body.contains("coffee-machine.md, line 5"), "\(cited.body)")
        }

        @Test func `Hostile documents are told, and the rest goes on`() async throws {
            let scene = try await Scene(certificates: false)
            defer { scene.close() }
            let store = scene.folder + "/store"
            try FileManager.default.createDirectory(atPath: store + "/deep/er", withIntermediateDirectories: true)
            func put(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: store + "/" + name)) }
            try put("good.md", Array("# Owls\n\nOwls hunt at night.\n".utf8))
            try put("good.html", Array("<h1>Bees</h1><p>Bees dance.</p>".utf8))
            try put("good.pdf", TestDocuments.pdf("BT /F1 24 Tf 72 720 Td (Whales sing.) Tj ET"))
            try put("good.docx", TestDocuments.docx("<w:p><w:t>Ants carry leaves.</w:t></w:p>"))
            // What expands to a thousand times its size.
            try put("bomb.docx", TestDocuments.docx(String(repeating: " ", count: 80 << 20)))
            try put("bomb.pdf", TestDocuments.pdf(String(repeating: "BT /F1 9 Tf 1 1 Td (AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA) Tj ET\n", count: 1_500_000)))
            try put("broken.pdf", Array("%PDF-1.4 broken".utf8))
            try put("no.pdf", Array("nothing".utf8))
            try put("no.docx", Array("PK\u{3}\u{4}nothing".utf8))
            try put("binary.txt", [0, 1, 2, 3])
            try FileManager.default.createSymbolicLink(atPath: store + "/hosts.txt", withDestinationPath: "/etc/hosts")
            try FileManager.default.createSymbolicLink(atPath: store + "/deep/er/root", withDestinationPath: "/")
            let configuration = try scene.write(
                "hector.yaml",
                """
                server: {listen: "127.0.0.1:0"}
                plugins:
                  llm_providers: {echo-llm: {path: \(Scene.product("echo-llm"))}}
                  database_providers: {notes: {sqlite: {path: notes.db}}}
                  embedder_providers: {embedder: {path: \(scene.conformancePlugin("embedder"))}}
                document_stores:
                  animals: {path: store}
                agents:
                  helper: {llm: echo-llm, database: notes, embedder: embedder, document_stores: [animals], retrieval: {results: 10}}
                """)
            let check = try await scene.hector("config", "check", "--config", configuration)
            #expect(check.status == 0 && !check.output.contains("no effect"), "\(check.output)")
            let (_, url) = try await scene.startHost(configuration)
            var said = ""
            try await eventually("the store is not indexed: \(said)", within: .seconds(120)) {
                said = try await scene.hector("documents", "--json", server: url).output
                return said.contains("up_to_date")
            }
            let report = try JSONDecoder().decode(DocumentsReport.self, from: Data(said.utf8))
            let status = report.stores[0]
            #expect(status.files == 10 && status.indexed == 4 && status.chunks == 4, "\(said)")
            let problems = Dictionary(uniqueKeysWithValues: status.problems.map { ($0.path, $0.message) })
            #expect(Set(problems.keys) == ["binary.txt", "bomb.docx", "bomb.pdf", "broken.pdf", "deep/er/root", "hosts.txt", "no.docx", "no.pdf"], "\(said)")
            #expect(problems["bomb.docx"] == "what it expands to has more than 64 MiB")
            #expect(problems["hosts.txt"] == "a link that leaves the store is not followed" && problems["deep/er/root"] == problems["hosts.txt"])
            #expect(problems["binary.txt"] == "it is not text: it has bytes of zero" && problems["no.pdf"]?.contains("it is no PDF") == true)
            // For people.
            let table = try await scene.hector("documents", server: url).output
            #expect(table.contains("up to date") && table.contains("4/10") && table.contains("hosts.txt"), "\(table)")
            // The model has what was found, and people see where it is from.
            let answer = try await scene.hector("call", "helper", "--verbose", "Who hunts?", server: url)
            for text in ["found [1]", "good.pdf, page 1", "> Owls hunt at night.", "> Bees dance.", "> Whales sing.", "> Ants carry leaves."] {
                #expect(answer.output.contains(text), "\(text): \(answer.output)")
            }
            // All of it again, by the control socket; over TCP not without a token.
            let again = try await scene.hector("documents", "reindex", "animals")
            #expect(again.status == 0 && again.output.contains("animals in notes is indexed again"), "\(again.output)")
            let unknown = try await scene.hector("documents", "reindex", "plants")
            #expect(unknown.status == 1 && unknown.output.contains("There is no document store 'plants'"), "\(unknown.output)")
            #expect(try await scene.hector("documents", "reindex", "animals", "--server", url).output.contains("server.token"))
            try await eventually("the store is not indexed again", within: .seconds(120)) { try await scene.hector("documents", "--json", server: url).output.contains("up_to_date") }
            // A change is taken over, and what is gone is forgotten.
            try put("good.md", Array("# Owls\n\nOwls sleep by day.\n".utf8))
            try FileManager.default.removeItem(atPath: store + "/good.html")
            try await eventually("the change is not taken over", within: .seconds(30)) {
                let output = try await scene.hector("call", "helper", "Who hunts?", server: url).output
                return output.contains("Owls sleep by day.") && !output.contains("Owls hunt") && !output.contains("Bees")
            }
        }
    }
}
