import Foundation
import HectorCore
import HectorYAML
import Testing

@Suite struct CursorTests {
    enum Colour: String, CaseIterable { case red, green }

    /// What `body` makes of `text`, or the problems.
    func decode<Value>(
        _ text: String, environment: [String: String]? = [:], _ body: (Fields) -> Value
    ) -> Result<Value?, InvalidYAML> {
        Result { () throws(InvalidYAML) in
            try YAMLDocument(text: text, file: "f.yaml").decode(environment: environment) { $0.fields(body) }
        }
    }

    func problems<Value>(
        _ text: String, environment: [String: String]? = [:], _ body: (Fields) -> Value
    ) -> [String] {
        guard case .failure(let error) = decode(text, environment: environment, body) else { return [] }
        return error.diagnostics.map(\.description)
    }

    @Test func readsEveryKind() throws {
        let text = """
            text: hello
            number: 1.10
            count: 7
            yes: true
            time: 1m30s
            colour: green
            items: [a, 2]
            free: {x: 1, y.z: two}

            """
        let value = try decode(text) { fields in
            #expect(fields["text"]?.string() == "hello")
            #expect(fields["number"]?.string() == "1.10", "never read as a number and written again")
            #expect(fields["count"]?.integer(in: 1...7) == 7)
            #expect(fields["yes"]?.bool() == true)
            #expect(fields["time"]?.duration(in: .seconds(1) ... .seconds(90)) == .seconds(90))
            #expect(fields["colour"]?.word(Colour.self) == .green)
            #expect(fields["items"]?.list()?.map { $0.string() } == ["a", "2"])
            #expect(fields["free"]?.entries()?.map(\.key) == ["x", "y.z"])
            #expect(fields["free"]?.entries()?.map(\.value.path) == ["free.x", "free.'y.z'"])
            #expect(fields["missing"] == nil)
            return true
        }.get()
        #expect(value == true)
    }

