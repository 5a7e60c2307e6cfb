internal import COpenSSL

/// A `TLSIdentity` as OpenSSL has it: the key, the certificate that it belongs to, and the certificates that lead from there
/// to an authority. The text may have them in any order.
struct TLSMaterial: ~Copyable {
    let leaf: X509Certificate
    /// The issuer of the leaf, the issuer's issuer and so on, as far as the text has them.
    let chain: [X509Certificate]
    /// Certificates that have nothing to do with the leaf.
    let strays: [X509Certificate]
    let key: OpaquePointer

    /// - Throws: `badConfiguration` with its fault.
    init(_ identity: TLSIdentity) throws(TLSError) {
        var certificates = try X509Certificate.all(inPEM: identity.certificatePEM)
        guard !certificates.isEmpty else {
            throw TLSError(.badConfiguration, "the certificate file holds no certificate (PEM)", fault: .noCertificate)
        }
        let key = try Self.key(inPEM: identity.privateKeyPEM)
        guard let index = certificates.firstIndex(where: { X509_check_private_key($0.pointer, key) == 1 }) else {
            EVP_PKEY_free(key)
            ERR_clear_error()
            throw TLSError(.badConfiguration, "the private key does not belong to the certificate", fault: .keyMismatch)
        }
        ERR_clear_error()
        self.key = key
        leaf = certificates.remove(at: index)
        var chain: [X509Certificate] = []
        var next = 0
        while next <= chain.count {
            let issued = next == 0 ? leaf : chain[next - 1]
            // A root has issued itself; what else has issued the same certificate is a cross-signed one.
            let issuers = certificates.filter { X509_check_issued($0.pointer, issued.pointer) == X509_V_OK }
            certificates.removeAll { certificate in issuers.contains { $0 === certificate } }
            chain += issuers
            next += 1
        }
        ERR_clear_error()
        self.chain = chain
        strays = certificates
    }

    deinit { EVP_PKEY_free(key) }

    private static func key(inPEM pem: String) throws(TLSError) -> OpaquePointer {
        let blocks = try PEMBlock.all(in: pem)
        guard let block = blocks.first(where: \.isPrivateKey) else {
            throw TLSError(.badConfiguration, "the key file holds no private key (PEM)", fault: .noKey)
        }
        guard !block.isEncrypted else {
            throw TLSError(.badConfiguration, "the private key is encrypted with a passphrase", fault: .encryptedKey)
        }
        clearErrorQueue()
        guard let bio = MemoryBIO(reading: block.text),
            let key = PEM_read_bio_PrivateKey(bio.pointer, nil, { _, _, _, _ in 0 }, nil)
        else {
            var error = TLSError.drain(.badConfiguration, "the \(block.label) in \(block.place) cannot be read")
            error.fault = .brokenBlock
            throw error
        }
        return key
    }
}
