internal import FoundationEssentials

extension ContentPart {
    public static func text(_ text: String) -> ContentPart {
        var part = ContentPart()
        part.text = text
        return part
    }

    /// - Parameter mediaType: For example `image/png`.
    public static func image(_ mediaType: String, _ data: [UInt8]) -> ContentPart {
        var part = ContentPart()
        part.image.mediaType = mediaType
        part.image.data = Data(data)
        return part
    }
}
