import HectorCore

/// The names under which a model knows what an agent may call: 1 to 64 of `A-Z`, `a-z`, `0-9`, `_` and `-`, which the interfaces of all
/// models accept.
package enum ToolNames {
    /// Bytes of a name, as OpenAI and Anthropic bound it.
    static let longest = 64
    /// What stands before the id of an agent. No tool provider's tools are called so: its name would be `agent`.
    static let agents = "agent"

    /// The search of an agent's documents.
    static let documents = "documents__search"

    /// `provider__tool`. Each dot of a tool's name becomes `__`.
    ///
    /// A name that would be too long, or that could be read as that of another tool, is cut, and ended by `-` and the first 8 hexadecimal
    /// digits of the SHA-256 of `provider.tool`.
    package static func name(provider: String, tool: String) -> String {
        let plain = "\(provider)__\(tool.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "__"))"
        if isAllowed(plain), let parts = parts(of: plain), parts == (provider, tool) { return plain }
        let allowed = String(decoding: plain.utf8.map { isAllowed($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
        let digits = Label.shortHash("\(provider).\(tool)")
        return "\(allowed.prefix(longest - 1 - digits.utf8.count))-\(digits)"
    }

    /// `agent__ID`.
    package static func name(agent: String) -> String { name(provider: agents, tool: agent) }

    /// The provider and the tool of a name that was not cut; nil where it cannot be such a name.
    package static func parts(of name: String) -> (provider: String, tool: String)? {
        guard let gap = twoUnderscores(name[...]), gap.lowerBound > name.startIndex, gap.upperBound < name.endIndex else { return nil }
        var rest = name[gap.upperBound...]
        var tool = ""
        while let gap = twoUnderscores(rest) {
            tool += rest[..<gap.lowerBound] + "."
            rest = rest[gap.upperBound...]
        }
        return (String(name[..<gap.lowerBound]), tool + rest)
    }

    private static func twoUnderscores(_ text: Substring) -> Range<Substring.Index>? {
        var index = text.startIndex
        while let found = text[index...].firstIndex(of: "_") {
            let next = text.index(after: found)
            guard next < text.endIndex else { return nil }
            if text[next] == "_" { return found..<text.index(after: next) }
            index = next
        }
        return nil
    }

    private static func isAllowed(_ name: String) -> Bool { (1...longest).contains(name.utf8.count) && name.utf8.allSatisfy(isAllowed) }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
    }
}
