internal import HectorCore

/// The encoding of `grpc-message` (gRPC over HTTP/2, "Status-Message").
enum PercentEncoding {
    /// Where anything is encoded, spaces are too: HTTP does not allow them at the ends (RFC 9113 §8.2.1).
    ///
    /// - Parameter limit: Bytes that the result may have; what does not fit is cut off, never inside a character.
    static func encode(_ text: String, atMost limit: Int = .max) -> String {
        let space = UInt8(ascii: " ")
        guard text.utf8.count > limit || text.utf8.first == space || text.utf8.last == space || !text.utf8.allSatisfy(isPlain)
        else { return text }
        var out: [UInt8] = []
        for scalar in text.unicodeScalars {
            let end = out.count
            for byte in String(scalar).utf8 {
                if isPlain(byte), byte != space {
                    out.append(byte)
                } else {
                    out.append(UInt8(ascii: "%"))
                    out.append(digits[Int(byte >> 4)])
                    out.append(digits[Int(byte & 15)])
                }
            }
            guard out.count <= limit else {
                out.removeSubrange(end...)
                break
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Bytes of an encoded status message: longer ones help nobody, and many peers refuse trailers of more than 8 KiB.
    static let longestMessage = 4096

    /// Never fails: what is not an escape stands for itself.
    ///
    /// - Parameter limit: Encoded bytes that are read; what follows is left out, and `…` stands for it.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, atMost limit: Int) -> String {
        guard bytes.count > limit else { return decode(bytes) }
        return decode(UnsafeBufferPointer(rebasing: bytes[..<place(toCut: bytes, at: limit)])) + "…"
    }

    /// The last place up to `limit` that is neither inside an escape nor inside a character.
    static func place(toCut bytes: UnsafeBufferPointer<UInt8>, at limit: Int) -> Int {
        guard bytes.count > limit else { return bytes.count }
        var end = bytes[max(0, limit - 2)..<limit].firstIndex(of: UInt8(ascii: "%")) ?? limit
        // A character has up to four bytes; more of the kind that goes on with one are no text.
        for _ in 0..<3 where end >= 3 && isContinuation(bytes, at: end) { end -= bytes[end - 3] == UInt8(ascii: "%") ? 3 : 1 }
        return end
    }

    /// Whether the byte or escape there goes on with a character in UTF-8.
    private static func isContinuation(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
        guard bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count else { return bytes[index] & 0xC0 == 0x80 }
        return bytes[index + 1].hexadecimalDigit.map { $0 & 0xC == 0x8 } ?? false
    }

    /// Never fails: what is not an escape stands for itself.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard bytes.contains(UInt8(ascii: "%")) else { return String(decoding: bytes, as: UTF8.self) }
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = bytes[index + 1].hexadecimalDigit, let low = bytes[index + 2].hexadecimalDigit
            {
                out.append(high << 4 | low)
                index += 3
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "%")
    }
}
