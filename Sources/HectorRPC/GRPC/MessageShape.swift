/// What the bytes of a protobuf message say of the time that its decoding takes, before it is decoded.
///
/// A part (a field, an element, a message inside) costs some ten to a hundred nanoseconds, whatever its length, and may have
/// two bytes. Text costs next to nothing for each byte. Without the schema the two cannot be told apart for certain: what is
/// looked at are the fields of the message itself, and samples of the large ones. So the longest messages count as slow in
/// any case, and what deceives the samples holds up a thread for some 25 ms.
enum MessageShape {
    /// Messages up to this length are decoded in a few milliseconds, whatever is in them.
    static let alwaysShort = 256 << 10
    /// Longer ones may take long, whatever they look like: four times 25 ms.
    static let neverShort = 1 << 20 + 4 << 10
    /// Parts that take a few milliseconds.
    private static let manyParts = 8_192
    /// A field of this length may hold many parts.
    private static let largeField = 64 << 10
    /// Bytes of a large field that are looked at, in each quarter of it.
    private static let sample = 256

    /// Whether decoding may take long: where there are many fields, or a large one that does not look like text.
    static func mayHaveManyParts(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > alwaysShort else { return false }
        guard bytes.count <= neverShort else { return true }
        var index = 0
        for _ in 0..<manyParts {
            guard index < bytes.count else { return false }
            guard let key = varint(bytes, &index) else { return true }
            switch key & 7 {
            case 0: guard varint(bytes, &index) != nil else { return true }
            case 1: index += 8
            case 5: index += 4
            case 2:
                guard let length = varint(bytes, &index), length <= UInt64(bytes.count - index) else { return true }
                let end = index + Int(length)
                if length > UInt64(largeField), !looksLikeText(bytes[index..<end]) { return true }
                index = end
            // Groups and unknown wire types are left to the decoder's verdict.
            default: return true
            }
        }
        return true
    }

    private static func looksLikeText(_ field: Slice<UnsafeRawBufferPointer>) -> Bool {
        (0..<4).allSatisfy { quarter in
            field.dropFirst(quarter * field.count / 4).prefix(sample).allSatisfy { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        }
    }

    private static func varint(_ bytes: UnsafeRawBufferPointer, _ index: inout Int) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard index < bytes.count else { return nil }
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
