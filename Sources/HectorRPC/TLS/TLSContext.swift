internal import COpenSSL

/// An OpenSSL context: what all connections of one side share. Immutable once made.
package final class TLSContext: @unchecked Sendable { // OpenSSL contexts may be shared between threads once configured.
    enum Role {
        case client
        case server
    }

    let role: Role
    let configuration: TLSConfiguration
    let pointer: OpaquePointer
    /// A client's sessions.
    let sessions = TLSSessionStore()
    /// Seconds since 1970, for the validity of certificates; nil: the system's clock.
    let now: (@Sendable () -> Int64)?

    /// - Throws: `badConfiguration` when certificate, key and trust do not make a usable whole.
    init(_ role: Role, _ configuration: TLSConfiguration, now: (@Sendable () -> Int64)? = nil) throws(TLSError) {
        self.role = role
        self.configuration = configuration
        self.now = now
        guard let pointer = SSL_CTX_new(role == .client ? TLS_client_method() : TLS_server_method()) else {
            throw .drain(.badConfiguration, "making a TLS context")
        }
        self.pointer = pointer
        let minimum = configuration.minimumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        _ = hector_ssl_ctx_set_min_proto_version(pointer, minimum)
        hector_ssl_ctx_harden(pointer)
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        try use(configuration.identity)
        try trust(configuration.trust)
        try setALPN()
        setResumption()
    }

    deinit { SSL_CTX_free(pointer) }

    private func use(_ identity: TLSIdentity) throws(TLSError) {
        let chain = try X509Certificate.all(inPEM: identity.certificatePEM)
        guard let leaf = chain.first else {
            throw TLSError(.badConfiguration, "the certificate file holds no certificate (PEM)")
        }
        guard SSL_CTX_use_certificate(pointer, leaf.pointer) == 1 else {
            throw .drain(.badConfiguration, "using our certificate")
        }
        for certificate in chain.dropFirst() { _ = hector_ssl_ctx_add_chain_certificate(pointer, certificate.pointer) }
        guard let bio = MemoryBIO(reading: identity.privateKeyPEM),
            let key = PEM_read_bio_PrivateKey(bio.pointer, nil, { _, _, _, _ in 0 }, nil)
        else { throw .drain(.badConfiguration, "the key file holds no private key (PEM, without a passphrase)") }
        defer { EVP_PKEY_free(key) }
        guard SSL_CTX_use_PrivateKey(pointer, key) == 1, SSL_CTX_check_private_key(pointer) == 1 else {
            throw .drain(.badConfiguration, "the private key does not belong to the certificate")
        }
    }

    private func trust(_ trust: TLSTrust) throws(TLSError) {
        let store = SSL_CTX_get_cert_store(pointer)
        let anchors: [X509Certificate]
        switch trust {
        case .authorities(let pem):
            anchors = try X509Certificate.all(inPEM: pem)
        case .exactly(let der):
            anchors = [try X509Certificate(der: der)]
            X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        }
        guard !anchors.isEmpty else { throw TLSError(.badConfiguration, "the CA file holds no certificate (PEM)") }
        for anchor in anchors {
            X509_STORE_add_cert(store, anchor.pointer)
            // The names of the authorities help a client with several certificates to choose.
            if role == .server { SSL_CTX_add_client_CA(pointer, anchor.pointer) }
        }
    }

    private func setALPN() throws(TLSError) {
        let h2: [UInt8] = [2, UInt8(ascii: "h"), UInt8(ascii: "2")]
        switch role {
        case .client:
            guard SSL_CTX_set_alpn_protos(pointer, h2, UInt32(h2.count)) == 0 else {
                throw .drain(.badConfiguration, "setting ALPN")
            }
        case .server:
            SSL_CTX_set_alpn_select_cb(
                pointer,
                { _, out, outCount, offered, offeredCount, _ in
                    let offers = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
                    var index = 0
                    while index < offers.count {
                        let count = Int(offers[index])
                        guard index + 1 + count <= offers.count else { break }
                        if count == 2, offers[index + 1] == UInt8(ascii: "h"), offers[index + 2] == UInt8(ascii: "2") {
                            out?.pointee = offered.map { $0 + index + 1 }
                            outCount?.pointee = 2
                            return SSL_TLSEXT_ERR_OK
                        }
                        index += 1 + count
                    }
                    return SSL_TLSEXT_ERR_ALERT_FATAL
                }, nil)
        }
    }
}
