import HectorCore
import Testing

@testable import HectorProto

@Suite struct ProviderServiceTests {
    /// The set is of a commit that is past: a method that comes later is told by the nodes that forward it.
    @Test func `A node that tells nothing forwards what nodes of commit 291afae did`() {
        let common: Set = ["Health", "GetManifest", "GetStatus"]
        let own: [PluginKind: Set<String>] = [
            .llm: ["Generate", "GenerateStreaming", "GetModelInfo"],
            .database: ["Upsert", "Search", "Delete", "CreateCollection", "DeleteCollection"],
            .embedder: ["Embed", "GetEmbedderInfo"],
        ]
        for (kind, methods) in own { #expect(ProviderService.of(kind).forwardedUntold == common.union(methods)) }
        for kind in PluginKind.allCases where own[kind] == nil {
            #expect(ProviderService.of(kind).forwardedUntold == [], "they do not run plugins of the kinds that came later")
        }
    }

    @Test func `A node tells each method that it forwards once, by a name that stands for one path`() {
        for service in ProviderService.all {
            #expect(Set(service.forwarded).count == service.forwarded.count)
            #expect(service.forwardedUntold.isSubset(of: service.forwarded))
            #expect(!service.forwarded.contains("Initialize") && !service.forwarded.contains("Shutdown"))
            #expect(service.methods.allSatisfy { $0.path == "/\(service.name)/\($0.name)" })
        }
    }

    @Test func `What a plugin declares counts behind a node as far as the node forwards it`() {
        let llm = ProviderService.of(.llm)
        let declared: Abilities = [.generateFromImages, .temperature]
        #expect(llm.abilities(declared, forwarding: llm.basic) == .temperature)
        #expect(llm.abilities(declared, forwarding: llm.basic.union(["GenerateFrom"])) == declared)
        // Nodes of before forward all that every plugin has, so that a pick need not look at their methods.
        #expect(ProviderService.all.prefix(3).allSatisfy { $0.basic == $0.forwardedUntold })
        #expect(Set(llm.forwarded).subtracting(llm.basic) == ["GenerateFrom", "CountTokens"])
    }

    @Test func `Every kind has one service, and its methods are those of its proto file`() {
        #expect(ProviderService.all.map(\.kind) == PluginKind.allCases)
        #expect(ProviderService.of(.tool).methods.map(\.path).suffix(2) == ["/hector.plugin.ToolProvider/ListTools", "/hector.plugin.ToolProvider/CallTool"])
        #expect(ProviderService.of(.reasoning).methods.last?.path == "/hector.plugin.ReasoningStrategy/Decide")
        #expect(ProviderService.all.allSatisfy { $0.methods.count > 5 })
    }

    @Test func `A tool is not called twice by itself, and a step is decided twice if it must be`() {
        #expect(ToolProviderMethods.callTool.idempotency == .notIdempotent)
        #expect(ToolProviderMethods.listTools.idempotency == .idempotent && ReasoningStrategyMethods.decide.idempotency == .idempotent)
    }

    /// How long a plugin takes for a call is measured where a call is work, and ends with the work.
    @Test func `The duration of a question, and of a stream, is no time of service`() {
        let measured = ProviderService.all.map { $0.methods.filter(\.measuresService).map(\.name) }
        #expect(measured == [["Generate"], ["Upsert", "Search", "Delete", "CreateCollection", "DeleteCollection", "UpsertBatch", "SearchFiltered", "Count"], ["Embed", "EmbedBatch"], [], []])
    }
}
