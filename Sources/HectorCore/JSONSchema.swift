/// A JSON Schema that answers are held to: the part of draft 2020-12 that says what a value is like without searching texts.
///
/// Known keywords: `type`, `enum`, `const`, `properties`, `required`, `additionalProperties`, `minProperties`, `maxProperties`, `items`,
/// `prefixItems`, `minItems`, `maxItems`, `uniqueItems`, `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`,
/// `minLength`, `maxLength`, `anyOf`, `oneOf`, `allOf`, and `$ref` to `#`, `#/$defs/NAME` and `#/definitions/NAME`. Keywords that only
/// describe are ignored, and so is `format`, as the standard says. Any other one is refused by name.
package struct JSONSchema: Sendable {
    /// Why a schema is refused, or a value does not match. Two are equal when they say the same.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        /// Where in the schema or the value, for example `$.items[2]`.
        package let path: String
        package let problem: String

        package var description: String { "\(path) \(problem)" }
    }

    package struct Limits: Sendable {
        /// Schemas within a schema, itself included.
        package var nodes = 4096
        /// Schemas that are applied to one value and those in it, and four more for each byte of it: alternatives in alternatives multiply.
        package var steps = 50_000
        /// Schemas that are being applied inside each other.
        package var depth = 192

        package init() {}
    }

    struct Node: Sendable {
        /// False: no value matches.
        var allows = true
        var types: Set<Kind>?
        var values: Set<JSONValue>?
        var properties: [String: Int] = [:]
        var required: [String] = []
        var additional: Int?
        var prefix: [Int] = []
        var items: Int?
        var isUnique = false
        var anyOf: [Int] = []
        var oneOf: [Int] = []
        var allOf: [Int] = []
        var reference: Int?
        var bounds: [Bound] = []
    }

    enum Kind: String, Sendable, CaseIterable {
        case null, boolean, integer, number, string, array, object
    }

    /// One of the keywords with a number.
    struct Bound: Sendable {
        let keyword: String
        let value: Double
    }

    let nodes: [Node]
    let limits: Limits

    /// - Throws: `Failure` that names what is wrong with it or not supported.
    package init(_ text: JSONText, limits: Limits = Limits()) throws(Failure) {
        var reader = JSONSchemaReader(root: text, limits: limits)
        try reader.read()
        nodes = reader.nodes
        self.limits = limits
    }

    /// A schema that a model's answers are held to.
    ///
    /// - Throws: `Failure`, as above, and for `false`, which no answer matches.
    package init(ofAnswers text: JSONText) throws(Failure) {
        try self.init(text)
        guard nodes[0].allows else {
            throw Failure(path: "$", problem: "is false, which no answer matches: write what an answer must be, or leave the schema out")
        }
    }

    /// Bytes of memory that it takes beside its text, about.
    package var weight: Int {
        nodes.reduce(0) { $0 + MemoryLayout<Node>.stride + 96 * ($1.properties.count + $1.required.count + $1.bounds.count + ($1.values?.count ?? 0)) }
    }

    /// - Throws: `Failure` that names the first thing that does not match.
    package func check(_ value: JSONText) throws(Failure) {
        var checker = JSONSchemaChecker(schema: self, steps: limits.steps + 4 * value.bytes.count)
        try checker.check(value, 0, "$", depth: 0)
    }
}

/// Reads a schema, each part once.
private struct JSONSchemaReader {
    let root: JSONText
    let limits: JSONSchema.Limits
    var nodes: [JSONSchema.Node] = []
    /// Schemas that are referred to, by where they stand.
    private var referred: [String: Int] = [:]
    /// What can be referred to, by its name behind `$defs` or `definitions`; nil before the first reference.
    private var definitions: [String: JSONText]?
    private var unread: [(node: Int, text: JSONText, path: String)] = []

    init(root: JSONText, limits: JSONSchema.Limits) {
        self.root = root
        self.limits = limits
    }

    mutating func read() throws(JSONSchema.Failure) {
        referred["#"] = try add(root, "$")
        while let next = unread.popLast() { nodes[next.node] = try node(next.text, next.path) }
    }

