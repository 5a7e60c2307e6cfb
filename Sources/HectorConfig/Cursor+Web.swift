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
