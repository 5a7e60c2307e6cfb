/// A host and perhaps a port, as a `Host` header or an absolute target names them (RFC 3986 §3.2, RFC 9110 §7.2): no user
/// information, and nothing else behind or before.
struct Authority: Sendable, Equatable {
    /// In lower case, an IPv6 address without its brackets.
    let host: String
    let port: UInt16?

    init?(_ text: some StringProtocol) {
        // In its bytes: two of these are read in each request.
        var text = String(text)
        guard let (host, port) = text.withUTF8(Self.parse) else { return nil }
        (self.host, self.port) = (host, port)
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> (host: String, port: UInt16?)? {
        let host: Range<Int>
        var end: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")), bracket > 1 else { return nil }
            (host, end) = (1..<bracket, bracket + 1)
            guard bytes[host].allSatisfy({ isHex($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }) else { return nil }
        } else {
            end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
            host = 0..<end
            guard !host.isEmpty, bytes[host].allSatisfy(isName) else { return nil }
        }
        guard end < bytes.count else { return (lowercased(bytes[host]), nil) }
        guard bytes[end] == UInt8(ascii: ":") else { return nil }
        end += 1
        var number = 0
        for byte in bytes[end...] {
            guard isDigit(byte) else { return nil }
            number = 10 * number + Int(byte - UInt8(ascii: "0"))
            guard number <= UInt16.max else { return nil }
        }
        // An empty port is the scheme's own.
        return (lowercased(bytes[host]), end < bytes.count ? UInt16(number) : nil)
    }

    /// `localhost`, 127.0.0.0/8 in its four-number form, or `::1`.
    var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        guard host.utf8.starts(with: "127.".utf8) else { return false }
        var (points, digits, value) = (0, 0, 0)
        for byte in host.utf8 {
            if byte == UInt8(ascii: ".") {
                guard digits > 0 else { return false }
                (points, digits, value) = (points + 1, 0, 0)
            } else {
                guard Self.isDigit(byte), digits < 3 else { return false }
                (digits, value) = (digits + 1, 10 * value + Int(byte - UInt8(ascii: "0")))
                guard value <= 255 else { return false }
            }
        }
        return points == 3 && digits > 0
    }

    private static func lowercased(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> String {
        let text = String(decoding: name, as: UTF8.self)
        return name.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) } ? text.lowercased() : text
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
