internal import FoundationEssentials
internal import HectorCore
internal import HectorProviders
internal import Synchronization

extension CallToolRequest {
    static func of(_ name: String, _ arguments: String) -> CallToolRequest {
        var request = CallToolRequest()
        (request.name, request.argumentsJson, request.callID) = (name, arguments, "call-1")
        return request
    }
}

/// Arguments that a schema allows, or nearly: a value for every property that it names.
///
/// - Parameter text: Stands where a text is wanted; nil: a short one.
func sampleArguments(_ schema: String, text: String? = nil) -> String {
    guard let json = try? JSONText(Array(schema.utf8)) else { return "{}" }
    return sample(json, text, depth: 0)
}

private func sample(_ schema: JSONText, _ text: String?, depth: Int) -> String {
    guard depth < 8 else { return "null" }
    if let value = schema["const"] ?? schema["default"] { return value.text }
    if let first = firstElement(schema["enum"]) { return first.text }
    if schema["type"] == nil, let first = firstElement(schema["anyOf"]) ?? firstElement(schema["oneOf"]) { return sample(first, text, depth: depth + 1) }
    let type = schema["type"]?.string ?? firstElement(schema["type"])?.string
    switch type ?? (schema["properties"] != nil ? "object" : schema["multipleOf"] ?? schema["maximum"] ?? schema["minimum"] != nil ? "number" : "string") {
    case "object":
        var members: [String] = []
        schema["properties"]?.forEachMember { key, value in
            members.append("\(quotedInJSON(key)): \(sample(value, text, depth: depth + 1))")
        }
        return "{\(members.joined(separator: ", "))}"
    case "array":
        let count = min(schema["minItems"]?.int ?? 0, 16)
        return "[\((0..<max(count, 0)).map { _ in schema["items"].map { sample($0, text, depth: depth + 1) } ?? "1" }.joined(separator: ", "))]"
    case "integer", "number": return schema["minimum"]?.text ?? schema["exclusiveMinimum"]?.int.map { "\($0 + 1)" } ?? "1"
    case "boolean": return "true"
    case "null": return "null"
    default: return quotedInJSON(text ?? String(repeating: "1", count: max(1, min(schema["minLength"]?.int ?? 1, 1000))))
    }
}

