internal import SwiftProtobuf

/// What the bytes of a protobuf message say of the time that its decoding takes, before it is decoded.
///
/// A part (a field, an element, a message inside) costs some ten to a hundred nanoseconds, whatever its length, and may have
/// two bytes. Text and bytes cost next to nothing for each byte, and only the message's type tells which of its fields are such:
/// a text may look like very many parts, and parts may look like a text.
enum MessageShape {
    /// Messages up to this length are decoded in a few milliseconds, whatever is in them.
    static let alwaysShort = 256 << 10
    /// Longer ones may take long, whatever they look like: to copy and check a text takes time, too.
    static let neverShort = 1 << 20 + 4 << 10
    /// What shorter fields hold is not looked at: there are few of the longer ones, and each takes a microsecond to look at.
    private static let largeField = 4 << 10

    /// Whether decoding may take long: where more than `alwaysShort` bytes may be parts.
    static func mayHaveManyParts<M: SwiftProtobuf.Message>(_ bytes: UnsafeRawBufferPointer, of type: M.Type) -> Bool {
        guard bytes.count > alwaysShort else { return false }
        guard bytes.count <= neverShort else { return true }
        var index = 0
        var inParts = bytes.count
        while index < bytes.count, inParts > alwaysShort {
            let start = index
            guard let key = varint(bytes, &index) else { return true }
            switch key & 7 {
            case 0: guard varint(bytes, &index) != nil else { return true }
            case 1: index += 8
            case 5: index += 4
            case 2:
                guard let length = varint(bytes, &index), length <= UInt64(bytes.count - index) else { return true }
                let content = index
                index += Int(length)
                if length >= UInt64(largeField), isFlat(bytes[start..<content], of: type) { inParts -= Int(length) }
            // Groups and unknown wire types are left to the decoder's verdict.
            default: return true
            }
        }
        return inParts > alwaysShort
    }

    /// Whether the field with this key holds a text, or bytes, or is unknown to the type: nothing that has parts.
    ///
    /// The decoder knows, which has no other way to ask it: it takes these three bytes for a text, and for nothing else. The
    /// first is no key of a message (wire type 7, which there is not), the last one no end of a packed varint, and three bytes
    /// are no packed fixed-width numbers.
    private static func isFlat<M: SwiftProtobuf.Message>(_ head: Slice<UnsafeRawBufferPointer>, of type: M.Type) -> Bool {
        var index = 0
        let head = UnsafeRawBufferPointer(rebasing: head)
        guard varint(head, &index) != nil else { return false }
        let probe = head[..<index] + [3, 0x07, 0xC3, 0xBC]
        return (try? M(serializedBytes: Array(probe))) != nil
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
