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

    @Test(arguments: [
        ("llama3.2:3b", "llama3-2-3b"), ("echo-llm", "echo-llm"), ("a--b", "a--b"), ("Qwen/Qwen3-0.6B", "qwen-qwen3-0-6b"),
        ("hf.co/unsloth/gpt-oss:Q4_K_M", "hf-co-unsloth-gpt-oss-q4-k-m"), ("a -- b", "a-b"), ("/models/x.gguf/", "models-x-gguf"),
        ("Modèle", "mod-le"), ("模型", "c98e118e"), ("", "e3b0c442"),
        (String(repeating: "a", count: 62), String(repeating: "a", count: 62)),
        (String(repeating: "a", count: 63), String(repeating: "a", count: 53) + "-7d3e74a0"),
        (String(repeating: "A.", count: 40), String(repeating: "a-", count: 26) + "a-eca09c97"),
    ])
    func `The label of a name is a function of the name alone`(_ name: String, _ label: String) {
        #expect(Label.of(name) == label)
        #expect(Label.isValid(Label.of(name)))
    }
}
