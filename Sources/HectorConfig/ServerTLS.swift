import HectorYAML

/// The files of the HTTP server's identity, as absolute paths of PEM files.
package struct ServerTLS: Sendable, Equatable {
    /// The server's certificate, with any intermediate ones after it.
    package let certificate: String
    package let key: String
}

extension ServerTLS {
    init?(_ cursor: Cursor, site: ConfigurationSite) {
        let tls = cursor.fields { fields in
            ServerTLS(
                certificate: fields.file("certificate", "the path of the server's certificate", site),
                key: fields.file("key", "the path of its private key", site))
        }
        guard let tls else { return nil }
        self = tls
    }
}
