import HectorCore
import HectorHandshake
import HectorPlugins
import Logging
import Testing

@Suite struct PluginLogParserTests {
    private func parse(_ text: String) -> PluginLogLine? {
        PluginLogParser().parse(LineReader.Line(text: text))
    }

    @Test func readsJSONOfHclog() {
        let line = parse(#"{"@level":"warn","@message":"slow\u001b[31m","@timestamp":"2026-01-01T00:00:00Z","n":3,"f":1.50,"ok":true,"l":[1, "a"],"none":null}"#)
        #expect(line?.level == .warning)
        #expect(line?.message == "slow\\u{1B}[31m")
        // Values that are not text stay as they are written.
        #expect(
            line?.metadata == [
                "plugin.timestamp": "2026-01-01T00:00:00Z", "plugin.n": "3", "plugin.f": "1.50", "plugin.ok": "true",
                "plugin.l": #"[1, "a"]"#, "plugin.none": "null",
            ])
    }

    /// A plugin's keys can be taken for none of ours, whatever they are called.
    @Test func keysAreThePluginsOwn() {
        let forged = [
            "plugin", "replica", "code", "request_id", "stream", "truncated", "like_this_dropped", "@plugin", "k y=z [HectorHost]", "", "plugin.x",
            "\u{202E}nigulp", String(repeating: "k", count: 1000),
        ]
        let line = parse("{\"@message\":\"a call failed\"," + forged.map { "\"\($0)\":\"v\"" }.joined(separator: ",") + "}")
        #expect(line?.message == "a call failed")
        for key in line?.metadata.keys.map({ $0 }) ?? [] {
            #expect(key.hasPrefix("plugin.") && key.utf8.count <= 71 && key.allSatisfy { $0.isLetter || "_-.".contains($0) }, "\(key)")
        }
        #expect(line?.metadata["plugin.k_y_z__HectorHost_"] == "v")
    }

    @Test(arguments: [
        ("[INFO] started", Logger.Level.info, "started"), ("[WARN]  odd", .warning, "odd"), ("[ERROR]: bad", .error, "bad"),
        ("  [trace] x", .trace, "x"), ("[DEBUG]", .debug, ""),
        ("plain words", .debug, "plain words"), ("[3] not a level", .debug, "[3] not a level"),
        ("{not json", .debug, "{not json"), (#"{"message":"other JSON"}"#, .debug, #"{"message":"other JSON"}"#),
        (#"{"@level":"odd","@message":"m"}"#, .debug, "m"),
        (#"{"@message":"m","@level":"error"} and more"#, .debug, #"{"@message":"m","@level":"error"} and more"#),
    ])
    func reads(_ text: String, _ level: Logger.Level, _ message: String) {
        #expect(parse(text)?.level == level)
        #expect(parse(text)?.message == message)
    }

    @Test func emptyLinesAreNoLines() { #expect(parse("  \t") == nil) }

    @Test func boundsKeysAndValues() {
        let keys = (0..<100).map { "\"k\($0)\":\"\(String(repeating: "v", count: 10_000))\"" }.joined(separator: ",")
        let line = parse("{\"@message\":\"m\",\(keys)}")
        #expect((line?.metadata.count ?? 0) <= PluginLimits().logKeys)
        #expect(line?.metadata.values.allSatisfy { $0.description.count <= PluginLimits().logValueCharacters + 1 } == true)
    }

    /// Four kilobytes of it cost seconds once.
    @Test(arguments: [16, 17, 400, 15_000])
    func deepJSONIsText(_ depth: Int) {
        let text = #"{"@message":"m","a":"# + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
        let began = ContinuousClock.now
        let line = parse(text)
        #expect(line?.message == "m" ? depth == 16 : depth > 16)
        // Two milliseconds in a release build.
        #expect(ContinuousClock.now - began < .milliseconds(500))
    }

    /// Whatever a plugin prints, a line costs a few milliseconds at most (of a release build).
    @Test(arguments: [
        String(repeating: "\u{202E}", count: 21_000), String(repeating: "{\"a\":", count: 13_000), String(repeating: "[", count: 65_000),
        "{\"@message\":\"" + String(repeating: "\\u0001", count: 10_900) + "\"}",
        "{\"@message\":\"m\"" + (0..<990).map { ",\"\($0)\":\"\(String(repeating: "\u{AD}", count: 25))\"" }.joined() + "}",
        "{\"@message\":\"m\",\"a\":[" + String(repeating: "{},", count: 20_000) + "{}]}",
    ])
    func noLineCostsMuch(_ text: String) {
        let began = ContinuousClock.now
        _ = parse(String(text.prefix(PluginLimits().logLineBytes)))
        let took = ContinuousClock.now - began
        #expect(took < .milliseconds(800))
    }

    @Test(arguments: [998, 999])
    func manyValuesAreText(_ count: Int) {
        // The object and the message are values, too.
        let line = parse(#"{"@message":"m""# + (0..<count).map { ",\"\($0)\":0" }.joined() + "}")
        #expect(line?.message == "m" ? count == 998 : count == 999)
    }

    /// What can be told without parsing is what parsing tells.
    @Test(arguments: [
        (#"{"@level":"trace","@message":"m"}"#, Logger.Level.trace), (#"{"@caller":"a.go:1","@level":"error","@message":"m"}"#, .error),
        ("words", .debug), ("Traceback", .debug), ("", .debug), ("{", nil), (#"{"@level"#, nil), (#"{"@level":"odd"}"#, nil),
        (#"{"a":{"@level":"error"},"@level":"trace"}"#, nil), (#"{"a":"\"","@level":"trace"}"#, nil), (#"{"n":1,"@level":"error"}"#, nil),
        (#"{"@level":"x"#, nil), (#"{"a":"b" "@level":"trace"}"#, nil), ("[ERROR] x", nil), ("  [ERROR] x", nil),
    ])
    func theLevelIsSeenAtOnceOrLeftToTheParser(_ text: String, _ level: Logger.Level?) {
        var text = text
        #expect(text.withUTF8 { PluginLogParser.level(of: UnsafeRawBufferPointer($0)) } == level)
        if let level, !text.isEmpty { #expect(parse(text)?.level == level) }
    }
}
