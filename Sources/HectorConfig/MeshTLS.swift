import HectorYAML

/// The files of this member's identity, as absolute paths of PEM files.
package struct MeshTLS: Sendable, Equatable {
    /// The certificates of the mesh's authorities.
    package let ca: String
    /// This member's certificate, with any intermediate ones after it.
    package let certificate: String
    package let key: String
}

extension MeshTLS {
    /// What to write where the section is missing.
    static let expected = "ca, certificate and key, the paths of three PEM files"

    init?(_ cursor: Cursor, site: ConfigurationSite) {
        let tls = cursor.fields { fields in
            MeshTLS(
                ca: fields.file("ca", "the path of the mesh's CA certificate", site),
                certificate: fields.file("certificate", "the path of this member's certificate", site),
                key: fields.file("key", "the path of this member's private key", site))
        }
        guard let tls else { return nil }
        self = tls
    }
}

extension Fields {
    /// The absolute path of a file that is there; empty where it is missing, which is told.
    func file(_ key: String, _ expected: String, _ site: ConfigurationSite) -> String {
        required(key, expected).flatMap { site.existing(.file, $0) } ?? ""
    }
}