    private mutating func add(_ text: JSONText, _ path: String) throws(JSONSchema.Failure) -> Int {
        guard nodes.count < limits.nodes else { throw JSONSchema.Failure(path: path, problem: "is beyond the limit of \(limits.nodes) schemas in one") }
        nodes.append(JSONSchema.Node())
        unread.append((nodes.count - 1, text, path))
        return nodes.count - 1
    }

    private mutating func node(_ text: JSONText, _ path: String) throws(JSONSchema.Failure) -> JSONSchema.Node {
        var node = JSONSchema.Node()
        if let bool = text.bool {
            node.allows = bool
            return node
        }
        guard text.kind == .object else { throw JSONSchema.Failure(path: path, problem: "must be a schema: an object, true or false") }
        var members: [(String, JSONText)] = []
        text.forEachMember { members.append(($0, $1)) }
        for (key, value) in members { try read(key, value, "\(path).\(key)", into: &node) }
        return node
    }

    private mutating func read(_ key: String, _ value: JSONText, _ path: String, into node: inout JSONSchema.Node) throws(JSONSchema.Failure) {
        switch key {
        case "type": node.types = try types(value, path)
        case "enum": node.values = Set(try list(value, path).map(JSONValue.init))
        case "const": node.values = [JSONValue(value)]
        case "properties":
            for (name, value) in try members(value, path) { node.properties[name] = try add(value, "\(path).\(name)") }
        case "required":
            for name in try list(value, path) {
                guard let name = name.string else { throw JSONSchema.Failure(path: path, problem: "must be a list of names") }
                node.required.append(name)
            }
        case "additionalProperties": node.additional = try add(value, path)
        case "prefixItems": node.prefix = try schemas(value, path)
        case "items":
            // Before draft 2020-12, a list here was what prefixItems is now.
            if value.kind == .array { node.prefix = try schemas(value, path) } else { node.items = try add(value, path) }
        case "uniqueItems":
            guard let flag = value.bool else { throw JSONSchema.Failure(path: path, problem: "must be true or false") }
            node.isUnique = flag
        case "anyOf": node.anyOf = try schemas(value, path)
        case "oneOf": node.oneOf = try schemas(value, path)
        case "allOf": node.allOf = try schemas(value, path)
        case "$ref": node.reference = try reference(value, path)
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems",
            "minProperties", "maxProperties":
            guard let number = value.double, number.isFinite, key != "multipleOf" || number > 0 else {
                throw JSONSchema.Failure(path: path, problem: "must be a number")
            }
            node.bounds.append(JSONSchema.Bound(keyword: key, value: number))
        case "$defs", "definitions", "title", "description", "default", "examples", "example", "$schema", "$id", "$comment", "deprecated",
            "readOnly", "writeOnly", "format", "contentEncoding", "contentMediaType", "discriminator", "strict", "nullable":
            // They describe; `nullable: true` of OpenAPI 3.0 is no keyword of JSON Schema, and would be a promise.
            if key == "nullable", value.bool != false { throw JSONSchema.Failure(path: path, problem: #"is not supported: write "type": [..., "null"]"#) }
        default:
            // Keywords of extensions begin with x-.
            guard key.hasPrefix("x-") else { throw JSONSchema.Failure(path: path, problem: "is not supported") }
        }
    }

    private func types(_ value: JSONText, _ path: String) throws(JSONSchema.Failure) -> Set<JSONSchema.Kind> {
        let names = value.kind == .array ? try list(value, path) : [value]
        var kinds: Set<JSONSchema.Kind> = []
        for name in names {
            guard let kind = name.string.flatMap(JSONSchema.Kind.init) else {
                throw JSONSchema.Failure(path: path, problem: "must be \(JSONSchema.Kind.allCases.map(\.rawValue).joined(separator: ", ")), or a list of these")
            }
            kinds.insert(kind)
        }
        return kinds
    }

    private func list(_ value: JSONText, _ path: String) throws(JSONSchema.Failure) -> [JSONText] {
        var elements: [JSONText] = []
        guard value.forEachElement({ elements.append($1) }) else { throw JSONSchema.Failure(path: path, problem: "must be a list") }
        return elements
    }

    private func members(_ value: JSONText, _ path: String) throws(JSONSchema.Failure) -> [(String, JSONText)] {
        var members: [(String, JSONText)] = []
        guard value.forEachMember({ members.append(($0, $1)) }) else { throw JSONSchema.Failure(path: path, problem: "must be an object") }
        return members
    }

    private mutating func schemas(_ value: JSONText, _ path: String) throws(JSONSchema.Failure) -> [Int] {
        var places: [Int] = []
        for (index, value) in try list(value, path).enumerated() { places.append(try add(value, "\(path)[\(index)]")) }
        guard !places.isEmpty else { throw JSONSchema.Failure(path: path, problem: "is empty") }
        return places
    }

    private mutating func reference(_ value: JSONText, _ path: String) throws(JSONSchema.Failure) -> Int {
        guard let reference = value.string else { throw JSONSchema.Failure(path: path, problem: "must be a string") }
        if let known = referred[reference] { return known }
        let parts = reference.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "#", parts[1] == "$defs" || parts[1] == "definitions" else {
            throw JSONSchema.Failure(path: path, problem: "is not supported: only #, #/$defs/NAME and #/definitions/NAME are")
        }
        // The escapes of JSON pointers (RFC 6901 §3).
        let name = Self.unescaped(String(parts[2]))
        guard let found = known("\(parts[1])/\(name)") else { throw JSONSchema.Failure(path: path, problem: "names a schema that is not there") }
        let node = try add(found, "$.\(parts[1]).\(name)")
        referred[reference] = node
        return node
    }

    /// All of them are looked up once: a schema may refer to thousands.
    private mutating func known(_ place: String) -> JSONText? {
        if let definitions { return definitions[place] }
        var all: [String: JSONText] = [:]
        root.forEachMember { key, value in
            if key == "$defs" || key == "definitions" { value.forEachMember { all["\(key)/\($0)"] = $1 } }
        }
        definitions = all
        return all[place]
    }

    private static func unescaped(_ text: String) -> String {
        guard text.contains("~") else { return text }
        var result = ""
        var rest = text[...]
        while let tilde = rest.firstIndex(of: "~") {
            result += rest[..<tilde]
            rest = rest[rest.index(after: tilde)...]
            result += rest.first == "0" ? "~" : rest.first == "1" ? "/" : "~"
            if rest.first == "0" || rest.first == "1" { rest = rest.dropFirst() }
        }
        return result + rest
    }
}

/// Applies a schema to a value.
private struct JSONSchemaChecker {
    let schema: JSONSchema
    /// That may still be made.
    private var steps: Int

    init(schema: JSONSchema, steps: Int) {
        self.schema = schema
        self.steps = steps
    }

    mutating func check(_ value: JSONText, _ place: Int, _ path: String, depth: Int) throws(JSONSchema.Failure) {
        steps -= 1
        guard steps >= 0, depth <= schema.limits.depth else {
            throw JSONSchema.Failure(path: path, problem: "cannot be checked: the schema has too many alternatives, or refers to itself")
        }
        let node = schema.nodes[place]
        guard node.allows else { throw JSONSchema.Failure(path: path, problem: "is not allowed") }
        if let types = node.types, !types.contains(where: { Self.is($0, value) }) {
            let names = JSONSchema.Kind.allCases.filter(types.contains).map(\.rawValue).joined(separator: " or ")
            throw JSONSchema.Failure(path: path, problem: "must be of type \(names)")
        }
        if let values = node.values, !values.contains(JSONValue(value)) {
            throw JSONSchema.Failure(path: path, problem: "must be one of the schema's values")
        }
        if let reference = node.reference { try check(value, reference, path, depth: depth + 1) }
        for place in node.allOf { try check(value, place, path, depth: depth + 1) }
        try checkAlternatives(value, node, path, depth)
        switch value.kind {
        case .object: try checkObject(value, node, path, depth)
        case .array: try checkArray(value, node, path, depth)
        case .string:
            if node.bounds.contains(where: { $0.keyword.hasSuffix("Length") }) {
                try checkBounds(node, path, "Length", value.string?.unicodeScalars.count ?? 0, "characters")
            }
        case .number: try checkNumber(value, node, path)
        case .bool, .null: break
        }
    }

    private mutating func checkAlternatives(_ value: JSONText, _ node: JSONSchema.Node, _ path: String, _ depth: Int) throws(JSONSchema.Failure) {
        if !node.anyOf.isEmpty {
            var first: JSONSchema.Failure?
            var matches = false
            for place in node.anyOf where !matches {
                do throws(JSONSchema.Failure) {
                    try check(value, place, path, depth: depth + 1)
                    matches = true
                } catch {
                    if steps < 0 { throw error }
                    first = first ?? error
                }
            }
            if !matches { throw JSONSchema.Failure(path: path, problem: "matches none of the alternatives; the first: \(first.map { "\($0)" } ?? "")") }
        }
        if !node.oneOf.isEmpty {
            var count = 0
            for place in node.oneOf {
                do throws(JSONSchema.Failure) {
                    try check(value, place, path, depth: depth + 1)
                    count += 1
                } catch {
                    if steps < 0 { throw error }
                }
            }
            guard count == 1 else { throw JSONSchema.Failure(path: path, problem: "must match exactly one of the alternatives, not \(count)") }
        }
    }

    private mutating func checkObject(_ value: JSONText, _ node: JSONSchema.Node, _ path: String, _ depth: Int) throws(JSONSchema.Failure) {
        var keys: Set<String> = []
        try value.forEachMember { key, value throws(JSONSchema.Failure) in
            keys.insert(key)
            if let place = node.properties[key] {
                try check(value, place, "\(path).\(key)", depth: depth + 1)
            } else if let place = node.additional {
                try check(value, place, "\(path).\(key)", depth: depth + 1)
            }
        }
        for name in node.required where !keys.contains(name) { throw JSONSchema.Failure(path: "\(path).\(name)", problem: "is missing") }
        try checkBounds(node, path, "Properties", keys.count, "members")
    }

    private mutating func checkArray(_ value: JSONText, _ node: JSONSchema.Node, _ path: String, _ depth: Int) throws(JSONSchema.Failure) {
        var count = 0
        var seen: Set<JSONValue> = []
        try value.forEachElement { index, value throws(JSONSchema.Failure) in
            count += 1
            let place = index < node.prefix.count ? node.prefix[index] : node.items
            if let place { try check(value, place, "\(path)[\(index)]", depth: depth + 1) }
            if node.isUnique, !seen.insert(JSONValue(value)).inserted {
                throw JSONSchema.Failure(path: "\(path)[\(index)]", problem: "repeats an earlier element")
            }
        }
        try checkBounds(node, path, "Items", count, "elements")
    }

    private func checkBounds(_ node: JSONSchema.Node, _ path: String, _ what: String, _ count: Int, _ name: String) throws(JSONSchema.Failure) {
        for bound in node.bounds where bound.keyword.hasSuffix(what) {
            let isLeast = bound.keyword.hasPrefix("min")
            guard isLeast ? Double(count) >= bound.value : Double(count) <= bound.value else {
                throw JSONSchema.Failure(path: path, problem: "must have at \(isLeast ? "least" : "most") \(bound.value.plain) \(name), not \(count)")
            }
        }
    }

    private func checkNumber(_ value: JSONText, _ node: JSONSchema.Node, _ path: String) throws(JSONSchema.Failure) {
        guard !node.bounds.isEmpty, let number = value.double else { return }
        for bound in node.bounds {
            let (matches, words): (Bool, String) = switch bound.keyword {
            case "minimum": (number >= bound.value, "at least")
            case "maximum": (number <= bound.value, "at most")
            case "exclusiveMinimum": (number > bound.value, "greater than")
            case "exclusiveMaximum": (number < bound.value, "less than")
            case "multipleOf": ((number / bound.value).isWhole, "a multiple of")
            default: (true, "")
            }
            guard matches else { throw JSONSchema.Failure(path: path, problem: "must be \(words) \(bound.value.plain)") }
        }
    }

    private static func `is`(_ kind: JSONSchema.Kind, _ value: JSONText) -> Bool {
        switch (kind, value.kind) {
        case (.null, .null), (.boolean, .bool), (.number, .number), (.string, .string), (.array, .array), (.object, .object): true
        case (.integer, .number): value.double?.isWhole ?? false
        default: false
        }
    }
}

extension Double {
    fileprivate var isWhole: Bool { isFinite && rounded() == self }
    /// Without a fraction where it has none.
    fileprivate var plain: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
