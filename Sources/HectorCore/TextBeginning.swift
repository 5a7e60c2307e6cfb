extension String {
    /// The longest beginning of no more than that many bytes that ends between two characters (Unicode scalars).
    package func beginning(bytes: Int) -> String {
        var end = utf8.index(utf8.startIndex, offsetBy: bytes, limitedBy: utf8.endIndex) ?? utf8.endIndex
        while end > utf8.startIndex, end < utf8.endIndex, utf8[end] & 0xC0 == 0x80 { utf8.formIndex(before: &end) }
        return String(self[..<end])
    }
}
