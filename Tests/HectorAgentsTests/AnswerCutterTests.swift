import HectorProviders
import Testing

@testable import HectorAgents

/// What a reader gets of an answer that comes in these pieces.
private struct Cut: Equatable {
    var told: [String] = []
    var end: Ending?
    var tokens = 0

    var text: String { told.joined() }

    init(_ options: GenerationOptions, _ pieces: [String], reported: Int = 0) {
        var cutter = AnswerCutter(options)
        for piece in pieces where cutter.end == nil {
            told.append(cutter.take(piece, reported: reported))
        }
        told.append(cutter.finish())
        end = cutter.end
        tokens = cutter.tokens
    }
}

@Suite struct AnswerCutterTests {
    /// A text in pieces of one Unicode scalar.
    func letters(_ text: String) -> [String] { text.unicodeScalars.map { String($0) } }

    @Test(arguments: [
        ("one two three", [" two"], "one", true),
        ("one two three", ["four"], "one two three", false),
        ("one", ["one"], "", true),
        ("abcabd", ["abd"], "abc", true),
        ("aaab", ["aab"], "a", true),
        // The one that is complete first, not the one that begins first.
        ("abcdef", ["abcd", "bc"], "a", true),
        // Complete with the same letter: the longest.
        ("xabc", ["c", "abc", "bc"], "x", true),
        // One that is given up may leave the beginning of another.
        ("ababac", ["ababx", "bac"], "aba", true),
        ("Grüße, Welt", ["üß"], "Gr", true),
        ("Grüße, Welt", ["ß"], "Grü", true),
        // The first byte of ö is that of ü, too.
        ("Größe", ["ü"], "Größe", false),
        ("👩‍👩‍👧 und 👍🏽", ["👍🏽"], "👩‍👩‍👧 und ", true),
        ("the end</s", ["</s>"], "the end</s", false),
        ("a\nb\n\nc", ["\n\n"], "a\nb", true),
        ("one two", ["", "two"], "one ", true),
        ("", ["a"], "", false),
    ]) func `An answer ends before the first stop sequence, wherever its pieces begin`(
        answer: String, stop: [String], left: String, isCut: Bool
    ) {
        let options = GenerationOptions(stop: stop)
        let end: Ending? = isCut ? .stop : nil
        let scalars = letters(answer)
        var ways = [[answer], scalars, scalars.flatMap { ["", $0] }]
        for split in 0...scalars.count { ways.append([scalars[..<split].joined(), scalars[split...].joined()]) }
        for way in ways {
            let cut = Cut(options, way)
            #expect(cut.text == left, "\(way)")
            #expect(cut.end == end, "\(way)")
        }
    }

    @Test func `What may begin a stop sequence is held back, and nothing else`() {
        var cutter = AnswerCutter(GenerationOptions(stop: ["</end>"]))
        #expect(cutter.take("a < b </en") == "a < b ")
        #expect(cutter.take("tity> <") == "</entity> ")
        #expect(cutter.finish() == "<")
        #expect(cutter.end == nil)
    }

    @Test func `A stop sequence is found across a call of a tool, and not inside one`() {
        var cutter = AnswerCutter(GenerationOptions(stop: ["STOP"]))
        var call = ToolCall()
        call.argumentsJson = #"{"say":"STOP"}"#
        #expect(cutter.take("a ST") == "a ")
        let isTaken = cutter.take(call)
        #expect(isTaken && cutter.end == nil)
        #expect(cutter.take("OP b") == "")
        #expect(cutter.end == .stop)
    }

    @Test func `Short pieces are tokens, and the next one after the last is not told`() {
        let options = GenerationOptions(maxTokens: 3)
        #expect(Cut(options, ["1 ", "2 ", "3 ", "4 "]).text == "1 2 3 ")
        #expect(Cut(options, ["1 ", "2 ", "3 ", "4 "]).end == .length)
        #expect(Cut(options, ["1 ", "2 ", "3 ", "4 "]).tokens == 3)
        // An answer that comes to its end by itself was not cut, even where it has all the tokens it may have.
        #expect(Cut(options, ["1 ", "2 ", "3 "]).end == nil)
        #expect(Cut(options, ["", "1 ", "", "2 "]).tokens == 2)
    }

