import HectorRPC
import HectorTrust
import Testing

struct MeshIdentityTests {
    static func certificate(uris: [String], dnsNames: [String] = []) -> PeerCertificate {
        PeerCertificate(uris: uris, dnsNames: dnsNames, commonName: "", notAfter: 0, der: [])
    }

    @Test func readsHostsAndAgents() throws {
        #expect(try MeshIdentity(uri: "spiffe://home/host/tower") == MeshIdentity(mesh: "home", role: .host, name: "tower"))
        for id in ["a-1", "12345678-9abc-4def-8000-000000000001", String(repeating: "x", count: 63)] {
            #expect(try MeshIdentity(uri: "spiffe://home/agent/\(id)").description == "spiffe://home/agent/\(id)")
        }
    }

    @Test(arguments: [
        "", "spiffe://", "spiffe://home", "spiffe://home/node", "spiffe://home/agent/", "spiffe:///agent/x",
        "spiffe://home/admin/x", "spiffe://home/agent/x/y", "https://home/agent/x", "spiffe://ho me/agent/x",
        "spiffe://home/agent/" + String(repeating: "x", count: 64),
        "spiffe://home/agent/GPU-1", "spiffe://home/agent/gpu_1", "spiffe://home/agent/gpu.1", "spiffe://home/agent/-a",
        "spiffe://home/agent/a-", "spiffe://Home/agent/a",
    ])
    func refusesAnythingElse(uri: String) {
        let error = #expect(throws: TrustError.self) { try MeshIdentity(uri: uri) }
        #expect(error?.code == .noIdentity)
    }

    @Test func exactlyOneURI() {
        for uris in [[], ["spiffe://home/host/a", "spiffe://home/host/b"]] {
            #expect(throws: TrustError.self) { try MeshIdentity(Self.certificate(uris: uris)) }
        }
    }

    @Test func pluginsThatACertificateAllows() {
        let one = Self.certificate(uris: [], dnsNames: ["echo-llm.plugins.home.hector.internal"])
        #expect(MeshCredentials.allows(one, plugin: "echo-llm", mesh: "home"))
        #expect(!MeshCredentials.allows(one, plugin: "other", mesh: "home"))
        #expect(!MeshCredentials.allows(one, plugin: "echo-llm", mesh: "work"))
        let any = Self.certificate(uris: [], dnsNames: ["*.plugins.home.hector.internal"])
        #expect(MeshCredentials.allows(any, plugin: "other", mesh: "home"))
    }
}
