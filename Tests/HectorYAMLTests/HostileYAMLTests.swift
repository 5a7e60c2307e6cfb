import Foundation
import HectorYAML
import Testing

/// Files that mean harm, or were damaged: an error in short time and little memory, never a crash.
@Suite struct HostileYAMLTests {
    /// How many times as long as otherwise things may take: a sanitizer looks at every comparison of bytes.
    static let patience = ProcessInfo.processInfo.environment["HECTOR_PATIENCE"].flatMap { Int($0) } ?? 1

    static let good = """
        # every construct the parser knows
        base: &base {engine: 'chain of thought', limit: 5}
        plugins:
          llm_providers:
            écho: &e
              <<: *base
              path: "./écho\\n"
              config: {key: "${KEY:-none}", list: [1, 2.5, true, ~]}
            other: *e
        prompt: |
          Two
            lines
        folded: >-
          one
          line
        ? explicit
        : - a
          - b: c

        """

    @Test func aliasesThatMultiplyAreCounted() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
        }
        let found = problems(of: text)
        #expect(found == ["f.yaml:5:15: a4: more than 20000 values, aliases counted in full: the file is too large"])
    }

    @Test func aliasesThatDeepenAreCounted() {
        var text = "a0: &a0 [x]\n"
        for level in 1...40 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
        #expect(problems(of: text) == ["f.yaml:32:12: a31: lists and mappings are nested more than 32 levels deep"])
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "[{a: ", "[? "])
    func depthIsBounded(opening: String) {
        for count in [33, 1_000, 40_000] {
            let found = problems(of: String(repeating: opening, count: count))
            #expect(found.count == 1)
            #expect(!found[0].contains("the file is longer"))
        }
    }

    @Test func theDeepestAllowedIsReadAndOneMoreIsNot() {
        var limits = YAMLLimits()
        limits.depth = 5
        #expect(problems(of: "[[[[[x]]]]]", limits: limits).isEmpty)
        #expect(problems(of: "[[[[[[x]]]]]]", limits: limits)
            == ["f.yaml:1:6: [0][0][0][0][0]: lists and mappings are nested more than 5 levels deep"])
    }

    @Test func nodesAreBounded() {
        var limits = YAMLLimits()
        limits.nodes = 4
        #expect(problems(of: "[a, b, c]", limits: limits).isEmpty)
        #expect(problems(of: "[a, b, c, d]", limits: limits)
            == ["f.yaml:1:11: more than 4 values, aliases counted in full: the file is too large"])
    }

    @Test func lengthsAreBounded() {
        var limits = YAMLLimits()
        limits.bytes = 20
        limits.scalarBytes = 10
        #expect(problems(of: "key: 0123456789", limits: limits).isEmpty)
        #expect(problems(of: "key: 01234567890", limits: limits)
            == ["f.yaml:1:6: one value is longer than 10 bytes: shorten it"])
        #expect(problems(of: "0123456789x: 1", limits: limits)
            == ["f.yaml:1:1: one value is longer than 10 bytes: shorten it"])
        #expect(problems(of: "k: 0123456789   # more", limits: limits)
            == ["f.yaml:1:1: the file is longer than 20 bytes: shorten it"])
    }

    /// libyaml compares every directive with all before it.
    @Test(arguments: ["\n", "\r", "\u{85}", "\u{2028}"]) func directivesAreBounded(lineBreak: String) {
        let directives = (0..<200_000).map { "%TAG !a\($0)! x" }.joined(separator: lineBreak)
        let time = ContinuousClock().measure {
            let found = problems(of: directives, limits: .configuration)
            #expect(found.count == 1 && found[0].contains("more than 16 %TAG directives"), "\(found)")
        }
        #expect(time < .seconds(5) * Self.patience)
        #expect(problems(of: "%TAG !a! x\n---\nk: 1\n").isEmpty)
    }

    /// Whatever fills the longest file that is read at all: an answer in seconds, also in a debug build.
    @Test(arguments: ["\n", "a: ", "- ", "[", "{", "&a ", "*a ", "? ", "'", "\"", "# ", "k: v\n", "${A}", "\u{A0}", "|\n", "%TAG", "!a ", "a\n", "--- ", ", "])
    func theLongestFileCostsLittle(piece: String) {
        let limits = YAMLLimits.configuration
        let text = String(repeating: piece, count: limits.bytes / piece.utf8.count)
        let time = ContinuousClock().measure { _ = problems(of: text, limits: limits) }
        #expect(time < .seconds(20) * Self.patience)
    }

    /// A value with many variables stands for many nodes, also behind an alias.
    @Test func variablesAreCounted() {
        let text = "a: &a \"" + (0..<5_000).map { "${A\($0)}" }.joined() + "\"\nb: [" + Array(repeating: "*a", count: 10_000).joined(separator: ", ") + "]\n"
        let found = problems(of: text, limits: .configuration)
        #expect(found.count == 1 && found[0].contains("more than 20000 values"), "\(found)")
    }

    @Test func manyProblemsAreCutShort() throws {
        let text = (0..<9_000).map { "unknown\($0): 1\n" }.joined()
        let document = try YAMLDocument(text: text, file: "f.yaml")
        let error = #expect(throws: InvalidYAML.self) {
            try document.decode(environment: nil) { _ = $0.fields { _ = $0["known"] } }
        }
        #expect(error?.diagnostics.count == 51)
        #expect(error?.diagnostics.last?.message == "only the first 50 problems are shown: correct them first")
    }

    @Test func everyPrefixIsReadOrRefused() throws {
        let bytes = Array(Self.good.utf8)
        #expect(try YAMLDocument(bytes: bytes, file: "f.yaml").problems.isEmpty)
        for count in bytes.indices { survive(Array(bytes.prefix(count))) }
    }

    @Test func everyDamagedByteIsReadOrRefused() {
        let bytes = Array(Self.good.utf8)
        let seed = UInt64.random(in: .min ... .max)
        print("HostileYAMLTests seed \(seed)")
        var generator = SplitMix(state: seed)
        for _ in 0..<3_000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: damaged.indices, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: damaged[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: damaged[place] = Array("\t\n:-?&*!|>'\"%@`{}[],#$~<".utf8).randomElement(using: &generator) ?? 0
                case 2: damaged.remove(at: place)
                default: damaged.insert(contentsOf: damaged[place...].prefix(7), at: place)
                }
            }
            survive(damaged)
        }
    }

    /// Reads `bytes` to the last leaf; what is refused must say where, inside the file.
    private func survive(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
        do throws(InvalidYAML) {
            let document = try YAMLDocument(bytes: bytes, file: "f.yaml")
            try document.decode(environment: ["KEY": "value"]) { walk($0) }
        } catch {
            let breaks = "\r\n\u{85}\u{2028}\u{2029}".unicodeScalars
            let lines = String(decoding: bytes, as: UTF8.self).unicodeScalars.count { breaks.contains($0) } + 1
            #expect(!error.diagnostics.isEmpty, sourceLocation: sourceLocation)
            for diagnostic in error.diagnostics {
                #expect((1...lines).contains(diagnostic.line) && diagnostic.column >= 1, "\(diagnostic)", sourceLocation: sourceLocation)
                #expect(!diagnostic.description.contains("\n"), sourceLocation: sourceLocation)
            }
        }
    }

    private func walk(_ cursor: Cursor) {
        switch cursor.node.content {
        case .scalar: _ = (cursor.string(), cursor.integer(in: 0...9), cursor.duration(in: .zero ... .seconds(9)))
        case .sequence: cursor.list()?.forEach(walk)
        case .mapping: cursor.entries()?.forEach { walk($0.value) }
        }
    }
}

/// A generator that a seed replays.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
