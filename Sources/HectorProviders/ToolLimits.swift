internal import HectorCore

/// What tools and strategies may say. Plugins of the SDK and hosts hold both sides to it.
public struct ToolLimits: Sendable {
    /// Tools of one plugin: more than a model chooses well among.
    public var tools = 512
    /// Bytes of a tool's name: what the interfaces of models accept.
    public var name = 64
    /// Bytes of a description: some pages.
    public var description = 16 << 10
    /// Bytes of a schema: one that large fills a small model's context.
    public var schema = 64 << 10
    /// Bytes of all tools of a plugin together, below the longest message.
    public var list = 2 << 20
    /// Bytes of the arguments of a call, below the longest message.
    public var arguments = 2 << 20
    /// Bytes that a strategy hands over from step to step: they travel with every request.
    public var stateBytes = 256 << 10

    public init() {}

    /// What is wrong with a list of tools; nil: nothing.
    package func problem(_ list: [Tool]) -> String? {
        guard list.count <= tools else { return "it has \(list.count) tools; \(tools) are the most" }
        var names: Set<String> = []
        var bytes = 0
        for tool in list {
            guard isName(tool.name) else {
                return "the name of a tool is 1 to \(name) of a-z, A-Z, 0-9, _, - and ., not \(quoted(tool.name))"
            }
            guard names.insert(tool.name).inserted else { return "it has two tools with the name \(quoted(tool.name))" }
            guard tool.description_p.utf8.count <= description else {
                return "the description of the tool \(quoted(tool.name)) has more than \(description) bytes"
            }
            guard tool.parametersJson.utf8.count <= schema else {
                return "the schema of the tool \(quoted(tool.name)) has more than \(schema) bytes"
            }
            guard Self.isObject(tool.parametersJson) else {
                return "parameters_json of the tool \(quoted(tool.name)) is not a JSON object"
            }
            bytes += tool.name.utf8.count + tool.description_p.utf8.count + tool.parametersJson.utf8.count
        }
        return bytes <= self.list ? nil : "its tools have more than \(self.list) bytes together"
    }

    /// What is wrong with a call; nil: nothing.
    package func problem(_ request: CallToolRequest) -> String? {
        guard request.argumentsJson.utf8.count <= arguments else { return "the arguments have more than \(arguments) bytes" }
        return Self.isObject(request.argumentsJson) ? nil : "the arguments of \(quoted(request.name)) are not a JSON object"
    }

    /// What is wrong with a piece of output; nil: nothing.
    package func problem(_ output: ToolOutput) -> String? {
        switch output.output {
        case .text, .progress, .end: nil
        case .dataJson(let json): (try? JSONText(Array(json.utf8))) == nil ? "data_json is not valid JSON" : nil
        case .image(let image): image.mediaType.isEmpty || image.data.isEmpty ? "an image lacks its media type or its data" : nil
        case nil: "a piece of output is empty, or of a newer kind"
        }
    }

    private func isName(_ text: String) -> Bool {
        (1...name).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
                }
            }
    }

    private static func isObject(_ json: String) -> Bool { (try? JSONText(Array(json.utf8)))?.kind == .object }
}
