import Foundation
import HectorCore
import HectorRPC
import HectorTrust
import Logging
import TestCertificates
import Testing

/// The certificate of the HTTP server: judged by itself, and read again when it changes.
@Suite(.timeLimit(.minutes(1))) struct ServerCertificateTests {
    private static func pki() throws -> Pki {
        let pki = try Pki()
        try pki.authority("root")
        try pki.server("web", by: "root")
        return pki
    }

    private func report(_ pki: Pki, certificate: String = "web.pem", key: String = "web.key", days: Double = 0) -> CertificateReport {
        ServerCertificate.check(
            certificate: pki.file(certificate), key: pki.file(key), now: Int64(Date().timeIntervalSince1970 + days * 86_400))
    }

    private func live(_ pki: Pki) throws -> LiveServerCertificate {
        try LiveServerCertificate(
            certificate: pki.file("web.pem"), key: pki.file("web.key"), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            timing: Timing(
                now: { Instant() }, sleepUntil: { _ in throw CancellationError() }, random: { $0.lowerBound },
                wallClock: { .seconds(Date().timeIntervalSince1970) }))
    }

    @Test func `A good one, alone or with its chain, is used`() throws {
        let pki = try Self.pki()
        try pki.authority("middle", by: "root")
        try pki.server("far", by: "middle")
        try pki.write("chain.pem", pki.text("far.pem") + pki.text("middle.pem"))
        #expect(report(pki).problems.isEmpty && report(pki).warnings.isEmpty)
        #expect(report(pki, certificate: "chain.pem", key: "far.key").problems.isEmpty)
        #expect(try live(pki).current.certificate.dnsNames == ["localhost"])
    }

    @Test func `What is wrong is told with its key of the configuration`() throws {
        let pki = try Self.pki()
        try pki.server("other", by: "root")
        try pki.server("client", by: "root", purposes: "clientAuth")
        for (certificate, key, expected) in [
            ("web.pem", "other.key", "server.tls.key: \(pki.file("other.key")) cannot be used: the private key does not belong to the certificate"),
            ("web.key", "web.pem", "were the files of server.tls mixed up?"),
            ("client.pem", "client.key", "needs extendedKeyUsage serverAuth"),
            ("nowhere.pem", "web.key", "server.tls.certificate: \(pki.file("nowhere.pem"))"),
        ] {
            let problems = report(pki, certificate: certificate, key: key).problems.map(\.description)
            #expect(problems.contains { $0.contains(expected) }, "\(certificate) \(key) \(problems)")
        }
        for (days, expected) in [(80, "expires soon"), (91, "server.tls.certificate: \(pki.file("web.pem")) has expired")] {
            let warnings = report(pki, days: Double(days)).warnings.map(\.description)
            #expect(warnings.contains { $0.contains(expected) }, "\(warnings)")
        }
    }

    @Test func `A replaced one is used once certificate and key belong together`() throws {
        let pki = try Self.pki()
        let live = try live(pki)
        let before = live.current
        try pki.server("new", by: "root")
        try pki.write("web.pem", pki.text("new.pem"))
        #expect(!live.reload())
        #expect(live.current == before)
        try pki.write("web.key", pki.text("new.key"))
        #expect(live.reload())
        #expect(live.current.certificate != before.certificate)
        #expect(!live.reload(force: true))
    }
}
