import Foundation
import HectorYAML

/// A host and a port, written `127.0.0.1:8080`, `[::1]:8080` or `gpu-1.example.org:7443`.
package struct HostPort: Sendable, Hashable, CustomStringConvertible {
    /// A name or a numeric address, without brackets.
    package let host: String
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Nil for anything else than one host and one port. Port 0 lets the system choose.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(digits)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard Self.bytes(IPv6: String(host.prefix { $0 != "%" })) != nil else { return nil }
        } else {
            guard Self.isName(host) else { return nil }
        }
        self.init(host: host, port: Int(port))
    }

    /// Whether it is a host and a number, if no port.
    fileprivate static func hasNumber(_ text: String) -> Bool {
        guard let colon = text.lastIndex(of: ":") else { return false }
        let digits = text[text.index(after: colon)...]
        return !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && HostPort("\(text[..<colon]):1") != nil
    }

    /// Whether only programs on this machine reach it.
    package var isLoopback: Bool {
        if host == "localhost" { return true }
        if let address = Self.bytes(IPv4: host) { return address[0] == 127 }
        return Self.bytes(IPv6: host) == Array(repeating: 0, count: 15) + [1]
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static func isName(_ host: String) -> Bool {
        guard host.utf8.count <= 253 else { return false }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let areLabels = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { byte in
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "-")
                        || byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                }
        }
        // What ends in a number is an address and no name (RFC 3986, section 3.2.2 as WHATWG reads it).
        let endsInNumber = labels.last?.allSatisfy(\.isNumber) ?? true
        return areLabels && (!endsInNumber || bytes(IPv4: host) != nil)
    }

    private static func bytes(IPv4 host: String) -> [UInt8]? {
        var address = in_addr()
        guard inet_pton(AF_INET, host, &address) == 1 else { return nil }
        return withUnsafeBytes(of: address) { Array($0) }
    }

    private static func bytes(IPv6 host: String) -> [UInt8]? {
        var address = in6_addr()
        guard inet_pton(AF_INET6, host, &address) == 1 else { return nil }
        return withUnsafeBytes(of: address) { Array($0) }
    }
}

extension Cursor {
    /// A host and a port; `example` is what the message shows.
    func hostPort(example: String, allowsAnyPort: Bool = false) -> HostPort? {
        guard let text = nonEmptyString() else { return nil }
        guard let address = HostPort(text), allowsAnyPort || address.port > 0 else {
            let isBeyond = HostPort.hasNumber(text)
            let least = allowsAnyPort ? 0 : 1
            fail("expected \(isBeyond ? "a port from \(least) to 65535" : "HOST:PORT") such as \(example), found \(cited(text))")
            return nil
        }
        return address
    }
}
