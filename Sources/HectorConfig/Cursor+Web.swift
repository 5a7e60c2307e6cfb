internal import HectorCore
import HectorYAML

extension Cursor {
    /// `http` or `https`, a host, perhaps a port and a path, without a slash at the end.
    func webAddress() -> String? {
        guard let text = nonEmptyString() else { return nil }
        let parts = WebAddress(text)
        guard let parts, !parts.path.hasSuffix("/") else {
            fail("expected an address such as https://agents.example.org, without a slash at the end, found \(cited(text))")
            return nil
        }
        return parts.origin + parts.path
    }

    /// A list of origins: `http` or `https`, a host, perhaps a port, and nothing more.
    func webOrigins() -> [String] {
        var origins: [String] = []
        for item in list() ?? [] {
            guard let text = item.nonEmptyString() else { continue }
            if text == "*" {
                item.fail("it would let every web page read answers: name the origins, such as https://app.example.org")
            } else if let address = WebAddress(text), address.path.isEmpty {
                if origins.contains(address.origin) {
                    item.fail("\(address.origin) is given twice: remove one")
                } else if origins.count == ConfigurationLimits.corsOrigins {
                    item.fail("more than \(ConfigurationLimits.corsOrigins) origins: remove some")
                    break
                } else {
                    origins.append(address.origin)
                }
            } else {
                item.fail("expected an origin such as https://app.example.org, without a path, found \(cited(text))")
            }
        }
        return origins
    }
}

/// The parts of an `http` or `https` address that names no user, query or fragment.
struct WebAddress {
    /// Scheme, host in lower case, and the port unless it is the scheme's own: what browsers send as `Origin`.
    let origin: String
    /// Empty, or beginning with a slash.
    let path: String

    init?(_ text: String) {
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
