import Glibc
import HectorCore

/// One place to dial: a host and a TCP port.
package struct Endpoint: Hashable, Sendable {
    /// A DNS name, or a numeric IPv4 or IPv6 address without brackets. A link-local address carries
    /// its scope (`fe80::1%2`), as `getaddrinfo` takes it.
    package let host: String
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST`, `HOST:PORT`, `ADDRESS`, `[IPV6]` or `[IPV6]:PORT`.
    package init(parsing text: String, defaultPort: UInt16) throws(DiscoveryError) {
        let bad = DiscoveryError(
            .invalid, "\(quoted(text)) is not an address: write HOST:PORT or [IPV6]:PORT, with a port from 1 to 65535")
        let host: Substring
        let rest: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw bad }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard Self.isIPv6(host) else { throw bad }
        } else if Self.isIPv6(text[...]) {
            (host, rest) = (text[...], "")
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            (host, rest) = (text[..<end], text[end...])
            guard Self.isName(host) else { throw bad }
        }
        guard !rest.isEmpty else {
            self.init(host: String(host), port: defaultPort)
            return
        }
        // UInt16("+1") is 1, so the digits are checked first.
        let digits = rest.dropFirst()
        guard rest.first == ":", digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(digits), port > 0
        else { throw bad }
        self.init(host: String(host), port: port)
    }

    /// Whether the host is an address rather than a name.
    package var isNumeric: Bool { Self.bytes(IPv6: host) != nil || Self.bytes(IPv4: host) != nil }

    /// True for an address that is only valid on one link, and therefore worth trying last.
    package var isLinkLocal: Bool {
        if let bytes = Self.bytes(IPv6: host) { return bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 }
        return Self.bytes(IPv4: host).map { $0[0] == 169 && $0[1] == 254 } ?? false
    }

    /// True for what leads back to the machine that dials it: loopback, and the unspecified addresses, which Linux takes for it.
    package var isThisMachine: Bool {
        if let bytes = Self.bytes(IPv4: host) { return bytes[0] == 127 || bytes[0] == 0 }
        if let bytes = Self.bytes(IPv6: host) {
            // IPv4 within IPv6 (RFC 4291 §2.5.5).
            if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF { return bytes[12] == 127 || bytes[12] == 0 }
            return bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] <= 1
        }
        let name = host.lowercased()
        return name == "localhost" || name.hasSuffix(".localhost")
    }

    private static func bytes(IPv4 host: String) -> [UInt8]? {
        var address = in_addr()
        // As getaddrinfo reads it: 127.1 is 127.0.0.1.
        guard inet_aton(host, &address) == 1 else { return nil }
        return withUnsafeBytes(of: address) { Array($0) }
    }

    private static func bytes(IPv6 host: String) -> [UInt8]? {
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(host.prefix { $0 != "%" }), &address) == 1 else { return nil }
        return withUnsafeBytes(of: address) { Array($0) }
    }

    private static func isIPv6(_ text: Substring) -> Bool {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard (1...15).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(isNameByte) else { return false }
        }
        // inet_pton would stop reading at a NUL.
        guard !parts[0].utf8.contains(0) else { return false }
        var address = in6_addr()
        return inet_pton(AF_INET6, String(parts[0]), &address) == 1
    }

    /// A host name or an IPv4 address (RFC 1123 §2.1, underscores as some networks have them).
    private static func isName(_ text: Substring) -> Bool {
        (1...253).contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte)
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { (1...63).contains($0.utf8.count) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }
}

extension Endpoint: CustomStringConvertible {
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
