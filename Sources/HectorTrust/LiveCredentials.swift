package import HectorCore
package import Logging

/// A member's credentials, read again when their files change.
package typealias LiveCredentials = LiveFiles<MeshCredentials>

extension LiveCredentials {
    /// Reads the PEM files of a member, and logs what is to be said of them.
    ///
    /// - Throws: `UnusableCertificates`.
    package convenience init(
        mesh: String, role: MeshIdentity.Role, ca: String, certificate: String, key: String, log: Logger, timing: Timing
    ) throws {
        try self.init([ca, certificate, key], certificate: (certificate, "mesh.tls.certificate"), log: log, timing: timing) { now in
            let files = CertificateFiles(mesh: mesh, role: role, ca: ca, certificate: certificate, key: key, now: now)
            return (try MeshCredentials(files), files.report)
        }
    }
}

extension MeshCredentials: CertificateHolding {
    package func checkSuccession(to old: MeshCredentials, file: String) throws {
        guard identity == old.identity else { throw OtherIdentity(file: file, is: identity, was: old.identity) }
    }

    private struct OtherIdentity: Error, CustomStringConvertible {
        let description: String

        init(file: String, is new: MeshIdentity, was old: MeshIdentity) {
            description = "\(file) is \(new) now, but this program runs as \(old): restart it to use the new identity"
        }
    }
}
