import HectorConfig
import HectorCore
import HectorRPC
import Testing

@testable import HectorNodeHost

/// The node listens on machines as they are.
@Suite struct ListeningAddressTests {
    private static func system(ipv6: Bool, names: [String: [String]] = [:]) -> ListeningAddress.System {
        ListeningAddress.System(hasIPv6: { _ in ipv6 }, addresses: { names[$0] ?? [] })
    }

    private static let standard = HostPort(host: "::", port: 7443)

    @Test func `The standard address is all that the machine has, with IPv6 and without`() throws {
        let with = try ListeningAddress(Self.standard, isStandard: true, system: Self.system(ipv6: true))
        #expect(with.endpoints == [.tcp(host: "::", port: 7443)])
        let without = try ListeningAddress(Self.standard, isStandard: true, system: Self.system(ipv6: false))
        #expect(without.endpoints == [.tcp(host: "0.0.0.0", port: 7443)])
        #expect(!with.isThisMachineOnly && !without.isThisMachineOnly)
    }

    @Test(arguments: [("::", "use 0.0.0.0:7443"), ("::1", "use 127.0.0.1:7443"), ("fd00::1", "use 0.0.0.0:7443")])
    func `An IPv6 address that somebody asked for is refused where IPv6 is off`(host: String, words: String) {
        let error = #expect(throws: ListeningError.self) {
            try ListeningAddress(HostPort(host: host, port: 7443), isStandard: false, system: Self.system(ipv6: false))
        }
        #expect(error?.description.contains("IPv6 is off here") == true)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test func `localhost is one address in each family that is there`() throws {
        func endpoints(port: UInt16, ipv6: Bool) throws -> [Endpoint] {
            let address = try ListeningAddress(HostPort(host: "localhost", port: port), isStandard: false, system: Self.system(ipv6: ipv6))
            #expect(address.isThisMachineOnly)
            return address.endpoints
        }
        #expect(try endpoints(port: 7443, ipv6: true) == [.tcp(host: "127.0.0.1", port: 7443), .tcp(host: "::1", port: 7443)])
        #expect(try endpoints(port: 7443, ipv6: false) == [.tcp(host: "127.0.0.1", port: 7443)])
        #expect(try endpoints(port: 0, ipv6: true) == [.tcp(host: "127.0.0.1", port: 0)])
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("::1", true), ("127.9.9.9", true), ("0.0.0.0", false), ("::", false), ("10.0.0.1", false),
        // A machine's own name on Debian, and on others.
        ("box", true), ("tower", false), ("both", false), ("unknown", false),
    ])
    func `What only this machine reaches is known as such`(host: String, isOnly: Bool) throws {
        let names = ["box": ["127.0.1.1"], "tower": ["10.0.0.7"], "both": ["127.0.1.1", "10.0.0.7"]]
        let address = try ListeningAddress(
            HostPort(host: host, port: 7443), isStandard: false, system: Self.system(ipv6: true, names: names))
        #expect(address.isThisMachineOnly == isOnly)
    }

    @Test func `This machine's own answers are read`() throws {
        #expect(ListeningAddress.System.real.addresses("127.0.0.1") == ["127.0.0.1"])
        #expect(ListeningAddress.System.real.addresses("gpu-1.invalid") == [])
        #expect(!ListeningAddress.System.real.hasIPv6("2001:db8::1"))
    }
}
