/// Standard base64 (RFC 4648 §4). Written without padding, read with or without, as gRPC asks.
package enum Base64 {
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        bytes.withContiguousStorageIfAvailable(encode) ?? Array(bytes).withUnsafeBufferPointer(encode)
    }

    private static func encode(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: (bytes.count * 4 + 2) / 3) { text in
            var length = 0
            func put(_ symbol: UInt32) {
                text[length] = alphabet[Int(symbol & 63)]
                length += 1
            }
            var bits: UInt32 = 0
            var count: UInt32 = 0
            for byte in bytes {
                bits = bits << 8 | UInt32(byte)
                count += 8
                while count >= 6 {
                    count -= 6
                    put(bits >> count)
                }
            }
            if count > 0 { put(bits << (6 - count)) }
            return length
        }
    }

    /// Nil for anything that is not base64, or is longer than `limit` bytes.
    package static func decode(_ text: some Collection<UInt8>, atMost limit: Int? = nil) -> [UInt8]? {
        if let limit, text.count / 4 * 3 > limit + 2 { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        var symbols = 0
        var padding = 0
        for character in text {
            if character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(character) else { return nil }
            symbols += 1
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        guard symbols % 4 != 1, padding == 0 || (padding <= 2 && (symbols + padding) % 4 == 0) else { return nil }
        if let limit, bytes.count > limit { return nil }
        return bytes
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func value(_ character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
