import HectorYAML
import Testing

/// What is wrong with `text`, one line each; empty when nothing is.
func problems(of text: String, limits: YAMLLimits = YAMLLimits()) -> [String] {
    do throws(InvalidYAML) {
        return try YAMLDocument(text: text, file: "f.yaml", limits: limits).problems.map(\.description)
    } catch {
        return error.diagnostics.map(\.description)
    }
}

/// The tree in one line: text in quotes when it is quoted, `[…]`, `{key: …}`.
func shape(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let text, .plain): text
    case .scalar(let text, .quoted): "\"\(text)\""
    case .sequence(let items): "[" + items.map(shape).joined(separator: ", ") + "]"
    case .mapping(let entries):
        "{" + entries.map { "\($0.key.text): \(shape($0.value))" }.joined(separator: ", ") + "}"
    }
}

@Suite struct YAMLTreeTests {
    @Test(arguments: [
        ("a: 1\nb: [x, 'y', \"z\"]\nc: |\n  two\n  lines\n", "{a: 1, b: [x, \"y\", \"z\"], c: \"two\nlines\n\"}"),
        ("z: 1\na: 2\n", "{z: 1, a: 2}"),
        ("", ""),
        ("# only a comment\n", ""),
        ("---\na: 1\n...\n", "{a: 1}"),
        ("a:\nb: ~\n", "{a: , b: ~}"),
        ("a: &x {k: v}\nb: *x\n", "{a: {k: v}, b: {k: v}}"),
        ("&k a: 1\nb: *k\n", "{a: 1, b: a}"),
        ("a: &x 1\nb: &x 2\nc: *x\n", "{a: 1, b: 2, c: 2}"),
        ("base: &b {k: 1, l: 2}\nmine: {<<: *b, k: 3}\n", "{base: {k: 1, l: 2}, mine: {k: 3, l: 2}}"),
        ("a: &a {k: 1}\nb: &b {k: 2, m: 3}\nc: {<<: [*a, *b]}\n", "{a: {k: 1}, b: {k: 2, m: 3}, c: {k: 1, m: 3}}"),
        ("\u{FEFF}a: 1\n", "{a: 1}"),
        ("a: 1\r\nb: 2\r\n", "{a: 1, b: 2}"),
    ])
    func reads(text: String, expected: String) throws {
        let document = try YAMLDocument(text: text, file: "f.yaml")
        #expect(shape(document.root) == expected)
        #expect(document.problems.isEmpty)
    }

