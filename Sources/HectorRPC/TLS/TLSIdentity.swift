internal import COpenSSL

/// A certificate with its chain, and the key that belongs to it.
package struct TLSIdentity: Sendable, Equatable {
    /// The certificate and the intermediate ones between it and an authority, as PEM, in any order.
    package let certificatePEM: String
    /// The private key as PEM (PKCS #8, PKCS #1 or SEC 1), without a passphrase.
    package let privateKeyPEM: String

    package init(certificatePEM: String, privateKeyPEM: String) {
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
    }

    /// The leaf's DER bytes.
    package func leafDER() throws(TLSError) -> [UInt8] {
        try PeerCertificate(pem: certificatePEM).der
    }

    /// A fresh self-signed ECDSA P-256 identity for `localhost`, good for one run: what each side of
    /// go-plugin's AutoMTLS makes for itself.
    ///
    /// - Parameter now: Seconds since 1970. The certificate is valid from 5 minutes before, for 30 years
    ///   (as go-plugin's is: it is trusted by its bytes and dies with the process).
    package static func selfSigned(now: Int64) throws(TLSError) -> TLSIdentity {
        guard let key = hector_ec_key_p256() else { throw .drain(.badConfiguration, "making an ECDSA key") }
        defer { EVP_PKEY_free(key) }
        guard let x509 = X509_new() else { throw .drain(.badConfiguration, "making a certificate") }
        let certificate = X509Certificate(owning: x509)

        var serial: UInt64 = 0
        let isRandom = withUnsafeMutableBytes(of: &serial) { RAND_bytes($0.assumingMemoryBound(to: UInt8.self).baseAddress, 8) }
        let name = X509_get_subject_name(x509)
        try require(
            isRandom == 1 && X509_set_version(x509, 2) == 1
                && ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1) == 1
                && ASN1_TIME_set(X509_getm_notBefore(x509), time_t(now - 300)) != nil
                && ASN1_TIME_set(X509_getm_notAfter(x509), time_t(now + 30 * 365 * 86_400)) != nil
                && X509_set_pubkey(x509, key) == 1
                && X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, "Hector", -1, -1, 0) == 1
                && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, "localhost", -1, -1, 0) == 1
                && X509_set_issuer_name(x509, name) == 1, "making a certificate")
        let extensions: [(Int32, String)] = [
            (NID_basic_constraints, "critical,CA:TRUE"),
            (NID_key_usage, "critical,digitalSignature,keyEncipherment,keyAgreement,keyCertSign"),
            (NID_ext_key_usage, "clientAuth,serverAuth"),
            (NID_subject_alt_name, "DNS:localhost"),
        ]
        for (id, value) in extensions {
            guard let entry = X509V3_EXT_conf_nid(nil, nil, id, value) else {
                throw .drain(.badConfiguration, "making a certificate extension")
            }
            defer { X509_EXTENSION_free(entry) }
            try require(X509_add_ext(x509, entry, -1) == 1, "making a certificate extension")
        }
        guard X509_sign(x509, key, EVP_sha256()) > 0 else { throw .drain(.badConfiguration, "signing a certificate") }
        guard let keyPEM = MemoryBIO.collect({ PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) == 1 }) else {
            throw .drain(.badConfiguration, "writing a key")
        }
        return TLSIdentity(certificatePEM: certificate.pem, privateKeyPEM: keyPEM)
    }
}