    @Test func tellsEverythingAtOnceInTheOrderOfTheFile() {
        let text = """
            count: many
            flag: yes
            time: 30
            colour: gren
            items: x
            name:
            free: [1]
            nmae: x
            other: 1
            count: 2

            """
        let found = problems(text) { fields in
            _ = fields.required("name", "a name such as home")?.string()
            _ = fields.required("path", "the program's path")?.string()
            _ = fields["free"]?.entries()
            _ = fields["items"]?.list()
            _ = fields["colour"]?.word(Colour.self)
            _ = fields["time"]?.duration(in: .zero ... .seconds(60))
            _ = fields["flag"]?.bool()
            _ = fields["count"]?.integer(in: 1...5)
        }
        #expect(found == [
            "f.yaml:1:1: path: this key is required: write the program's path",
            "f.yaml:1:8: count: expected a whole number from 1 to 5, found 'many'",
            "f.yaml:2:7: flag: expected true or false, found 'yes'",
            "f.yaml:3:7: time: expected a time such as 500ms, 30s or 5m, found '30'",
            "f.yaml:4:9: colour: expected one of red, green, found 'gren': did you mean 'green'?",
            "f.yaml:5:8: items: expected a list, found 'x'",
            "f.yaml:6:1: name: this key is required: write a name such as home",
            "f.yaml:7:1: free: expected a mapping of 'key: value' lines, found a list",
            "f.yaml:8:1: nmae: unknown key: did you mean 'name'?",
            "f.yaml:9:1: other: unknown key: the known keys are name, path, free, items, colour, time, flag, count",
            "f.yaml:10:1: count: this key is given twice, first at line 1: remove one",
        ])
    }

    @Test(arguments: [
        ("k: 0", "expected a whole number from 1 to 5, found '0'"),
        ("k: 6", "expected a whole number from 1 to 5, found '6'"),
        ("k: 2.0", "expected a whole number from 1 to 5, found '2.0'"),
        ("k: +2", "expected a whole number from 1 to 5, found '+2'"),
        ("k: 99999999999999999999", "expected a whole number from 1 to 5, found '99999999999999999999'"),
        ("k: '2'", "expected a whole number from 1 to 5, found the text '2': remove the quotes"),
        ("k: [2]", "expected a whole number from 1 to 5, found a list"),
    ])
    func integers(text: String, expected: String) {
        let found = problems(text) { $0["k"]?.integer(in: 1...5) }
        #expect(found.count == 1 && found[0].hasSuffix(": k: \(expected)"), "\(found)")
    }

    @Test func aRequiredTextMayNotBeBlank() {
        #expect(problems("k: ' '") { $0["k"]?.nonEmptyString() } == ["f.yaml:1:4: k: expected text, found an empty value"])
        #expect(problems("k: {}") { $0["k"]?.string() } == ["f.yaml:1:1: k: expected text, found a mapping"])
        #expect(problems("k: [~]") { $0["k"]?.list()?.map { $0.string() } }
            == ["f.yaml:1:5: k[0]: expected text, found nothing"])
    }

    @Test func aTimeHasBounds() {
        #expect(problems("k: 2h") { $0["k"]?.duration(in: .milliseconds(500) ... .seconds(90)) }
            == ["f.yaml:1:4: k: expected a time from 500ms to 1m30s, found '2h'"])
    }

    @Test func unknownKeysMayBeIgnored() throws {
        let document = try YAMLDocument(text: "a: 1\nb: 2\n", file: "f.yaml")
        let a = try document.decode(environment: nil) { $0.fields(unknownKeys: .ignored) { $0["a"]?.string() } ?? nil }
        #expect(a == "1")
    }

    @Test func foreignTextCannotForgeLines() {
        let found = problems("\"a\\nforged: line\\e[31m\": 1\n") { _ = $0["b"] }
        #expect(found == [
            "f.yaml:1:1: 'a\\nforged: line\\u{1B}[31m': unknown key: the known keys are b (\\u{1B} is a control character: retype it as a plain character)"
        ])
    }

    @Test(arguments: [
        ("k: ${A}", "one"), ("k: x${A}y${A}z", "xoneyonez"), ("k: '${A}'", "one"), ("k: ${NONE:-two}", "two"),
        ("k: ${EMPTY:-two}", "two"), ("k: 'x${EMPTY}'", "x"), ("k: ${NONE:-}", ""), ("k: ${A:-two}", "one"),
        ("k: $${A}", "${A}"), ("k: 5$", "5$"), ("k: $A", "$A"), ("k: ${DOLLAR}", "${A}"), ("k: ${NONE:-a:-b}", "a:-b"),
    ])
    func variables(text: String, expected: String) throws {
        let environment = ["A": "one", "EMPTY": "", "DOLLAR": "${A}"]
        #expect(try decode(text, environment: environment) { $0["k"]?.string() }.get() == expected)
        #expect(try decode("k: ${A}", environment: nil) { $0["k"]?.string() }.get() == "${A}")
    }

    @Test(arguments: [
        ("k: ${NONE}", "the environment variable NONE is not set: set it, or write ${NONE:-default}"),
        ("k: ${A", "'${' without '}': write ${NAME} or ${NAME:-default}, or $$ for a dollar sign"),
        ("k: ${1A}", "'1A' is not a variable name: write ${NAME} or ${NAME:-default}, or $$ for a dollar sign"),
        ("k: ${}", "'' is not a variable name: write ${NAME} or ${NAME:-default}, or $$ for a dollar sign"),
        ("k: ${A-b}", "'A-b' is not a variable name: write ${NAME} or ${NAME:-default}, or $$ for a dollar sign"),
        ("k: ${A:-${B}}", "a variable inside a variable's default is not supported: write the default out"),
        ("k: ${LONG}${LONG}", "longer than 65536 bytes after its variables are replaced"),
    ])
    func badVariables(text: String, expected: String) {
        let environment = ["A": "one", "LONG": String(repeating: "x", count: 40_000)]
        #expect(problems(text, environment: environment) { $0["k"]?.string() } == ["f.yaml:1:4: k: \(expected)"])
    }

    @Test func aVariableMayBeANumberOrBooleanEvenInQuotes() throws {
        let environment = ["N": "3", "B": "false"]
        #expect(try decode("k: \"${N}\"", environment: environment) { $0["k"]?.integer(in: 1...5) }.get() == 3)
        #expect(try decode("k: \"${B}\"", environment: environment) { $0["k"]?.bool() }.get() == false)
    }

    @Test(arguments: [
        ("k: ~/x", "/home/me/x"), ("k: '~'", "/home/me"), ("k: x/y", "/etc/hector/x/y"), ("k: /x", "/x"),
        ("k: ${P}", "/home/me/z"), ("k: a~", "/etc/hector/a~"),
    ])
    func paths(text: String, expected: String) throws {
        let environment = ["HOME": "/home/me", "P": "~/z"]
        #expect(try decode(text, environment: environment) { $0["k"]?.filePath(relativeTo: "/etc/hector") }.get() == expected)
    }

    @Test func `What is switched off needs no variables, and says which`() throws {
        let document = try YAMLDocument(text: "off:\n  a: ${NONE}/x\n  b: [\"${NONE}\", ~/y]\n  c: 7\n", file: "f.yaml")
        try document.decode(environment: [:]) { root in
            _ = root.fields { fields in
                fields["off"]?.fields { fields in
                    fields.isUsed = false
                    #expect(fields["a"]?.filePath(relativeTo: "/") == nil)
                    #expect(fields["b"]?.list()?.map { $0.filePath(relativeTo: "/") } == [nil, nil])
                    #expect(fields["c"]?.integer(in: 1...9) == 7)
                    #expect(fields.required("d", "a thing") == nil)
                    #expect(fields.warnings.map(\.description) == [
                        "f.yaml:2:6: off.a: the environment variable NONE is not set, which is harmless while this part is disabled",
                        "f.yaml:3:7: off.b[0]: the environment variable NONE is not set, which is harmless while this part is disabled",
                    ])
                }
            }
        }
    }

    @Test func `A part knows the variables that it names`() throws {
        let text = """
            x-common: &common {key: "${A}", other: "${B}"}
            one: {<<: *common, key: "$${C} ${D:-x}"}
            two: [plain, "${E", "${F:-${G}}", "${1}"]

            """
        let root = try YAMLDocument(text: text, file: "f.yaml").root
        guard case .mapping(let entries) = root.content else { return #expect(Bool(false)) }
        // An unfinished reference is an error where it is read; who names a secret badly names it all the same.
        #expect(entries.map(\.value.variables) == [["A", "B"], ["B", "D"], ["E", "F", "G", "1"]])
        #expect(root.variables == ["A", "B", "D", "E", "F", "G", "1"])
    }

    @Test func `Keys at the top that begin with x- are the writer's own`() {
        #expect(problems("x-notes: {any: [thing]}\na: {x-no: 1}\n") { $0["a"]?.fields { _ = $0["b"] } }
            == ["f.yaml:2:5: a.x-no: unknown key: the known keys are b"])
    }

    @Test(arguments: [
        ("na\u{A0}me: x", "'na\\u{A0}me': unknown key: did you mean 'name'? (\\u{A0} is NO-BREAK SPACE: retype it as a plain character)"),
        ("\u{200B}name: x", "'\\u{200B}name': unknown key: did you mean 'name'? (\\u{200B} is ZERO WIDTH SPACE: retype it as a plain character)"),
        ("n\u{430}me: x", "'n\\u{430}me': unknown key: did you mean 'name'? (\\u{430} is CYRILLIC SMALL LETTER A: retype it as a plain character)"),
        ("time: 30s\u{A0}", "time: expected a time such as 500ms, 30s or 5m, found '30s\\u{A0}' (\\u{A0} is NO-BREAK SPACE: retype it as a plain character)"),
        ("flag: \u{201C}true\u{201D}", "flag: expected true or false, found '\\u{201C}true\\u{201D}' (\\u{201C} is LEFT DOUBLE QUOTATION MARK, \\u{201D} is RIGHT DOUBLE QUOTATION MARK: retype it as a plain character)"),
        ("\"na\\tme\": x", "'na\\tme': unknown key: did you mean 'name'? (\\t is a tab: retype it as a plain character)"),
        ("größe: x", "'größe': unknown key: the known keys are name, time, flag, a"),
        ("имя: x", "'имя': unknown key: the known keys are name, time, flag, a"),
    ])
    func `Characters that nobody sees are shown, with their names`(text: String, expected: String) {
        let found = problems(text) { fields in
            _ = fields["name"]?.string()
            _ = fields["time"]?.duration(in: .zero ... .seconds(60))
            _ = fields["flag"]?.bool()
            _ = fields["a"]?.string()
        }
        #expect(found.count == 1 && found[0].hasSuffix(": " + expected), "\(found)")
    }

    @Test func `A long text is read where it is expected, up to the bound of the file`() throws {
        let long = String(repeating: "x", count: 100_000)
        let document = try YAMLDocument(text: "k: \(long)\n", file: "f.yaml", limits: .configuration)
        #expect(try document.decode(environment: [:]) { $0.fields { $0["k"]?.longString() } } == long)
        let error = #expect(throws: InvalidYAML.self) { try document.decode(environment: [:]) { $0.fields { $0["k"]?.string() } } }
        #expect(error?.description == "f.yaml:1:4: k: longer than 65536 bytes: shorten it")
    }

    @Test func aPathWithoutAHome() {
        #expect(problems("k: ~/x") { $0["k"]?.filePath(relativeTo: "/") }
            == ["f.yaml:1:4: k: '~' needs the environment variable HOME, which is not set: write the whole path"])
    }

    @Test func aFileThatCannotBeRead() throws {
        let missing = #expect(throws: InvalidYAML.self) { try YAMLDocument(contentsOf: "/nonexistent/f.yaml") }
        #expect(missing?.description == "/nonexistent/f.yaml:1:1: the file cannot be read: no such file")
        let folder = #expect(throws: InvalidYAML.self) { try YAMLDocument(contentsOf: "/usr") }
        #expect(folder?.description == "/usr:1:1: the file cannot be read: it is a directory: name a file in it")
        let endless = #expect(throws: InvalidYAML.self) { try YAMLDocument(contentsOf: "/dev/zero") }
        #expect(endless?.description == "/dev/zero:1:1: the file is longer than 262144 bytes: shorten it")
    }
}

@Suite struct WordingTests {
    @Test(arguments: [
        ("500ms", 500), ("30s", 30_000), ("1m30s", 90_000), ("2h", 7_200_000), ("0s", 0), ("1h1m1s1ms", 3_661_001),
    ])
    func times(text: String, milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
        #expect(DurationText.format(.milliseconds(milliseconds)) == text)
    }

    @Test(arguments: ["", "5", "s", "-1s", "1.5s", "1 s", "1d", "99999999999h", "1s2", "١s", "1000000000000000000"])
    func noTimes(text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
