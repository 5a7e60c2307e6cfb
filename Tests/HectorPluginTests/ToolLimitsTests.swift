import HectorProviders
import Testing

/// What plugins of tools may say.
@Suite struct ToolLimitsTests {
    private static func tool(_ name: String, _ schema: String = "{}", _ description: String = "") -> Tool {
        Tool(name: name, description: description, parameters: schema)
    }

    @Test func `Names are those that models accept, and unique`() {
        let limits = ToolLimits()
        let good = ["a", "A.b-c_9", String(repeating: "x", count: 64)]
        #expect(limits.problem(good.map { Self.tool($0) }) == nil)
        #expect(limits.problem([Tool]()) == nil)
        for bad in ["", "a b", "ä", "a/b", "a\n", String(repeating: "x", count: 65)] {
            #expect(limits.problem([Self.tool(bad)])?.contains("the name of a tool is") == true, "\(bad)")
        }
        #expect(limits.problem([Self.tool("a"), Self.tool("b"), Self.tool("a")]) == "it has two tools with the name 'a'")
    }

    @Test(arguments: ["", "[]", "{", "{} {}", "null", "\"{}\"", "{\"a\":}"]) func `A schema is a JSON object`(schema: String) {
        #expect(ToolLimits().problem([Self.tool("a", schema)]) == "parameters_json of the tool 'a' is not a JSON object")
    }

    @Test func `What a list may have is bounded`() {
        var limits = ToolLimits()
        (limits.tools, limits.description, limits.schema, limits.list) = (2, 5, 12, 20)
        #expect(limits.problem(["a", "b", "c"].map { Self.tool($0) }) == "it has 3 tools; 2 are the most")
        #expect(limits.problem([Self.tool("a", "{}", "123456")])?.contains("description") == true)
        #expect(limits.problem([Self.tool("a", #"{"a": 1, "b": 2}"#)])?.contains("schema") == true)
        #expect(limits.problem([Self.tool("a", #"{"a": 12345}"#), Self.tool("b", #"{"a": 12345}"#)]) == "its tools have more than 20 bytes together")
    }

    @Test func `Arguments are a JSON object, and data is JSON`() {
        var limits = ToolLimits()
        limits.arguments = 10
        for (arguments, isGood) in [("{}", true), (#"{"a": 1} "#, true), ("", false), ("[1]", false), (#"{"a": 1234}"#, false)] {
            var request = CallToolRequest()
            request.argumentsJson = arguments
            #expect((limits.problem(request) == nil) == isGood, "\(arguments)")
        }
        #expect(limits.problem(ToolOutput.data(json: " [1.0]")) == nil && limits.problem(ToolOutput.data(json: "{")) != nil)
        #expect(limits.problem(ToolOutput.image([1], mediaType: "image/png")) == nil && limits.problem(ToolOutput.image([], mediaType: "image/png")) != nil)
        #expect(limits.problem(ToolOutput()) != nil && limits.problem(ToolOutput.text("")) == nil)
    }
}
