internal import Glibc

/// A value of a JSON text that was checked, read where it lies: nothing is decoded before somebody asks for it, so that a
/// text occupies its bytes and no more, whatever is in it, and what is passed on keeps every byte.
package struct JSONText: Sendable {
    package enum Kind: Sendable {
        case null, bool, number, string, array, object
    }

    private let storage: [UInt8]
    private let range: Range<Int>

    /// Checks a whole text. For one that comes in portions, see `init(_:checkedBy:)`.
    package init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONFailure) {
        var scanner = JSONScanner(limits: limits)
        try scanner.scan(bytes)
        try self.init(bytes, checkedBy: &scanner)
    }

    /// Reads a text all of whose bytes the scanner has taken.
    package init(_ bytes: [UInt8], checkedBy scanner: inout JSONScanner) throws(JSONFailure) {
        try scanner.finish()
        storage = bytes
        let start = Self.skipSpace(bytes, from: 0)
        range = start..<Self.end(bytes, from: start)
    }

    private init(_ storage: [UInt8], _ range: Range<Int>) {
        self.storage = storage
        self.range = range
    }

    /// The value as it is written.
    package var bytes: ArraySlice<UInt8> { storage[range] }
    /// The value as it is written.
    package var text: String { String(decoding: storage[range], as: UTF8.self) }

    package var kind: Kind {
        switch storage[range.lowerBound] {
        case UInt8(ascii: "{"): .object
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "n"): .null
        default: .number
        }
    }

    package var isNull: Bool { kind == .null }

    package var bool: Bool? {
        kind == .bool ? storage[range.lowerBound] == UInt8(ascii: "t") : nil
    }

    /// A number without a fraction, however it is written (`2`, `2.0`, `2e0`), that an `Int` holds.
    package var int: Int? {
        guard kind == .number else { return nil }
        return Int(text) ?? double.flatMap { Int(exactly: $0) }
    }

    /// A number; infinite where it is beyond what a `Double` holds.
    package var double: Double? { kind == .number ? Double(text) : nil }

    /// A string's text, escapes replaced. Half of a surrogate pair becomes U+FFFD.
    package var string: String? {
        guard kind == .string else { return nil }
        return Self.decode(storage, range.lowerBound + 1..<range.upperBound - 1)
    }

    /// The length of a string before its escapes are replaced, in bytes: no less than it has afterwards.
    package var stringBytes: Int? { kind == .string ? range.count - 2 : nil }

    /// Goes through an object's members in their order. A key given twice comes twice.
    ///
    /// - Returns: False where this is not an object.
    @discardableResult
    package func forEachMember<E: Error>(_ body: (_ key: String, _ value: JSONText) throws(E) -> Void) throws(E) -> Bool {
        guard kind == .object else { return false }
        var index = Self.skipSpace(storage, from: range.lowerBound + 1)
        while storage[index] != UInt8(ascii: "}") {
            let keyEnd = Self.end(storage, from: index)
            let key = Self.decode(storage, index + 1..<keyEnd - 1)
            index = Self.skipSpace(storage, from: Self.skipSpace(storage, from: keyEnd) + 1)
            let end = Self.end(storage, from: index)
            try body(key, JSONText(storage, index..<end))
            index = Self.skipSpace(storage, from: end)
            if storage[index] == UInt8(ascii: ",") { index = Self.skipSpace(storage, from: index + 1) }
        }
        return true
    }

    /// Goes through an array's elements in their order.
    ///
    /// - Returns: False where this is not an array.
    @discardableResult
    package func forEachElement<E: Error>(_ body: (_ index: Int, _ value: JSONText) throws(E) -> Void) throws(E) -> Bool {
        guard kind == .array else { return false }
        var count = 0
        var index = Self.skipSpace(storage, from: range.lowerBound + 1)
        while storage[index] != UInt8(ascii: "]") {
            let end = Self.end(storage, from: index)
            try body(count, JSONText(storage, index..<end))
            count += 1
            index = Self.skipSpace(storage, from: end)
            if storage[index] == UInt8(ascii: ",") { index = Self.skipSpace(storage, from: index + 1) }
        }
        return true
    }

    /// The value of a key, the last one where it is given twice. Goes through the whole object: to read several
    /// members, `forEachMember` costs less.
    package subscript(key: String) -> JSONText? {
        var found: JSONText?
        forEachMember { if $0 == key { found = $1 } }
        return found
    }

    // MARK: The text was checked: what follows relies on it.

    private static func skipSpace(_ bytes: [UInt8], from start: Int) -> Int {
        bytes.withUnsafeBufferPointer { bytes in
            var index = start
            while index < bytes.count, isSpace(bytes[index]) { index += 1 }
            return index
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// Where the value ends that begins there.
    private static func end(_ bytes: [UInt8], from start: Int) -> Int {
        bytes.withUnsafeBufferPointer { bytes in
            var index = start
            var depth = 0
            repeat {
                switch bytes[index] {
                case UInt8(ascii: "\""): index = stringEnd(bytes, from: index)
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    index += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    index += 1
                case UInt8(ascii: ","), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09: index += 1
                default:
                    // A number or a word: up to what may follow a value.
                    while index < bytes.count, !isBetweenValues(bytes[index]) { index += 1 }
                }
            } while depth > 0
            return index
        }
    }

    private static func isBetweenValues(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x0A, 0x0D, 0x09: true
        default: false
        }
    }

    /// Behind the string that begins there. Of a long one, each byte is looked at twice at most, many at once.
    package static func stringEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var index = start + 1
        // Most strings are so short that looking at many at once takes longer.
        let near = min(start + 24, bytes.count)
        while index < near {
            switch bytes[index] {
            case UInt8(ascii: "\""): return index + 1
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        index = min(index, bytes.count)
        var quote = start
        while true {
            // The one that was found may be escaped itself.
            if quote < index { quote = position(of: UInt8(ascii: "\""), in: bytes, index..<bytes.count) ?? bytes.count }
            guard let escape = position(of: UInt8(ascii: "\\"), in: bytes, index..<quote) else { return min(quote + 1, bytes.count) }
            index = min(escape + 2, bytes.count)
        }
    }

    private static func position(of byte: UInt8, in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int? {
        guard let start = bytes.baseAddress.map({ UnsafeRawPointer($0) }) else { return nil }
        return memchr(start + range.lowerBound, Int32(byte), range.count).map { UnsafeRawPointer($0) - start }
    }

    private static func decode(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        let isPlain = bytes.withUnsafeBufferPointer { Self.position(of: UInt8(ascii: "\\"), in: $0, range) == nil }
        guard !isPlain else { return String(decoding: bytes[range], as: UTF8.self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            guard bytes[index] == UInt8(ascii: "\\") else {
                decoded.append(bytes[index])
                index += 1
                continue
            }
            index += 2
            switch bytes[index - 1] {
            case UInt8(ascii: "b"): decoded.append(0x08)
            case UInt8(ascii: "f"): decoded.append(0x0C)
            case UInt8(ascii: "n"): decoded.append(0x0A)
            case UInt8(ascii: "r"): decoded.append(0x0D)
            case UInt8(ascii: "t"): decoded.append(0x09)
            case UInt8(ascii: "u"):
                let scalar = unicode(bytes, &index, range.upperBound)
                decoded.append(contentsOf: Array(String(scalar).utf8))
            case let byte: decoded.append(byte)
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// The character that `\uXXXX` stands for, with a second `\uXXXX` where it is the first half of a pair.
    private static func unicode(_ bytes: [UInt8], _ index: inout Int, _ end: Int) -> Unicode.Scalar {
        let unit = hex(bytes, index)
        index += 4
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, index + 6 <= end, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
            return "\u{FFFD}"
        }
        let second = hex(bytes, index + 2)
        guard (0xDC00...0xDFFF).contains(second), let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + second - 0xDC00) else {
            return "\u{FFFD}"
        }
        index += 6
        return scalar
    }

    private static func hex(_ bytes: [UInt8], _ index: Int) -> UInt32 {
        bytes[index..<index + 4].reduce(0) { value, byte in
            value << 4 | UInt32(byte <= UInt8(ascii: "9") ? byte - UInt8(ascii: "0") : (byte | 0x20) - UInt8(ascii: "a") + 10)
        }
    }
}
