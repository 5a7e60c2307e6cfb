internal import HectorRPC

/// What is wrong with a member's certificate files, and what will be soon: all of it, for `config check` and for the start of a
/// program.
package struct CertificateReport: Sendable {
    package enum File: String, Sendable {
        case ca
        case certificate
        case key
    }

    package enum Code: Sendable {
        // Problems: no program starts.
        case unreadable
        /// DER or PKCS #12, where PEM is needed.
        case binary
        /// The file holds something else than its key in the configuration says.
        case wrongFile
        case brokenBlock
        case encryptedKey
        case keyMismatch
        /// Not exactly one URI name of the form `spiffe://MESH/ROLE/NAME`.
        case noIdentity
        case otherMesh
        case wrongRole
        /// OpenSSL refuses it: a key that is too short, a hash that is broken.
        case unusable
        /// Every peer will refuse it, whatever the time.
        case wrongPurpose

        // Warnings: a program starts, and others may refuse it. Clocks are set right while it runs.
        case expired
        case notYetValid
        case expiresSoon
        /// The authorities of `ca` have not signed our own certificate, or a link between is missing.
        case unknownAuthority
        /// It may do what this program does now, but not everything that members do.
        case otherPurpose
        case unusedCertificate
        case keyOfAuthority
        case keyReadableByOthers
    }

    /// One thing that is wrong, in one line. Equal when the codes and files are.
    package struct Finding: Error, Sendable, Equatable, CustomStringConvertible {
        package let code: Code
        /// Where the files stand in the configuration: `mesh.tls` or `server.tls`.
        let section: String
        package let file: File
        package let path: String
        /// What is wrong and what to do.
        package let message: String

        package var description: String { "\(section).\(file.rawValue): \(path) \(message)" }

        package static func == (a: Finding, b: Finding) -> Bool { a.code == b.code && a.file == b.file }
    }

    package internal(set) var problems: [Finding] = []
    package internal(set) var warnings: [Finding] = []
}

/// A member's certificate files cannot be used.
package struct UnusableCertificates: Error, Sendable, CustomStringConvertible {
    /// Never empty.
    package let problems: [CertificateReport.Finding]

    /// One problem a line.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
