extension StringProtocol {
    /// Without ASCII white space at either end.
    var trimmed: String {
        let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D]
        let bytes = Array(utf8).drop { space.contains($0) }
        guard let end = bytes.lastIndex(where: { !space.contains($0) }) else { return "" }
        return String(decoding: bytes.prefix(through: end), as: UTF8.self)
    }
}
