internal import COpenSSL

/// What can be said of one certificate before anybody is shown it.
package struct CertificateDetails: Sendable {
    /// Its names and dates.
    package let certificate: PeerCertificate
    /// Whether it may sign others.
    package let isAuthority: Bool
    /// Whether a client accepts it from a server, by extendedKeyUsage and keyUsage.
    package let mayServe: Bool
    /// Whether a server accepts it from a client.
    package let mayCall: Bool
    /// Its extendedKeyUsage by OpenSSL's short names; nil where it has none, which allows everything.
    package let purposes: [String]?
    /// Subject and issuer, each in one line of printable ASCII.
    package let subject: String
    package let issuer: String

    init(_ x509: X509Certificate) {
        let pointer = x509.pointer
        certificate = PeerCertificate(x509)
        isAuthority = X509_check_ca(pointer) != 0
        mayServe = X509_check_purpose(pointer, X509_PURPOSE_SSL_SERVER, 0) == 1
        mayCall = X509_check_purpose(pointer, X509_PURPOSE_SSL_CLIENT, 0) == 1
        purposes = Self.purposes(pointer)
        subject = Self.line(X509_get_subject_name(pointer))
        issuer = Self.line(X509_get_issuer_name(pointer))
        ERR_clear_error()
    }

    /// The certificates of a PEM text, in its order; none is no error.
    ///
    /// - Throws: `brokenBlock`.
    package static func all(inPEM pem: String) throws(TLSError) -> [CertificateDetails] {
        try X509Certificate.all(inPEM: pem).map(CertificateDetails.init)
    }

    /// Whether the bytes are a certificate in DER, OpenSSL's and Java's other form.
    package static func isDER(_ bytes: [UInt8]) -> Bool { (try? X509Certificate(der: bytes)) != nil }

    private static func purposes(_ pointer: OpaquePointer) -> [String]? {
        guard let extensions = X509_get_ext_d2i(pointer, NID_ext_key_usage, nil, nil) else { return nil }
        let list = OpaquePointer(extensions)
        defer { hector_purposes_free(list) }
        return (0..<hector_purposes_count(list)).map { index in
            OBJ_nid2sn(OBJ_obj2nid(hector_purpose(list, index))).map { String(cString: $0) } ?? "?"
        }
    }

    private static func line(_ name: OpaquePointer?) -> String {
        // Bytes beyond ASCII come escaped, and the length is bounded.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 200) { buffer in
            guard let name, let base = buffer.baseAddress, X509_NAME_oneline(name, base, Int32(buffer.count)) != nil else { return "?" }
            return String(cString: base)
        }
    }
}

/// What can be said of a member's certificate file with its key.
package struct IdentityDetails: Sendable {
    /// The certificate that the key belongs to.
    package let leaf: CertificateDetails
    /// What is sent with it, the leaf's issuer first.
    package let chain: [CertificateDetails]
    /// Certificates of the file that do not belong to the chain, and are not sent.
    package let strays: [CertificateDetails]
    /// Why those who believe `authorities` would not believe the leaf, whatever the time; nil where they would.
    package let chainFault: TLSFault?

    /// - Parameter authorities: A CA file (PEM); where it cannot be read or holds nothing, no chain is looked for.
    /// - Throws: `badConfiguration` with its fault.
    package init(_ identity: TLSIdentity, authorities: String?) throws(TLSError) {
        let material = try TLSMaterial(identity)
        leaf = CertificateDetails(material.leaf)
        chain = material.chain.map(CertificateDetails.init)
        strays = material.strays.map(CertificateDetails.init)
        let anchors = authorities.flatMap { try? X509Certificate.all(inPEM: $0) } ?? []
        chainFault = anchors.isEmpty ? nil : try Self.fault(of: material.leaf, by: material.chain, to: anchors)
    }

    private static func fault(
        of leaf: X509Certificate, by chain: [X509Certificate], to anchors: [X509Certificate]
    ) throws(TLSError) -> TLSFault? {
        clearErrorQueue()
        guard let store = X509_STORE_new(), let check = X509_STORE_CTX_new(), let untrusted = hector_certificates_new() else {
            throw .drain(.badConfiguration, "checking the chain of a certificate")
        }
        defer {
            X509_STORE_CTX_free(check)
            X509_STORE_free(store)
            hector_certificates_free(untrusted)
        }
        try store.trust(anchors)
        for certificate in chain {
            try require(hector_certificates_add(untrusted, certificate.pointer) == 1, "checking the chain of a certificate")
        }
        try require(X509_STORE_CTX_init(check, store, leaf.pointer, untrusted) == 1, "checking the chain of a certificate")
        X509_STORE_CTX_set_flags(check, UInt(X509_V_FLAG_NO_CHECK_TIME))
        guard X509_verify_cert(check) == 1 else {
            ERR_clear_error()
            return TLSFault(verification: X509_STORE_CTX_get_error(check))
        }
        return nil
    }
}
