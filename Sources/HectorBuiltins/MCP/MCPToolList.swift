internal import HectorCore
internal import HectorPlugin
internal import HectorProto

/// The tools of a server, as pages bring them. A pure value.
struct MCPToolList: Sendable {
    private(set) var tools: [Tool] = []
    /// Why some are left out, one line each.
    private(set) var problems: [String] = []
    private var names: Set<String> = []
    private let limits = ToolLimits()

    /// Takes a page.
    ///
    /// - Returns: Where the next one begins; nil for the last one.
    mutating func take(_ page: JSONText) -> String? {
        page["tools"]?.forEachElement { add($1) }
        return page["nextCursor"]?.string
    }

    private mutating func add(_ json: JSONText) {
        let name = json["name"]?.string ?? ""
        guard isName(name) else {
            return problems.append("the tool \(quoted(name)) is left out: names are 1 to \(limits.name) of a-z, A-Z, 0-9, _, - and .")
        }
        guard names.insert(name).inserted else { return problems.append("a second tool \(quoted(name)) is left out") }
        guard tools.count < limits.tools else { return problems.append("the tool \(quoted(name)) is left out: \(limits.tools) are the most") }
        let schema = json["inputSchema"].flatMap { $0.kind == .object ? $0.text : nil } ?? #"{"type":"object"}"#
        guard schema.utf8.count <= limits.schema else {
            return problems.append("the tool \(quoted(name)) is left out: its schema has more than \(limits.schema) bytes")
        }
        let hints = json["annotations"]
        let isReadOnly = hints?["readOnlyHint"]?.bool ?? false
        tools.append(Tool(
            name: name, description: String((json["description"] ?? json["title"])?.string?.prefix(limits.description / 4) ?? ""), parameters: schema,
            readOnly: isReadOnly,
            // What changes nothing can be done twice.
            idempotent: isReadOnly || hints?["idempotentHint"]?.bool ?? false,
            // Only where it is said: by the protocol, every tool that says nothing may be destructive.
            asks: !isReadOnly && hints?["destructiveHint"]?.bool ?? false))
    }

    private func isName(_ text: String) -> Bool {
        (1...limits.name).contains(text.utf8.count) && text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte != UInt8(ascii: "@") || "0123456789_-.".utf8.contains(byte)
        }
    }
}
