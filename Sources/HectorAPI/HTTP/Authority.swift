/// A host and perhaps a port, as a `Host` header or an absolute target names them (RFC 3986 §3.2, RFC 9110 §7.2): no user
/// information, and nothing else behind or before.
struct Authority: Sendable, Equatable {
    /// In lower case, an IPv6 address without its brackets.
    let host: String
    let port: UInt16?

    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let hostEnd: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")), bracket > 1 else { return nil }
            let address = bytes[1..<bracket]
            guard address.allSatisfy({ Self.isHex($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }) else { return nil }
            host = String(decoding: address, as: UTF8.self).lowercased()
            hostEnd = bracket + 1
        } else {
            hostEnd = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
            guard hostEnd > 0, bytes[..<hostEnd].allSatisfy(Self.isName) else { return nil }
            host = String(decoding: bytes[..<hostEnd], as: UTF8.self).lowercased()
        }
        guard hostEnd < bytes.count else {
            port = nil
            return
        }
        let digits = bytes[(hostEnd + 1)...]
        guard bytes[hostEnd] == UInt8(ascii: ":"), digits.allSatisfy(Self.isDigit) else { return nil }
        // An empty port is the scheme's own.
        guard digits.isEmpty || UInt16(String(decoding: digits, as: UTF8.self)) != nil else { return nil }
        port = UInt16(String(decoding: digits, as: UTF8.self))
    }

    /// `localhost`, 127.0.0.0/8 in its four-number form, or `::1`.
    var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127"
            && numbers.allSatisfy { $0.utf8.allSatisfy(Self.isDigit) && $0.utf8.count <= 3 && UInt8($0) != nil }
    }

    /// Whether both name the same server.
    /// - Parameter defaultPort: The scheme's, which stands for none.
    func isSame(as other: Authority, defaultPort: UInt16) -> Bool {
        host == other.host && port ?? defaultPort == other.port ?? defaultPort
    }

    /// A registered name or an IPv4 address: unreserved characters, sub-delimiters and percent signs.
    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._~!$&'()*+,;=%".utf8.contains(byte)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}
