import HectorCore
import Testing

@Suite struct LabelTests {
    @Test(arguments: ["a", "0", "echo-llm", "a--b", String(repeating: "a", count: 62)])
    func `Labels`(_ name: String) { #expect(Label.isValid(name)) }

    @Test(arguments: ["", "-", "-a", "a-", "A", "a.b", "a b", "é", "a\0", "a\n", String(repeating: "a", count: 63)])
    func `No labels`(_ name: String) { #expect(!Label.isValid(name)) }

    @Test func `An id may have one byte more: it is followed by no other`() {
        for id in ["a", "gpu-1", "12345678-9abc-4def-8000-000000000001", String(repeating: "a", count: 63)] {
            #expect(Label.isID(id))
        }
        for id in ["", "-a", "a-", "A", "a.b", "a_b", "a/b", "é", String(repeating: "a", count: 64)] {
            #expect(!Label.isID(id))
        }
    }

    @Test func `An instance name is the node's name and short id, within 63 bytes`() {
        let id = "12345678-0000-4000-8000-000000000000"
        #expect(Label.instance(node: "alpha", id: id) == "alpha-12345678")
        let long = String(repeating: "a", count: 53) + "-bcdefgh"
        #expect(Label.instance(node: long, id: id) == String(repeating: "a", count: 53) + "-12345678")
        #expect(Label.instance(node: String(repeating: "a", count: 62), id: id).utf8.count == 63)
        #expect(Label.instance(node: "tower", id: "gpu-rack-1") == "tower-gpu-rack")
        #expect(Label.instance(node: "tower", id: "gpu-box-1") == "tower-gpu-box")
        #expect(Label.instance(node: "gpu-1", id: "gpu-1") == "gpu-1")
    }
}