private func quotedInJSON(_ text: String) -> String {
    // A text can always be encoded.
    (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
}

private func firstElement(_ array: JSONText?) -> JSONText? {
    var first: JSONText?
    array?.forEachElement { index, value in if index == 0 { first = value } }
    return first
}

/// What is wrong with the schema of a tool's arguments; nil: nothing.
private func problem(_ tool: Tool) -> String? {
    guard let schema = try? JSONText(Array(tool.parametersJson.utf8)), schema.kind == .object else { return "is no JSON object" }
    if let type = schema["type"], type.string != "object" { return "has the type \(type.text): arguments are an object. Write \"type\": \"object\"" }
    var names: Set<String> = []
    var wrong: String?
    if let properties = schema["properties"] {
        let isObject = properties.forEachMember { key, value in
            names.insert(key)
            if value.kind != .object, value.kind != .bool { wrong = "describes \(quoted(key)) by \(quoted(value.text.prefix(40))), which is no schema" }
        }
        if !isObject { wrong = "has `properties` that are no object" }
    }
    if let required = schema["required"] {
        let isArray = required.forEachElement { _, value in
            guard let name = value.string else { return wrong = "has `required` with \(value.text.prefix(40)), which is no text" }
            if !names.contains(name) { wrong = "requires \(quoted(name)), which its `properties` do not describe" }
        }
        if !isArray { wrong = "has `required` that is no array" }
    }
    return wrong
}

private func output(_ tools: any ToolProvider, _ request: CallToolRequest) async throws -> (pieces: Int, end: ToolEnd) {
    let pieces = Mutex(0)
    let end = try await tools.call(request) { _ in pieces.withLock { $0 += 1 } }
    return (pieces.withLock { $0 }, end)
}

extension PluginCheck {
    private static func toolbox(_ name: String, _ body: @escaping @Sendable (any ToolProvider, PluginSubject) async throws -> String) -> PluginCheck {
        PluginCheck(name, .tool, over: \.tools, body)
    }

    /// Those that may be called without harm.
    static func harmless(_ tools: any ToolProvider) async throws -> [Tool] {
        try await tools.tools().filter { $0.annotations.readOnly && !$0.annotations.asks }
    }

    static let tools: [PluginCheck] = [
        toolbox("list-tools") { tools, _ in
            let list = try await tools.tools()
            if let problem = ToolLimits().problem(list) { throw Unfit(problem) }
            return list.isEmpty ? "no tools now" : list.prefix(8).map(\.name).joined(separator: ", ")
        },
        toolbox("tool-schemas") { tools, _ in
            let list = try await tools.tools()
            for tool in list {
                if let problem = problem(tool) { throw Unfit("parameters_json of \(quoted(tool.name)) \(problem)") }
            }
            guard !list.isEmpty else { throw Skipped("it has no tools now") }
            return "\(list.count) JSON Schema object\(list.count == 1 ? "" : "s")"
        },
        toolbox("tool-annotations") { tools, _ in
            let list = try await tools.tools()
            if let tool = list.first(where: { $0.annotations.readOnly && !$0.annotations.idempotent }) {
                // A tool that changes nothing may be repeated, unless each call costs something.
                return "\(tool.name) is read_only and not idempotent: a lost call is not repeated"
            }
            return "\(list.count { $0.annotations.readOnly }) read_only, \(list.count { $0.annotations.idempotent }) idempotent, \(list.count { $0.annotations.asks }) ask"
        },
        toolbox("call-tool") { tools, subject in
            let list = try await harmless(tools)
            guard !list.isEmpty else { throw Skipped("it has no tool with the annotation read_only: no other is called here") }
            for tool in list.prefix(subject.limits.calledTools) {
                let arguments = sampleArguments(tool.parametersJson)
                do {
                    _ = try await output(tools, .of(tool.name, arguments))
                } catch let error as ProviderError where error.code == .invalidRequest {
                    // The sample fits the schema no better than a model's.
                } catch let error as ProviderError {
                    throw Unfit(
                        "\(tool.name) with \(arguments.prefix(80)) failed with \(error.code.status): \(singleLine(error.message)). What goes wrong in the tool is output and an `end` with `failed`")
                }
            }
            return list.prefix(8).map(\.name).joined(separator: ", ")
        },
        toolbox("call-unknown-tool") { tools, _ in
            try await requireRefusal("a call of a tool that does not exist", .notFound) { _ = try await output(tools, .of("no-such-tool", "{}")) }
        },
        toolbox("call-refuses") { tools, _ in
            guard let tool = try await harmless(tools).first else { throw Skipped("it has no tool with the annotation read_only") }
            for arguments in ["[1]", "no JSON", ""] {
                try await requireRefusal("\(tool.name) with the arguments \(quoted(arguments))", .invalidRequest) {
                    _ = try await output(tools, .of(tool.name, arguments))
                }
            }
            return "arguments that are no JSON object"
        },
        toolbox("call-incomplete") { tools, _ in
            let list = try await harmless(tools).filter { tool in
                (try? JSONText(Array(tool.parametersJson.utf8))).map { firstElement($0["required"]) != nil } ?? false
            }
            guard let tool = list.first else { throw Skipped("no read_only tool requires an argument") }
            do {
                let end = try await output(tools, .of(tool.name, "{}")).end
                try require(
                    end.failed,
                    "\(tool.name) without its required arguments succeeded. Fail with INVALID_ARGUMENT, or say why and end with `failed`")
                return "ends with `failed`"
            } catch let error as ProviderError {
                try require(
                    error.code == .invalidRequest,
                    "\(tool.name) without its required arguments failed with \(error.code.status). Fail with INVALID_ARGUMENT")
                return error.code.status
            }
        },
    ]
}
