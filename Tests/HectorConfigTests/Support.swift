import HectorConfig
import HectorYAML

let environment = ["HOME": "/home/me", "HECTOR_TOKEN": "0123456789abcdef", "SHOP_TOKEN": "token-of-the-shop"]

/// A site below `/etc/hector` where everything exists whose name does not contain "missing".
let site = ConfigurationSite(
    folder: "/etc/hector", programs: "/usr/bin", exists: { path, _ in !path.contains("missing") },
    read: { path, bytes in
        switch path {
        case "/etc/hector/binary": [0xFF]
        case "/etc/hector/endless": Array(repeating: 0x20, count: bytes)
        default: Array("The text of \(path): ${NONE}.".utf8)
        }
    })

func host(_ text: String, environment: [String: String] = environment) throws(InvalidYAML) -> HostConfiguration {
    try HostConfiguration(YAMLDocument(text: text, file: "hector.yaml"), environment: environment, site: site)
}

func node(_ text: String) throws(InvalidYAML) -> NodeConfiguration {
    try NodeConfiguration(YAMLDocument(text: text, file: "agent.yaml"), environment: environment, site: site)
}

/// What is wrong, one line each; empty when nothing is.
func hostProblems(_ text: String, environment: [String: String] = environment) -> [String] {
    do throws(InvalidYAML) {
        _ = try host(text, environment: environment)
        return []
    } catch {
        return error.diagnostics.map(\.description)
    }
}

func nodeProblems(_ text: String) -> [String] {
    do throws(InvalidYAML) {
        _ = try node(text)
        return []
    } catch {
        return error.diagnostics.map(\.description)
    }
}
