/// The parts of an `http` or `https` address that names no user, query or fragment.
package struct WebAddress: Sendable, Hashable {
    /// Scheme, host in lower case, and the port unless it is the scheme's own: what browsers send as `Origin`.
    package let origin: String
    /// Empty, or beginning with a slash.
    package let path: String

    package init?(_ text: String) {
        guard let (scheme, standardPort) = [("https", 443 as UInt16), ("http", 80)].first(where: { text.lowercased().hasPrefix("\($0.0)://") })
        else { return nil }
        let rest = text.dropFirst(scheme.utf8.count + 3)
        let authority = rest.prefix { $0 != "/" }
        path = String(rest[authority.endIndex...])
        let isPlain = path.utf8.allSatisfy { byte in
            (UInt8(ascii: "!")...UInt8(ascii: "~")).contains(byte) && !"?#\"<>\\^`{|}".utf8.contains(byte)
        }
        guard isPlain, let given = HostPort(String(authority), defaultPort: standardPort), given.port > 0,
            // An address in a URL has its brackets (RFC 3986 §3.2.2).
            !given.isIPv6 || authority.first == "["
        else { return nil }
        let address = HostPort(host: given.host.lowercased(), port: given.port)
        origin = "\(scheme)://\(address.port == standardPort ? address.bracketed : address.description)"
    }
}
