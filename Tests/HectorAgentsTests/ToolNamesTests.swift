import Testing

@testable import HectorAgents

@Suite struct ToolNamesTests {
    @Test(arguments: [
        ("calculator", "calculate", "calculator__calculate"), ("word-tools", "count_words", "word-tools__count_words"),
        ("github", "issues.list", "github__issues__list"), ("a", "_x", "a___x"), ("a", ".x", "a____x"), ("a", "x.", "a__x__"), ("a", "X-1", "a__X-1"),
    ]) func `A name tells its provider and tool`(provider: String, tool: String, name: String) throws {
        #expect(ToolNames.name(provider: provider, tool: tool) == name)
        let parts = try #require(ToolNames.parts(of: name))
        #expect(parts == (provider, tool))
    }

    @Test(arguments: [
        ("a", "x__y"), ("a", "x_.y"), ("p_", "x"), ("some tools", "x"), ("files", String(repeating: "a", count: 64)), ("ä", "x"),
    ]) func `A name that would be too long, or mean another tool, ends with digits of its hash`(provider: String, tool: String) {
        let name = ToolNames.name(provider: provider, tool: tool)
        #expect(name.utf8.count <= 64 && name.contains(/^[A-Za-z0-9_-]+-[0-9a-f]{8}$/), "\(name)")
    }

    @Test func `Two tools never have one name`() {
        let parts = ["a", "_", ".", "__", "b", "-", "..", "._"]
        var tools: [String] = []
        for first in parts { for second in parts { for third in parts { tools.append(first + second + third) } } }
        var names: [String: String] = [:]
        for tool in Set(tools) {
            let name = ToolNames.name(provider: "p", tool: tool)
            #expect(names[name] == nil, "\(tool) and \(names[name] ?? "") are both \(name)")
            names[name] = tool
            if let known = ToolNames.parts(of: name), !name.contains(/-[0-9a-f]{8}$/) { #expect(known == ("p", tool)) }
        }
    }

    @Test func `An agent's name is a tool's`() {
        #expect(ToolNames.name(agent: "writer") == "agent__writer")
        #expect(ToolNames.name(agent: String(repeating: "w", count: 64)).utf8.count == 64)
    }

    @Test(arguments: ["", "_", "__", "a__", "__a", "plain"]) func `Other names tell nothing`(name: String) { #expect(ToolNames.parts(of: name) == nil) }
}
