import HectorCore
import Testing

@Suite struct NearestTests {
    @Test(arguments: [
        ("pluginDiscovery", "plugin_discovery"), ("paht", "path"), ("Path", "path"), ("paths", "path"),
        ("llm_provider", "llm_providers"), ("enabeld", "enabled"),
    ])
    func `The word that was meant is found`(word: String, expected: String) {
        #expect(nearest(to: word, among: ["enabled", "path", "plugin_discovery", "llm_providers"]) == expected)
    }

    @Test func `Nothing is guessed wildly`() {
        #expect(nearest(to: "xyz", among: ["path", "name"]) == nil)
        #expect(nearest(to: "x", among: []) == nil)
        #expect(nearest(to: String(repeating: "a", count: 100), among: ["a"]) == nil)
    }
}
