import HectorCore
import Testing

@Suite struct MachineNameTests {
    @Test(arguments: [
        ("gpu-1", "gpu-1"), ("GPU-Box", "gpu-box"), ("gpu_1", "gpu-1"), ("GPU Box.example.org", "gpu-box"), ("tower.", "tower"),
        ("-a-", "a"), ("a--b", "a-b"), ("büro", "b-ro"), ("a\u{7}\n", "a"), (String(repeating: "x", count: 80), String(repeating: "x", count: 62)),
        (String(repeating: "x", count: 61) + "_y", String(repeating: "x", count: 61)),
    ])
    func `Every host name becomes a label`(host: String, name: String) { #expect(machineName(host) == name) }

    @Test(arguments: ["", ".", "...", "_", "日本", ".example.org", "localhost", "localhost.localdomain"])
    func `A host name without a usable character gives no label`(host: String) { #expect(machineName(host) == nil) }
}
