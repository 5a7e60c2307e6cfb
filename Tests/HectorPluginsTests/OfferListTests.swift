import HectorCore
import HectorProto
import Testing

@testable import HectorPlugins

@Suite struct OfferListTests {
    private static func offer(_ name: String, _ type: String = "llm_provider", digest: String = "") -> Offer {
        var offer = Offer()
        offer.name = name
        offer.type = type
        offer.digest = digest
        return offer
    }

    private static func list(_ offers: [Offer], limits: PluginLimits = PluginLimits()) -> OfferList {
        var set = OfferSet()
        set.offers = offers
        return OfferList(set, limits: limits)
    }

    @Test func `What cannot be called is left out, and that is said`() {
        let list = Self.list([
            Self.offer("llama3.2:3b", digest: "sha256:1"), Self.offer("llama3.2:3b", "embedder_provider"), Self.offer("llama3.2:3b"),
            Self.offer("x", "model"), Self.offer(""), Self.offer("é"), Self.offer(" x"), Self.offer("a b"), Self.offer(String(repeating: "n", count: 201)),
            Self.offer("long", digest: String(repeating: "d", count: 257)),
        ])
        #expect(list.offers.map(\.key) == [
            PluginKey(.llm, "llama3.2:3b"), PluginKey(.embedder, "llama3.2:3b"), PluginKey(.llm, "a b"), PluginKey(.llm, "long"),
        ])
        #expect(list.offers.map(\.digest) == ["sha256:1", "", "", ""], "a digest that is too long is none: a part of it could be another's")
        #expect(list.problems.count == 6 && list.problems.prefix(2) == [
            "its offer 'llama3.2:3b' is there twice: the first counts", "its offer 'x' is left out: 'model' is not a type of plugins",
        ], "\(list.problems)")
    }

    @Test func `There are no more than the limit`() {
        var limits = PluginLimits()
        limits.offers = 2
        let list = Self.list((0..<4).map { Self.offer("m\($0)") }, limits: limits)
        #expect(list.offers.map(\.key.name) == ["m0", "m1"])
        #expect(list.problems == ["it offers more than 2 names: the others are left out"])
    }

    @Test func `An offer's capabilities go over those of its process`() throws {
        var offer = Self.offer("m")
        offer.capabilities = ["options": "seed", "context": "8"]
        let told = try #require(Self.list([offer]).offers.first).told(["options": "top_p", "store": "s"])
        #expect(told == ["options": "seed", "context": "8", "store": "s"])
    }
}
