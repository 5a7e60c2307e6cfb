internal import Glibc
internal import Synchronization

/// Makes names that nobody can guess and nobody else makes: UUIDs of version 4 (RFC 9562 §5.4), in lower case.
///
/// The kernel is asked for chance for many at once: to ask costs more than all the rest of making one.
package final class UUIDSource: Sendable {
    private static let bytesEach = 16
    private static let namesAtOnce = 64
    private static let digits = Array("0123456789abcdef".utf8)

    /// Chance that is left.
    private let chance = Mutex<[UInt8]>([])

    package init() {}

    /// - Returns: How many bytes were filled: all of them.
    private static func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var generator = SystemRandomNumberGenerator()
        // It gives up to 256 bytes at once (getentropy(3)).
        for start in stride(from: 0, to: buffer.count, by: 256) {
            let length = min(256, buffer.count - start)
            if getentropy(buffer.baseAddress?.advanced(by: start), length) == 0 { continue }
            for index in start..<start + length { buffer[index] = UInt8.random(in: 0...255, using: &generator) }
        }
        return buffer.count
    }

    package func next() -> String {
        var bytes = chance.withLock { chance in
            if chance.isEmpty {
                chance = [UInt8](unsafeUninitializedCapacity: Self.namesAtOnce * Self.bytesEach) { buffer, count in
                    count = Self.fill(buffer)
                }
            }
            defer { chance.removeLast(Self.bytesEach) }
            return Array(chance.suffix(Self.bytesEach))
        }
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        return String(unsafeUninitializedCapacity: 36) { text in
            var end = 0
            for (index, byte) in bytes.enumerated() {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    text[end] = UInt8(ascii: "-")
                    end += 1
                }
                text[end] = Self.digits[Int(byte >> 4)]
                text[end + 1] = Self.digits[Int(byte & 15)]
                end += 2
            }
            return end
        }
    }
}
