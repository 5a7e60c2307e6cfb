import Testing

@testable import HectorCore

@Suite struct JSONSchemaTests {
    private func json(_ text: String) throws -> JSONText { try JSONText(Array(text.utf8)) }

    private func problem(_ schema: String, _ value: String) throws -> String? {
        let (schema, value) = (try JSONSchema(json(schema)), try json(value))
        do throws(JSONSchema.Failure) {
            try schema.check(value)
            return nil
        } catch {
            return error.description
        }
    }

    @Test(arguments: [
        ("{}", "7"), ("true", "null"), (#"{"type":"integer"}"#, "7.0"), (#"{"type":["null","string"]}"#, "null"),
        (#"{"enum":["a",1,{"b":[1,2]}]}"#, #"{"b":[1.0,2]}"#), (#"{"const":null}"#, "null"),
        (#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#, #"{"a":"x"}"#),
        (#"{"additionalProperties":{"type":"number"},"properties":{"a":true}}"#, #"{"a":"x","b":1}"#),
        (#"{"items":{"type":"string"},"prefixItems":[{"type":"number"}],"minItems":1,"maxItems":3}"#, #"[1,"a","b"]"#),
        (#"{"uniqueItems":true}"#, #"[1,"1",[1]]"#), (#"{"minLength":2,"maxLength":2}"#, #""\u00e9\ud83d\ude00""#),
        (#"{"minimum":1,"maximum":2,"exclusiveMinimum":0,"exclusiveMaximum":3,"multipleOf":0.5}"#, "1.5"),
        (#"{"minimum":5,"minLength":5,"minItems":5}"#, "true"),
        (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "null"), (#"{"oneOf":[{"type":"string"},{"type":"null"}]}"#, "null"),
        (#"{"allOf":[{"type":"number"},{"minimum":1}]}"#, "1"),
        (##"{"$defs":{"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}}}},"$ref":"#/$defs/node"}"##, ##"{"next":{"next":{}}}"##),
        (##"{"definitions":{"a/b":{"type":"null"}},"$ref":"#/definitions/a~1b"}"##, "null"),
        (##"{"properties":{"a":{"$ref":"#"}},"additionalProperties":false}"##, #"{"a":{"a":{}}}"#),
        (#"{"title":"t","description":"d","default":1,"format":"date","$schema":"x","x-order":[1],"type":"string"}"#, #""any""#),
    ]) func `A value that matches passes`(schema: String, value: String) throws {
        #expect(try problem(schema, value) == nil)
    }

    @Test(arguments: [
        ("false", "7", "$ is not allowed"), (#"{"type":"integer"}"#, "7.5", "$ must be of type integer"),
        (#"{"type":["null","string"]}"#, "1", "$ must be of type null or string"), (#"{"enum":[1,2]}"#, "3", "$ must be one of the schema's values"),
        (#"{"required":["a"]}"#, "{}", "$.a is missing"),
        (#"{"properties":{"a":true},"additionalProperties":false}"#, #"{"a":1,"b":1}"#, "$.b is not allowed"),
        (#"{"properties":{"a":{"items":{"type":"string"}}}}"#, #"{"a":["x",1]}"#, "$.a[1] must be of type string"),
        (#"{"maxItems":1}"#, "[1,2]", "$ must have at most 1 elements, not 2"), (#"{"minProperties":1}"#, "{}", "$ must have at least 1 members, not 0"),
        (#"{"minLength":3}"#, #""ab""#, "$ must have at least 3 characters, not 2"), (#"{"uniqueItems":true}"#, "[1,1.0]", "$[1] repeats an earlier element"),
        (#"{"minimum":1.5}"#, "1", "$ must be at least 1.5"), (#"{"multipleOf":2}"#, "3", "$ must be a multiple of 2"),
        (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "1", "$ matches none of the alternatives; the first: $ must be of type string"),
        (#"{"oneOf":[{"type":"number"},{"minimum":0}]}"#, "1", "$ must match exactly one of the alternatives, not 2"),
        (##"{"$ref":"#"}"##, "1", "$ cannot be checked: the schema has too many alternatives, or refers to itself"),
    ]) func `A value that does not match is told where`(schema: String, value: String, expected: String) throws {
        #expect(try problem(schema, value) == expected)
    }

    @Test(arguments: [
        (#"{"properties":{"a":{"pattern":"^a"}}}"#, "$.properties.a.pattern is not supported"),
        (#"{"not":{}}"#, "$.not is not supported"), (#"{"if":true}"#, "$.if is not supported"), (#"{"patternProperties":{}}"#, "$.patternProperties is not supported"),
        (#"{"$ref":"https://a.example"}"#, "$.$ref is not supported: only #, #/$defs/NAME and #/definitions/NAME are"),
        (##"{"$ref":"#/$defs/a"}"##, "$.$ref names a schema that is not there"), ("7", "$ must be a schema: an object, true or false"),
        (#"{"type":"text"}"#, "$.type must be null, boolean, integer, number, string, array, object, or a list of these"),
        (#"{"anyOf":[]}"#, "$.anyOf is empty"), (#"{"minimum":"1"}"#, "$.minimum must be a number"), (#"{"multipleOf":0}"#, "$.multipleOf must be a number"),
    ]) func `What a schema may not say is refused by name`(schema: String, expected: String) throws {
        let text = try json(schema)
        do throws(JSONSchema.Failure) {
            _ = try JSONSchema(text)
            Issue.record("accepted")
        } catch {
            #expect(error.description == expected)
        }
    }

    @Test func `Alternatives in alternatives are not tried without end`() throws {
        let twice = ##"{"anyOf":[{"type":"object","properties":{"a":{"$ref":"#"}},"required":["b"]},{"type":"object","properties":{"a":{"$ref":"#"}},"required":["c"]}]}"##
        let deep = String(repeating: #"{"a":"#, count: 60) + "1" + String(repeating: "}", count: 60)
        #expect(try problem(twice, deep)?.contains("too many alternatives") == true)
    }

    @Test func `A schema of thousands of parts is read once`() throws {
        let parts = (0..<4_000).map { ##""p\##($0)":{"$ref":"#/$defs/d\##($0 % 1000)"}"## }.joined(separator: ",")
        let definitions = (0..<1_000).map { #""d\#($0)":{"type":"integer"}"# }.joined(separator: ",")
        let schema = #"{"properties":{\#(parts)},"$defs":{\#(definitions)}}"#
        #expect(throws: JSONSchema.Failure.self) { try JSONSchema(json(schema)) }
        let limits = { var limits = JSONSchema.Limits(); limits.nodes = 10_000; return limits }()
        try JSONSchema(json(schema), limits: limits).check(json(#"{"p3999":1}"#))
    }
}
