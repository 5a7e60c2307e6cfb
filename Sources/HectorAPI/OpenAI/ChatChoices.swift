import HectorAgents
import HectorCore
import HectorProviders

extension AnswerFormat {
    /// Reads `response_format`.
    ///
    /// - Parameter isFlat: Whether the schema and its name stand in the value itself, and not in its `json_schema`.
    init(chat value: JSONText, isFlat: Bool = false) throws(MemberError) {
        var type: String?
        var described = isFlat ? value : nil
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "type": type = try value.text()
            case "json_schema" where !isFlat: described = value
            default: break
            }
        }
        switch type {
        case "text": self = .text
        case "json_object": self = .json
        case "json_schema":
            guard let described else { throw MemberError("is missing").inside("json_schema") }
            self = isFlat
                ? .schema(try Self.schema(described)) : try at("json_schema") { () throws(MemberError) in .schema(try Self.schema(described)) }
        case nil: throw MemberError("is missing").inside("type")
        case let other?:
            throw MemberError("is not supported: only text, json_object and json_schema are, not \(quoted(other))", .unsupportedParameter).inside("type")
        }
    }

    private static func schema(_ value: JSONText) throws(MemberError) -> AnswerSchema {
        var name = ""
        var schema: JSONText?
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "name": name = try value.text(upTo: ChatLimits.standard.toolNameBytes)
            case "schema": schema = value
            default: break
            }
        }
        guard let schema else { throw MemberError("is missing").inside("schema") }
        return try at("schema") { () throws(MemberError) in try read(schema: schema, name: name) }
    }

    /// Reads the schema itself.
    static func read(schema: JSONText, name: String) throws(MemberError) -> AnswerSchema {
        do throws(JSONSchema.Failure) {
            return try AnswerSchema(schema, name: name)
        } catch {
            let isUnsupported = error.problem.contains("not supported")
            throw MemberError("cannot be used: \(singleLine("\(error)"))", isUnsupported ? .unsupportedParameter : .invalidRequest)
        }
    }
}

extension ToolUse {
    /// Reads `tool_choice`.
    ///
    /// - Parameter namePath: Where a function's name stands in it: `function.name` or `name`.
    init(chat value: JSONText, namePath: String = "function.name") throws(MemberError) {
        guard value.kind == .object else {
            switch value.string {
            case "auto": self = .auto
            case "none": self = .none
            case "required", "any": self = .required
            default: throw ChatParameter.refusal("auto, none, required and a function are supported")
            }
            return
        }
        var type: String?
        var name: String?
        try value.eachMember { key, value throws(MemberError) in
            switch key {
            case "type": type = try value.text()
            case "name" where namePath == "name": name = try value.text(upTo: ChatLimits.standard.toolNameBytes)
            case "function":
                try value.eachMember { key, value throws(MemberError) in
                    if key == "name" { name = try value.text(upTo: ChatLimits.standard.toolNameBytes) }
                }
            default: break
            }
        }
        guard type == "function" else { throw ChatParameter.refusal("only a choice of type function is supported").inside("type") }
        guard let name else { throw MemberError("is missing").inside(namePath) }
        self = .named(name)
    }

    var needsTools: Bool {
        switch self {
        case .auto, .none: false
        case .required, .named: true
        }
    }
}
