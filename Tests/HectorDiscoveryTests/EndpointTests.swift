import Testing

@testable import HectorDiscovery

@Suite struct EndpointTests {
    @Test(arguments: [
        ("lab-2.example.org", "lab-2.example.org", 7443), ("host:1", "host", 1), ("10.0.0.1:65535", "10.0.0.1", 65535),
        ("::1", "::1", 7443), ("[::1]", "::1", 7443), ("[fd77::2]:80", "fd77::2", 80),
        ("[fe80::1%eth0]:80", "fe80::1%eth0", 80), ("fe80::1%2", "fe80::1%2", 7443),
    ])
    func `Addresses as people write them`(text: String, host: String, port: Int) throws {
        let endpoint = try Endpoint(parsing: text, defaultPort: 7443)
        #expect(endpoint == Endpoint(host: host, port: UInt16(port)))
        #expect(try Endpoint(parsing: endpoint.description, defaultPort: 1) == endpoint)
    }

    @Test(arguments: [
        "", ":", ":80", "host:", "host:0", "host:65536", "host:+1", "host:-1", "host:8o", "host:80:80", "a b", "http://host",
        "host/path", "[", "[]", "[::1", "[::1]80", "[::1]:", "[host]:80", "::1:zz", "fe80::1%", "a..b", ".", "é:80",
        "host\0:80", "[::1\0]:80", String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "a",
    ])
    func `No addresses`(_ text: String) {
        #expect(throws: DiscoveryError(.invalid, "")) { try Endpoint(parsing: text, defaultPort: 7443) }
    }

    @Test func `Link-local addresses are known as such`() {
        #expect(Endpoint(host: "fe80::1%2", port: 1).isLinkLocal)
        #expect(Endpoint(host: "169.254.1.1", port: 1).isLinkLocal)
        #expect(Endpoint(host: "febf::1%2", port: 1).isLinkLocal)
        #expect(!Endpoint(host: "10.0.0.1", port: 1).isLinkLocal)
        #expect(!Endpoint(host: "fec0::1", port: 1).isLinkLocal)
    }

    @Test(arguments: [
        "127.0.0.1", "127.1", "127.255.0.1", "0.0.0.0", "0", "::1", "::", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::1%lo", "localhost", "LocalHost",
        "app.localhost",
    ])
    func `What leads back to the machine that dials is known as such`(host: String) {
        #expect(Endpoint(host: host, port: 1).isThisMachine)
    }

    @Test(arguments: ["128.0.0.1", "10.0.0.1", "fd00::1", "fe80::1%2", "::2", "::ffff:10.0.0.1", "localhost.example.org", "gpu-1"])
    func `What leads elsewhere does not`(host: String) { #expect(!Endpoint(host: host, port: 1).isThisMachine) }
}
