import HectorCore
import Testing

struct JSONTests {
    private static func failure(_ text: String, limits: JSONLimits = JSONLimits()) -> JSONFailure? {
        failure(Array(text.utf8), limits: limits)
    }

    private static func failure(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) -> JSONFailure? {
        do throws(JSONFailure) {
            _ = try JSONText(bytes, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    /// The same, byte by byte.
    private static func failureOfPieces(_ bytes: [UInt8]) -> JSONFailure? {
        var scanner = JSONScanner()
        do throws(JSONFailure) {
            for byte in bytes { try scanner.scan([byte]) }
            _ = try JSONText(bytes, checkedBy: &scanner)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        "0", "-0", "12", "1.5", "-1.5e+10", "1E9", "2e-3", "true", "false", "null", "\"\"", "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"",
        "[]", "{}", " [ ] ", "[1,2 , 3]", "{\"a\":1,\"b\":[{}]}", "\t{\n\"a\" : null }\r\n", "\"äöü € 😀\"", "[[[]]]", "[0]", "[0,-1.0]",
        "{\"\":\"\"}", "\"\\ud83d\\ude00\"", "\"\\ud800\"",
    ]) func `What RFC 8259 allows is read, whole and byte by byte`(text: String) {
        #expect(Self.failure(text) == nil)
        #expect(Self.failureOfPieces(Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        "", " ", "[", "{", "\"", "[1", "[1,", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "tru", "-", "1.", "1e", "1e+", "\"\\", "\"\\u00",
    ]) func `What ends too early is unfinished`(text: String) {
        #expect(Self.failure(text) == .unfinished)
        #expect(Self.failureOfPieces(Array(text.utf8)) == .unfinished)
    }

    @Test(arguments: [
        ("01", 1), ("+1", 0), (".5", 0), ("1.e", 2), ("[1 2]", 3), ("[,]", 1), ("[1,]", 3), ("{,}", 1), ("{\"a\" 1}", 5), ("{\"a\":1,}", 7),
        ("{1:2}", 1), ("[}", 1), ("{]", 1), ("[1}", 2), ("{\"a\":1]", 6), ("nul!", 3), ("NaN", 0), ("\"\n\"", 1), ("\"\\x\"", 2),
        ("\"\\u00g0\"", 5), ("1 2", 2), ("{} x", 3), ("'a'", 0), ("--1", 1), ("1ee1", 2), ("//", 0), ("\"a\"\"b\"", 3), ("]", 0),
    ]) func `What is not JSON is refused where it begins not to be`(text: String, offset: Int) {
        #expect(Self.failure(text) == .syntax(offset: offset))
        #expect(Self.failureOfPieces(Array(text.utf8)) == .syntax(offset: offset))
    }

    @Test(arguments: [
        [0x22, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0x22, 0xC3, 0x22],
        [0x22, 0xE0, 0x80, 0x80, 0x22], [0x22, 0xF0, 0x80, 0x80, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xFF, 0x22], [0xEF, 0xBB, 0xBF, 0x31],
    ] as [[UInt8]]) func `What is not UTF-8 is refused`(bytes: [UInt8]) {
        for failure in [Self.failure(bytes), Self.failureOfPieces(bytes)] {
            guard case .notUTF8 = failure else {
                Issue.record("\(String(describing: failure))")
                continue
            }
        }
    }

    @Test func `Depth and number of values are bounded`() {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(Self.failure(nested(64)) == nil)
        #expect(Self.failure(nested(65)) == .tooDeep(limit: 64))
        #expect(Self.failure(nested(100_000)) == .tooDeep(limit: 64))
        #expect(Self.failure("{\"a\":{\"b\":{}}}", limits: JSONLimits(depth: 2)) == .tooDeep(limit: 2))
        #expect(Self.failure("[1,2,3]", limits: JSONLimits(values: 4)) == nil)
        #expect(Self.failure("[1,2,3]", limits: JSONLimits(values: 3)) == .tooManyValues(limit: 3))
    }

    @Test func `A failure stays`() throws {
        var scanner = JSONScanner()
        #expect(throws: JSONFailure.syntax(offset: 0)) { try scanner.scan("x".utf8) }
        #expect(throws: JSONFailure.syntax(offset: 0)) { try scanner.scan("1".utf8) }
        #expect(throws: JSONFailure.syntax(offset: 0)) { try scanner.finish() }
    }

    @Test func `Values are read where they lie`() throws {
        let text = #" {"a": [1, -2.5e1, "x\ny\u00e9\ud83d\ude00", true, null], "b" : {"c":"d"}, "a2":"", "n": 2.0, "big": 1e999 } "#
        let json = try JSONText(Array(text.utf8))
        #expect(json.kind == .object)
        var keys: [String] = []
        json.forEachMember { key, _ in keys.append(key) }
        #expect(keys == ["a", "b", "a2", "n", "big"])
        var elements: [JSONText] = []
        json["a"]?.forEachElement { elements.append($1) }
        #expect(elements.map(\.kind) == [.number, .number, .string, .bool, .null])
        #expect(elements[0].int == 1)
        #expect(elements[1].double == -25)
        #expect(elements[1].int == -25)
        #expect(elements[2].string == "x\nyé😀")
        #expect(elements[3].bool == true)
        #expect(elements[4].isNull)
        #expect(json["b"]?["c"]?.string == "d")
        #expect(json["b"]?.text == #"{"c":"d"}"#)
        #expect(json["a2"]?.string == "")
        #expect(json["n"]?.int == 2)
        #expect(json["big"]?.int == nil)
        #expect(json["zz"] == nil)
        #expect(json.string == nil)
        #expect(json.int == nil)
        #expect(!json.forEachElement { _, _ in })
    }

    @Test(arguments: [#""#, #"a"#, #"\\"#, #"\""#, #"a\"b"#, #"\\\""#, #"\"\\"#, #"{[\"}]"#, #"\u0022"#])
    func `A string ends at the quotation mark that is not escaped`(_ inside: String) throws {
        for count in [1, 2, 1000] {
            let string = #"""# + String(repeating: inside, count: count) + #"""#
            let json = try JSONText(Array("[\(string),7,\(string)]".utf8))
            var elements: [String] = []
            json.forEachElement { elements.append($1.text) }
            #expect(elements == [string, "7", string])
        }
    }

    @Test func `What is passed on keeps its bytes`() throws {
        let schema = #"{"type":"object", "properties":{"reasoning":{},"answer":{"multipleOf":1.0}}}"#
        let json = try JSONText(Array("{\"parameters\":\(schema)}".utf8))
        #expect(json["parameters"]?.text == schema)
    }

    @Test func `Of a key given twice the last one counts, and half a pair is replaced`() throws {
        #expect(try JSONText(Array(#"{"a":1,"a":2}"#.utf8))["a"]?.int == 2)
        #expect(try JSONText(Array(#""\ud800x""#.utf8)).string == "\u{FFFD}x")
        #expect(try JSONText(Array(#""\ud800\u0041""#.utf8)).string == "\u{FFFD}A")
        #expect(try JSONText(Array(#""\udc00""#.utf8)).string == "\u{FFFD}")
    }
}
