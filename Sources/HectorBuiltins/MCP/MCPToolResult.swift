internal import FoundationEssentials
internal import HectorCore
internal import HectorPlugin
internal import HectorProto

/// What a tool of a server answered, in pieces of output for the model. A pure value.
struct MCPToolResult: Sendable {
    private(set) var outputs: [ToolOutput] = []
    /// Whether the tool did not do what it was asked to.
    let hasFailed: Bool

    init(_ result: JSONText) {
        hasFailed = result["isError"]?.bool ?? false
        let data = result["structuredContent"].flatMap { $0.isNull ? nil : $0 }
        var parts: [JSONText] = []
        result["content"]?.forEachElement { parts.append($1) }
        for part in parts {
            // Servers say structured content as a text once more, for clients that do not know it.
            if let data, let text = part["text"]?.string, let same = try? JSONText(Array(text.utf8)), JSONValue(same) == JSONValue(data) { continue }
            add(part)
        }
        // Some wrap a mere text into an object, which says nothing more.
        if let data, !(parts.count == 1 && parts[0]["text"]?.string != nil && parts[0]["text"]?.string == data["result"]?.string && data.memberCount == 1) {
            outputs.append(.data(json: data.text))
        }
    }

    private mutating func add(_ part: JSONText) {
        switch part["type"]?.string {
        case "text": add(text: part["text"]?.string ?? "")
        case "image": add(bytes: part["data"], of: part["mimeType"]?.string ?? "", name: nil)
        case "audio": add(bytes: part["data"], of: part["mimeType"]?.string ?? "audio", name: nil)
        case "resource":
            let resource = part["resource"]
            if let text = resource?["text"]?.string {
                add(text: text)
            } else {
                add(bytes: resource?["blob"], of: resource?["mimeType"]?.string ?? "", name: resource?["uri"]?.string)
            }
        case "resource_link":
            let words = [part["uri"]?.string, part["name"]?.string, part["description"]?.string].compactMap(\.self)
            add(text: words.joined(separator: " – "))
        // A kind of a later day: the model may make something of it.
        default: outputs.append(.data(json: part.text))
        }
    }

    /// Pieces of text are joined by hosts: a line ends between two of them.
    private mutating func add(text: String) {
        let isFollowing = if case .text = outputs.last?.output { true } else { false }
        outputs.append(.text(isFollowing ? "\n" + text : text))
    }

    private mutating func add(bytes base64: JSONText?, of type: String, name: String?) {
        let bytes = base64?.string.flatMap { Data(base64Encoded: $0) }
        if type.hasPrefix("image/"), let bytes, !bytes.isEmpty {
            outputs.append(.image(Array(bytes), mediaType: type))
        } else {
            add(text: "[\(name.map { "\($0), " } ?? "")\(type.isEmpty ? "data" : type), \(bytes?.count ?? 0) bytes, which are not passed on]")
        }
    }
}

extension JSONText {
    fileprivate var memberCount: Int {
        var count = 0
        forEachMember { _, _ in count += 1 }
        return count
    }
}
