/// The rules for names that become DNS labels.
package enum Label {
    /// True for `[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?`: what names of meshes, nodes and plugins are. One byte less than DNS allows, since
    /// Avahi puts an underscore before a plugin's name.
    package static func isValid(_ name: some StringProtocol) -> Bool { isID(name) && name.utf8.count < 63 }

    /// True for a whole DNS label (RFC 1035 §2.3.4), `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`: what ids of nodes are.
    package static func isID(_ id: some StringProtocol) -> Bool {
        let bytes = String(id).utf8
        guard (1...63).contains(bytes.count), bytes.first != hyphen, bytes.last != hyphen else { return false }
        return bytes.allSatisfy { isLowerAlphanumeric($0) || $0 == hyphen }
    }

    /// The instance name a node asks for: `<node name>-<first 8 bytes of its id>`, or the name alone where the
    /// id says the same; at most 63 bytes.
    package static func instance(node name: String, id: String) -> String {
        name == id ? name : "\(trimmed(name.prefix(54)))-\(trimmed(id.prefix(8)))"
    }

    /// Cut text, without a hyphen at its end.
    private static func trimmed(_ text: Substring) -> Substring {
        text.last == "-" ? trimmed(text.dropLast()) : text
    }

    private static let hyphen = UInt8(ascii: "-")

    private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
