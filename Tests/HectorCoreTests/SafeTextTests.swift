import HectorCore
import Testing

@Suite struct SafeTextTests {
    @Test func `What would move a terminal's cursor or hide text is escaped`() {
        #expect(singleLine("a\u{1B}[31m\nb\u{202E}c é 漢") == #"a\u{1B}[31m\nb\u{202E}c é 漢"#)
    }

    @Test func `Foreign text is bounded, whatever it is made of`() {
        #expect(singleLine(String(repeating: "é", count: 300)) == String(repeating: "é", count: 200) + "…")
        #expect(singleLine("a" + String(repeating: "\u{301}", count: 1_000), limit: 3).unicodeScalars.count == 4)
        #expect(quoted(String(repeating: "x", count: 121)) == "'" + String(repeating: "x", count: 120) + "…'")
        #expect(quoted("/usr/lib/hector"[...]) == "'/usr/lib/hector'")
    }
}