    @Test func everyNodeAndKeyKnowsItsPlace() throws {
        let root = try YAMLDocument(text: "a: 1\nlist:\n  - x\n  - {é: y, k: z}\n", file: "f.yaml").root
        guard case .mapping(let entries) = root.content, case .sequence(let items) = entries[1].value.content,
            case .mapping(let inner) = items[1].content
        else {
            Issue.record("not the tree that was written")
            return
        }
        #expect(root.position == Position(line: 1, column: 1))
        #expect(entries[0].value.position == Position(line: 1, column: 4))
        #expect(entries[1].key.position == Position(line: 2, column: 1))
        #expect(items[0].position == Position(line: 3, column: 5))
        #expect(inner[1].key.position == Position(line: 4, column: 12), "columns count characters, not bytes")
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\nb: 4\n", [
            "f.yaml:3:1: a: this key is given twice, first at line 1: remove one",
            "f.yaml:4:1: b: this key is given twice, first at line 2: remove one",
        ]),
        ("o:\n  - k: 1\n    'k': 2\n", ["f.yaml:3:5: o[0].k: this key is given twice, first at line 2: remove one"]),
        ("a: *nobody\n", ["f.yaml:1:4: a: this alias refers to the anchor '&nobody', which is not defined before it"]),
        ("a: &x\n  b: [*x]\n", ["f.yaml:2:7: a.b[0]: the anchor '&x' contains itself: remove the alias"]),
        ("a: &x [*x]\nb: *x\n", ["f.yaml:1:8: a[0]: the anchor '&x' contains itself: remove the alias"]),
        ("a: !!str 1\nb: !mine {}\n", [
            "f.yaml:1:4: a: tags such as '!!str' are not supported: remove it, and put text in quotes",
            "f.yaml:2:4: b: tags such as '!!str' are not supported: remove it, and put text in quotes",
        ]),
        ("a: 1\n---\nb: 2\n", [
            "f.yaml:2:1: a second document begins here: one file holds one document, remove the '---'"
        ]),
        ("a: {{ x }}\n", [
            "f.yaml:1:5: a: a key must be text: put a value that begins with '{' or '[' in quotes"
        ]),
        ("? ''\n: 1\n", ["f.yaml:1:3: a key must be text: write 'key: value'"]),
        ("a: {<<: 1}\n", ["f.yaml:1:9: a: '<<' takes an alias of a mapping, or a list of such aliases"]),
        ("a:\n\tb: 1\n", ["f.yaml:2:1: a tab cannot indent or separate YAML: write spaces"]),
        ("a: b: c\n", [
            "f.yaml:1:5: mapping values are not allowed in this context: put a value that contains ': ' in quotes, "
                + "or correct the indentation"
        ]),
        ("a: 1\n  b: 2\n", [
            "f.yaml:2:4: mapping values are not allowed in this context: put a value that contains ': ' in quotes, "
                + "or correct the indentation"
        ]),
        ("a: [1\nb: 2\n", ["f.yaml:2:2: did not find expected ',' or ']' while parsing a flow sequence that begins at line 1"]),
        ("a: 'open\n", ["f.yaml:2:1: found unexpected end of stream while scanning a quoted scalar that begins at line 1"]),
        ("a: \"\\0\"\n", ["f.yaml:1:4: a value contains the character NUL (\\0): remove it"]),
        ("a: \u{1}\n", ["f.yaml:1:4: the control character \\u{1} is not allowed: remove it"]),
        ("a: 1\nb:\n  c: {path: ${DIR}/probe}\n", [
            "f.yaml:3:13: quote values with ${…} inside { } and [ ], as in {path: \"${FOLDER}/plugin\"}"
        ]),
        ("a: [\n  x,\n  ${B}\n]\n", [
            "f.yaml:3:3: quote values with ${…} inside { } and [ ], as in {path: \"${FOLDER}/plugin\"}"
        ]),
        ("a:\u{A0}1\nb: 2\n", [
            "f.yaml:2:2: mapping values are not allowed in this context: put a value that contains ': ' in quotes, "
                + "or correct the indentation (in line 1, \\u{A0} is NO-BREAK SPACE: retype it as a plain character)"
        ]),
        ("a: 1\n\u{FEFF}name: x", [
            "f.yaml:2:2: did not find expected key while parsing a block mapping that begins at line 1: check the indentation and "
                + "the quotes (in line 2, \\u{FEFF} is a byte order mark: retype it as a plain character)"
        ]),
        ("a: 1\na: 2\nb: [\n", [
            "f.yaml:2:1: a: this key is given twice, first at line 1: remove one",
            "f.yaml:4:1: did not find expected node content while parsing a flow node",
        ]),
    ])
    func tellsWhatIsWrong(text: String, expected: [String]) {
        #expect(problems(of: text) == expected)
    }

    @Test(arguments: [
        ([0x61, 0x3A, 0x20, 0xFF], "f.yaml:1:4: invalid leading UTF-8 octet: save the file as UTF-8 text"),
        ([0x61, 0x0A, 0xC3, 0xA9, 0xC3], "f.yaml:2:2: incomplete UTF-8 octet sequence: save the file as UTF-8 text"),
        ([0xFF, 0xFE, 0x61, 0x00], "f.yaml:1:1: invalid leading UTF-8 octet: save the file as UTF-8 text"),
    ] as [([UInt8], String)])
    func refusesWhatIsNotUTF8(bytes: [UInt8], expected: String) {
        let error = #expect(throws: InvalidYAML.self) { try YAMLDocument(bytes: bytes, file: "f.yaml") }
        #expect(error?.description == expected)
    }
}