    /// 1 token for 16 bytes, 1 more for each 4.
    @Test(arguments: [
        (1, 16), (2, 20), (10, 52), (22, 100),
    ]) func `A long piece is cut to what its bytes come to`(tokens: Int, bytes: Int) {
        let text = String(repeating: "x", count: 100)
        let cut = Cut(GenerationOptions(maxTokens: tokens), [text])
        #expect(cut.text.utf8.count == bytes)
        #expect(cut.end == (bytes < 100 ? .length : nil))
        #expect(cut.tokens == tokens)
    }

    @Test func `A cut splits no character`() {
        for maxTokens in 1...9 {
            let text = String(repeating: "ü€👍", count: 6)
            let cut = Cut(GenerationOptions(maxTokens: maxTokens), [text])
            #expect(text.utf8.starts(with: cut.text.utf8))
            #expect(!cut.text.unicodeScalars.contains("\u{FFFD}"))
            #expect(cut.text.utf8.count <= 12 + 4 * maxTokens)
            #expect(cut.text.utf8.count > 12 + 4 * maxTokens - 4)
        }
    }

    @Test func `The plugin's own count goes before the estimate, where it can be true`() {
        let piece = String(repeating: "abcd ", count: 8)
        #expect(Cut(GenerationOptions(), [piece], reported: 8).tokens == 8)
        #expect(Cut(GenerationOptions(maxTokens: 12), [piece, piece], reported: 8).text == piece + piece.prefix(20))
        // More tokens than bytes: a count of something else.
        #expect(Cut(GenerationOptions(), ["a ", "b "], reported: 500).tokens == 2)
        #expect(Cut(GenerationOptions(), ["a ", "b "], reported: -1).tokens == 2)
    }

    @Test func `Of a stop sequence and the limit, what comes first ends the answer`() {
        let options = GenerationOptions(stop: ["four"], maxTokens: 3)
        #expect(Cut(options, ["one ", "two ", "three ", "four "]).end == .length)
        #expect(Cut(options, ["one ", "four ", "three ", "two "]).end == .stop)
        #expect(Cut(options, ["one ", "four ", "three ", "two "]).tokens == 2)
        // What is held back when the limit is met belongs to the answer.
        #expect(Cut(options, ["one ", "two ", "fo", "o"]).text == "one two fo")
        // In one piece likewise, and only what was read of it is counted.
        let long = "four and " + String(repeating: "x", count: 1000)
        #expect(Cut(options, [long]).end == .stop)
        #expect(Cut(options, [long]).tokens == 1)
    }

    @Test func `A call that does not fit into the limit ends the answer`() {
        var call = ToolCall()
        call.name = "weather"
        call.argumentsJson = #"{"city":"Ulm"}"#
        var cutter = AnswerCutter(GenerationOptions(maxTokens: 4))
        let first = cutter.take(call)
        #expect(first && cutter.tokens == 3)
        let second = cutter.take(call)
        #expect(!second && cutter.end == .length && cutter.tokens == 3)
    }

    @Test func `A second call ends an answer that may have but one`() {
        var cutter = AnswerCutter(GenerationOptions(parallelToolCalls: false))
        let first = cutter.take(ToolCall())
        #expect(first && cutter.end == nil)
        #expect(cutter.take("and more") == "and more")
        let second = cutter.take(ToolCall())
        #expect(!second && cutter.end == .toolCalls)
    }

    /// Against the plain way to find them, over all texts of a small alphabet.
    @Test func `Any sequences are found in any text`() {
        func texts(_ length: Int) -> [String] {
            length == 0 ? [""] : texts(length - 1).flatMap { [$0 + "a", $0 + "b"] }
        }
        func plain(_ text: String, _ stop: [String]) -> String {
            for end in text.indices.map({ text.index(after: $0) }) {
                let read = text[..<end]
                let found = stop.filter { read.hasSuffix($0) }.map(\.count).max()
                if let found { return String(read.dropLast(found)) }
            }
            return text
        }
        let sequences = (1...3).flatMap(texts)
        for text in texts(7) {
            for first in sequences {
                for second in sequences {
                    let cut = Cut(GenerationOptions(stop: [first, second]), letters(text))
                    if cut.text != plain(text, [first, second]) { Issue.record("\(text): \(first), \(second): \(cut.text)") }
                }
            }
        }
    }
}
