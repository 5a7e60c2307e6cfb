package import HectorCore
package import HectorRPC
package import Logging

/// The certificate of an HTTP server, whose clients know it by its host name and show none themselves.
package struct ServerCertificate: CertificateHolding {
    package let certificate: PeerCertificate
    package let tls: WebTLS
    private let identity: TLSIdentity

    /// - Throws: `UnusableCertificates` with everything that is wrong.
    init(_ files: CertificateFiles) throws {
        guard files.report.problems.isEmpty, let identity = files.tls, let leaf = files.leaf else {
            throw UnusableCertificates(problems: files.report.problems)
        }
        (certificate, self.identity, tls) = (leaf, identity, try WebTLS(identity))
    }

    /// Looks at the PEM files as a program does that starts with them.
    ///
    /// - Parameter now: Seconds since 1970.
    package static func check(certificate: String, key: String, now: Int64) -> CertificateReport {
        CertificateFiles(server: certificate, key: key, now: now).report
    }

    package static func == (a: ServerCertificate, b: ServerCertificate) -> Bool { a.identity == b.identity }

    /// A server may change its names.
    package func checkSuccession(to old: ServerCertificate, file: String) {}
}

/// The certificate of an HTTP server, read again when its files change.
package typealias LiveServerCertificate = LiveFiles<ServerCertificate>

extension LiveServerCertificate {
    /// Reads the PEM files, and logs what is to be said of them.
    ///
    /// - Throws: `UnusableCertificates`.
    package convenience init(certificate: String, key: String, log: Logger, timing: Timing) throws {
        try self.init([certificate, key], certificate: (certificate, "server.tls.certificate"), log: log, timing: timing) { now in
            let files = CertificateFiles(server: certificate, key: key, now: now)
            return (try ServerCertificate(files), files.report)
        }
    }
}
