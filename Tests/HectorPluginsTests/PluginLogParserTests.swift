import HectorHandshake
import HectorPlugins
import Logging
import Testing

@Suite struct PluginLogParserTests {
    private func parse(_ text: String) -> PluginLogLine? {
        var parser = PluginLogParser()
        return parser.parse(LineReader.Line(text: text))
    }

    @Test func readsJSONOfHclog() {
        let line = parse(#"{"@level":"warn","@message":"slow\u001b[31m","@timestamp":"2026-01-01T00:00:00Z","n":3,"f":1.5,"ok":true,"l":[1,"a"],"none":null}"#)
        #expect(line?.level == .warning)
        #expect(line?.message == "slow\\u{1B}[31m")
        #expect(
            line?.metadata == ["timestamp": "2026-01-01T00:00:00Z", "n": "3", "f": "1.5", "ok": "true", "l": "[1, a]", "none": "null"])
    }

    @Test(arguments: [
        ("[INFO] started", Logger.Level.info, "started"), ("[WARN]  odd", .warning, "odd"), ("[ERROR]: bad", .error, "bad"),
        ("  [trace] x", .trace, "x"), ("[DEBUG]", .debug, ""),
        ("plain words", .debug, "plain words"), ("[3] not a level", .debug, "[3] not a level"),
        ("{not json", .debug, "{not json"), (#"{"message":"other JSON"}"#, .debug, #"{"message":"other JSON"}"#),
        (#"{"@level":"odd","@message":"m"}"#, .debug, "m"),
    ])
    func reads(_ text: String, _ level: Logger.Level, _ message: String) {
        #expect(parse(text)?.level == level)
        #expect(parse(text)?.message == message)
    }

    @Test func emptyLinesAreNoLines() { #expect(parse("  \t") == nil) }

    @Test(arguments: ["panic: nil map", "fatal error: all goroutines are asleep"])
    func fromPanicOnAllIsError(_ text: String) {
        var parser = PluginLogParser()
        let levels = ["[INFO] fine", text, "goroutine 1 [running]:", "[INFO] x"].map { parser.parse(LineReader.Line(text: $0))?.level }
        #expect(levels == [.info, .error, .error, .error])
    }

    @Test func boundsKeysAndValues() {
        let keys = (0..<100).map { "\"k\($0)\":\"\(String(repeating: "v", count: 10_000))\"" }.joined(separator: ",")
        let line = parse("{\"@message\":\"m\",\(keys)}")
        #expect((line?.metadata.count ?? 0) <= PluginLimits().logKeys)
        #expect(line?.metadata.values.allSatisfy { $0.description.count <= PluginLimits().logValueCharacters + 1 } == true)
    }

    @Test func deepJSONDoesNoHarm() {
        let line = parse(#"{"@message":"m","deep":"# + String(repeating: "[", count: 30_000) + String(repeating: "]", count: 30_000) + "}")
        #expect(line != nil)
    }
}
