import HectorCore
import Testing

@Suite struct HostPortTests {
    @Test(arguments: [
        ("a:1", "a", 1), ("10.0.0.1:65535", "10.0.0.1", 65535), ("[::1]:80", "::1", 80), ("[fd77::2]:0", "fd77::2", 0),
        ("[fe80::1%eth0.7]:80", "fe80::1%eth0.7", 80), ("gpu_1.Example.org:7443", "gpu_1.Example.org", 7443),
    ])
    func `A host with its port is read, and written the same`(text: String, host: String, port: UInt16) {
        #expect(HostPort(text) == HostPort(host: host, port: port))
        #expect(HostPort(text, defaultPort: 1) == HostPort(host: host, port: port))
        #expect(HostPort(text)?.description == text)
    }

    @Test(arguments: [
        ("lab-2.example.org", "lab-2.example.org"), ("10.0.0.1", "10.0.0.1"), ("::1", "::1"), ("[::1]", "::1"), ("fe80::1%2", "fe80::1%2"),
    ])
    func `A host alone has the default port, where there is one`(text: String, host: String) throws {
        let address = try #require(HostPort(text, defaultPort: 7443))
        #expect(address == HostPort(host: host, port: 7443))
        #expect(HostPort(address.description) == address)
        #expect(HostPort(text) == nil)
    }

    @Test(arguments: [
        "", ":", ":80", "host:", "host:65536", "host:+1", "host:-1", "host:8o", "host:80:80", "a b", "a b:1", "http://host",
        "http://host:1", "host/path", "[", "[]", "[]:1", "[::1", "[::1]80", "[::1]:", "[host]:80", "::1:zz", "fe80::1%",
        "[::1%]x:1", "[::1%]:1", "[::1%0123456789abcdef]:1", "[::1]]:80", "a..b", ".", "a.:1", "-a:1", "a-:1", "é:80", "256.0.0.1:1", "1.2.3:1", "127.1:1",
        "host\0:80", "[::1\0]:80", String(repeating: "a", count: 64) + ":1", String(repeating: "a.", count: 127) + "a:1",
    ])
    func `Anything else is refused`(text: String) {
        #expect(HostPort(text) == nil)
        #expect(HostPort(text, defaultPort: 7443) == nil)
    }

    @Test func `A number that is no port is told from what is no number`() {
        for text in ["host:65536", "host:80", "[::1]:99999999999999999999"] { #expect(HostPort.hasNumber(text), "\(text)") }
        for text in ["host", "host:", "host:x", "a b:65536", "::1:65536"] { #expect(!HostPort.hasNumber(text), "\(text)") }
    }

    @Test func `Link-local addresses are known as such`() {
        for host in ["fe80::1%2", "169.254.1.1", "febf::1%2"] { #expect(HostPort(host: host, port: 1).isLinkLocal, "\(host)") }
        for host in ["10.0.0.1", "fec0::1", "fe80.example.org"] { #expect(!HostPort(host: host, port: 1).isLinkLocal, "\(host)") }
    }

    @Test(arguments: ["127.0.0.1", "127.1", "127.255.0.1", "::1", "0:0:0:0:0:0:0:1", "::1%lo", "localhost", "LocalHost"])
    func `Only this machine's programs reach loopback, and it leads back to it`(host: String) {
        #expect(HostPort(host: host, port: 1).isLoopback)
        #expect(HostPort(host: host, port: 1).isThisMachine)
    }

    @Test(arguments: ["0.0.0.0", "0", "::", "::ffff:0.0.0.0", "::ffff:127.0.0.1", "app.localhost"])
    func `Some that others may reach lead back to the machine that dials, too`(host: String) {
        #expect(!HostPort(host: host, port: 1).isLoopback)
        #expect(HostPort(host: host, port: 1).isThisMachine)
    }

    @Test(arguments: ["128.0.0.1", "10.0.0.1", "fd00::1", "fe80::1%2", "::2", "::ffff:10.0.0.1", "localhost.example.org", "127.example.org", "gpu-1"])
    func `What leads elsewhere does not`(host: String) {
        #expect(!HostPort(host: host, port: 1).isLoopback)
        #expect(!HostPort(host: host, port: 1).isThisMachine)
    }
}
