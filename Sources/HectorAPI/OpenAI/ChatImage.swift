import FoundationEssentials
import HectorCore
import HectorProviders

extension Image {
    /// Reads the `image_url` of a part: `{"url": "data:image/png;base64,..."}`, or the address alone.
    ///
    /// Only `data:` addresses: this program fetches nothing that a client names.
    init(chat value: JSONText) throws(MemberError) {
        guard value.kind == .object else {
            self = try Self.read(value)
            return
        }
        var url: JSONText?
        try value.eachMember { key, value throws(MemberError) in if key == "url" { url = value } }
        guard let url else { throw MemberError("is missing").inside("url") }
        self = try at("url") { () throws(MemberError) in try Self.read(url) }
    }

    private static func read(_ value: JSONText) throws(MemberError) -> Image {
        let url = try value.text()
        guard url.prefix(5).lowercased() == "data:" else {
            throw MemberError("is not supported: only data: addresses are, such as data:image/png;base64,...", .unsupportedParameter)
        }
        let rest = url.utf8.dropFirst(5)
        guard let comma = rest.firstIndex(of: UInt8(ascii: ",")), let head = String(rest[..<comma]), head.utf8.count <= ChatLimits.standard.mediaTypeBytes
        else { throw MemberError("is not a data: address") }
        let words = head.split(separator: ";", omittingEmptySubsequences: false).map { $0.lowercased() }
        guard words.first?.hasPrefix("image/") == true, words.last == "base64" else {
            throw MemberError("must begin with data:image/TYPE;base64, and not \(quoted("data:" + head))")
        }
        return try Image(mediaType: words[0], base64: String(decoding: rest[rest.index(after: comma)...], as: UTF8.self))
    }

    /// Reads an image that stands in a request.
    init(mediaType: String, base64: String) throws(MemberError) {
        guard let data = Data(base64Encoded: base64), !data.isEmpty else { throw MemberError("is not valid base64") }
        self.init()
        self.mediaType = mediaType
        self.data = data
    }
}
