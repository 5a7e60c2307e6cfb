internal import Glibc

/// One place to dial or to listen at: a host and a TCP port, written `127.0.0.1:8080`, `[::1]:8080` or `gpu-1.example.org:7443`.
package struct HostPort: Sendable, Hashable, CustomStringConvertible {
    /// A DNS name, or a numeric IPv4 or IPv6 address without brackets. A link-local address carries its scope
    /// (`fe80::1%2`), as `getaddrinfo` takes it.
    package let host: String
    /// 0 lets the system choose.
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Nil for anything else than `HOST:PORT` or `[IPV6]:PORT`.
    package init?(_ text: String) {
        self.init(reading: text, defaultPort: nil)
    }

    /// Reads `HOST`, `ADDRESS` and `[IPV6]` too, which mean the default port.
    package init?(_ text: String, defaultPort: UInt16) {
        self.init(reading: text, defaultPort: defaultPort)
    }

    private init?(reading text: String, defaultPort: UInt16?) {
        let host: Substring
        let rest: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            (host, rest) = (text[..<end].dropFirst(), text[end...].dropFirst())
            guard Self.isIPv6(host) else { return nil }
        } else if Self.isIPv6(text[...]) {
            (host, rest) = (text[...], "")
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            (host, rest) = (text[..<end], text[end...])
            guard Self.isName(host) else { return nil }
        }
        if rest.isEmpty {
            guard let defaultPort else { return nil }
            self.init(host: String(host), port: defaultPort)
        } else {
            guard rest.first == ":", Self.isNumber(rest.dropFirst()), let port = UInt16(rest.dropFirst()) else { return nil }
            self.init(host: String(host), port: port)
        }
    }

    /// Whether it is a host and a number, which may be no port.
    package static func hasNumber(_ text: String) -> Bool {
        guard let colon = text.lastIndex(of: ":") else { return false }
        return isNumber(text[colon...].dropFirst()) && HostPort("\(text[..<colon]):1") != nil
    }

    package var description: String { "\(bracketed):\(port)" }

    /// The host as it is written where a port may follow.
    package var bracketed: String { isIPv6 ? "[\(host)]" : host }

    /// Whether the host is an address rather than a name.
    package var isNumeric: Bool { ipv6 != nil || ipv4 != nil }

    /// True for a numeric IPv6 address; no name has a colon.
    package var isIPv6: Bool { host.utf8.contains(UInt8(ascii: ":")) }

    /// True for what only programs of this machine reach: `localhost`, 127.0.0.0/8 and `::1`, which is all that the HTTP front
    /// takes for it, too.
    package var isLoopback: Bool {
        if let bytes = ipv4 { return bytes[0] == 127 }
        if let bytes = ipv6 { return bytes == Array(repeating: 0, count: 15) + [1] }
        return host.lowercased() == "localhost"
    }

    /// True for what leads back to the machine that dials it: loopback, and the unspecified addresses, which Linux takes for it.
    package var isThisMachine: Bool {
        // IPv4 within IPv6 (RFC 4291 §2.5.5).
        let mapped = ipv6.flatMap { $0[..<10].allSatisfy { $0 == 0 } && $0[10...11] == [0xFF, 0xFF] ? Array($0[12...]) : nil }
        if let bytes = ipv4 ?? mapped { return bytes[0] == 127 || bytes[0] == 0 }
        if let bytes = ipv6 { return bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] <= 1 }
        return isLoopback || host.lowercased().hasSuffix(".localhost")
    }

    /// True for an address that is only valid on one link, and therefore worth trying last.
    package var isLinkLocal: Bool {
        if let bytes = ipv4 { return bytes[0] == 169 && bytes[1] == 254 }
        return ipv6.map { $0[0] == 0xFE && $0[1] & 0xC0 == 0x80 } ?? false
    }

    private var ipv4: [UInt8]? {
        var address = in_addr()
        // As getaddrinfo reads it: 127.1 is 127.0.0.1.
        guard inet_aton(host, &address) == 1 else { return nil }
        return withUnsafeBytes(of: address) { Array($0) }
    }

    private var ipv6: [UInt8]? { Self.bytes(IPv6: host.prefix { $0 != "%" }) }

    private static func bytes(IPv6 text: Substring) -> [UInt8]? {
        var address = in6_addr()
        // inet_pton would stop reading at a NUL.
        guard !text.utf8.contains(0), inet_pton(AF_INET6, String(text), &address) == 1 else { return nil }
        return withUnsafeBytes(of: address) { Array($0) }
    }

    /// Of 15 bytes at most is the name of an interface (IFNAMSIZ).
    private static func isIPv6(_ text: Substring) -> Bool {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 1 || (1...15).contains(parts[1].utf8.count) && parts[1].utf8.allSatisfy({ isNameByte($0) || $0 == UInt8(ascii: ".") })
        else { return false }
        return bytes(IPv6: parts[0]) != nil
    }

    /// A host name or an IPv4 address (RFC 1123 §2.1, underscores as some networks have them).
    private static func isName(_ text: Substring) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.allSatisfy(isNameByte) && label.first != "-" && label.last != "-"
        }
        // What ends in a number is an address and no name (RFC 3986, section 3.2.2 as WHATWG reads it).
        var address = in_addr()
        return areLabels && (!isNumber(labels.last ?? "") || inet_pton(AF_INET, String(text), &address) == 1)
    }

    private static func isNumber(_ text: Substring) -> Bool { !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) } }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
