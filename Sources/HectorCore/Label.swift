/// The rules for names that become DNS labels.
package enum Label {
    /// True for `[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?`: what names of meshes, nodes and plugins are.
    package static func isValid(_ name: some StringProtocol) -> Bool { isID(name) && name.utf8.count <= longest }

    /// True for a whole DNS label (RFC 1035 §2.3.4), `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`: what ids of nodes are.
    package static func isID(_ id: some StringProtocol) -> Bool {
        let bytes = String(id).utf8
        guard (1...63).contains(bytes.count), bytes.first != hyphen, bytes.last != hyphen else { return false }
        return bytes.allSatisfy { isLowerAlphanumeric($0) || $0 == hyphen }
    }

    /// Whether plugins may offer something under that name: 1 to 200 printable ASCII characters without spaces at the ends. It travels in
    /// the metadata of every call, which allows no others.
    package static func isName(_ name: some StringProtocol) -> Bool {
        let bytes = String(name).utf8
        guard (1...longestName).contains(bytes.count), bytes.first != UInt8(ascii: " "), bytes.last != UInt8(ascii: " ") else { return false }
        return bytes.allSatisfy { (UInt8(ascii: " ")...UInt8(ascii: "~")).contains($0) }
    }

    private static let longestName = 200

    /// The label of a name of any form, such as that of a model at its engine: `llama3-2-3b` of `llama3.2:3b`.
    ///
    /// A function of the name alone: every machine makes the same label of it. Letters become lower case, and each run of other
    /// characters one hyphen, without hyphens at the ends. A label over 62 bytes is cut and ended by a hyphen and the first 8
    /// hexadecimal digits of the name's SHA-256 (FIPS 180-4); a name without ASCII letters and digits gets these digits alone.
    package static func of(_ name: String) -> String {
        // Runs of hyphens are kept where it is a label already.
        if isValid(name) { return name }
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
            if isLowerAlphanumeric(lower) {
                bytes.append(lower)
            } else if let last = bytes.last, last != hyphen {
                bytes.append(hyphen)
            }
        }
        if bytes.last == hyphen { bytes.removeLast() }
        let label = String(decoding: bytes, as: UTF8.self)
        if isValid(label) { return label }
        let digits = shortHash(name)
        return label.isEmpty ? digits : "\(trimmed(label.prefix(longest - 1 - digits.utf8.count)))-\(digits)"
    }

    /// The first 8 hexadecimal digits of the SHA-256 of a name: what ends names that were cut.
    package static func shortHash(_ name: String) -> String {
        hexadecimal(SHA256.hash(name.utf8).prefix(4))
    }

    /// Bytes of a label. One less than DNS allows, since Avahi puts an underscore before a plugin's name.
    private static let longest = 62

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
