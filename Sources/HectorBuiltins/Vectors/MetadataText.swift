internal import HectorCore

/// A record's metadata as a JSON object of strings, its keys sorted: what the databases store.
enum MetadataText {
    static func encode(_ metadata: [String: String]) -> String {
        guard !metadata.isEmpty else { return "{}" }
        var bytes: [UInt8] = []
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
            bytes.append(json: key)
            bytes.append(UInt8(ascii: ":"))
            bytes.append(json: value)
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// - Returns: Nil where it is no JSON object. Values that are no strings, which another program has written, are left as they are
    ///   written.
    static func decode(_ text: String) -> [String: String]? {
        if text == "{}" { return [:] }
        guard let json = try? JSONText(Array(text.utf8)) else { return nil }
        var metadata: [String: String] = [:]
        guard json.forEachMember({ metadata[$0] = $1.string ?? $1.text }) else { return nil }
        return metadata
    }
}
